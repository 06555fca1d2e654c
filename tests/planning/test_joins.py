"""Where one prompt passes into another nobody hovers, and a leap stays one."""

import numpy as np
import pytest

from runtime.body.support_points import lowest_points
from runtime.motion.motion import Motion
from runtime.motion.poses import pose
from runtime.planning.mending.joins import carried_by_nothing, join_spans, touching
from runtime.planning.mending.settings import MENDING
from runtime.planning.playing import played
from runtime.planning.reference import build_reference
from runtime.prompts import BehaviourPrompt, MotionPrompt, PosePrompt, Timeline


def stances(*names: str, frames: int = 20) -> Motion:
    """Somebody who stands in one pose after the other, each for ``frames``."""
    return Motion(30.0, np.repeat(np.stack([pose(name) for name in names]), frames, axis=0))


@pytest.fixture(scope="module")
def step_left():
    return played(stances("step"), mirror=True)


def test_between_two_stances_a_foot_stays_on_the_floor(step_left):
    """From one foot ahead to the other: both move, and one at a time carries."""
    prompts = (
        MotionPrompt(0, 19, "a", source=stances("step"), placement="world"),
        MotionPrompt(20, 49, "b", source=step_left),
    )
    qpos = build_reference(Timeline(prompts)).motion.qpos
    lowest = lowest_points(qpos).min(axis=1)
    assert lowest.max() < 0.02 and lowest.min() > -0.02, (lowest.max(), lowest.min())


def test_what_stands_already_is_left_alone():
    qpos = stances("stand", frames=60).qpos
    qpos[:, 2] -= lowest_points(qpos).min()
    np.testing.assert_array_equal(touching(qpos, [(20, 40)]), qpos)


def test_who_leaps_from_one_prompt_into_the_next_leaps():
    qpos = stances("stand", frames=60).qpos
    qpos[:, 2] += 0.3 - lowest_points(qpos).min()
    np.testing.assert_array_equal(touching(qpos, [(20, 40)]), qpos)


def test_only_joins_are_touched():
    crouch = tuple(pose("crouch").tolist())
    prompts = [PosePrompt(0, 39, "a", crouch), PosePrompt(60, 99, "b", crouch)]
    (span,) = join_spans(prompts, 100)
    assert span[0] < 39 and 60 < span[1] < 100
    qpos = stances("stand", frames=100).qpos
    qpos[:, 2] += 2 * MENDING.joins.on_floor_m - lowest_points(qpos).min()
    changed = np.flatnonzero(np.abs(touching(qpos, [span]) - qpos).max(axis=1) > 0)
    assert len(changed) and span[0] - 8 < changed[0] and changed[-1] < span[1] + 8


def test_mirrored_in_place_a_motion_begins_where_it_began():
    qpos = stances("passing").qpos
    qpos[:, 0] += 2.0 + 0.02 * np.arange(len(qpos))
    motion = Motion(30.0, qpos)
    image = played(motion, mirror=True, in_place=True).qpos
    np.testing.assert_allclose(image[0, :2], qpos[0, :2], atol=1e-9)
    assert np.linalg.norm(image[-1, :2] - image[0, :2]) == pytest.approx(0.02 * 19, abs=1e-6)
    assert np.abs(played(motion, mirror=True).qpos[0, 0] + 2.0) < 1e-6, "about the world's plane"


def raised(height: float, frames: int = 12) -> np.ndarray:
    """Somebody who stands, in between ``height`` metres over the floor in a parabola."""
    qpos = stances("stand", frames=60).qpos
    qpos[:, 2] -= lowest_points(qpos).min()
    share = np.arange(1, frames + 1) / (frames + 1)
    qpos[20 : 20 + frames, 2] += 4 * height * share * (1 - share)
    return qpos


def test_who_is_carried_by_nothing_comes_down_and_who_flies_does_not():
    hovers = raised(0.05)
    ((first, stop),) = carried_by_nothing(hovers, 0, 60)
    assert 18 <= first <= 22 and 30 <= stop <= 34
    down = touching(hovers, [(first, stop)])
    assert lowest_points(down).min(axis=1).max() < 0.015
    # Who falls freely rises by g t^2 / 8, in 6 steps of a thirtieth of a second by 5 cm.
    assert carried_by_nothing(raised(9.81 * (6 / 30) ** 2 / 8, frames=5), 0, 60) == []
    assert carried_by_nothing(raised(0.1, frames=20), 0, 60) == [], "a leap, however it was warped"
    assert carried_by_nothing(hovers, 40, 60) == []


def test_a_fast_side_step_of_the_library_stays_on_the_floor():
    task = "move-ego--90-2"
    prompt = BehaviourPrompt(0, 150, task, ((task, 1.0),))
    lowest = lowest_points(build_reference(Timeline((prompt,))).motion.qpos).min(axis=1)
    assert (lowest > 0.015).mean() < 0.1
