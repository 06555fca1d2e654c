"""A timeline performed by a body of another size, as a draft; without help see ``docs/scene.md``."""

import json

import mujoco
import numpy as np
import pytest

from runtime.__main__ import main
from runtime.body.model import build_model
from runtime.body.size import BodySize
from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate
from runtime.generation.following import settings_for
from runtime.motion import load_motion, save_motion
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, PathPrompt, Timeline
from runtime.prompts.sized import in_own_lengths

CHILD = BodySize(1.4)
DRAFT = GenerationSettings(controller="servo", quality="draft")


@pytest.fixture(scope="module")
def take(squat):
    prompt = MotionPrompt(0, squat.frames - 1, "squat", squat, "world")
    return generate(Timeline((prompt,), body=CHILD), DRAFT)[0]


def test_a_child_squats_in_metres_of_the_world(take, squat):
    assert take.scale == pytest.approx(CHILD.scale)
    assert take.positions()[0, 0, 2] == pytest.approx(CHILD.scale * squat.qpos[0, 2], abs=0.01)
    measures = take.metadata["measures"]
    assert measures["joint_error_world_cm"] < 1.5 and measures["foot_penetration_max_mm"] < 5
    asked = CHILD.scale * squat.positions()
    off = np.linalg.norm(take.positions() - asked, axis=-1).mean()
    assert 100 * off == pytest.approx(measures["asked_error_cm"], rel=0.02)


def test_its_soles_stand_in_a_model_of_its_size(take):
    """Against the scaled MuJoCo model, which performing never sees."""
    model = build_model(CHILD)
    data = mujoco.MjData(model)
    floor, depths = model.geom("floor").id, []
    for qpos in take.qpos:
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        near = [contact.dist for contact in data.contact if floor in contact.geom]
        assert near, "nothing stands"
        depths.append(-1000 * min(near))
    told = take.metadata["measures"]["foot_penetration_max_mm"]
    assert max(depths) == pytest.approx(told, abs=0.3)


def test_the_metadata_makes_the_same_take_again(take):
    kept = json.loads(json.dumps(take.metadata))
    assert kept["timeline"]["body"] == {"height": 1.4}
    again = generate(
        Timeline.from_dict(kept["timeline"]), GenerationSettings.from_dict(kept["settings"])
    )[0]
    assert np.array_equal(again.qpos, take.qpos)


def test_its_take_is_a_source_for_bodies_of_any_size(take, squat):
    prompt = MotionPrompt(0, take.frames - 1, "again", take, "world")
    grown = generate(Timeline((prompt,)), DRAFT)[0]
    assert grown.scale == 1.0
    assert grown.positions()[0, 0, 2] == pytest.approx(squat.qpos[0, 2], abs=0.01)


def test_trained_models_say_that_they_know_one_body(squat):
    timeline = Timeline((MotionPrompt(0, 9, "squat", squat, "world"),), body=CHILD)
    with pytest.raises(UserError, match="know a body of"):
        generate(timeline, GenerationSettings(controller="policy"))


def test_the_command_line_has_heights_masses_and_paces(squat, tmp_path, capsys):
    source, out = tmp_path / "squat.npz", tmp_path / "take.npz"
    save_motion(squat, source)
    given = ["generate", "--motion", str(source), "--out", str(out), "--quality", "draft"]
    assert main([*given, "--height", "1.4", "--mass", "35"]) == 0
    take = load_motion(out)
    assert take.scale == pytest.approx(CHILD.scale)
    assert take.metadata["timeline"]["body"] == {"height": 1.4, "mass": 35.0}
    # Legs of its length swing in 0.9 of the time.
    assert take.frames == int((squat.frames - 1) / CHILD.pace) + 1
    assert main([*given, "--height", "1.4", "--pace", "recorded"]) == 0
    assert load_motion(out).frames == squat.frames
    capsys.readouterr()
    for wrong, said in (
        (["--height", "1.2"], "between 1.4 and 2.1 m"),
        (["--mass", "500"], "weighs between"),
        (["--pace", "natural"], "--pace is for a --motion"),
    ):
        assert main([*given, *wrong]) == 1
        assert said in capsys.readouterr().err


def test_muscles_and_blows_are_its_own_even_at_their_limits():
    asked = GenerationSettings(strength=5.0, pushes=((4, "Chest", 5.0, 0.0, 0.0),))
    own = settings_for(asked, CHILD)
    assert own.strength == pytest.approx(5 / CHILD.scale)
    assert own.pushes == ((4, "Chest", pytest.approx(5 / CHILD.scale), 0.0, 0.0),)
    assert asked.strength == 5.0


def test_a_path_is_told_in_metres():
    """Of a child: 2.5 m at 1 m/s are that, though they are more of its own lengths."""
    points = ((0.0, 0.0), (0.0, -2.5))
    told = build_reference(
        in_own_lengths(Timeline((PathPrompt(0, 120, "way", points, 1.0),), body=CHILD))
    ).choices[0]
    assert told["metres"] == pytest.approx(2.5, abs=0.05) and told["speed_asked"] == 1.0
    assert 0.6 < told["speed"] < 1.4
    soon = Timeline((PathPrompt(0, 5, "way", ((0.0, 0.0), (0.0, -5.0)), 1.0),), body=CHILD)
    with pytest.raises(UserError, match=r"path of 5\.0 m"):
        build_reference(in_own_lengths(soon))
