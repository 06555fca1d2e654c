"""Kinematics in NumPy agree with MuJoCo's and turn around."""

import mujoco
import numpy as np
import pytest

from runtime.body import JOINT_RANGES, build_model
from runtime.body.kinematics import forward_kinematics, local_rotations, qpos_from_rotations


@pytest.fixture
def poses():
    rng = np.random.default_rng(3)
    qpos = np.empty((40, 76))
    qpos[:, :3] = rng.normal(size=(40, 3))
    qpos[:, 3:7] = rng.normal(size=(40, 4))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    qpos[:, 7:] = rng.uniform(JOINT_RANGES[:, 0], JOINT_RANGES[:, 1], size=(40, 69))
    return qpos


def test_forward_kinematics_agrees_with_mujoco(poses):
    model = build_model()
    data = mujoco.MjData(model)
    positions, rotations = forward_kinematics(poses)
    for frame, qpos in enumerate(poses):
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        np.testing.assert_allclose(positions[frame], data.xpos[1:], atol=1e-10)
        np.testing.assert_allclose(rotations[frame], data.xmat[1:].reshape(24, 3, 3), atol=1e-10)


def test_rotations_turn_back_into_the_same_pose(poses):
    again = qpos_from_rotations(poses[:, :3], local_rotations(poses))
    positions, rotations = forward_kinematics(poses)
    positions_again, rotations_again = forward_kinematics(again)
    np.testing.assert_allclose(positions_again, positions, atol=1e-9)
    np.testing.assert_allclose(rotations_again, rotations, atol=1e-9)


def test_hinge_angles_stay_continuous_through_a_full_turn():
    time = np.linspace(0, 1, 120)
    qpos = np.zeros((120, 76))
    qpos[:, 3] = 1
    qpos[:, 7 + 45] = 2.5 * np.sin(2 * np.pi * time)
    qpos[:, 7 + 46] = 1.9 * np.sin(2 * np.pi * time)
    again = qpos_from_rotations(qpos[:, :3], local_rotations(qpos))
    assert np.abs(np.diff(again[:, 7:], axis=0)).max() < 0.2
