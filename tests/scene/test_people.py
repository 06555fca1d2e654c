"""Other people: takes that are felt where they were performed, and told where they cannot be."""

import json
from dataclasses import replace

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.errors import UserError
from runtime.generation import GenerationSettings, following, generate
from runtime.measures.told import sentences
from runtime.motion import Motion
from runtime.motion.files import save_motion
from runtime.motion.poses import pose
from runtime.performance.keeping import KeepBest
from runtime.performance.physics.bodies import ServoBody
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Grip, Person, Push, Scene, load_scene, scene_from_dict, scene_to_dict
from runtime.scene.ground import Ground
from runtime.scene.surroundings import Surroundings

HALF_TURN = (0.0, 0.0, 0.0, 1.0)


def gliding(frames: int = 10, ahead: float = 0.5) -> Motion:
    """Stands, and glides along -y, where it looks."""
    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    qpos[:, 1] -= np.linspace(0, ahead, frames)
    return Motion(30, qpos)


def standing(frames: int = 25) -> MotionPrompt:
    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    return MotionPrompt(0, frames - 1, "stand", Motion(30, qpos), "world")


DRAFT = GenerationSettings(controller="servo", quality="draft")


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


def test_who_gives_way_comes_back_from_json():
    grip = {"own": "R_Hand", "theirs": "L_Hand", "from": 2, "to": 7}
    entry = {"name": "Anna", "take": gliding().to_dict(), "gives_way": True, "grips": [grip]}
    scene = scene_from_dict({"people": [entry]})
    assert scene.giving_way == scene.people
    assert scene.people[0].grips == (Grip("R_Hand", "L_Hand", 2, 7),)
    kept = scene_to_dict(scene)
    assert kept["people"][0]["grips"] == [grip]
    assert scene_to_dict(scene_from_dict(json.loads(json.dumps(kept)))) == kept
    led = scene_to_dict(Scene(people=(Person("Anna", gliding()),)))["people"][0]
    assert not {"gives_way", "grips"} & set(led), "as before anybody gave way"


GRIP = {"own": "R_Hand", "theirs": "R_Hand", "from": 2, "to": 7}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"gives_way": "yes"}, "The person 'Anna' gives way or not; give true or false"),
        ({"grips": [GRIP]}, "'Anna' holds on to the body and has to give way"),
        ({"gives_way": True, "grips": [{**GRIP, "own": "Thumb"}]}, "A grip is of 'Thumb'; there"),
        ({"gives_way": True, "grips": [{**GRIP, "to": 2}]}, "begins at frame 2 and ends at 2"),
        ({"gives_way": True, "grips": [{**GRIP, "to": None}]}, "A grip has a 'to' of None; give a"),
        ({"gives_way": True, "grips": [{"own": "R_Hand"}]}, "A grip of the person 'Anna' lacks"),
    ],
)
def test_grips_that_cannot_be_are_told(fields, told):
    entry = {"name": "Anna", "take": gliding().to_dict(), **fields}
    with pytest.raises(UserError, match=told):
        scene_from_dict({"people": [entry]})


def beside(**fields) -> Person:
    """Stands a metre and a half to the left, and gives way."""
    return Person("Anna", standing().source, (1.5, 0, 0), gives_way=True, **fields)


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        (
            lambda: Scene(people=tuple(replace(beside(), name=name) for name in "ABC")),
            "3 other people .* at most 2",
        ),
        (
            lambda: Scene(people=(beside(),), pushes=(Push(3, "Chest", (1, 0, 0)),)),
            "with pushes or",
        ),
        (
            lambda: Scene(people=(beside(grips=(Grip("L_Hand", "R_Hand", 3, 9),)),)),
            r"The left hand and the right hand of 'Anna' are \d+ cm apart at frame 3",
        ),
        (
            lambda: Scene(people=(beside(grips=(Grip("L_Hand", "R_Hand", 3, 90),)),)),
            "lets go at frame 90, after the motion's last, 24",
        ),
    ],
)
def test_meetings_that_cannot_be_are_told(scene, told):
    with pytest.raises(UserError, match=told):
        generate(Timeline((standing(),), scene()), DRAFT)


def test_people_of_other_sizes_are_led_alone():
    anna = Person("Anna", gliding().of_scale(0.8), (3, 0, 0), gives_way=True)
    with pytest.raises(UserError, match="of another size than usual"):
        generate(Timeline((standing(),), Scene(people=(anna,))), DRAFT)


def test_motions_that_are_too_long_to_meet_in_are_told():
    with pytest.raises(UserError, match=r"in a motion of 150 frames; .* at most 129 frames"):
        generate(
            Timeline((standing(150),), Scene(people=(beside(),))),
            replace(DRAFT, quality="physical"),
        )


def test_who_sees_enough_while_two_are_performed_keeps_the_body_and_is_told(monkeypatch):
    def enough(*_):
        raise KeepBest(None)

    monkeypatch.setattr(following, "together", enough)
    settings = replace(DRAFT, quality="physical")
    (motion,) = generate(Timeline((standing(),), Scene(people=(beside(),))), settings)
    assert motion.metadata["stopped"] and "people" not in motion.metadata
    told = sentences(motion.metadata)
    assert "Stopped before 'Anna' gives way; they are led along their take." in told


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
