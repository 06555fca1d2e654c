"""What no body can do ends in the best there is and a sentence: never in a traceback or a frozen take."""

from dataclasses import replace

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.generation import GenerationSettings, following, generate
from runtime.measures.told import missed_keys, sentences
from runtime.motion import Motion
from runtime.performance import performer
from runtime.performance.performer import PerformerSettings
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.search.optimiser import Effort
from runtime.prompts import MotionPrompt, Timeline


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """Few passes: what cannot be done is not found by many either, only later."""
    effort = Effort(passes=5, polish=0)
    settings = PerformerSettings(effort=effort)
    monkeypatch.setattr(following, "PerformerSettings", lambda **given: replace(settings, **given))
    monkeypatch.setattr(performer, "HELPED_EFFORT", effort)


def _performed(timeline: Timeline, **settings) -> Motion:
    motion = generate(timeline, GenerationSettings(controller="servo", **settings))[0]
    assert np.isfinite(motion.qpos).all() and np.isfinite(motion.qvel).all()
    assert np.abs(np.diff(motion.qpos[:, :3], axis=0)).max() < 0.5, "nothing is torn"
    return motion


def test_a_take_that_is_held_in_its_middle_alone_says_so_by_frame(perform, moved, monkeypatch):
    """All the way to the metadata; that a float is held is in ``test_performer``."""

    def held_in_the_middle(self, qpos, qvel, *_, **__):
        shares, unknown = np.zeros(len(qpos) - 1), np.full(len(qpos) - 1, np.nan)
        shares[8:13] = [0.05, 0.2, 0.4, 0.2, 0.05]
        grounded = np.zeros(len(qpos) - 1, dtype=bool)
        contacts = np.zeros((len(qpos), 6), dtype=bool)
        return performer.Performance(qpos, qvel, contacts, shares, unknown, grounded, unknown)

    monkeypatch.setattr(performer.Performer, "perform", held_in_the_middle)
    motion = perform([(0, moved("stand")), (24, moved("stand"))])
    assert motion.metadata["measures"]["held_frames"] == [[8, 12]]
    (told,) = sentences(motion.metadata)
    assert told == "An invisible hand carries it at frames 8-12 by up to 40 % of its weight."


def test_help_is_gathered_where_it_is_needed(moved):
    """A recording that hangs in the air for a second, between two in which it stands."""
    heights = np.concatenate([np.zeros(15), np.linspace(0, 0.5, 8), np.full(30, 0.5)])
    heights = np.concatenate([heights, np.linspace(0.5, 0, 8), np.zeros(24)])
    qpos = np.stack([moved("stand", up=up) for up in heights])
    motion = _performed(Timeline((MotionPrompt(0, len(qpos) - 1, "hang", Motion(30, qpos)),)))
    held = np.zeros(motion.frames, dtype=bool)
    for first, last in motion.metadata["measures"]["held_frames"]:
        held[first : last + 1] = True
    assert held[25:50].all(), "who hangs there is held"
    assert not held[:8].any() and not held[-12:].any(), "and stands before and after by himself"


def test_a_key_under_the_floor_is_missed_by_a_distance_that_is_told(perform, moved):
    motion = perform([(0, moved("stand")), (8, moved("stand", up=-0.25)), (16, moved("stand"))])
    assert motion.metadata["measures"]["foot_penetration_max_mm"] < 30
    missed = {key["frame"]: key for key in missed_keys(motion.metadata)}
    assert missed[8]["off_cm"] > 8
    assert "frame 8" in sentences(motion.metadata)[-1]


def test_a_pose_out_of_joint_limits_is_missed_by_what_the_limits_take(perform, moved):
    beyond = moved("stand")
    beyond[[7 + 3, 7 + 15]] = 2.6, -2.6  # knees, far to the wrong side
    keys = [(0, moved("stand")), (8, beyond), (16, moved("stand"))]
    # A draft follows what it can to millimetres: what is missed is what no body can be.
    motion = perform(keys, quality="draft")
    assert np.isfinite(motion.qpos).all()
    missed = {key["frame"]: key for key in missed_keys(motion.metadata)}
    assert missed[8]["off_cm"] > 4
    assert missed[8]["worst"].split()[-1] in ("knee", "ankle", "toe")
    assert "8 " in sentences(motion.metadata)[-1]


def test_two_keys_a_frame_and_two_metres_apart_are_told(moved):
    qpos = np.stack([moved("stand")] * 8 + [moved("stand", forward=2.0)] * 8)
    prompt = MotionPrompt(0, 15, "leap", Motion(30, qpos), "world", keyframes=(0, 7, 8, 15))
    motion = _performed(Timeline((prompt,)))
    told = " ".join(sentences(motion.metadata))
    assert "carries it" in told and "missed" in told


@pytest.mark.parametrize("calls", [0, 60])
def test_a_simulation_that_turns_unstable_in_a_pass_leaves_the_best_there_is(
    keyed_prompt, moved, monkeypatch, calls
):
    """In the first pass that is the draft, later what the passes before it have found."""
    step, made = Dynamics.step, []

    def unstable(self, *given):
        made.append(1)
        states = step(self, *given)
        if len(made) > calls:
            states[:] = np.nan
        return states

    monkeypatch.setattr(Dynamics, "step", unstable)
    motion = _performed(Timeline((keyed_prompt([(0, moved("stand")), (14, moved("stand"))]),)))
    told = sentences(motion.metadata)
    if calls == 0:
        assert motion.metadata["drafted"] == [[0, 14]]
        assert told[0] == "No performance was found at frames 0-14; the draft stays there."
    else:
        assert "drafted" not in motion.metadata


def test_errors_of_numbers_in_a_pass_leave_the_best_there_is(keyed_prompt, moved, monkeypatch):
    from runtime.performance.search.ilqg import Problem

    def singular(self, *given):
        raise np.linalg.LinAlgError("singular matrix")

    monkeypatch.setattr(Problem, "backward", singular)
    motion = _performed(Timeline((keyed_prompt([(0, moved("stand")), (10, moved("stand"))]),)))
    assert motion.metadata["drafted"] == [[0, 10]]


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("tolerance_cm", 0.0, "tolerance"),
        ("weight", float("nan"), "weight"),
        ("holds", ((5, 2.0, 1.0),), "no keyframe"),
    ],
)
def test_tolerances_that_cannot_be_are_refused_in_a_sentence(moved, field, value, word):
    still = Motion(30, np.repeat(moved("stand")[None], 12, axis=0))
    with pytest.raises(UserError, match=word):
        MotionPrompt(0, 11, "keys", still, "world", keyframes=(0, 11), **{field: value})
