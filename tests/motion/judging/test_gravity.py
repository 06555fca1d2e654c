"""Which way is up, by how a body stays over its feet: in any axes, and only for who is on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import walk

from runtime.motion.formats.bvh import Bvh, read_bvh
from runtime.motion.formats.clip import clip_from_bvh, read_clip
from runtime.motion.judging.judge import upright
from runtime.motion.judging.upright.gravity import up_by_balance
from runtime.motion.judging.upright.levelling import levelled

MOCAP = Path(__file__).resolve().parents[4] / "shared" / "mocap"


def off_degrees(up: np.ndarray | None, true: np.ndarray) -> float:
    assert up is not None
    return float(np.degrees(np.arccos(np.clip(up @ true, -1, 1))))


def turned_about(clip, turn: Rotation):
    moved = turn.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape)
    return replace(clip, positions=moved)


@pytest.mark.parametrize("seed", range(3))
def test_balance_tells_up_in_any_axes(seed):
    clip = clip_from_bvh(walk(), "walk")
    turn = Rotation.random(random_state=seed)
    own = up_by_balance(clip)
    assert off_degrees(own, np.array([0.0, 0.0, 1.0])) < 6
    assert off_degrees(up_by_balance(turned_about(clip, turn)), turn.apply(own)) < 0.1


def test_who_falls_forwards_is_in_an_upright_world():
    """A pole that falls about its feet leans by more than ten degrees on average, and gains the speed that
    gravity gives it: counted without its acceleration the world would lean."""
    plain = walk()
    still = Bvh(plain.joints, 1 / 30, np.repeat(plain.values[:1], 30, axis=0))
    clip = clip_from_bvh(still, "stands")
    at = [clip.names.index(clip.bones.joints[j]) for j in ("left_ankle", "left_foot")]
    foot = clip.positions[0, at].mean(axis=0)
    lean, speed, angles = np.radians(5.0), 0.0, []
    for _ in range(10 * clip.frames):
        angles.append(lean)
        # A rod of 1.7 m turns about its end by 3 g sin / 2 l.
        speed += 1.5 * 9.81 / 1.7 * np.sin(lean) / 300
        lean += speed / 300
    falls = Rotation.from_euler("x", np.array(angles[::10])[:, None])
    fallen = np.stack([falls[k].apply(clip.positions[k] - foot) for k in range(clip.frames)])
    until = int(np.searchsorted(angles[::10], np.radians(40)))
    falling = replace(clip, positions=fallen[:until], rotations=clip.rotations[:until])
    lean_deg = np.degrees(np.mean(angles[: 10 * until]))
    assert lean_deg > 10
    assert off_degrees(up_by_balance(falling), np.array([0.0, 0.0, 1.0])) < 0.6 * lean_deg


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
@pytest.mark.parametrize(
    "name", ["Male1_B20_WalkWithBox", "Male2_A14_StandToSkip", "13_36", "ma_E10_body_hook_right"]
)
def test_recordings_are_level_and_tilted_ones_are_levelled(name):
    """Who carries, skips, climbs stairs or boxes; rest poses of the last lie about soles."""
    level = read_clip(next(MOCAP.rglob(f"{name}.bvh")))
    assert not any("levelled" in note for note in level.notes)
    for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)):
        turn = Rotation.from_rotvec(np.radians(18) * np.array(axis))
        about = turn * Rotation.from_quat(level.rotations.reshape(-1, 4), scalar_first=True)
        rotations = about.as_quat(scalar_first=True).reshape(level.rotations.shape)
        found = levelled(replace(turned_about(level, turn), rotations=rotations))
        assert "floor levelled" in found.notes[-1]
        both, _ = Rotation.align_vectors(
            found.positions[0] - found.positions[0, 0], level.positions[0] - level.positions[0, 0]
        )
        assert both.apply([0.0, 0.0, 1.0])[2] > np.cos(np.radians(5))


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
@pytest.mark.parametrize("name", ["Male1_A11_CrawlForward", "Male1_A10_LieToCrouch"])
def test_who_crawls_or_gets_up_in_other_axes_is_turned_upright(name):
    """Nobody stands there for long: what is lowest is at rest along one axis only."""
    level = read_clip(next(MOCAP.rglob(f"{name}.bvh")))
    assert not any("upright" in note for note in level.notes)
    for axis, degrees in (("x", 90), ("x", -90), ("y", 90), ("x", 180)):
        turn = Rotation.from_euler(axis, degrees, degrees=True)
        found = upright(turned_about(level, turn))
        assert found.notes[-1] == "turned upright"
        both, _ = Rotation.align_vectors(
            found.positions[0] - found.positions[0, 0], level.positions[0] - level.positions[0, 0]
        )
        assert both.apply([0.0, 0.0, 1.0])[2] > 0.99


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
@pytest.mark.parametrize(
    ("name", "start", "seconds"),
    [("14_27", 0, 9), ("13_33", 0, 4), ("13_33", 4, 4), ("13_01", 12, 4), ("14_29", 16, 4)],
)
def test_who_sits_or_climbs_upright_is_left_so(name, start, seconds):
    """What bears them is not seen, so that some wall has more that rests on it than the floor."""
    clip = read_clip(next(MOCAP.rglob(f"{name}.bvh")))
    cut = slice(round(start * clip.fps), round((start + seconds) * clip.fps))
    part = replace(clip, positions=clip.positions[cut], rotations=clip.rotations[cut])
    assert upright(part) is part


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
def test_who_lies_and_begins_to_get_up_is_left_lying():
    clip = read_clip(next(MOCAP.rglob("Male1_A10_LieToCrouch.bvh")))
    end = round(4 * clip.fps)
    part = replace(clip, positions=clip.positions[:end], rotations=clip.rotations[:end])
    assert upright(part) is part


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
def test_a_dancer_who_bends_over_feet_in_few_places_is_not_levelled():
    """Balance and feet agree for eight seconds, against the soles."""
    clip = read_clip(next(MOCAP.rglob("05_12.bvh")))
    end = round(8 * clip.fps)
    part = replace(clip, positions=clip.positions[:end], rotations=clip.rotations[:end])
    assert levelled(part) is part


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings")
def test_who_rides_for_a_while_is_balanced_by_what_they_do_afoot():
    """Carried at 22 m/s for a second, somebody who dances was taken to stand in a world that leans by 16
    degrees: swinging feet passed for bearing ones."""
    bvh = read_bvh(next(MOCAP.rglob("05_12.bvh")))
    dance = replace(
        bvh, values=bvh.values[round(0.3 / bvh.frame_time) : round(3.3 / bvh.frame_time)]
    )
    third, rate = len(dance.values) // 3, 1 / bvh.frame_time
    ride = np.zeros(len(dance.values))
    ride[third : 2 * third] = 100 * 22.0 / rate
    values = dance.values.copy()
    values[:, [0, 2]] += np.outer(np.cumsum(ride), [0.908, -0.419])
    plain, carried = (
        clip_from_bvh(part, "dance") for part in (dance, replace(dance, values=values))
    )
    assert not any("levelled" in note for note in carried.notes)
    heights = (clip.positions[..., 2] for clip in (plain, carried))
    np.testing.assert_allclose(*heights, atol=1e-6)
