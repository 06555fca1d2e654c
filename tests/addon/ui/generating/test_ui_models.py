"""Who performs: muscles, or a trained model that is measured, chosen, downloaded, removed."""

import json
from pathlib import Path

import bpy
import pytest
from mathutils import Quaternion
from prompting import add_behaviour, refusal


@pytest.fixture
def actor(addon, store):
    bpy.ops.motivo.add_body()
    return bpy.context.object


@pytest.fixture
def session(addon):
    return addon.client.session()


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
    assert "poses more closely" in said and f"{error:.2f}" in said
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
    assert addon.panels.generating.planned.told_of(actor, actor.motivo.prompts[0]) == [
        "Raise Both Arms, from the library"
    ]


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
