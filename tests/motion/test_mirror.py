"""A mirrored motion is the motion seen in a mirror."""

import mujoco
import numpy as np
import pytest

from runtime.body import BODY_NAMES, JOINT_RANGES, build_model
from runtime.body.kinematics import forward_kinematics
from runtime.body.support_points import lowest_points
from runtime.motion import Motion
from runtime.motion.mirror import mirror_motion, mirror_qpos, mirror_qvel

MIRROR = np.diag([-1.0, 1.0, 1.0])
OTHER = [BODY_NAMES.index({"L_": "R_", "R_": "L_"}.get(n[:2], n[:2]) + n[2:]) for n in BODY_NAMES]


@pytest.fixture
def qpos():
    rng = np.random.default_rng(1)
    frames = np.zeros((12, 76))
    frames[:, :3] = rng.normal(size=(12, 3)) + [0, 0, 3]
    frames[:, 3:7] = rng.normal(size=(12, 4))
    frames[:, 3:7] /= np.linalg.norm(frames[:, 3:7], axis=1, keepdims=True)
    low, high = JOINT_RANGES.T
    frames[:, 7:] = rng.uniform(low, high, size=(12, 69)) * 0.5
    return frames


def test_every_limb_turns_as_its_counterpart_does_in_the_mirror(qpos):
    _, rotations = forward_kinematics(qpos)
    _, mirrored = forward_kinematics(mirror_qpos(qpos))
    # Body frames are mirrored along their own x, which points to the left.
    np.testing.assert_allclose(mirrored, (MIRROR @ rotations @ MIRROR)[:, OTHER], atol=1e-12)


def test_every_joint_stands_where_the_mirror_shows_it_up_to_the_bodys_own_asymmetry(qpos):
    positions, _ = forward_kinematics(qpos)
    mirrored, _ = forward_kinematics(mirror_qpos(qpos))
    expected = (positions @ MIRROR)[:, OTHER]
    assert np.linalg.norm(mirrored - expected, axis=-1).max() < 0.06
    np.testing.assert_allclose(mirrored[:, 0], expected[:, 0], atol=1e-12)


def test_mirroring_twice_is_the_motion_itself(qpos):
    np.testing.assert_array_equal(mirror_qpos(mirror_qpos(qpos)), qpos)


def test_velocities_mirror_as_the_positions_they_lead_between():
    model = build_model()
    rng = np.random.default_rng(2)
    first = np.zeros(76)
    first[3:7] = [0.5, 0.5, -0.5, 0.5]
    velocity = rng.normal(size=75)
    second = first.copy()
    mujoco.mj_integratePos(model, second, velocity, 0.03)
    images = mirror_qpos(np.array([first, second]))
    between = np.empty(75)
    mujoco.mj_differentiatePos(model, between, 0.03, images[0], images[1])
    np.testing.assert_allclose(mirror_qvel(velocity[None])[0], between, atol=1e-9)


def test_contacts_change_sides_and_the_lowest_point_stays(qpos):
    contacts = np.zeros((12, 6), dtype=bool)
    contacts[:, 0] = True  # left heel
    motion = mirror_motion(Motion(30.0, qpos, contacts=contacts))
    np.testing.assert_array_equal(np.flatnonzero(motion.contacts[0]), [2])
    assert lowest_points(motion.qpos).min() == pytest.approx(lowest_points(qpos).min(), abs=1e-9)
    assert motion.metadata["mirrored"] is True
