"""Who lies or crawls tells which way is up by what bears them; a tilt that is left is told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import turned, walk

from runtime.motion import Motion
from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.formats import clip as formats
from runtime.motion.formats.bvh import Bvh, read_bvh
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.judging import judge
from runtime.motion.judging.upright.bearing import levelled_by_rest, lying_aslant
from runtime.posing.library import library_poses

MOCAP = Path(__file__).resolve().parents[4] / "shared" / "mocap"
needs_recordings = pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
LYING = ["Male1_A9_LieDown", "Male1_A10_LieToCrouch", "Male2_A8_CrouchToLie", "Male2_A11_Crawl"]
TILTS = [((1.0, 0.0, 0.0), 18), ((-0.6, 0.0, 0.8), 7)]


def recording(name: str, seconds: float = 1e9) -> Bvh:
    bvh = read_bvh(next(MOCAP.rglob(f"{name}.bvh")))
    return replace(bvh, values=bvh.values[: round(seconds / bvh.frame_time)])


@needs_recordings
@pytest.mark.parametrize("name", LYING)
def test_who_lies_or_crawls_in_a_tilted_world_is_levelled(name):
    bvh = recording(name)
    level = clip_from_bvh(bvh, name)
    assert level.notes == ()
    for axis, degrees in TILTS:
        turn = Rotation.from_rotvec(np.radians(degrees) * np.array(axis))
        found = clip_from_bvh(turned(bvh, turn), name)
        assert any("floor levelled by" in note for note in found.notes), (axis, degrees)
        for frame in np.linspace(0, level.frames - 1, 5).astype(int):
            both, _ = Rotation.align_vectors(
                found.positions[frame] - found.positions[frame, 0],
                level.positions[frame] - level.positions[frame, 0],
            )
            assert both.apply([0.0, 0.0, 1.0])[2] > np.cos(np.radians(3.5)), (axis, degrees)


@needs_recordings
@pytest.mark.parametrize(
    "name", ["Male1_A7_Crouch", "14_28", "Male1_C26_RunToCrouch", "ma_male2_Subject_Cal_2", "13_33"]
)
def test_who_crouches_sits_or_climbs_is_left_as_they_are(name):
    """The middle of their mass is low too, over soles or over what is not seen."""
    clip = clip_from_bvh(recording(name, 30), name)
    assert levelled_by_rest(clip) is clip


def test_who_walks_is_left_as_they_are():
    clip = clip_from_bvh(walk(), "walk")
    assert levelled_by_rest(clip) is clip


@needs_recordings
@pytest.mark.parametrize("name", ["Male2_A11_Crawl", "Male1_A9_LieDown"])
def test_a_tilt_that_is_left_is_told_by_the_result_alone(name, monkeypatch):
    """A tilt of somebody who lies that no mend took out."""
    bvh = recording(name, 3)
    assert "warnings" not in fit_to_body(clip_from_bvh(bvh, name)).motion.metadata
    monkeypatch.setattr(judge, "levelled_by_rest", lambda clip: clip)
    monkeypatch.setattr(judge, "upright", lambda clip: clip)
    monkeypatch.setattr(judge, "levelled", lambda clip: clip)
    monkeypatch.setattr(formats, "_find_up", lambda *_: "y")
    tilt = Rotation.from_euler("x", 12, degrees=True)
    told = fit_to_body(clip_from_bvh(turned(bvh, tilt), name)).motion.metadata["warnings"]
    assert any("lies or crawls on what leans by" in warning for warning in told), told


@pytest.mark.parametrize("name", ["lie-back", "lie-front"])
@pytest.mark.parametrize("degrees", [0, 2, 10, 15, 30])
def test_a_body_that_lies_tells_its_tilt(name, degrees):
    """A pose of the library, kept for two seconds."""
    qpos = np.repeat(np.array(library_poses()[name].qpos)[None], 60, axis=0)
    turn = Rotation.from_euler("y", degrees, degrees=True)
    qpos[:, :3] = turn.apply(qpos[:, :3])
    root = turn * Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    qpos[:, 3:7] = root.as_quat(scalar_first=True)
    told = lying_aslant(Motion(30.0, qpos))
    assert bool(told) == (degrees > 6)
    if told:
        number = int(told[0].split("leans by ")[1].split()[0])
        assert abs(number - degrees) <= 4


@needs_recordings
def test_who_stands_along_another_axis_does_not_lie_on_a_floor_that_leans():
    """A fighter who dodges, told with x up: levelled as if lying, they stood up askew."""
    bvh = recording("Male2_E19_DodgeLeft", 3.3)
    level = clip_from_bvh(bvh, "dodge")
    found = clip_from_bvh(turned(bvh, Rotation.from_euler("z", -90, degrees=True)), "dodge")
    assert found.notes == ("turned upright",)
    np.testing.assert_allclose(found.positions[..., 2], level.positions[..., 2], atol=1e-6)
