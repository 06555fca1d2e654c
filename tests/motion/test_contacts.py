"""What the body touches, by geometry alone, agrees with MuJoCo and with common sense."""

import mujoco
import numpy as np
import pytest

from runtime.body import build_model
from runtime.body.figures import BODY_NAMES
from runtime.body.support_points import lowest_points
from runtime.motion import CONTACT_BODIES, Motion
from runtime.motion.contacts import reference_contacts


def standing(frames: int = 30, height: float = 0.0) -> np.ndarray:
    """(frames, 76): upright at rest, lowest point at ``height``."""
    qpos = np.zeros((frames, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    qpos[:, 2] = height - lowest_points(qpos[:1]).min()
    return qpos


def random_qpos(count: int, rng: np.random.Generator) -> np.ndarray:
    qpos = rng.normal(0, 0.7, (count, 76))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    return qpos


def test_the_lowest_point_of_a_body_is_where_mujoco_meets_the_floor():
    model = build_model()
    model.geom_margin[:] = 100.0
    data = mujoco.MjData(model)
    qpos = random_qpos(12, np.random.default_rng(1))
    heights = lowest_points(qpos)
    for frame, pose in enumerate(qpos):
        for body, name in enumerate(BODY_NAMES):
            geoms = [
                geom
                for geom in np.flatnonzero(model.geom_bodyid == model.body(name).id)
                if model.geom_contype[geom]
            ]
            data.qpos[:] = pose
            mujoco.mj_kinematics(model, data)
            floor = model.geom("floor").id
            distance = min(
                mujoco.mj_geomDistance(model, data, floor, geom, 100.0, None) for geom in geoms
            )
            assert heights[frame, body] == pytest.approx(distance, abs=1e-9)


def test_feet_that_stand_are_in_contact_and_hands_are_not():
    contacts = reference_contacts(Motion(30, standing()))
    assert contacts[:, :4].all()
    assert not contacts[:, 4:].any()


def test_a_body_in_the_air_touches_nothing():
    assert not reference_contacts(Motion(30, standing(height=0.2))).any()


def test_a_foot_that_slides_is_not_planted():
    qpos = standing()
    qpos[:, 0] = np.arange(30) / 30 * 1.5
    assert not reference_contacts(Motion(30, qpos)).any()


def test_the_foot_that_is_lifted_loses_contact_and_the_other_keeps_it():
    qpos = standing()
    qpos[10:20, 7 + 0] = -1.0
    qpos[10:20, 7 + 3] = 1.0
    contacts = reference_contacts(Motion(30, qpos))
    left = [CONTACT_BODIES.index("L_Ankle"), CONTACT_BODIES.index("L_Toe")]
    right = [CONTACT_BODIES.index("R_Ankle"), CONTACT_BODIES.index("R_Toe")]
    assert not contacts[11:19, left].any()
    assert contacts[:, right].all()
    assert contacts[:9, left].all()


def test_a_single_frame_has_contacts_too():
    assert reference_contacts(Motion(30, standing(1)))[0, :4].all()
