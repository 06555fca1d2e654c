"""Keys by real clicks: after Bake, beyond the range, on the object; and undo right after Generate."""

import sys

sys.path.insert(0, "/job")

import bpy
import driver
import numpy as np
from mathutils import Quaternion


def turn(body, bone, frame, angle):
    posed = body.pose.bones[bone]
    posed.rotation_quaternion = Quaternion((1, 0, 0), angle)
    posed.keyframe_insert("rotation_quaternion", frame=frame)


def story(hand):
    name = driver.install()
    session = sys.modules[f"{name}.motivo_addon.client"].session()
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    yield from hand.click("motivo.use_30_fps")
    yield from hand.press("NUMPAD_PERIOD")
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        turn(body, "left_shoulder", frame, angle)
    with hand.in_view():
        bpy.ops.motivo.prompt_add("EXEC_DEFAULT", True, kind="KEYFRAMES")
    # A key that is set later is followed.
    turn(body, "left_shoulder", 30, 0.4)
    bpy.ops.ed.undo_push(message="a key at 30")
    assert (body.motivo.prompts[0].start, body.motivo.prompts[0].end) == (1, 30)

    def generated():
        uid = bpy.data.objects["Motivo Body"].session_uid
        before = session.takes.get(uid)
        # What was done since may have moved the button.
        hand.found.clear()
        yield from hand.click("motivo.generate")

        def taken():
            now = session.takes.get(uid)
            return session.job is None and now is not None and now is not before

        yield taken

    # Undo right after Generate takes back Generate, and no key.
    yield from generated()
    yield from hand.press("Z", ctrl=True)
    body = bpy.data.objects["Motivo Body"]
    assert body.motivo.prompts[0].end == 30, body.motivo.prompts[0].end
    yield from hand.press("Z", ctrl=True, shift=True)
    body = bpy.data.objects["Motivo Body"]
    yield from hand.shot("performed")

    # A key set on the baked take is performed next time, and the range goes on to it.
    bpy.context.scene.motivo_bake.scene_range = "KEEP"
    yield from hand.scroll(10)
    yield from hand.click("motivo.bake")
    turn(body, "right_shoulder", 40, -0.7)
    bpy.ops.ed.undo_push(message="a key on the take")
    watch = sys.modules[f"{name}.motivo_addon.keys.watch"]
    yield lambda: body.motivo.prompts[0].end == 40
    assert watch.known(body).edits.frames
    yield from hand.scroll(-30)
    yield from hand.shot("keyed-on-the-take")
    yield from generated()
    motion = session.takes[body.session_uid].motion
    assert len(motion["qpos"]) == 40

    # A body keyed as a whole is shown where it is keyed.
    with hand.in_view():
        bpy.ops.motivo.edit_keys("EXEC_DEFAULT", True)
    for frame, x in ((1, 1.0), (30, 1.5)):
        body.location.x = x
        body.keyframe_insert("location", frame=frame)
    bpy.ops.ed.undo_push(message="the object is keyed")
    yield from generated()
    takes = session.takes[body.session_uid]
    bpy.context.scene.frame_set(1)
    hips = np.array(body.matrix_world @ body.pose.bones["pelvis"].head)
    place = np.array(takes.place)
    shown = place[:3, :3] @ takes.motion["qpos"][0, :3] + place[:3, 3]
    assert np.linalg.norm(shown - hips) < 0.05, (shown, hips)
    yield from hand.shot("keyed-as-a-whole")


driver.tell(story)
