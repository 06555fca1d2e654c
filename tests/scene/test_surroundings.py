"""A scene in the model: what pushes, what moves, what is held, and what is touched."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from runtime.body.model import make_spec
from runtime.body.support_points import lowest_points
from runtime.errors import UserError
from runtime.measures.scene import penetration
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import HARD_CONTACT, PASSING_M, ServoBody
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.search.schedule import stage_at
from runtime.scene import Box, Capsule, Person, Push, Scene, SceneObject, World
from runtime.scene.description import PlaceKey, WorldKey
from runtime.scene.model import held_geoms, scene_geoms
from runtime.scene.surroundings import FRICTION_STEP, Surroundings

STAND = pose("stand")


def around(scene: Scene, frames: int = 30) -> Surroundings:
    return Surroundings(scene, STAND, frames)


def model_in(scene: Scene) -> mujoco.MjModel:
    spec = make_spec()
    around(scene).add_to(spec)
    return spec.compile()


def test_a_push_gives_its_impulse_and_nobody_knows_before():
    scene = Scene(pushes=(Push(7, "Chest", (80, 0, -10), 0.15),))
    surroundings, model = around(scene), model_in(scene)
    chest = model.body("Chest").id
    forces = np.array([surroundings.forces(model, frame)[chest, :3] for frame in range(30)])
    assert forces.sum(axis=0) / 30 == pytest.approx((80, 0, -10))
    assert np.flatnonzero(forces.any(axis=1)).tolist() == [7, 8, 9, 10, 11]
    assert not surroundings.forces(model, 8, known=6).any()
    assert surroundings.push_frames == [7]


def test_wind_blows_as_on_a_person_and_gravity_changes():
    keys = (WorldKey(0, (0, 0, -9.81), (0, 0, 0)), WorldKey(20, (0, 0, -1.81), (20, 0, 0)))
    scene = Scene(world=World(keys=keys))
    surroundings, model = around(scene), model_in(scene)
    total = surroundings.forces(model, 20).sum(axis=0)
    # A standing person has a drag area of 0.5 to 0.8 m2: 120 to 200 N at 20 m/s.
    assert 90 < total[0] < 220
    assert total[2] == pytest.approx(8 * model.body_subtreemass[1], rel=1e-6)
    half = surroundings.forces(model, 10).sum(axis=0)
    assert half[2] == pytest.approx(total[2] / 2)


def icy(*frictions: float) -> World:
    """A floor with these frictions, ten frames apart."""
    return World(
        keys=tuple(
            WorldKey(10 * n, (0, 0, -9.81), (0, 0, 0), one) for n, one in enumerate(frictions)
        )
    )


def test_the_floors_friction_changes_as_keyed():
    scene = Scene(world=icy(1.0, 1.0, 0.1))
    surroundings, model = around(scene), ServoBody(1.0, around(scene)).model
    plain = ServoBody(1.0, around(Scene())).model
    data, floor = mujoco.MjData(model), model.geom("floor").id
    # There and back again: what it is never depends on what it was.
    for frame, friction in ((0, 1.0), (20, 0.1), (10, 1.0), (15, 0.55), (25, 0.1), (0, 1.0)):
        surroundings.apply(model, data, frame, 0.0)
        near = pytest.approx(friction, rel=0.026)
        assert model.geom_friction[floor, 0] / plain.geom_friction[floor, 0] == near
        assert (model.pair_friction[:, :2] / plain.pair_friction[:, :2]).ravel() == near
        np.testing.assert_array_equal(model.pair_friction[:, 2:], plain.pair_friction[:, 2:])


@pytest.mark.parametrize("together", [True, False])
def test_each_frame_is_simulated_with_its_friction(together):
    """A sliding body goes as it does on floors that always have that friction, while contacts harden."""
    frictions, frames = (1.0, float(np.exp(-46 * FRICTION_STEP))), (0, 25)
    sliding = np.zeros((2, 75))
    sliding[:, 0] = 2.0
    states, controls = np.tile(STAND, (2, 1)), np.zeros((2, 75))
    states[:, 2] -= lowest_points(STAND[None]).min() + 0.002
    targets = np.tile(STAND[7:], (40, 1))

    def dynamics(world: World) -> Dynamics:
        surroundings = Surroundings(Scene(world=world), STAND, 40)
        body = ServoBody(1.0, surroundings)
        return Dynamics(body, targets, 1, around=surroundings.view(0))

    changing = dynamics(icy(1.0, 1.0, frictions[1], frictions[1]))
    for position in (0.0, 1.0):
        contact = stage_at(position).contact
        changing.body.set_contact(contact)
        if together:
            rows = (
                states[[0]].repeat(26, 0),
                sliding[[0]].repeat(26, 0),
                controls[[0]].repeat(26, 0),
            )
            ends = changing.steps(*rows, 0)[list(frames), -1]
        else:
            ends = np.concatenate(
                [
                    changing.step(states[[0]], sliding[[0]], controls[[0]], frame)[:, -1]
                    for frame in frames
                ]
            )
        for end, friction in zip(ends, frictions, strict=True):
            still = dynamics(World(friction=friction))
            still.body.set_contact(contact)
            (alone,) = still.step(states[[0]], sliding[[0]], controls[[0]], 0)[:, -1]
            np.testing.assert_allclose(end, alone, atol=1e-9)
            still.close()
        assert ends[1, 76] > ends[0, 76] + 0.01, "on ice it slides on"
    changing.close()


def test_keyed_objects_are_where_they_are_keyed():
    turn = (np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5))
    keys = (PlaceKey(0, (2, 0, 1)), PlaceKey(10, (3, 0, 1), turn))
    scene = Scene((SceneObject("door", Box((0.1, 1, 2)), keys=keys),))
    surroundings, model = around(scene), model_in(scene)
    data = mujoco.MjData(model)
    data.qpos[:] = STAND
    for frame, share, x in ((0, 0.0, 2.0), (4, 0.5, 2.45), (20, 0.0, 3.0)):
        surroundings.apply(model, data, frame, share)
        mujoco.mj_kinematics(model, data)
        assert data.geom("scene:door").xpos == pytest.approx([x, 0, 1])
    assert data.geom("scene:door").xmat.reshape(3, 3)[1, 0] == pytest.approx(1)


def test_rollouts_and_single_steps_feel_the_same_scene():
    keys = (PlaceKey(0, (0.0, -1.0, 0.9)), PlaceKey(10, (0.0, 0.0, 0.9)))
    scene = Scene(
        (SceneObject("ram", Box((0.3, 0.3, 0.3)), keys=keys),),
        World(wind=(0, 20, 0)),
        (Push(0, "Chest", (20, 0, 0)),),
    )
    surroundings = around(scene)
    body = ServoBody(1.0, surroundings)
    targets = np.repeat(STAND[None, 7:], 30, axis=0)
    dynamics = Dynamics(body, targets, 1, around=surroundings.view(0))
    try:
        control = np.zeros((1, 75))
        rolled = dynamics.step(STAND[None], np.zeros((1, 75)), control, 3)[0]
    finally:
        dynamics.close()
    data = mujoco.MjData(body.model)
    data.qpos[:] = STAND
    for substep in range(body.substeps):
        data.ctrl[:69] = targets[0]
        surroundings.view(0).apply(body.model, data, 3, (substep + 1) / body.substeps)
        mujoco.mj_step(body.model, data)
    assert data.qpos == pytest.approx(rolled[-1, :76], abs=1e-9)


def test_what_is_held_weighs_and_both_hands_hold_it():
    scene = Scene(
        (
            SceneObject(
                "parcel", Box((0.3, 0.3, 0.3)), (0, -0.3, 1), held_by=("R_Hand", "L_Hand"), mass=10
            ),
        )
    )
    bare, model = model_in(Scene()), model_in(scene)
    assert model.body_subtreemass[1] - bare.body_subtreemass[1] == pytest.approx(10)
    assert model.neq == 1 and model.nq == 76
    data = mujoco.MjData(model)
    data.qpos[:] = STAND
    mujoco.mj_forward(model, data)
    assert data.geom(int(held_geoms(model)[0])).xpos == pytest.approx([0, -0.3, 1], abs=1e-6)
    assert np.abs(data.efc_pos[: model.neq * 3]).max() < 1e-6


def test_what_the_body_begins_inside_of_is_told():
    scene = Scene((SceneObject("Wall", Box((1, 1, 1)), (0, 0, 0.5)),))
    with pytest.raises(UserError, match=r"'Wall' is .* cm inside the body"):
        around(scene).check_start(model_in(scene), STAND)
    beside = Scene((SceneObject("Wall", Box((1, 1, 1)), (2, 0, 0.5)),))
    around(beside).check_start(model_in(beside), STAND)


def test_names_with_colons_are_told_whole():
    wall = SceneObject("Hall:Wall", Box((1, 1, 1)), (0, 0, 0.5))
    with pytest.raises(UserError, match=r"The object 'Hall:Wall' is .* cm inside"):
        scene = Scene((wall, SceneObject("Hall", Box((1, 1, 1)), (9, 0, 0.5))))
        around(scene).check_start(model_in(scene), STAND)
    with pytest.raises(UserError, match=r"The person 'Extra: Anna' is .* cm inside"):
        scene = Scene(people=(Person("Extra: Anna", Motion(30, STAND[None].repeat(2, 0))),))
        around(scene).check_start(model_in(scene), STAND)


def test_contacts_of_objects_harden_with_the_floors():
    scene = Scene(
        (
            SceneObject("rail", Capsule(0.03, 2), (0, 3, 1), friction=0.4),
            SceneObject("parcel", Box((0.3, 0.3, 0.3)), (0, -0.3, 1), held_by=("R_Hand",), mass=1),
        )
    )
    body = ServoBody(1.0, around(scene))
    (rail,) = scene_geoms(body.model)
    assert body.model.geom_friction[rail, 0] == 0.4
    assert body.model.geom_solref[rail, 0] == HARD_CONTACT.time_constant
    body.set_contact(stage_at(0.0).contact)
    floor = body.model.geom("floor").id
    assert (body.model.geom_solref[rail] == body.model.geom_solref[floor]).all()
    body.set_contact(HARD_CONTACT)
    assert (body.model.geom_solimp[rail] == body.plain.geom_solimp[rail]).all()


@pytest.mark.parametrize("margin", [0.06, 0.012, 0.002])
def test_objects_are_felt_from_as_far_away_as_is_asked(margin):
    """Not only from where the model was built to feel them: who stood on a box hopped on it."""
    scene = Scene((SceneObject("slab", Box((4, 4, 1)), (0, 0, -0.5)),), World(floor=False))
    body = ServoBody(1.0, around(scene))
    body.reach = np.inf
    body.set_contact(replace(HARD_CONTACT, margin=margin))
    data = mujoco.MjData(body.model)

    def touches(height: float) -> int:
        data.qpos[:] = STAND
        data.qpos[2] += height - lowest_points(STAND[None]).min()
        mujoco.mj_forward(body.model, data)
        return int(data.ncon)

    # The boxes of one foot at least have four corners each.
    assert touches(0.8 * margin) >= 8
    assert touches(1.2 * margin) == 0


def test_what_is_only_passed_by_is_felt_from_nearer():
    """People always, who would be pushed at; objects where the performer asks for it."""
    anna = Person("Anna", Motion(30, STAND[None].repeat(2, 0)), (2, 0, 0))
    rail = SceneObject("felt:rail", Capsule(0.03, 2), (0, 3, 1))
    body = ServoBody(1.0, around(Scene((rail,), people=(anna,))))
    far = stage_at(0.0).contact
    for reach, felt in ((np.inf, far.margin), (PASSING_M, PASSING_M)):
        body.reach = reach
        body.set_contact(far)
        margins = {
            body.model.geom(geom).name: body.model.geom_margin[geom]
            for geom in scene_geoms(body.model)
        }
        assert margins.pop("scene:felt:rail") == pytest.approx(felt)
        assert len(margins) == 24 and set(margins.values()) == {PASSING_M}
    assert body.feels_objects
    assert not ServoBody(1.0, around(Scene(people=(anna,)))).feels_objects
    assert not ServoBody().feels_objects


def test_depths_are_those_of_the_boxes_themselves():
    """A sole that is tilted, and 4 mm deep at its lowest corner, is told as 4 mm."""
    scene = Scene((SceneObject("slab", Box((4, 4, 1)), (0, 0, -0.504)),), World(floor=False))
    sunk = 0.004
    qpos = STAND.copy()
    qpos[2] -= lowest_points(STAND[None]).min() + 0.004 + sunk
    depth = penetration(Motion(30, qpos[None]), around(scene))
    assert depth.max() == pytest.approx(sunk, abs=5e-4)
