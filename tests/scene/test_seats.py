"""What recordings sit on and do not have: found, put there, told."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from runtime.body.size import BodySize
from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate
from runtime.library import load_library
from runtime.library.library import Stretch
from runtime.measures.told import sentences
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.draft.servo import build_servo_model
from runtime.planning.graph.stretches import eased
from runtime.planning.reference import build_reference
from runtime.planning.terrain.seats import missing_seats, with_seats
from runtime.posing.library import library_poses
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Box, Person, Scene, SceneObject
from runtime.scene.description import PlaceKey
from runtime.scene.ground import Ground
from runtime.scene.surroundings import Surroundings

SEATED = np.array(library_poses()["sit-chair"].qpos)


def resting(qpos: np.ndarray, frames: int = 30) -> np.ndarray:
    return np.repeat(qpos[None], frames, axis=0)


def there_and_back() -> np.ndarray:
    """Stands, sits, stands, sits again; the feet stay."""
    standing = pose("stand").copy()
    standing[:2] = SEATED[:2]
    standing[1] -= 0.4
    down = eased(standing, SEATED, 20)
    rest = resting(SEATED)
    return np.concatenate([resting(standing, 10), down, rest, down[::-1], down, rest])


def as_prompt(qpos: np.ndarray) -> Timeline:
    return Timeline((MotionPrompt(0, len(qpos) - 1, "sits", Motion(30, qpos), "world"),))


def test_who_sits_on_nothing_gets_a_seat_of_the_right_height():
    (seat,) = missing_seats(resting(SEATED))
    assert seat.frames == ((0, 29),)
    size, height = seat.thing.shape.size, library_poses()["sit-chair"].seat
    assert size[2] == pytest.approx(height, abs=0.02)
    assert seat.thing.position[2] == pytest.approx(size[2] / 2), "it stands on the floor"
    assert np.linalg.norm(np.subtract(seat.thing.position[:2], SEATED[:2])) < 0.2


def test_sitting_down_twice_in_one_place_takes_one_seat():
    (seat,) = missing_seats(there_and_back())
    assert len(seat.frames) == 2


def test_no_pose_that_the_floor_bears_needs_one():
    poses = [np.array(one.qpos) for one in library_poses().values() if not one.seat]
    assert len(poses) > 30
    assert [missing_seats(resting(one)) for one in poses] == [()] * len(poses)


def test_recordings_lack_seats_where_somebody_sat_and_nowhere_else():
    library, found = load_library(), []
    for clip, name in enumerate(library.names):
        if name.startswith("cmu_14_") or clip % 20 == 0:
            whole = Stretch(int(library.starts[clip]), int(library.starts[clip + 1]))
            found += [name] if missing_seats(library.qpos(whole)) else []
    assert found == ["cmu_14_30", "cmu_14_31", "cmu_14_32", "cmu_14_36"]


def test_a_body_in_the_air_does_not_sit():
    flying = resting(SEATED)
    flying[:, 2] += 0.6
    assert missing_seats(flying) == ()
    falling = resting(SEATED)
    falling[:, 2] += 0.2 - 0.5 * 9.81 * (np.arange(30) / 30 - 0.2) ** 2
    assert missing_seats(falling) == ()


def test_the_seat_is_clear_of_whatever_else_the_body_does():
    qpos = there_and_back()
    (seat,) = missing_seats(qpos)
    scene = with_seats(as_prompt(qpos), (seat,)).scene
    model = build_servo_model(surroundings=Surroundings(scene, qpos[0], len(qpos)))
    data, deepest = mujoco.MjData(model), 0.0
    for row in qpos:
        data.qpos[:76] = row
        mujoco.mj_forward(model, data)
        for contact in data.contact:
            names = {model.geom(one).name for one in contact.geom}
            if any("seat" in name for name in names):
                deepest = min(deepest, contact.dist)
    assert deepest > -0.03


def test_where_a_seat_is_none_is_missing():
    qpos = resting(SEATED)
    seats = missing_seats(qpos)
    scene = with_seats(as_prompt(qpos), seats).scene
    assert missing_seats(qpos, scene, Ground(scene)) == ()


def test_names_of_things_and_people_are_taken():
    there = SceneObject("seat", Box((0.1, 0.1, 0.1)), (3, 0, 0.05))
    anna = Person("seat 2", Motion(30, resting(pose("stand"))), (3, 1, 0))
    scene = Scene((there,), people=(anna,))
    (seat,) = missing_seats(resting(SEATED), scene)
    assert seat.thing.name == "seat 3"
    assert with_seats(replace(as_prompt(resting(SEATED)), scene=scene), (seat,)).scene


@pytest.mark.parametrize("kind", ["keyed", "free", "held", "a lap"])
def test_who_may_be_borne_by_what_moves_gets_no_seat(kind):
    at = (float(SEATED[0]), float(SEATED[1]), 0.2)
    box = Box((0.4, 0.4, 0.4))
    scene = {
        "keyed": Scene((SceneObject("swing", box, keys=(PlaceKey(0, at), PlaceKey(29, at))),)),
        "free": Scene((SceneObject("stool", box, at, free=True, mass=4.0),)),
        "held": Scene((SceneObject("bag", box, at, held_by=("R_Hand",), mass=4.0),)),
        "a lap": Scene(people=(Person("Anna", Motion(30, resting(SEATED)), (0.0, 0.12, -0.08)),)),
    }[kind]
    assert missing_seats(resting(SEATED), scene) == ()
    far = resting(SEATED)
    far[:, 0] += 3.0
    assert len(missing_seats(far, scene)) == 1, "but who is elsewhere does"


def test_without_its_seat_a_take_says_where_it_sits():
    settings = GenerationSettings(controller="servo", quality="draft")
    take = generate(as_prompt(resting(SEATED, 20)), settings)[0]
    (seat,) = take.metadata["seats"]
    assert seat["frames"] == [[0, 19]] and seat["size"][2] > 0.3
    assert "It sits on nothing at frames 0-19; put a seat there." in sentences(take.metadata)


def test_on_its_seat_nothing_has_to_hold_it():
    settings = GenerationSettings(controller="servo", seats=True)
    take = generate(as_prompt(resting(SEATED, 20)), settings)[0]
    assert take.metadata["measures"]["held_frames"] == []
    assert "seats" not in take.metadata
    (thing,) = take.metadata["timeline"]["scene"]["objects"]
    assert thing["name"] == "seat"
    again = generate(
        Timeline.from_dict(take.metadata["timeline"]),
        GenerationSettings.from_dict(take.metadata["settings"]),
    )[0]
    assert np.array_equal(take.qpos, again.qpos)


def test_seats_are_not_for_models_and_that_is_told():
    timeline = as_prompt(resting(SEATED, 20))
    with pytest.raises(UserError, match="for the controller 'servo' alone"):
        generate(timeline, GenerationSettings(controller="policy", seats=True))
    take = generate(timeline, GenerationSettings(quality="draft", seats=True))[0]
    assert take.metadata["settings"]["controller"] == "servo"


def test_a_child_gets_a_lower_seat():
    timeline = replace(as_prompt(resting(SEATED, 20)), body=BodySize(1.4))
    settings = GenerationSettings(controller="servo", quality="draft", seats=True)
    take = generate(timeline, settings)[0]
    (thing,) = take.metadata["timeline"]["scene"]["objects"]
    (grown,) = missing_seats(build_reference(as_prompt(resting(SEATED, 20))).motion.qpos)
    share = thing["size"][2] / grown.thing.shape.size[2]
    assert share == pytest.approx(BodySize(1.4).scale, rel=0.01)
