"""Behaviour and Pose prompts in the panel."""

import math

import bpy
import numpy as np
import pytest
from mathutils import Quaternion
from prompting import add_behaviour, timeline_of


@pytest.fixture
def actor(addon, store):
    bpy.ops.motivo.add_body()
    return bpy.context.object


@pytest.fixture
def session(addon):
    return addon.client.session()


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
