"""What the body's weight, limits and mirror image are, against MuJoCo and geometry."""

import mujoco
import numpy as np
import pytest

from runtime.body import BODY_NAMES, JOINT_NAMES, JOINT_RANGES, build_model
from runtime.body.kinematics import forward_kinematics
from runtime.body.weight import centre_of_mass, weight
from runtime.motion.poses import POSES, pose
from runtime.posing.balance import out_of_support
from runtime.posing.limits import beyond_reach, nearest_pose
from runtime.posing.mirrored import mirror_pose
from runtime.posing.reach import HANDLES, handle_places, reach


def turned(**degrees: float) -> np.ndarray:
    qpos = pose("stand")
    for name, angle in degrees.items():
        qpos[7 + JOINT_NAMES.index(name)] = np.radians(angle)
    return qpos


def test_the_weight_is_mujocos():
    model = build_model()
    data = mujoco.MjData(model)
    np.testing.assert_allclose(weight().mass, model.body_mass[1:], rtol=1e-9)
    for name in POSES:
        data.qpos[:] = pose(name)
        mujoco.mj_forward(model, data)
        np.testing.assert_allclose(
            centre_of_mass(data.qpos[None])[0], data.subtree_com[1], atol=1e-6
        )


def test_standing_is_in_balance_and_leaning_over_is_not():
    stand = pose("stand")
    leaning = stand.copy()
    leaning[3:7] = np.array([np.cos(np.pi / 4 + 0.2), np.sin(np.pi / 4 + 0.2), 0.0, 0.0])
    assert out_of_support(stand[None])[0] < -0.03
    assert out_of_support(leaning[None])[0] > 0.05
    stand[2] += 1.0
    assert out_of_support(stand[None])[0] == np.inf


@pytest.mark.parametrize("handle", sorted(HANDLES))
def test_every_handle_goes_where_it_is_dragged(handle):
    start = pose("crouch")
    target = handle_places(start)[handle] + (0.03, -0.04, 0.05)
    side = handle.split("_")[0]
    pins = [foot for foot in ("left_foot", "right_foot") if not foot.startswith(side)]
    result = reach(start, {handle: target}, pins)
    assert result.missed[handle] < 0.01
    assert (result.qpos[7:] >= JOINT_RANGES[:, 0] - 1e-9).all()
    assert (result.qpos[7:] <= JOINT_RANGES[:, 1] + 1e-9).all()


def test_a_pose_within_the_limits_is_left_alone():
    for name in POSES:
        np.testing.assert_allclose(nearest_pose(pose(name)[None])[0], pose(name), atol=1e-12)
        assert beyond_reach(pose(name)[None]) == [[]]


def test_limbs_beyond_their_joints_are_named_with_how_far():
    told = beyond_reach(np.array([turned(L_Knee_x=-70), turned(Head_y=90), pose("stand")]))
    assert [(beyond.limb, beyond.direction) for beyond in told[0]] == [("left foot", "lower")]
    assert 0.05 < told[0][0].metres < 0.3
    assert str(told[1][0]) == "head turned 50° less"
    assert told[2] == []


def test_arms_raised_beyond_the_shoulder_come_as_near_as_the_collar_lets_them():
    over = turned(L_Shoulder_z=120, R_Shoulder_z=-120)
    clipped = over.copy()
    clipped[7:] = np.clip(over[7:], JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
    wanted, near, plain = forward_kinematics(
        np.array([over, nearest_pose(over[None])[0], clipped])
    )[0]
    hands = [BODY_NAMES.index("L_Hand"), BODY_NAMES.index("R_Hand")]
    assert np.linalg.norm(plain - wanted, axis=1)[hands].max() > 0.3
    assert np.linalg.norm(near - wanted, axis=1)[hands].max() < 0.03


def test_mirrored_a_pose_keeps_place_and_heading():
    qpos = pose("reach")
    qpos[:3] += 0.4, -0.3, 0.0
    turn = np.array([np.cos(0.5), 0.0, 0.0, np.sin(0.5)])
    mujoco.mju_mulQuat(qpos[3:7], turn, qpos[3:7].copy())
    image = mirror_pose(qpos)
    np.testing.assert_allclose(image[:3], qpos[:3])
    both = forward_kinematics(np.array([qpos, image]))[1][:, 0, :2, 2]
    np.testing.assert_allclose(both[0], both[1], atol=1e-6)
    np.testing.assert_allclose(
        forward_kinematics(mirror_pose(image)[None])[0],
        forward_kinematics(qpos[None])[0],
        atol=1e-9,
    )
