"""What goes wrong is told, by means of its own: with every mend taken out the warnings come."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import FRAMES, turned, walk

from runtime.errors import UserError
from runtime.generation.told import told_of
from runtime.motion import Motion, lowest_points
from runtime.motion.files import load_motion
from runtime.motion.formats import clip
from runtime.motion.formats.bvh import Bvh, format_bvh
from runtime.motion.judging import judge
from runtime.motion.judging.truth import disagreements, facts_of
from runtime.motion.judging.upright.leaning import lean_of, leaning
from runtime.motion.sources.options import SourceOptions
from runtime.planning.mending import repair
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline


def unchanged(value, *_arguments, **_keywords):
    return value


def loaded(bvh: Bvh, folder) -> Motion:
    path = folder / "walk.bvh"
    path.write_text(format_bvh(bvh))
    return load_motion(path)


def warnings(motion: Motion) -> str:
    return "; ".join(motion.metadata.get("warnings", []))


def upside_down() -> Bvh:
    return turned(walk(), Rotation.from_euler("x", 180, degrees=True))


def tilted() -> Bvh:
    return turned(walk(), Rotation.from_euler("x", 12, degrees=True))


def preroll() -> Bvh:
    plain = walk()
    raised = plain.values.copy()
    raised[:, 1] += 5.0
    return Bvh(plain.joints, 1 / 30, np.vstack([np.zeros((5, raised.shape[1])), raised]))


OUTLIERS = (judge, "without_outliers", unchanged)
KINDS = {
    "F upside down": (upside_down, [(judge, "upright", unchanged)], "degrees off upright"),
    "G tilted": (tilted, [(judge, "levelled", unchanged)], "over the floor"),
    # Empty frames at the start are another pose as well, so two mends see them.
    "I empty frames": (
        preroll,
        [(clip, "_without_empty_frames", lambda bvh: (bvh, ())), OUTLIERS],
        "over the floor|jumps|degrees off upright|goes",
    ),
}
"""What is wrong, the mends that put it right, and what is told without them."""


@pytest.mark.parametrize("kind", KINDS)
def test_right_results_have_no_warning(kind, tmp_path):
    assert warnings(loaded(KINDS[kind][0](), tmp_path)) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_without_its_mend_every_kind_is_told(kind, tmp_path, monkeypatch):
    make, mends, expected = KINDS[kind]
    for mend in mends:
        monkeypatch.setattr(*mend)
    told = warnings(loaded(make(), tmp_path))
    assert any(words in told for words in expected.split("|")), told


def test_a_tilt_that_is_left_is_asked_for_and_can_be_said(tmp_path, monkeypatch):
    """As where balance tells nothing: its degrees are told, and a direction sets it right."""
    tilt = Rotation.from_euler("x", 10, degrees=True)
    monkeypatch.setattr(judge, "levelled", unchanged)
    told = warnings(loaded(turned(walk(), tilt), tmp_path))
    assert "tilted by" in told and "--up=x,y,z" in told
    up = ",".join(f"{number:.4f}" for number in tilt.apply([0.0, 1.0, 0.0]))
    level = load_motion(tmp_path / "walk.bvh", options=SourceOptions(up=up))
    assert warnings(level) == ""
    assert np.ptp(level.qpos[:, 2]) < 0.1
    for wrong in ("0,0,0", "1,2", "a,b,c", "w", "nan,1,0"):
        with pytest.raises(UserError, match="is no axis"):
            SourceOptions(up=wrong)


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 0, 1), (0.6, 0, -0.8)])
@pytest.mark.parametrize("degrees", [7, 10, 14])
def test_every_tilt_is_told_without_its_mend(axis, degrees, tmp_path, monkeypatch):
    """What floats, what leans as nobody stands, or that a slope was taken out."""
    monkeypatch.setattr(judge, "levelled", unchanged)
    turn = Rotation.from_rotvec(np.radians(degrees) * np.array(axis))
    motion = loaded(turned(walk(), turn), tmp_path)
    slope = "; ".join(motion.metadata.get("notes", []))
    assert "its world seems tilted by" in warnings(motion) or "a slope of" in slope


@pytest.mark.parametrize("speed", [0.7, 1.1, 1.8])
def test_who_walks_on_the_level_does_not_lean(speed, tmp_path):
    lean = lean_of(loaded(walk(speed), tmp_path))
    assert abs(lean.aside) < 0.02 and abs(lean.forwards) < 0.09 and lean.facing > 0.95


def test_a_ramp_is_told_as_one_and_a_tilt_as_one(tmp_path, monkeypatch):
    """Both rise by 7 degrees along the way; on a ramp one stands upright."""
    monkeypatch.setattr(judge, "levelled", unchanged)
    plain = walk(1.6)
    values = plain.values.copy()
    values[:, 1] -= np.tan(np.radians(7)) * values[:, 2]
    ramp = loaded(Bvh(plain.joints, 1 / 30, values), tmp_path)
    tilt = loaded(turned(plain, Rotation.from_euler("x", 7, degrees=True)), tmp_path)
    for motion in (ramp, tilt):
        assert motion.metadata["notes"] == ["a slope of 7 degrees taken out of the floor"]
    assert warnings(ramp) == ""
    assert "its world seems tilted by 7 degrees" in warnings(tilt)


def test_who_is_on_no_feet_leans_on_nothing_that_is_known(tmp_path):
    lying = loaded(walk(), tmp_path).qpos.copy()
    lying[:, 2] = 0.2
    assert lean_of(Motion(30, lying)) is None and leaning(Motion(30, lying)) == []


@pytest.mark.parametrize("axes", ["y-up", "upside down"])
def test_smpl_in_other_axes_is_told_without_its_mend(axes, tmp_path, monkeypatch):
    from runtime.motion.formats.amass import write_amass

    path = tmp_path / "walk.npz"
    write_amass(loaded(walk(), tmp_path), path)
    stored = dict(np.load(path))
    turn = Rotation.from_euler("x", {"y-up": -90, "upside down": 180}[axes], degrees=True)
    stored["trans"] = turn.apply(stored["trans"])
    root = turn * Rotation.from_rotvec(stored["poses"][:, :3])
    stored["poses"][:, :3] = root.as_rotvec()
    np.savez(path, **stored)
    assert warnings(load_motion(path)) == ""
    monkeypatch.setattr(judge, "upright", unchanged)
    told = warnings(load_motion(path))
    assert "degrees off upright" in told or "over the floor" in told


@pytest.mark.parametrize("speed", [13.0, 16.0])
def test_a_ride_that_is_frozen_is_told(speed, tmp_path, monkeypatch):
    """The mend for jumps holds every frame of a ride in its place."""
    plain = walk()
    values = np.tile(plain.values[:1], (FRAMES, 1))
    values[:, 2] = 100 * speed * np.arange(FRAMES) / 30
    motion = loaded(Bvh(plain.joints, 1 / 30, values), tmp_path)
    timeline = Timeline((MotionPrompt(0, FRAMES - 1, source=motion, placement="world"),))

    def told() -> str:
        reference = build_reference(timeline)
        return "; ".join(told_of(reference, reference.motion).get("warnings", []))

    assert told() == ""
    monkeypatch.setattr(repair, "_beyond_neighbours", unchanged)
    assert "goes 0.0 m where the source goes" in told()


def test_rows_of_zeros_are_no_way_that_was_gone(tmp_path):
    """Three gaps in a walk: led through, and not told as a way of which most is missing."""
    plain = walk()
    values = plain.values.copy()
    for gap in (slice(10, 12), slice(30, 33), slice(50, 51)):
        values[gap] = 0
    motion = loaded(Bvh(plain.joints, 1 / 30, values), tmp_path)
    assert warnings(motion) == ""
    assert motion.metadata["notes"] == ["6 empty frames left out"]


def test_facts_are_the_same_in_any_world():
    """Turned, moved and scaled joints tell the same: nothing of axes or units is assumed."""
    rng = np.random.default_rng(3)
    points = np.cumsum(rng.normal(size=(50, 1, 3)) * 0.02, axis=0) + rng.normal(size=(1, 9, 3))
    turn = Rotation.random(random_state=4)
    other = 40 * turn.apply(points.reshape(-1, 3)).reshape(points.shape) + 7
    one, two = facts_of(points, 30), facts_of(other, 30)
    assert one.travel == pytest.approx(two.travel) and one.rests == two.rests
    assert 40 * one.size == pytest.approx(two.size)


def test_a_take_that_stands_where_its_source_walks_is_told(tmp_path):
    motion = loaded(walk(), tmp_path)
    still = Motion(30, np.repeat(motion.qpos[:1], motion.frames, axis=0))
    assert any(
        "goes 0.0 m" in text for text in disagreements(facts_of(motion.positions(), 30), still)
    )
    raised = motion.qpos.copy()
    raised[:, 2] += 0.3
    assert any("30 cm over the floor" in text for text in disagreements(None, Motion(30, raised)))
    raised[:, 2] -= 0.5
    assert any("in the floor" in text for text in disagreements(None, Motion(30, raised)))


@pytest.mark.parametrize("speed", [0.8, 1.1, 1.8])
def test_a_walk_whose_feet_skate_stays_on_the_floor(speed, tmp_path):
    """Its toes glide in most frames: lifted for it as toes that roll off, it would hover."""
    motion = loaded(walk(speed), tmp_path)
    timeline = Timeline((MotionPrompt(0, FRAMES - 1, source=motion, placement="world"),))
    reference = build_reference(timeline)
    assert told_of(reference, reference.motion) == {}
    assert (lowest_points(reference.motion.qpos).min(axis=1) > 0.04).mean() < 0.1


def test_who_rides_and_then_stands_is_on_the_floor_throughout(tmp_path):
    """Toes that glide because all of the body does are not lifted."""
    plain = walk()
    values = np.tile(plain.values[:1], (FRAMES, 1))
    values[:, 2] = 100 * 15.0 * np.minimum(np.arange(FRAMES), FRAMES / 2) / 30
    motion = loaded(Bvh(plain.joints, 1 / 30, values), tmp_path)
    timeline = Timeline((MotionPrompt(0, FRAMES - 1, source=motion, placement="world"),))
    reference = build_reference(timeline)
    assert told_of(reference, reference.motion) == {}
    assert lowest_points(reference.motion.qpos).min(axis=1).max() < 0.02


@pytest.mark.parametrize("frame", [0, 10, 20])
def test_whoever_is_carried_in_the_middle_of_a_step_is_on_the_floor(frame, tmp_path):
    """One foot up, and all stances in two places at the end: a slope through them is no floor for
    the way there."""
    plain = walk()
    values = np.tile(plain.values[frame : frame + 1], (FRAMES, 1))
    values[:, 2] = 100 * 15.0 * np.minimum(np.arange(FRAMES), FRAMES / 2) / 30
    motion = loaded(Bvh(plain.joints, 1 / 30, values), tmp_path)
    assert lowest_points(motion.qpos).min(axis=1).max() < 0.02
    timeline = Timeline((MotionPrompt(0, FRAMES - 1, source=motion, placement="world"),))
    reference = build_reference(timeline)
    assert told_of(reference, reference.motion) == {}
    assert lowest_points(reference.motion.qpos).min(axis=1).max() < 0.02


def test_who_hovers_while_carried_is_told(tmp_path):
    qpos = np.repeat(loaded(walk(), tmp_path).qpos[:1], 60, axis=0)
    qpos[:, 0] += np.minimum(np.arange(60), 30) * 0.5
    assert disagreements(None, Motion(30, qpos)) == []
    qpos[:30, 2] += 0.08
    assert any("over the floor" in text for text in disagreements(None, Motion(30, qpos)))
