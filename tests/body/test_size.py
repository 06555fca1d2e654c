"""A body of another size is the figures scaled, and the same physics in its own lengths."""

from argparse import Namespace

import mujoco
import numpy as np
import pytest

from runtime.body import build_model
from runtime.body.size import BodySize, reference_height
from runtime.body.support_points import support_points
from runtime.body.weight import weight
from runtime.cli.generate import body_of
from runtime.errors import UserError


def standing(model: mujoco.MjModel, scale: float) -> tuple[float, float]:
    """Lowest and highest point of the shapes in the T-pose, in metres, by MuJoCo alone."""
    data = mujoco.MjData(model)
    data.qpos[:] = 0
    data.qpos[2], data.qpos[3:5] = 0.9367 * scale, 0.5**0.5
    mujoco.mj_kinematics(model, data)
    low, high = [], []
    for geom in range(model.ngeom):
        if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_BOX:
            reach = np.abs(data.geom_xmat[geom].reshape(3, 3)[2]) @ model.geom_size[geom]
            low.append(data.geom_xpos[geom, 2] - reach)
            high.append(data.geom_xpos[geom, 2] + reach)
    return min(low), max(high)


@pytest.mark.parametrize("height", [1.4, 1.75, 2.1])
def test_the_model_is_as_tall_and_as_heavy_as_asked(height):
    size = BodySize(height)
    model = build_model(size)
    low, high = standing(model, size.scale)
    assert low == pytest.approx(0, abs=1e-4) and high == pytest.approx(height, abs=1e-3)
    assert model.body_subtreemass[1] == pytest.approx(71.80548 * (height / reference_height()) ** 3)
    usual = build_model()
    assert np.array_equal(model.jnt_range, usual.jnt_range)
    limits = model.actuator_forcerange[:, 1] / usual.actuator_forcerange[:, 1]
    assert limits == pytest.approx(size.scale**4)  # by weight and length
    assert build_model(BodySize(height, 70.0)).body_subtreemass[1] == pytest.approx(70.0)


def test_without_a_size_nothing_is_another():
    size = BodySize(reference_height())
    assert size.scale == size.mass_ratio == size.strength == size.pace == 1.0
    one, other = build_model(), build_model(size)
    assert other.body_inertia == pytest.approx(one.body_inertia)
    assert other.actuator_gainprm == pytest.approx(one.actuator_gainprm)


@pytest.mark.parametrize("size", [BodySize(1.4), BodySize(2.0, 95.0)])
def test_in_its_own_lengths_it_moves_as_the_reference_body_where_all_pulls_more(size):
    """Dynamic similarity, step by step: what plans and performs relies on it."""
    child, own = build_model(size), build_model()
    own.opt.gravity[:] /= size.scale
    for figures in (
        *(own.jnt_stiffness, own.dof_damping, own.actuator_gainprm, own.actuator_biasprm),
        own.actuator_forcerange,
    ):
        figures *= size.strength
    rng = np.random.default_rng(0)
    datas = mujoco.MjData(child), mujoco.MjData(own)
    qpos = np.concatenate([[0, 0, 4], [0.5**0.5, 0.5**0.5, 0, 0], rng.normal(size=69) * 0.1])
    qvel, control = rng.normal(size=75) * 0.3, rng.uniform(-0.3, 0.3, 69)
    for data, length in zip(datas, (size.scale, 1.0), strict=True):
        data.qpos[:], data.qvel[:], data.ctrl[:] = qpos, qvel, control
        data.qpos[:3] *= length
        data.qvel[:3] *= length
    for _ in range(150):
        mujoco.mj_step(child, datas[0])
        mujoco.mj_step(own, datas[1])
    assert datas[1].qpos[2] < 3.7  # it fell
    assert np.abs(datas[0].qpos[:3] - size.scale * datas[1].qpos[:3]).max() < 1e-9
    assert np.abs(datas[0].qpos[3:] - datas[1].qpos[3:]).max() < 1e-9


@pytest.mark.parametrize(
    ("height", "mass", "said"),
    [
        (1.2, None, "between 1.4 and 2.1 m"),
        (2.4, None, "between 1.4 and 2.1 m"),
        (float("nan"), None, "between 1.4 and 2.1 m"),
        ("tall", None, "between 1.4 and 2.1 m"),
        (True, None, "between 1.4 and 2.1 m"),
        (1.4, 5, "weighs between 20 and 78 kg"),
        (1.4, -30, "weighs between"),
        (1.9, float("inf"), "weighs between"),
        (1.9, "heavy", "weighs between"),
    ],
)
def test_what_nobody_is_is_told_in_a_sentence(height, mass, said):
    with pytest.raises(UserError, match=said):
        BodySize(height, mass)


@pytest.mark.parametrize("data", [[], {}, {"mass": 40}, {"height": 1.5, "weight": 40}, 1.5])
def test_a_body_of_a_file_says_what_it_consists_of(data):
    with pytest.raises(UserError, match='its "height" in metres'):
        BodySize.from_dict(data)


def test_plain_data_reads_back_equal():
    for size in (BodySize(1.4), BodySize(1.8, 90.0)):
        assert BodySize.from_dict(size.to_dict()) == size


def test_the_reference_height_is_that_of_its_shapes():
    table = support_points()
    assert reference_height() == pytest.approx(1.7157, abs=1e-4)
    assert len(table.body) and weight().mass.sum() == pytest.approx(71.805, abs=1e-2)


def test_what_the_command_line_leaves_out_stays_as_the_timeline_has_it():
    asked = BodySize(1.6, 60.0)
    for height, mass, expected in (
        (None, None, asked),
        (1.7, None, BodySize(1.7, 60.0)),
        (None, 70.0, BodySize(1.6, 70.0)),
        (1.7, 70.0, BodySize(1.7, 70.0)),
    ):
        assert body_of(Namespace(height=height, mass=mass), asked) == expected
    assert body_of(Namespace(height=None, mass=70.0), None) == BodySize(reference_height(), 70.0)
    for height, mass in ((0.0, None), (None, 0.0)):
        with pytest.raises(UserError, match="A body"):
            body_of(Namespace(height=height, mass=mass), asked)
