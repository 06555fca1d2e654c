"""The model is the published humanoid: its counts, masses and figures."""

import mujoco
import numpy as np

from runtime.body import BODY_NAMES, JOINT_NAMES, JOINT_RANGES, build_model


def test_model_has_the_published_counts_and_mass():
    model = build_model()
    assert (model.nq, model.nv, model.nu, model.nbody) == (76, 75, 69, 25)
    assert abs(model.body_mass.sum() - 71.805) < 5e-4
    assert model.nsensordata == 150


def test_bodies_and_joints_stand_in_the_order_of_the_figures():
    model = build_model()
    assert tuple(model.body(i + 1).name for i in range(24)) == BODY_NAMES
    assert tuple(model.joint(i + 1).name for i in range(69)) == JOINT_NAMES
    np.testing.assert_allclose(model.jnt_range[1:], JOINT_RANGES, atol=1e-12)


def test_mujoco_is_the_version_the_published_contacts_need():
    assert mujoco.__version__ == "3.3.7"
