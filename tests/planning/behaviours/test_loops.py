"""Behaviours that go round do every round alike, wherever on the floor."""

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.motion.ground_frame import heading, planar
from runtime.planning.behaviours.loops import Loop, at_pace, in_rounds, loop_of, whole_tempo
from runtime.planning.graph.stretches import Run
from runtime.planning.reference import build_reference
from runtime.prompts import BehaviourPrompt, Timeline

RUN = "move-ego-0-4"


@pytest.fixture(scope="module")
def running():
    return build_reference(Timeline((BehaviourPrompt(0, 210, RUN, ((RUN, 1.0),)),)))


def _seen_from_the_hips(qpos: np.ndarray) -> np.ndarray:
    joints = forward_kinematics(qpos)[0]
    back = planar(-heading(qpos))
    joints[..., :2] = np.einsum("tij,tkj->tki", back, joints[..., :2] - qpos[:, None, :2])
    return joints


def test_a_walk_that_comes_back_to_a_node_goes_round():
    assert loop_of([Run(0, 40)]) is None
    loop = loop_of([Run(0, 10), Run(20, 28), Run(20, 28)])
    assert loop is not None and loop.period == 24 and loop.first == 30


def test_the_tempo_gives_rounds_whole_frames():
    loop = Loop(30, 54)
    tempo = whole_tempo(1.19, loop, most=1.5)
    assert abs(tempo - 1.19) < 0.02
    assert loop.period / tempo == pytest.approx(at_pace(loop, tempo).period)
    assert whole_tempo(1.19, loop, most=1.19) <= 1.19
    assert whole_tempo(1.19, None, most=1.5) == 1.19
    assert whole_tempo(1.19, None, most=1.1) == 1.1


def test_every_round_of_a_run_is_the_same(running):
    (round_,) = running.repeats
    seen = _seen_from_the_hips(running.motion.qpos)[round_.first : round_.last + 1]
    assert round_.last == 210 and len(seen) > 3 * round_.period
    again = np.linalg.norm(seen[round_.period :] - seen[: -round_.period], axis=-1)
    assert again.max() < 1e-6


def test_rounds_go_over_into_each_other_without_a_jump(running):
    (round_,) = running.repeats
    joints = forward_kinematics(running.motion.qpos)[0]
    jerks = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1).max(axis=1)
    seams = np.arange(round_.first, round_.last - 2, round_.period)
    near = np.unique(np.concatenate([np.arange(seam - 2, seam + 2) for seam in seams]))
    elsewhere = np.setdiff1d(np.arange(round_.first, len(jerks)), near)
    # A seam may lie in a footstrike; a joint that jumps by 3 cm is told by it.
    assert jerks[near].max() <= jerks[elsewhere].max() + 0.02


def test_rounds_that_mending_made_unlike_stay_as_they_are(running):
    qpos = running.motion.qpos.copy()
    qpos[:, 7:] += np.linspace(0.0, 3.0, len(qpos))[:, None]
    kept, repeats = in_rounds(qpos, running.choices)
    assert repeats == () and np.array_equal(kept, qpos)


def test_what_follows_a_behaviour_stays_where_it_was_placed():
    run = BehaviourPrompt(0, 120, RUN, ((RUN, 1.0),))
    stand = BehaviourPrompt(121, 160, "move-ego-0-0", (("move-ego-0-0", 1.0),))
    reference = build_reference(Timeline((run, stand)))
    assert all(one.last == 160 for one in reference.repeats)
    paces = np.linalg.norm(np.diff(reference.motion.qpos[:, :2], axis=0), axis=1)
    seam = paces[112:130]
    assert np.abs(np.diff(seam)).max() < 0.03, "no frame in which a runner stops dead"
