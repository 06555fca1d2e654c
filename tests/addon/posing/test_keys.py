"""Every key a person sets is performed, wherever it is set; what cannot be is told before."""

import bpy
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def actor(addon):
    """A body whose left arm is keyed to rise and sink within 20 frames, and the prompt to do so."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        turn(body, "left_shoulder", frame, angle)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    return body


def turn(body, bone: str, frame: float, angle: float, axis=(1, 0, 0)) -> None:
    body.pose.bones[bone].rotation_quaternion = Quaternion(axis, angle)
    body.pose.bones[bone].keyframe_insert("rotation_quaternion", frame=frame)


def asked(addon, body):
    """The keyframes prompt as the worker gets it."""
    return addon.timeline.build_timeline(bpy.context, body).prompts[0]


def angle(source, frame: int, body_name: str) -> float:
    """Degrees by which a body is turned in its parent at a frame of the motion."""
    import motivo_source.runtime.body as figures
    from motivo_source.runtime.body.kinematics import local_rotations

    w = local_rotations(source.qpos)[frame, figures.BODY_NAMES.index(body_name), 0]
    return float(np.degrees(2 * np.arccos(min(1.0, abs(w)))))


def generate_and_bake() -> None:
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert bpy.ops.motivo.bake() == {"FINISHED"}


def test_the_range_follows_keys_set_later(actor):
    prompt = actor.motivo.prompts[0]
    turn(actor, "left_shoulder", 45, 0.3)
    assert (prompt.start, prompt.end) == (1, 45)


def test_frames_set_by_hand_stay_and_what_they_leave_out_is_told(actor, addon):
    import importlib

    span = importlib.import_module(f"{addon.__name__}.keys.span")
    prompt = actor.motivo.prompts[0]
    prompt.end = 15
    turn(actor, "left_shoulder", 45, 0.3)
    assert (prompt.start, prompt.end) == (1, 15)
    assert span.left_out(prompt, actor) == [20, 45]
    prompt.keyframes.follow = True
    assert (prompt.start, prompt.end) == (1, 45)
    assert span.left_out(prompt, actor) == []


def test_a_key_set_on_the_baked_take_is_performed_next(actor, addon):
    generate_and_bake()
    keys = actor.motivo.prompts[0].keyframes.action
    turn(actor, "right_shoulder", 10, -0.7)
    prompt = asked(addon, actor)
    assert angle(prompt.source, 9, "R_Shoulder") == pytest.approx(np.degrees(0.7), abs=0.5)
    assert angle(prompt.source, 9, "L_Shoulder") == pytest.approx(np.degrees(0.6), abs=0.5)
    # It is a key at one frame, not a pose for the whole take.
    assert angle(prompt.source, 0, "R_Shoulder") < 5
    # Asking changed nothing; Bake writes the key to the others.
    assert actor.animation_data.action != keys
    assert len(bpy.data.actions) == 2
    generate_and_bake()
    bpy.ops.motivo.edit_keys()
    assert actor.animation_data.action == keys
    bpy.context.scene.frame_set(10)
    turned = actor.pose.bones["right_shoulder"].rotation_quaternion.rotation_difference(
        Quaternion((1, 0, 0), -0.7)
    )
    assert np.degrees(turned.angle) < 0.5


def test_a_key_set_after_the_end_of_the_take_makes_the_range_longer(actor, addon):
    import importlib

    watch = importlib.import_module(f"{addon.__name__}.keys.watch")
    generate_and_bake()
    turn(actor, "left_shoulder", 50, 0.4)
    watch.look(actor)
    assert actor.motivo.prompts[0].end == 50
    assert asked(addon, actor).keyframes[-1] == 49


def test_the_take_as_baked_holds_no_keys_of_the_person(actor, addon):
    import importlib

    edits = importlib.import_module(f"{addon.__name__}.keys.edits")
    generate_and_bake()
    assert edits.find_edits(actor).frames == ()
    # Thinned out it is still the take.
    bpy.ops.motivo.clean_reduce()
    assert edits.find_edits(actor).frames == ()


def test_the_same_keys_mean_the_same_motion_after_a_bake(actor, addon):
    before = asked(addon, actor).source.qpos
    generate_and_bake()
    bpy.context.scene.frame_set(10)
    after = asked(addon, actor).source.qpos
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_unkeyed_poses_survive_generate(actor):
    generate_and_bake()
    actor.pose.bones["head"].rotation_quaternion = Quaternion((1, 0, 0), 0.2)
    bpy.ops.motivo.generate()
    head = actor.pose.bones["head"].rotation_quaternion
    assert head.rotation_difference(Quaternion((1, 0, 0), 0.2)).angle < 1e-3


def test_a_body_keyed_as_a_whole_is_performed_and_baked_where_it_goes(
    actor, addon, joints_in_world
):
    for frame, x in ((1, 2.0), (20, 3.0)):
        actor.location.x = x
        actor.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(20)
    keyed = {frame: joints_in_world(bpy.context, actor, frame) for frame in (1, 10, 20)}
    bpy.context.scene.frame_set(20)
    bpy.ops.motivo.generate()
    take = addon.client.session().takes[actor.session_uid]
    place = np.array(take.place)
    ghost = take.ghost[:, 1::2] @ place[:3, :3].T + place[:3, 3]
    bpy.ops.motivo.bake()
    for frame in (1, 10, 20):
        joints = joints_in_world(bpy.context, actor, frame)
        # Feet that slide are made to step; the hips go where they were keyed to go.
        np.testing.assert_allclose(joints[0], keyed[frame][0], atol=0.03)
        np.testing.assert_allclose(ghost[frame - 1], joints[1:], atol=1e-3)


def test_what_no_body_can_reach_is_told_by_key_and_limb(actor, addon):
    import importlib

    watch = importlib.import_module(f"{addon.__name__}.keys.watch")
    assert watch.look(actor).beyond == ()
    for frame, angle in ((1, 0.0), (10, 1.2), (20, 0.0)):
        turn(actor, "left_knee", frame, angle)  # a knee bends the other way
    beyond = watch.look(actor).beyond
    assert [frame for frame, _, _ in beyond] == [10.0]
    assert "left foot" in beyond[0][2] and "cm lower" in beyond[0][2]
    assert bpy.ops.motivo.keys_into_reach() == {"FINISHED"}
    assert watch.look(actor).beyond == ()


def test_what_is_told_is_what_is_performed(actor, addon):
    """The limb comes out where it was said to."""
    import importlib
    import re

    watch = importlib.import_module(f"{addon.__name__}.keys.watch")
    for frame in (1, 10, 20):
        turn(actor, "left_shoulder", frame, 1.0, (0, 0, 1))
        turn(actor, "left_knee", frame, 0.9)
    words = watch.look(actor).beyond[0][2]
    told = float(re.search(r"left foot (\d+) cm", words)[1])
    source = asked(addon, actor).source.qpos[[9]]
    from motivo_source.runtime.body import BODY_NAMES
    from motivo_source.runtime.body.kinematics import forward_kinematics

    bpy.ops.motivo.generate()
    performed = addon.client.session().takes[actor.session_uid].motion["qpos"][[9]]
    wanted, got = forward_kinematics(source)[0][0], forward_kinematics(performed)[0][0]
    foot = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("L_Toe")]
    off = np.linalg.norm((got - got[0]) - (wanted - wanted[0]), axis=1)[foot].max()
    assert 100 * off == pytest.approx(told, abs=6)
