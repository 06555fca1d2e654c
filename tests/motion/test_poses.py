"""Named poses stand on the floor within the body's limits."""

import numpy as np
import pytest

from runtime.body import BODY_NAMES, JOINT_RANGES
from runtime.body.kinematics import forward_kinematics
from runtime.body.support_points import lowest_points
from runtime.errors import UserError
from runtime.motion.poses import POSES, pose


@pytest.mark.parametrize("name", POSES)
def test_feet_stand_flat_on_the_floor_unless_lifted(name):
    qpos = pose(name)[None]
    lowest = lowest_points(qpos)[0]
    _, rotations = forward_kinematics(qpos)
    lifts = {"L_Ankle": POSES[name].left_lift, "R_Ankle": POSES[name].right_lift}
    for foot, lift in lifts.items():
        index = BODY_NAMES.index(foot)
        assert lift - 1e-9 < lowest[index] < lift + 0.03
        assert rotations[0, index, 2, 1] > 0.99, "the sole lies flat"
    assert lowest.min() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", POSES)
def test_no_joint_is_bent_beyond_its_range(name):
    hinges = pose(name)[7:]
    assert (hinges >= JOINT_RANGES[:, 0]).all()
    assert (hinges <= JOINT_RANGES[:, 1]).all()


def test_poses_are_what_they_are_called():
    def at(name, body):
        return forward_kinematics(pose(name)[None])[0][0, BODY_NAMES.index(body)]

    assert at("crouch", "Pelvis")[2] < at("stand", "Pelvis")[2] - 0.3
    assert at("reach", "R_Hand")[1] < at("stand", "R_Hand")[1] - 0.4, (
        "forward is -y at heading zero"
    )
    assert at("step", "R_Ankle")[1] - at("step", "L_Ankle")[1] > 0.35
    assert at("arms-up", "L_Hand")[2] > at("arms-up", "Head")[2]
    np.testing.assert_allclose(at("t-pose", "L_Hand")[2], at("t-pose", "L_Shoulder")[2], atol=0.06)


def test_an_unknown_pose_lists_the_library():
    with pytest.raises(UserError, match="crouch"):
        pose("handstand")
