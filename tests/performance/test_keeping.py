"""Seeing the best so far, stopping to keep it, and stretches for which nothing is found."""

import threading

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.generation import GenerationSettings, following, generate
from runtime.performance.performer import PerformerSettings
from runtime.performance.search.optimiser import Optimiser
from runtime.progress import Better
from runtime.prompts import Timeline
from runtime.scene import Push, Scene
from runtime.simulation.stepping import DivergenceError


class Watcher:
    """A ``Progress`` that remembers, and wants to keep from the ``enough``-th better version on."""

    def __init__(self, enough: int | None = None) -> None:
        self.enough, self.better, self.texts, self.asked = enough, [], [], 0

    def __call__(self, fraction, text="", preview=None):
        self.texts.append(text)
        if isinstance(preview, Better):
            self.better.append(preview)
        wants = self.enough is not None and len(self.better) >= self.enough
        self.asked += wants
        return wants


SERVO = GenerationSettings(controller="servo")


@pytest.fixture(scope="module")
def crouching(keyed_prompt, moved):
    return Timeline((keyed_prompt([(0, moved("stand")), (16, moved("crouch"))]),))


@pytest.fixture(scope="module")
def whole(crouching):
    """What was told while it was performed to its end, and the take."""
    watcher = Watcher()
    return watcher, generate(crouching, SERVO, watcher)[0]


def test_the_draft_is_shown_first_then_what_is_better(whole):
    watcher, motion = whole
    draft, *passes = watcher.better
    assert draft.start == 0 and len(draft.qpos) == motion.frames
    assert len(passes) > 2, "each better pass is shown"
    last = passes[-1]
    shown = forward_kinematics(last.qpos)[0]
    taken = forward_kinematics(motion.qpos)[0][last.start : last.start + len(shown)]
    assert np.linalg.norm(shown - taken, axis=-1).max() < 0.05, "what was shown last is the take"


def test_what_is_still_held_up_is_told_and_falls(whole):
    told = [text for text in whole[0].texts if "carried" in text or "held" in text]
    shares = [int(text.split()[2]) for text in told if text.startswith("Still carried")]
    assert shares and min(shares) < max(shares)
    assert max(len(text) for text in told) < 35, "it has to fit into a sidebar"


def test_the_best_so_far_is_a_whole_take_that_tells_its_help(crouching, whole):
    before = threading.active_count()
    stopping = Watcher(enough=2)
    motion = generate(crouching, GenerationSettings(controller="servo", takes=3), stopping)
    assert len(motion) == 1, "takes that were not begun are not made"
    motion = motion[0]
    assert motion.metadata["stopped"] and motion.frames == 17
    assert np.isfinite(motion.qpos).all() and np.isfinite(motion.qvel).all()
    assert len(motion.metadata["help"]) == 16
    # It ended then and there: nothing better was shown after the person had enough.
    assert len(stopping.better) == 2 < len(whole[0].better)
    measures = motion.metadata["measures"]
    assert measures["keyframe_error_cm"] < 10
    assert bool(measures["held_frames"]) == (measures["held_max_share"] > 0.01)
    # In contacts that are soft yet, nothing is known of what the body's own would have to bear.
    assert measures.get("unexplained_share", 0.0) < 0.01 + measures["held_max_share"]
    assert measures.get("torque_max_share", 0.0) < 1.1
    assert threading.active_count() <= before, "the threads of the search have ended"


def test_what_is_kept_ends_where_the_scene_pushes(crouching):
    """The search behind that did not know of the push: the draft, which had it, follows."""
    scene = Scene(pushes=(Push(9, "Chest", (15.0, 0.0, 0.0)),))
    motion = generate(Timeline(crouching.prompts, scene), SERVO, Watcher(enough=2))[0]
    assert motion.metadata["stopped"] and motion.frames == 17
    assert motion.metadata["drafted"] == [[9, 16]]
    assert len(motion.metadata["help"]) == 16


def test_before_the_first_pass_the_draft_is_what_there_is_to_keep(crouching):
    motion = generate(crouching, SERVO, Watcher(enough=1))[0]
    draft = generate(crouching, GenerationSettings(controller="servo", quality="draft"))[0]
    assert motion.metadata["stopped"]
    assert np.allclose(motion.qpos, draft.qpos)
    assert motion.metadata["help"] == draft.metadata["help"]


def test_an_unstable_stretch_stays_a_draft_and_the_others_are_performed(
    keyed_prompt, moved, monkeypatch
):
    settings = PerformerSettings(window=16, overlap=6)
    monkeypatch.setattr(following, "PerformerSettings", lambda **given: settings)
    solve, starts = Optimiser.solve, []

    def unstable(self, start, *given):
        # The first window's start is free.
        place = None if start is None else start[0].tobytes()
        if place not in starts:
            starts.append(place)
        if starts.index(place) == 1:
            raise DivergenceError("injected")
        return solve(self, start, *given)

    monkeypatch.setattr(Optimiser, "solve", unstable)
    keys = [(0, moved("stand")), (34, moved("stand"))]
    motion = generate(Timeline((keyed_prompt(keys),)), SERVO)[0]
    assert len(starts) > 2 and motion.frames == 35 and np.isfinite(motion.qpos).all()
    ((first, last),) = motion.metadata["drafted"]
    assert 0 < first < last < 34
    assert np.abs(np.diff(motion.qpos[:, :3], axis=0)).max() < 0.02, "the stretches join"
    shares = np.array(motion.metadata["help"])
    assert shares[:first].max() == 0 == shares[last:].max(), "before and behind nothing holds it"


def test_cancelling_is_heard_between_any_two_frames(whole):
    """Not once a pass: in derivatives, in the recursion, in roll-outs."""
    watcher, _ = whole
    passes = len(watcher.better) - 1
    assert len(watcher.texts) > 3 * 16 * passes
