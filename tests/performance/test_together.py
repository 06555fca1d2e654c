"""People who move in one model: each as if alone while they are apart, and as one pushes the other."""

import pickle

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.physics.linearisation import Linearisation, Sampling
from runtime.performance.physics.tangent import NQ, NV, difference
from runtime.performance.physics.together import Hold, ServoBodies
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.recording import records
from runtime.performance.search.schedule import stage_at
from runtime.scene import Box, Scene, SceneObject, World
from runtime.scene.people import middle_of
from runtime.scene.surroundings import Surroundings

HAND = BODY_NAMES.index("R_Hand")
FRAMES = 4


def around(scene: Scene | None = None) -> Surroundings:
    return Surroundings(scene or Scene(), pose("stand"), FRAMES)


def hand_of(qpos: np.ndarray) -> np.ndarray:
    positions, rotations = forward_kinematics(qpos[None])
    return positions[0, HAND] + rotations[0, HAND] @ middle_of("R_Hand")


def opposite(qpos: np.ndarray, apart: float) -> np.ndarray:
    """The same pose, turned round so that both right hands are ``apart`` metres from each other."""
    turn, result = Rotation.from_euler("z", np.pi), qpos.copy()
    result[:3] = turn.apply(qpos[:3])
    own = turn * Rotation.from_quat(qpos[3:7], scalar_first=True)
    result[3:7] = own.as_quat(scalar_first=True)
    result[:2] += 2 * hand_of(qpos)[:2] + [apart, 0]
    return result


def rolled(dynamics: Dynamics, qpos: np.ndarray, steps: int) -> np.ndarray:
    """(n,) at rest -> (steps, nq + nv) the states that follow under no correction."""
    layout = dynamics.body.layout
    state, result = (qpos[None], np.zeros((1, layout.nv))), []
    for frame in range(steps):
        after = dynamics.step(*state, np.zeros((1, layout.controls)), frame)[:, -1]
        state = after[:, : layout.nq], after[:, layout.nq :]
        result.append(after[0])
    return np.array(result)


def still(body: ServoBody, qpos: np.ndarray) -> Dynamics:
    at = np.repeat(qpos[None], FRAMES, axis=0)
    targets, _ = body.feed_forward(at, np.zeros((FRAMES, body.layout.nv)))
    view = body.surroundings.view(0) if body.surroundings else None
    return Dynamics(body, targets, 1, around=view)


def test_who_is_far_away_moves_as_if_alone():
    """On a slab beside the floor, too: it bears both of them."""
    scene = Scene((SceneObject("slab", Box((8, 8, 0.2)), (0, 0, -0.1)),), World(floor=False))
    one, other = pose("stand"), pose("crouch")
    other[0] += 2.0
    both = rolled(
        still(ServoBodies(2, 1.0, around(scene)), np.append(one, other)), np.append(one, other), 3
    )
    for number, qpos in enumerate((one, other)):
        alone = rolled(still(ServoBody(1.0, around(scene)), qpos), qpos, 3)
        places = both[:, NQ * number : NQ * (number + 1)]
        speeds = both[:, 2 * NQ + NV * number :][:, :NV]
        assert places == pytest.approx(alone[:, :NQ], abs=1e-6)
        assert speeds == pytest.approx(alone[:, NQ:], abs=1e-4)


def test_what_one_gives_the_other_gets():
    """Thrown at each other in thin air, they keep the momentum that they have."""
    scene = Scene(world=World(gravity=(0, 0, 0), floor=False))
    body = ServoBodies(2, 1.0, around(scene))
    one, other = pose("stand"), pose("stand")
    other[0] += 0.7
    data = mujoco.MjData(body.plain)
    data.qpos[:] = np.append(one, other)
    data.qvel[[0, NV]] = [1.0, -0.5]
    data.ctrl[:] = np.append(one[7:], other[7:])
    masses = body.plain.body_mass[:, None]

    def momentum() -> tuple[np.ndarray, np.ndarray]:
        mujoco.mj_forward(body.plain, data)
        mujoco.mj_subtreeVel(body.plain, data)
        each = [data.subtree_linvel[root].copy() for root in (1, 25)]
        return each[0], each[0] + each[1]

    first, total = momentum()
    for _ in range(200):
        mujoco.mj_step(body.plain, data)
    after, kept = momentum()
    assert masses[1:25].sum() == pytest.approx(masses[25:].sum())
    assert after[0] < first[0] - 0.3, "nobody was hit"
    assert kept == pytest.approx(total, abs=1e-3)


