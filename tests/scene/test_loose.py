"""Things that move freely: they fall, roll and are pushed, and press back on who pushes."""

import json

import mujoco
import numpy as np
import pytest

from runtime.body.size import BodySize
from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.draft.servo import build_servo_model
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Scene, scene_from_dict, scene_to_dict
from runtime.scene.props.loose import led, loose_geoms, pressing, state_of
from runtime.scene.surroundings import Surroundings

BALL = {"name": "ball", "shape": "sphere", "radius": 0.11, "position": [1.0, 0.3, 0.61]}
DRAFT = GenerationSettings(controller="servo", quality="draft")


def scene(**changes) -> Scene:
    return scene_from_dict({"objects": [{**BALL, "free": True, "mass": 0.43, **changes}]})


def standing(frames: int) -> Motion:
    return Motion(30.0, np.tile(pose("stand"), (frames, 1)))


def taken(around: Scene, frames: int, body: BodySize | None = None) -> Motion:
    prompt = MotionPrompt(0, frames - 1, "stand", standing(frames), "world")
    return generate(Timeline((prompt,), around, body), DRAFT)[0]


@pytest.mark.parametrize("body", [None, BodySize(1.4)])
def test_a_ball_falls_as_the_earth_has_it_whoever_stands_beside_it(body):
    way = np.array(taken(scene(), 9, body).metadata["loose"]["ball"]["position"])
    time = np.arange(9) / 30
    assert way[:, :2] == pytest.approx(np.tile([1.0, 0.3], (9, 1)), abs=1e-3)
    # Steps of 1/450 s add half of one to the time of fall.
    assert way[:, 2] == pytest.approx(0.61 - 9.81 / 2 * time * (time + 1 / 450), abs=2e-3)


def test_it_comes_to_rest_on_the_floor_and_rolls_down_a_slope():
    resting = taken(scene(position=[1.0, 0.3, 0.115]), 20).metadata["loose"]["ball"]["position"]
    assert resting[-1][2] == pytest.approx(0.11, abs=2e-3)
    tilted = scene_from_dict(
        {
            "objects": scene_to_dict(scene(position=[0.6, -0.5, 0.2]))["objects"],
            "world": {"slope": 10},
        }
    )
    rolled = taken(tilted, 25).metadata["loose"]["ball"]["position"]
    assert rolled[-1][0] < rolled[0][0] - 0.1


def test_what_it_takes_from_the_body_is_what_it_gives_it():
    """Its change of momentum beside gravity is the impulse on who it falls on, with the sign changed."""
    around = Surroundings(scene(position=[0.0, 0.0, 1.9], mass=2.0), pose("stand"), 20)
    assert not around.scene.objects and around.coupled is not None
    model = build_servo_model(1.0, around.coupled)
    data = mujoco.MjData(model)
    data.qpos[:76] = pose("stand")
    mujoco.mj_forward(model, data)
    loose, given, dt = loose_geoms(model), np.zeros(3), model.opt.timestep
    assert loose.sum() == 1
    steps = 90
    for _ in range(steps):
        mujoco.mj_step(model, data)
        given += pressing(model, data, loose)[:, :3].sum(axis=0) * dt
    assert len(state_of(data)) == 13 and state_of(data)[2] > 1.0  # it has not come to the floor
    momentum = 2.0 * data.qvel[75:78] - 2.0 * np.array([0, 0, -9.81]) * steps * dt
    assert np.linalg.norm(given) > 1.0
    assert given == pytest.approx(-momentum, abs=0.02 * np.linalg.norm(given))


def test_a_scene_with_it_reads_back_and_can_be_looked_at_again():
    around = scene()
    again = scene_from_dict(json.loads(json.dumps(scene_to_dict(around))))
    assert again == around and again.loose[0].mass == 0.43
    ways = {"ball": {"position": [[0, 0, 1], [5, 0, 1]], "rotation": [[1, 0, 0, 0]] * 2}}
    (shown,) = led(around, ways).objects  # faster than anything that may be keyed
    assert not shown.free and shown.keys[1].position == (5, 0, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mass": 500}, "weighs 500 kg"),
        ({"mass": 0}, "weighs 0 kg"),
        ({"mass": -1}, "not negative"),
        ({"free": 1}, "give true or false"),
        ({"keys": [{"frame": 0, "position": [0, 0, 1]}]}, "neither keyed, held nor a terrain"),
        ({"held_by": "R_Hand"}, "neither keyed, held nor a terrain"),
    ],
)
def test_what_cannot_move_freely_is_told(changes, said):
    with pytest.raises(UserError, match=said):
        scene(**changes)


def test_too_many_and_things_picked_up_beside_it_are_told():
    ball = {**BALL, "free": True, "mass": 1.0}
    with pytest.raises(UserError, match="at most 8"):
        scene_from_dict({"objects": [{**ball, "name": str(n)} for n in range(9)]})
    cup = {**BALL, "name": "cup", "held_by": "R_Hand", "mass": 1.0, "from": 3}
    with pytest.raises(UserError, match="both at once"):
        scene_from_dict({"objects": [ball, cup]})


def test_a_body_that_begins_inside_of_it_is_told():
    with pytest.raises(UserError, match="inside the body"):
        taken(scene(position=[0.0, 0.0, 1.0]), 4)


@pytest.mark.parametrize("height", [-0.1, 0.02])
def test_so_is_one_that_begins_in_the_floor(height):
    with pytest.raises(UserError, match="inside of 'floor'"):
        taken(scene(position=[1.0, 0.0, height]), 4)
