"""Posing by real drags, keying, and what the panel says about keys no body can reach."""

import sys

sys.path.insert(0, "/job")

import bpy
import driver
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Quaternion


def main_region(hand):
    return next(region for region in hand.view.regions if region.type == "WINDOW")


def on_screen(hand, point) -> tuple[int, int]:
    region = main_region(hand)
    x, y = location_3d_to_region_2d(region, hand.view.spaces.active.region_3d, point)
    return round(region.x + x), round(region.y + y)


def drag(hand, start, end):
    """Presses at one place of the screen, moves and lets go at another."""
    yield from hand.move(*start)
    yield driver.SETTLE
    hand.window.event_simulate(type="LEFTMOUSE", value="PRESS", x=start[0], y=start[1])
    yield driver.SETTLE
    for step in range(1, 9):
        x = round(start[0] + (end[0] - start[0]) * step / 8)
        y = round(start[1] + (end[1] - start[1]) * step / 8)
        yield from hand.move(x, y)
        yield 2 * driver.TICK
    hand.picture("dragging")
    hand.window.event_simulate(type="LEFTMOUSE", value="RELEASE", x=end[0], y=end[1])
    yield driver.SETTLE


def head_of(bone: str):
    body = bpy.context.object
    return body.matrix_world @ body.pose.bones[bone].head


def story(hand):
    name = driver.install()
    handles = sys.modules[f"{name}.motivo_addon.posing.handles"]
    yield from hand.open_tab("Motivo")
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.click("motivo.add_body")
    yield from hand.click("motivo.use_30_fps")
    body = bpy.context.object
    yield from hand.press("NUMPAD_PERIOD")
    yield from hand.press("NUMPAD_1")
    bpy.context.scene.tool_settings.use_keyframe_insert_auto = True
    yield from hand.click("motivo_posing.show")
    assert handles.posable_body(bpy.context) == body
    yield from hand.shot("handles")

    # The buttons at the right of the view lie over the other hand.
    hand_before, foot_before = head_of("right_hand"), head_of("left_ankle")
    start = on_screen(hand, hand_before)
    yield from drag(hand, start, (start[0] + 60, start[1] - 110))
    yield from hand.shot("dragged")
    moved = head_of("right_hand") - hand_before
    assert moved.z < -0.2 and moved.x > 0.1, moved
    assert (head_of("left_ankle") - foot_before).length < 0.01
    assert body.animation_data.action is not None

    yield from hand.press("Z", ctrl=True)
    body = bpy.context.object
    assert (head_of("right_hand") - hand_before).length < 1e-3, head_of("right_hand")
    yield from hand.press("Z", ctrl=True, shift=True)
    body = bpy.context.object
    assert (head_of("right_hand") - hand_before - moved).length < 1e-3

    before = head_of("left_hand")
    yield from hand.click("motivo.mirror_pose")
    assert (head_of("left_hand") - before).length > 0.2
    yield from hand.click("motivo.key_pose")
    bpy.context.scene.frame_set(20)
    hips = on_screen(hand, head_of("pelvis"))
    yield from drag(hand, hips, (hips[0], hips[1] - 80))
    assert head_of("pelvis").z < 0.85, head_of("pelvis")
    yield from hand.click("motivo.key_pose")
    yield from hand.shot("keyed")

    knee = bpy.context.object.pose.bones["left_knee"]
    for frame, angle in ((30, 1.2), (40, 0.0)):
        knee.rotation_quaternion = Quaternion((1, 0, 0), angle)
        knee.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.ed.undo_push(message="a knee that bends the wrong way")
    with hand.in_view():
        bpy.ops.motivo.prompt_add("EXEC_DEFAULT", True, kind="KEYFRAMES")
    body = bpy.context.object
    prompt = body.motivo.prompts[0]
    assert (prompt.start, prompt.end) == (1, 40)
    watch = sys.modules[f"{name}.motivo_addon.keys.watch"]
    yield lambda: watch.known(bpy.context.object).beyond
    yield from hand.shot("beyond-reach")
    yield from hand.scroll(8)
    yield from hand.click("motivo.keys_into_reach")
    yield lambda: not watch.known(bpy.context.object).beyond
    yield from hand.shot("in-reach")


driver.tell(story)
