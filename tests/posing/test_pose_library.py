"""The library's poses: whether a statue of each stays as it is put down, by MuJoCo."""

import mujoco
import numpy as np
import pytest

from runtime.body.model import make_spec
from runtime.motion.ground_frame import heading
from runtime.motion.poses import pose
from runtime.posing.checking import problems
from runtime.posing.composing import compose
from runtime.posing.library import library_poses
from runtime.posing.placing import placed
from runtime.posing.recipes import RECIPES

SUNK = 0.035
"""Metres: a hand in the other, a heel under the seat."""
TIPPED = np.cos(np.radians(15.0))


def statue(name: str) -> tuple[mujoco.MjModel, mujoco.MjData]:
    """The body with joints that hardly give, on its seat if it has one."""
    qpos = np.array(library_poses()[name].qpos)
    spec = make_spec()
    if RECIPES[name].seat:
        place = [qpos[0], qpos[1], RECIPES[name].seat - 0.02]
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.22, 0.22, 0.02], pos=place)
    for joint in spec.joints:
        if joint.type == mujoco.mjtJoint.mjJNT_HINGE:
            joint.stiffness, joint.damping = 20000, 200
    model = spec.compile()
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_ACTUATION
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    model.qpos_spring[7:] = qpos[7:]
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_forward(model, data)
    return model, data


@pytest.mark.parametrize("name", RECIPES)
def test_a_statue_of_it_stays_for_a_second_and_is_not_in_itself(name):
    model, data = statue(name)
    assert max([-contact.dist for contact in data.contact], default=0.0) < SUNK
    up = data.xmat[1].reshape(3, 3)[2].copy()
    for _ in range(450):
        mujoco.mj_step(model, data)
    assert up @ data.xmat[1].reshape(3, 3)[2] > TIPPED


def test_the_file_is_what_the_recipes_make_and_all_is_well_with_it():
    assert list(library_poses()) == list(RECIPES)
    assert len(RECIPES) == 40
    for name, entry in library_poses().items():
        assert problems(RECIPES[name], np.array(entry.qpos)) == [], name
    for name in ("wave", "kneel-one"):
        np.testing.assert_allclose(compose(RECIPES[name]), library_poses()[name].qpos, atol=2e-3)


def test_what_is_wrong_with_a_pose_is_said():
    qpos = np.array(library_poses()["flamingo"].qpos)
    qpos[7] = 3.0
    qpos[:3] += 0.0, 0.0, 0.1
    told = " ".join(problems(RECIPES["flamingo"], qpos))
    assert "beyond its limit" in told and "not flat" in told and "inside what carries" in told


@pytest.mark.parametrize("mirrored", [False, True])
def test_taken_it_stands_where_the_body_stood(mirrored):
    here = pose("stand")
    here[:2] = 1.0, -2.0
    turn = np.array([np.cos(0.6), 0.0, 0.0, np.sin(0.6)])
    mujoco.mju_mulQuat(here[3:7], turn, here[3:7].copy())
    taken = placed(library_poses()["wave"].qpos, here, mirrored)
    np.testing.assert_allclose(taken[:2], here[:2])
    np.testing.assert_allclose(heading(taken[None]), heading(here[None]), atol=0.05)
    assert taken[2] == pytest.approx(library_poses()["wave"].qpos[2])
