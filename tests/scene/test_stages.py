"""Things that are picked up and put down: where they are, who feels them, what cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import ServoBody
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Scene, scene_from_dict, scene_to_dict
from runtime.scene.props.stages import changes, stages_along
from runtime.scene.surroundings import Surroundings

DRAFT = GenerationSettings(controller="servo", quality="draft")
HAND = BODY_NAMES.index("R_Hand")


def standing(frames: int = 25, aside: float = 0.0) -> np.ndarray:
    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    qpos[:, 0] += np.linspace(0, aside, frames)
    return qpos


def weight(**fields) -> dict:
    at = forward_kinematics(pose("stand")[None])[0][0, HAND]
    ball = {
        "name": "ball",
        "shape": "sphere",
        "radius": 0.08,
        "position": (at - [0, 0, 0.22]).tolist(),
    }
    return {"objects": [{**ball, "held_by": ["R_Hand"], "mass": 8.0, **fields}]}


def test_spans_come_back_and_what_is_always_held_is_written_as_before():
    kept = scene_to_dict(scene_from_dict(weight(**{"from": 8, "to": 16})))
    assert (kept["objects"][0]["from"], kept["objects"][0]["to"]) == (8, 16)
    assert scene_to_dict(scene_from_dict(kept)) == kept
    assert "from" not in scene_to_dict(scene_from_dict(weight()))["objects"][0]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"from": 8, "to": 8}, "'ball' is put down at frame 8 and picked up at 8"),
        ({"from": -1}, "'ball' is picked up at frame -1; count from 0"),
        ({"from": 2.5}, "'ball' has a 'from' of 2.5; give a whole frame"),
        ({"from": 8, "held_by": []}, "'ball' is picked up or put down by nobody"),
    ],
)
def test_frames_that_cannot_be_are_told(fields, told):
    with pytest.raises(UserError, match=told):
        scene_from_dict(weight(**fields))


def timeline(scene: Scene) -> Timeline:
    return Timeline((MotionPrompt(0, 24, "stand", Motion(30, standing()), "world"),), scene)


def test_what_is_out_of_reach_or_after_the_end_is_told():
    far = scene_from_dict(weight(**{"from": 8, "position": [3, 0, 1]}))
    with pytest.raises(
        UserError, match=r"'ball' is 3\.\d+ m from the right hand at frame 8, where it is"
    ):
        generate(timeline(far), DRAFT)
    late = scene_from_dict(weight(**{"from": 8, "to": 40}))
    with pytest.raises(UserError, match="'ball' is put down at frame 40; the motion ends at 24"):
        generate(timeline(late), DRAFT)


def test_a_thing_stands_goes_with_the_hand_and_stays_where_it_is_let_go_of():
    scene = scene_from_dict(weight(**{"from": 8, "to": 16}))
    assert changes(scene, 25) == [0, 8, 16, 24]
    qpos = standing(aside=0.24)
    stages = stages_along(scene, qpos)
    assert [stage.scene.objects[0].held_by for stage in stages] == [(), ("R_Hand",), ()]
    places = [np.array(stage.scene.objects[0].position) for stage in stages]
    assert places[0] == pytest.approx(places[1])
    assert places[2] - places[1] == pytest.approx([0.08, 0, 0], abs=1e-9)
    masses = []
    for stage in stages:
        around = Surroundings(stage.scene, qpos[stage.first], 25)
        masses.append(float(ServoBody(1.0, around).plain.body_subtreemass[1]))
    assert masses[1] - masses[0] == pytest.approx(8.0)
    assert masses[2] == masses[0]


def test_a_weight_is_felt_while_it_is_held():
    reach = np.repeat(pose("reach")[None], 25, axis=0)
    at = forward_kinematics(reach[:1])[0][0, HAND] - [0, 0, 0.22]
    scene = scene_from_dict(weight(**{"from": 8, "to": 16, "position": at.tolist()}))
    prompt = MotionPrompt(0, 24, "reach", Motion(30, reach), "world")
    # The feed-forward knows of the weight, and strong muscles give it: only weak ones sink.
    weak = replace(DRAFT, strength=0.3)
    calm, loaded = (generate(Timeline((prompt,), one), weak)[0] for one in (Scene(), scene))
    assert loaded.frames == 25
    assert np.abs(calm.qpos - loaded.qpos)[:9].max() < 1e-9, "it only stands there"
    sag = (calm.positions() - loaded.positions())[:, HAND, 2]
    assert sag[12] > 0.02
    assert sag[16] > 0.1
    assert sag[24] < 0.05, "let go of, the hand rises again"
    again = generate(Timeline.from_dict(loaded.metadata["timeline"]), weak)[0]
    assert (again.qpos == loaded.qpos).all()


def test_muscles_alone_take_hold_carry_and_let_go():
    scene = scene_from_dict(weight(**{"from": 4, "to": 8, "mass": 2.0}))
    prompt = MotionPrompt(0, 11, "stand", Motion(30, standing(12)), "world")
    physical = GenerationSettings(controller="servo", quality="physical")
    take = generate(Timeline((prompt,), scene), physical)[0]
    measures = take.metadata["measures"]
    assert take.frames == 12
    assert measures["held_frames"] == []
    assert measures["unexplained_share"] < 0.01
    assert measures["joint_error_world_cm"] < 2
    assert np.abs(np.diff(take.qvel, axis=0)).max() < 5, "without a jolt from one to the next"
