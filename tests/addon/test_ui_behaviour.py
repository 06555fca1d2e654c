"""Behaviour and Pose prompts in the panel, and the trained model that performs them."""

import json
import math
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

GOLDEN = Path(__file__).parents[1] / "golden"


MAKE_PACK = """
import sys
from pathlib import Path

import h5py
import numpy as np
from runtime.policy import export_pack

golden, folder = Path(sys.argv[1]), Path(sys.argv[2])
with np.load(golden / "rewards.npz") as states, h5py.File(folder / "buffer.hdf5", "w") as file:
    for name, key in (("next_qpos", "qpos"), ("next_qvel", "qvel"), ("action", "ctrl")):
        file[name] = states[key].astype(np.float32)
export_pack(golden / "model_simple", folder / "tiny", folder / "buffer.hdf5", licence="CC BY-NC 4.0")
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A small random model with a reward buffer, made beside Blender: physics stays out of it."""
    folder = tmp_path_factory.mktemp("pack")
    command = [sys.executable, "-c", MAKE_PACK, str(GOLDEN), str(folder)]
    subprocess.run(command, check=True, cwd=GOLDEN.parents[1])
    return folder / "tiny"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Where the worker looks for installed models; there are none."""
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def installed(pack, store):
    """A model installed under the name "mine"."""
    command = [sys.executable, "-m", "runtime", "models", "import", str(pack), "--name", "mine"]
    subprocess.run([*command, "--licence", "CC BY-NC 4.0"], check=True, cwd=GOLDEN.parents[1])


@pytest.fixture
def actor(addon, store):
    bpy.ops.motivo.add_body()
    return bpy.context.object


@pytest.fixture
def session(addon):
    return addon.client.session()


def timeline_of(addon, body) -> dict:
    return addon.timeline.build_timeline(bpy.context, body).to_dict()


def add_behaviour(body, task="MOVE", **values):
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    row = body.motivo.prompts[-1].behaviour.rows[0]
    row.task = task
    for name, value in values.items():
        setattr(row, name, value)
    return row


def refusal() -> str:
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.motivo.generate()
    return str(caught.value)


class Recorder:
    """A layout that notes which properties and operators are drawn, and draws nothing."""

    def __init__(self) -> None:
        object.__setattr__(self, "drawn", [])

    def __setattr__(self, name, value) -> None:
        """Alignment and the like do not matter."""

    def __getattr__(self, name):
        def inner(*arguments, **_options):
            if name in ("row", "column", "box", "split", "grid_flow"):
                return self
            self.drawn.append(arguments[-1] if arguments else name)
            return type("Button", (), {})()

        return inner


def drawn(addon, prompt, body) -> list[str]:
    layout = Recorder()
    kind = addon.prompts.kind_of(prompt)
    kind.draw(layout, getattr(prompt, kind.attribute), body)
    return layout.drawn


# --- behaviours ---


def test_a_new_behaviour_prompt_can_be_performed_as_it_is(actor, addon, installed):
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    assert addon.timeline.missing(actor) == ""
    (prompt,) = timeline_of(addon, actor)["prompts"]
    assert (prompt["kind"], prompt["start"], prompt["end"]) == ("behaviour", 0, 89)
    assert prompt["rewards"] == (("move-ego-0-1.4", 1.0),)


def test_every_behaviour_stands_for_a_reward_that_exists(actor, addon):
    from motivo_source.runtime.prompts.rewards import NamedReward

    for task in addon.prompts.tasks.TASKS:
        actor.motivo.prompts.clear()
        row = add_behaviour(actor, task.identifier)
        NamedReward(row.reward())
        shown = drawn(addon, actor.motivo.prompts[0], actor)
        assert [name for name in shown if name in task.defaults] == list(task.defaults)


@pytest.mark.parametrize(
    ("task", "values", "reward"),
    [
        ("MOVE", {"direction": math.radians(-90), "speed": 1.3}, "move-ego--90-1.3"),
        ("MOVE_LOW", {"speed": 0.0}, "move-ego-low-0-0"),
        ("MOVE_ARMS", {"left": "l"}, "move-ego-0-1.4-raisearms-l-h"),
        ("RAISE_ARMS", {"right": "x"}, "raisearms-h-x"),
        ("CROUCH", {}, "crouch-0"),
        ("LIE", {"side": "down"}, "lieonground-down"),
        ("JUMP", {"height": 1.75}, "jump-1.75"),
        ("ROTATE", {"axis": "z", "rate": -5.0}, "rotate-z--5-0.8"),
        ("CRAWL", {"speed": 0.0, "belly": "u"}, "crawl-0.4-0-u"),
        ("SPLIT", {"distance": 0.5}, "split-0.5"),
    ],
)
def test_parameters_make_the_rewards_name(actor, task, values, reward):
    assert add_behaviour(actor, task, **values).reward() == reward


def test_another_task_brings_parameters_that_suit_it(actor):
    row = add_behaviour(actor, "JUMP")
    assert row.height == 2.0
    row.task = "CROUCH"
    assert row.height == 0.0


def test_behaviours_are_mixed_by_weight_and_taken_out_again(actor, addon, installed):
    add_behaviour(actor, weight=0.7)
    bpy.ops.motivo.behaviour_add()
    row = actor.motivo.prompts[0].behaviour.rows[1]
    row.task, row.expression, row.weight = "EXPRESSION", "above(left_hand_height, 1.8, 0.2)", 0.3
    assert timeline_of(addon, actor)["prompts"][0]["rewards"] == (
        ("move-ego-0-1.4", 0.7),
        ("above(left_hand_height, 1.8, 0.2)", 0.3),
    )
    bpy.ops.motivo.behaviour_remove(index=0)
    assert [row.task for row in actor.motivo.prompts[0].behaviour.rows] == ["EXPRESSION"]


def test_what_a_behaviour_lacks_is_said(actor, addon, installed):
    row = add_behaviour(actor, "EXPRESSION")
    assert "expression is empty" in addon.timeline.missing(actor)
    row.expression, row.weight = "speed", 0.0
    assert "weight 0" in addon.timeline.missing(actor)
    bpy.ops.motivo.behaviour_remove(index=0)
    assert "no behaviour" in addon.timeline.missing(actor)


def test_an_expression_is_checked_by_a_button(actor, session):
    row = add_behaviour(actor, "EXPRESSION", expression="0.5 * speed + jump-2")
    bpy.ops.motivo.check_reward(index=0)
    assert not session.notice.is_error and "can be performed" in session.notice.text
    row.expression = "jump-high"
    bpy.ops.motivo.check_reward(index=0)
    assert session.notice.is_error and "there is no reward 'jump-high'" in session.notice.text


def test_the_words_of_expressions_are_shown_and_hidden(actor, session):
    add_behaviour(actor, "EXPRESSION")
    bpy.ops.motivo.reward_words()
    assert "head_height" in session.reward_words["quantities"]
    bpy.ops.motivo.reward_words()
    assert session.reward_words is None


# --- poses ---


def test_every_pose_of_the_library_can_be_asked_for(actor, addon):
    from motivo_source.runtime.motion.poses import POSES, pose
    from motivo_source.runtime.posing.library import library_poses

    bpy.ops.motivo.prompt_add(kind="POSE")
    settings = actor.motivo.prompts[0].pose
    names = [item.identifier for item in settings.bl_rna.properties["library"].enum_items]
    assert set(names) == {*POSES, *library_poses()}
    for name in names:
        settings.library = name
        asked = timeline_of(addon, actor)["prompts"][0]
        assert asked["kind"] == "pose"
        known = library_poses()[name].qpos if name in library_poses() else pose(name)
        np.testing.assert_allclose(asked["pose"], known)


def test_the_current_pose_is_kept_though_it_is_not_keyed(actor, addon):
    bpy.ops.motivo.prompt_add(kind="POSE")
    settings = actor.motivo.prompts[0].pose
    settings.source = "CURRENT"
    assert "press Use Current Pose" in addon.timeline.missing(actor)
    actor.pose.bones["left_elbow"].rotation_quaternion = Quaternion((0, 0, 1), 1.0)
    bpy.ops.motivo.use_current_pose()
    assert addon.timeline.missing(actor) == ""
    actor.pose.bones["left_elbow"].rotation_quaternion = Quaternion()
    asked = np.array(timeline_of(addon, actor)["prompts"][0]["pose"])
    bent = np.flatnonzero(np.abs(asked[7:]) > 0.01)
    assert len(bent) and {7 + index for index in bent} <= set(elbow_joints())


def elbow_joints() -> list[int]:
    from motivo_source.runtime.body import JOINT_NAMES

    return [7 + JOINT_NAMES.index(f"L_Elbow_{axis}") for axis in "xyz"]


def test_a_frame_of_an_action_is_the_pose_and_the_action_stays_unassigned(actor, addon):
    for frame, angle in ((1, 0.0), (20, 1.0)):
        bone = actor.pose.bones["left_elbow"]
        bone.rotation_quaternion = Quaternion((0, 0, 1), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    action = actor.animation_data.action
    actor.animation_data.action = None
    bone.rotation_quaternion = Quaternion()
    bpy.ops.motivo.prompt_add(kind="POSE")
    settings = actor.motivo.prompts[0].pose
    settings.source = "ACTION"
    assert "No Action is chosen" in addon.timeline.missing(actor)
    settings.action, settings.frame = action, 20
    asked = np.array(timeline_of(addon, actor)["prompts"][0]["pose"])
    assert np.linalg.norm(asked[elbow_joints()]) == pytest.approx(1.0, abs=0.02)
    assert actor.animation_data.action is None


def test_the_servo_reaches_a_pose(actor, session):
    bpy.ops.motivo.prompt_add(kind="POSE")
    actor.motivo.prompts[0].pose.library = "arms-up"
    actor.motivo.prompts[0].end = 30
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert session.takes[actor.session_uid].motion["qpos"].shape == (30, 76)


# --- models ---


def performed_by(actor) -> str:
    """The controller that the worker is told to use."""
    return actor.motivo.generation.values()["controller"]


def test_poses_are_the_servos_by_default_and_behaviours_a_models(actor, addon, installed):
    bpy.ops.motivo.prompt_add(kind="POSE")
    assert performed_by(actor) == "servo"
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    assert performed_by(actor) == "policy"
    assert actor.motivo.generation.model == "mine"
    actor.motivo.generation.controller = "servo"
    assert addon.timeline.missing(actor) == ""
    assert performed_by(actor) == "servo"


def test_behaviours_go_to_whatever_was_measured_to_earn_more(actor, addon, session):
    add_behaviour(actor)
    scores = {"library": {"return": 180.0}, "policy": {"return": 150.0}}
    session.shipped_measures = {"behaviour": scores}
    assert performed_by(actor) == "servo"
    assert "60 % against 50 %" in addon.controller.chosen_controller(actor).reason
    scores["policy"]["return"] = 200.0
    assert performed_by(actor) == "policy"
    assert "67 % against 60 %" in addon.controller.chosen_controller(actor).reason


@pytest.mark.parametrize(("error", "controller"), [(0.2, "policy"), (1.7, "servo")])
def test_what_follows_poses_better_performs_them_and_the_panel_says_so(
    actor, addon, session, error, controller
):
    bpy.ops.motivo.prompt_add(kind="POSE")
    session.shipped_measures = {"pose": {"servo": {"emd": 0.3}, "policy": {"emd": error}}}
    assert performed_by(actor) == controller
    said = addon.controller.chosen_controller(actor).reason
    assert "follows poses more closely" in said and f"{error:.2f}" in said
    actor.motivo.generation.controller = "servo"
    assert performed_by(actor) == "servo"
    assert addon.controller.chosen_controller(actor).reason == ""


def test_a_controller_saved_by_an_earlier_version_is_still_the_same(actor):
    generation = actor.motivo.generation
    assert generation.controller == "automatic"
    for number, name in enumerate(("servo", "policy")):
        generation["controller"] = number
        assert generation.controller == name


def test_without_a_model_the_library_performs_behaviours_and_the_panel_says_so(
    actor, session, addon
):
    add_behaviour(actor, "RAISE_ARMS")
    actor.motivo.prompts[0].end = 30
    assert session.models == ()
    assert addon.timeline.missing(actor) == ""
    assert "no trained model is installed" in addon.controller.chosen_controller(actor).reason
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    (choice,) = session.takes[actor.session_uid].motion["metadata"]["choices"]
    assert "from the library" in choice["label"]
    assert addon.keys.between.told_of(actor, actor.motivo.prompts[0]) == [choice["label"]]


def test_who_wants_a_model_and_has_none_is_told_how_to_get_one(actor, addon):
    add_behaviour(actor)
    actor.motivo.generation.controller = "policy"
    assert "Download one" in addon.timeline.missing(actor)
    assert addon.models.is_missing(actor.motivo.generation)
    assert not bpy.ops.motivo.generate.poll()


def test_the_only_installed_model_is_chosen_by_itself(actor, addon, installed):
    add_behaviour(actor)
    generation = actor.motivo.generation
    assert generation.model == "mine"
    assert generation.model_choice == "mine"
    assert addon.models.licence(generation) == "CC BY-NC 4.0"


def test_a_chosen_model_stays_chosen_when_the_list_changes(actor, addon, installed):
    add_behaviour(actor)
    generation = actor.motivo.generation
    addon.client.session().models = (
        {"name": "another", "licence": "", "size": 1},
        {"name": "mine", "licence": "", "size": 1},
    )
    assert generation.model_choice == "mine"
    generation.model_choice = "another"
    assert generation.model == "another"
    addon.client.session().models = ()
    assert generation.model_choice == "another"


def test_a_models_folder_can_be_chosen(actor, addon, pack, tmp_path):
    add_behaviour(actor)
    with pytest.raises(RuntimeError, match=r"no config\.json"):
        bpy.ops.motivo.choose_model_folder(directory=str(tmp_path))
    bpy.ops.motivo.choose_model_folder(directory=str(pack))
    assert Path(actor.motivo.generation.model) == pack
    assert addon.timeline.missing(actor) == ""


def test_models_offered_for_download_are_those_of_the_command_line(addon):
    from motivo_source.runtime.policy.download import PUBLISHED

    assert {name for name, *_ in addon.models.PUBLISHED} <= set(PUBLISHED)


def test_nothing_is_downloaded_without_online_access_or_the_licence(actor, session, monkeypatch):
    add_behaviour(actor)
    system = bpy.context.preferences.system
    monkeypatch.setattr(system, "use_online_access", False)
    assert not bpy.ops.motivo.download_model.poll()
    monkeypatch.setattr(system, "use_online_access", True)
    with pytest.raises(RuntimeError, match="licence was not accepted"):
        bpy.ops.motivo.download_model()
    # Nobody answers there.
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    session.close_worker()
    bpy.ops.motivo.download_model(name="metamotivo-S-1", accept=True)
    assert session.notice.is_error and "127.0.0.1:9" in session.notice.text
    assert actor.motivo.generation.model == ""


def test_a_behaviour_is_performed_baked_and_carries_the_licence(actor, session, installed):
    add_behaviour(actor, "RAISE_ARMS")
    actor.motivo.prompts[0].end = 20
    actor.motivo.generation.takes = 2
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    takes = session.takes[actor.session_uid]
    assert len(takes.motions) == 2
    assert takes.motion["metadata"]["licence"] == "CC BY-NC 4.0"
    bpy.ops.motivo.bake()
    action = actor.animation_data.action
    kept = next(json.loads(value) for key, value in action.items() if isinstance(value, str))
    assert kept["metadata"]["model"]["name"] == "mine"
    assert kept["metadata"]["latents"][0]["rewards"] == [["raisearms-h-h", 1.0]]


def test_keys_can_be_performed_by_the_model(actor, session, installed):
    for frame, angle in ((1, 0.0), (20, 0.6)):
        bone = actor.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    actor.motivo.generation.controller = "policy"
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    metadata = session.takes[actor.session_uid].motion["metadata"]
    assert metadata["latents"][0]["inference"] == "tracking"


def test_a_model_that_was_removed_meanwhile_is_a_sentence(actor, installed):
    add_behaviour(actor)
    actor.motivo.generation.model = "gone"
    assert "There is no model 'gone'" in refusal()


def test_behaviours_and_the_model_are_saved_with_the_file(actor, tmp_path, installed):
    add_behaviour(actor, "JUMP", height=1.9, weight=0.5)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    loaded = bpy.data.objects["Motivo Body"].motivo
    row = loaded.prompts[0].behaviour.rows[0]
    assert (row.reward(), row.weight) == ("jump-1.9", 0.5)
    assert loaded.generation.model == "mine"