def test_derivatives_tell_how_one_moves_the_other():
    qpos = np.append(pose("reach"), opposite(pose("reach"), 0.115))
    body = ServoBodies(2, 1.0, around())
    body.set_contact(stage_at(0.5).contact)
    dynamics = still(body, qpos)
    settled = rolled(dynamics, qpos, 3)[-1]
    start = settled[None, : 2 * NQ], settled[None, 2 * NQ :]
    control = np.zeros((1, body.layout.controls))
    after = dynamics.step(*start, control, 0)
    base = after[0, -1]
    ends = [
        np.concatenate([first, last[None]])
        for first, last in zip(start, (base[: 2 * NQ], base[2 * NQ :]), strict=True)
    ]
    dynamics.sampling = Sampling(15, 15)
    path = Trajectory(*ends, control, after)
    by_state, by_control = next(iter(dynamics.linearise(path)))
    # Other processes are told of the bodies as they are.
    told_of = pickle.loads(pickle.dumps(Linearisation(body, dynamics.targets, dynamics.around)))
    there = told_of.steps(path, 0, dynamics.sampling)[0]
    assert there == pytest.approx(np.concatenate([by_state, by_control], axis=1), abs=1e-5)
    shoulder = 6 + 3 * (BODY_NAMES.index("R_Shoulder") - 1)
    told, found, step = [], [], 1e-5
    for column in range(shoulder, shoulder + 9):
        each = []
        for sign in (step, -step):
            moved, change = start[0].copy(), np.zeros(2 * NV)
            change[column] = 1
            mujoco.mj_integratePos(body.model, moved[0], change, sign)
            end = dynamics.step(moved, start[1], control, 0)[:, -1]
            each.append(
                difference(
                    body.model, end[:, : 2 * NQ], end[:, 2 * NQ :], base[: 2 * NQ], base[2 * NQ :]
                )[0]
            )
        found.append((each[0] - each[1]) / (2 * step))
        told.append(by_state[:, column])
    theirs = body.layout.state(1)
    told, found = np.array(told)[:, theirs], np.array(found)[:, theirs]
    assert np.linalg.norm(found) > 0.1, "they do not touch"
    assert np.linalg.norm(told - found) < 0.05 * np.linalg.norm(found)
    assert by_control.shape == (4 * NV, body.layout.controls)


@pytest.mark.parametrize("person", [1, 2])
def test_hands_hold_on_to_each_other_while_they_are_to(person):
    """Of two people, and of the first and the third of three, the second of whom stands aside."""
    one = pose("reach")
    other = opposite(one, 0.06)
    between = (hand_of(one) + hand_of(other)) / 2
    places, turns = [], []
    for qpos in (one, other):
        positions, rotations = forward_kinematics(qpos[None])
        places.append(rotations[0, HAND].T @ (between - positions[0, HAND]))
        turns.append(Rotation.from_matrix(rotations[0, HAND]).inv().as_quat(scalar_first=True))
    hold = Hold(
        "grip:0", (0, person), ("R_Hand", "R_Hand"), (places[0], places[1]), (turns[0], turns[1])
    )
    gripping = around().gripping({"grip:0": (1, 3)})
    body = ServoBodies(person + 1, 1.0, gripping, [hold])
    aside = pose("stand")
    aside[0] += 3.0
    qpos = np.concatenate([one, *[aside] * (person - 1), other])
    dynamics = still(body, qpos)
    targets = dynamics.targets.copy()
    # One of them pulls the arm back.
    targets[:, 3 * (BODY_NAMES.index("R_Shoulder") - 1) + 1] -= 0.5
    frames = np.repeat(qpos[None], FRAMES, axis=0)
    found = Trajectory(
        frames,
        np.zeros((FRAMES, body.layout.nv)),
        np.zeros((FRAMES - 1, body.layout.controls)),
        np.zeros(0),
    )
    gains = np.zeros((FRAMES - 1, body.layout.controls, 2 * body.layout.nv))
    state = qpos, np.zeros(body.layout.nv)
    done = records(body, targets, found, gains, state, {}, lambda: None, gripping.view(0))

    def apart(frame: int) -> float:
        ends = []
        for one, place in zip((done[0], done[person]), places, strict=True):
            positions, rotations = forward_kinematics(one.qpos[[frame]])
            ends.append(positions[0, HAND] + rotations[0, HAND] @ place)
        return float(np.linalg.norm(ends[0] - ends[1]))

    assert [gripping.holds(body.plain, frame).tolist() for frame in range(4)] == [
        [0],
        [1],
        [1],
        [0],
    ]
    assert apart(1) > 0.02 and apart(3) < 0.6 * apart(1)
    # What they do to each other is explained by muscles, ground and grip.
    assert max(one.unexplained.max() for one in done) < 1e-5
