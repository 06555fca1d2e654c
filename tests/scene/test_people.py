"""Other people: takes that are felt where they were performed, and told where they cannot be."""

import json

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.files import save_motion
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import ServoBody
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Person, Scene, load_scene, scene_from_dict, scene_to_dict
from runtime.scene.ground import Ground
from runtime.scene.surroundings import Surroundings

HALF_TURN = (0.0, 0.0, 0.0, 1.0)


def gliding(frames: int = 10, ahead: float = 0.5) -> Motion:
    """Stands, and glides along -y, where it looks."""
    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    qpos[:, 1] -= np.linspace(0, ahead, frames)
    return Motion(30, qpos)


def test_takes_of_others_come_back_from_files_and_metadata(tmp_path):
    take = gliding()
    save_motion(take, tmp_path / "anna.npz")
    entry = {"name": "Anna", "take": "anna.npz", "position": [1, 2, 0], "start": 4}
    path = tmp_path / "scene.json"
    path.write_text(json.dumps({"people": [entry]}), encoding="utf-8")
    scene = load_scene(path)
    (anna,) = scene.people
    assert (anna.take.qpos == take.qpos).all()
    assert (anna.position, anna.start) == ((1, 2, 0), 4)
    kept = scene_to_dict(scene)
    assert scene_to_dict(scene_from_dict(json.loads(json.dumps(kept)))) == kept
    beside = {"prompts": [{"kind": "pose", "start": 0, "end": 9, "pose": pose("stand").tolist()}]}
    timeline = Timeline.from_dict({**beside, "scene": {"people": [entry]}}, tmp_path)
    assert timeline.scene is not None
    assert (timeline.scene.people[0].take.qpos == take.qpos).all()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"take": "nobody.npz"}, "The person 'Anna' has no take: There is no file '.*nobody.npz'"),
        ({"take": {"fps": 30}}, "The person 'Anna' has no take: The motion lacks"),
        ({}, "The person 'Anna' lacks 'take'"),
        (
            {"take": gliding().to_dict(), "start": 1.5},
            "'Anna' has a 'start' of 1.5; give a whole frame",
        ),
        ({"take": gliding().to_dict(), "position": [0, 0]}, "'Anna' needs a position of three"),
        ({"take": gliding().to_dict(), "rotation": [0, 0, 0, 0]}, "'Anna' needs a rotation"),
        ({"take": gliding().to_dict(), "mass": 5}, "'Anna' has an unknown 'mass'"),
        (
            {"take": gliding(2, 10.0).to_dict()},
            "'Anna' moves 10.0 m in a frame after frame 0 of the take",
        ),
    ],
)
def test_what_cannot_be_is_told(fields, told, tmp_path):
    with pytest.raises(UserError, match=told):
        scene_from_dict({"people": [{"name": "Anna", **fields}]}, tmp_path)


def test_names_are_used_once_and_crowds_are_refused():
    anna = Person("Anna", gliding())
    with pytest.raises(UserError, match="two objects 'Anna'"):
        Scene(people=(anna, anna))
    with pytest.raises(UserError, match="5 other people in the scene, at most 4"):
        Scene(people=tuple(Person(str(n), gliding()) for n in range(5)))


def test_bodies_are_where_the_take_has_them_and_stand_before_and_after():
    take = gliding()
    place = np.array([1.0, 2.0, 0.1])
    scene = Scene(people=(Person("Anna", take, tuple(place), HALF_TURN, start=3),))
    around = Surroundings(scene, pose("stand"), 20)
    body = ServoBody(1.0, around)
    data = mujoco.MjData(body.plain)
    data.qpos[:] = pose("stand")
    turn = Rotation.from_quat(HALF_TURN, scalar_first=True)
    for frame, of_take in ((0, 0), (3, 0), (8, 5), (19, 9)):
        around.apply(body.plain, data, frame, 0.0)
        mujoco.mj_kinematics(body.plain, data)
        asked = forward_kinematics(take.qpos[[of_take]])[0][0]
        for index, name in enumerate(BODY_NAMES):
            found = data.xpos[body.plain.body(f"scene:Anna:{name}").id]
            assert found == pytest.approx(turn.apply(asked[index]) + place, abs=1e-6), (frame, name)
    assert body.plain.nv == 75, "others are led: the body is the only one that gives way"
    assert Ground(scene).heights(np.array([[1.0, 2.0, 2.0]])) == pytest.approx(0), (
        "nor is one ground"
    )


def standing(frames: int = 25) -> MotionPrompt:
    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    return MotionPrompt(0, frames - 1, "stand", Motion(30, qpos), "world")


def test_who_begins_inside_another_is_told():
    scene = Scene(people=(Person("Anna", gliding(), (0.1, 0, 0)),))
    with pytest.raises(UserError, match=r"The person 'Anna' is \d+ cm inside the body"):
        generate(
            Timeline((standing(),), scene), GenerationSettings(controller="servo", quality="draft")
        )


def test_a_passer_by_brushes_the_arm_aside():
    draft = GenerationSettings(controller="servo", quality="draft")
    calm = generate(Timeline((standing(),), Scene()), draft)[0]
    passing = Person("Anna", gliding(20, 1.2), (0.7, -0.6, 0), HALF_TURN)
    brushed = generate(Timeline((standing(),), Scene(people=(passing,))), draft)[0]
    away = brushed.positions() - calm.positions()
    left, right = (BODY_NAMES.index(f"{side}_Hand") for side in "LR")
    assert np.abs(away[:3]).max() < 1e-6, "nothing is felt before they meet"
    moved = np.linalg.norm(away, axis=-1).max(axis=0)
    assert moved[left] > 0.01
    assert moved[left] > 2 * moved[right]
    again = generate(Timeline.from_dict(brushed.metadata["timeline"]), draft)[0]
    assert (again.qpos == brushed.qpos).all()
