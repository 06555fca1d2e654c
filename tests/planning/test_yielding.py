"""A walk that is pushed: the foot that comes down next catches the body, and it goes on."""

import numpy as np
import pytest

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.body.model import shared_model
from runtime.library import load_library
from runtime.library.library import Stretch
from runtime.motion import Motion
from runtime.motion.contacts import reference_contacts
from runtime.motion.ground_frame import moved
from runtime.motion.poses import pose
from runtime.planning.mending.grounding import on_the_ground
from runtime.planning.yielding import RecoverySettings, after_pushes
from runtime.scene import Box, Push, Scene, SceneObject, World
from runtime.scene.surroundings import Surroundings

FRAME = 15
"""A foot comes down four frames later."""


@pytest.fixture(scope="module")
def walk() -> Motion:
    """70 frames along +x."""
    library = load_library()
    first = int(library.starts[library.names.index("accad_Male1_B3_Walk")])
    qpos = on_the_ground(library.qpos(Stretch(first + 10, first + 80)))
    way = qpos[-1, :2] - qpos[0, :2]
    turned = moved(qpos, -np.arctan2(way[1], way[0]), qpos[0, :2].copy(), np.zeros(2))
    return Motion(30, turned)


@pytest.fixture(scope="module")
def halt() -> Motion:
    """The last steps of a walk that ends, and 1.5 s of standing."""
    library = load_library()
    number = library.names.index("accad_Male1_B2_WalkToStand")
    first, last = (int(at) for at in library.starts[number : number + 2])
    qpos = on_the_ground(library.qpos(Stretch(first + 80, last)))
    return Motion(30, np.concatenate([qpos, np.repeat(qpos[-1:], 45, axis=0)]))


def led(motion: Motion, *pushes: Push, **scene) -> list[tuple[int, Motion]]:
    return after_pushes(motion, Surroundings(Scene(pushes=pushes, **scene), motion.qpos[0], 70))


def test_the_body_gives_way_by_its_momentum_and_comes_back(walk):
    push = Push(FRAME, "Chest", (-80, 0, 0))
    ((frame, pushed),) = led(walk, push)
    assert frame == FRAME
    aside = pushed.qpos[:, :2] - walk.qpos[:, :2]
    assert not aside[: FRAME + 1].any(), "nobody knows of it before"
    drift = (aside[FRAME + 6] - aside[FRAME + 5])[0] * 30
    assert drift < -0.5 * 80 / float(shared_model().body_subtreemass[1])
    assert -0.6 < aside[:, 0].min() < -0.2
    assert np.abs(aside[:, 1]).max() < 1e-9
    assert abs(aside[-1, 0]) < 0.5 * abs(aside[:, 0].min()), "and is led back"


def test_feet_that_stand_stay_and_legs_do_not_jolt(walk):
    pushed = led(walk, Push(FRAME, "Chest", (-80, 0, 0)))[0][1]
    stance = reference_contacts(walk)
    before, after = (forward_kinematics(one.qpos)[0] for one in (walk, pushed))
    for side, column in (("L", 0), ("R", 2)):
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        both = stance[1:, column] & stance[:-1, column]
        slid = np.diff(after[:, ankle], axis=0) - np.diff(before[:, ankle], axis=0)
        assert np.linalg.norm(slid[both], axis=1).max() < 0.01
    assert np.abs(np.diff(pushed.qpos[:, 7:], axis=0)).max() < 0.7


def test_to_the_open_side_the_foot_steps_out_and_legs_never_cross(walk):
    sides = {y: led(walk, Push(FRAME, "Chest", (0, y, 0))) for y in (80, -80)}
    opened = [y for y, found in sides.items() if found]
    assert len(opened) == 1, "to the other side the foot would have to cross"
    aside = sides[opened[0]][0][1].qpos[:, 1] - walk.qpos[:, 1]
    assert np.sign(aside[np.abs(aside).argmax()]) == np.sign(opened[0])


@pytest.mark.parametrize(("before_landing", "impulse"), [(2, 15), (2, 60), (1, 30), (4, 45)])
def test_after_the_last_step_of_a_walk_the_body_comes_to_rest(halt, before_landing, impulse):
    stances = reference_contacts(halt)[:, [0, 2]] | reference_contacts(halt)[:, [1, 3]]
    landings = np.sort(np.nonzero(stances[1:] & ~stances[:-1])[0] + 1)
    push = Push(int(landings[-before_landing]) - 6, "Chest", (0, impulse, 0))
    around = Surroundings(Scene(pushes=(push,)), halt.qpos[0], halt.frames)
    ((_, pushed),) = after_pushes(halt, around)
    aside = pushed.qpos[:, :2] - halt.qpos[:, :2]
    far = np.linalg.norm(aside, axis=1)
    assert 0.02 < far.max() < 0.6, "no further than a step"
    assert np.linalg.norm(aside[-1] - aside[-2]) * 30 < 0.005, "m/s"
    assert (halt.qpos[:, 2] - pushed.qpos[:, 2]).max() < 0.1


def test_whose_hips_are_near_the_ground_does_not_step(walk):
    push = Push(FRAME, "Chest", (-80, 0, 0))
    around = Surroundings(Scene(pushes=(push,)), walk.qpos[0], 70)
    assert after_pushes(walk, around, RecoverySettings(upright_m=0.8))
    assert after_pushes(walk, around, RecoverySettings(upright_m=1.0)) == []
    low = walk.qpos.copy()
    low[FRAME, 2] = -0.1
    with np.errstate(invalid="raise"):
        assert after_pushes(Motion(30, low), around) == []


@pytest.mark.parametrize(
    "change",
    ["weak", "standing", "late", "edge", "none"],
)
def test_what_needs_or_has_no_step_is_left_as_it_is(walk, change):
    push = Push(FRAME, "Chest", (-80, 0, 0))
    motion, scene = walk, {}
    if change == "weak":
        push = Push(FRAME, "Chest", (-8, 0, 0))
    elif change == "standing":
        motion = Motion(30, np.repeat(pose("stand")[None], 70, axis=0))
    elif change == "late":
        push = Push(69, "Chest", (-80, 0, 0))
    elif change == "edge":
        at = forward_kinematics(walk.qpos)[0][FRAME + 8, BODY_NAMES.index("Pelvis"), 0]
        assert led(motion, push), "without the step it would give way"
        scene = {"objects": (SceneObject("step", Box((0.4, 3, 0.2)), (at - 0.3, 0, 0.1)),)}
    elif change == "none":
        scene = {"world": World(gravity=(0, 0, -0.5))}
    assert led(motion, push, **scene) == []
