"""Add body, keys, Generate, Bake, undo: the whole way by real clicks, a picture at each stage."""

import sys

sys.path.insert(0, "/job")

import bpy
import driver
from mathutils import Quaternion


def key_arms_up(body, frames: int) -> None:
    """T-pose, arms up, T-pose."""
    for frame, angle in ((1, 0.0), (frames // 2, 0.9), (frames, 0.0)):
        for side in ("left", "right"):
            bone = body.pose.bones[f"{side}_shoulder"]
            bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
            bone.keyframe_insert("rotation_quaternion", frame=frame)


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    yield from hand.open_tab("Motivo")
    yield from hand.shot("empty-tab")

    yield from hand.click("motivo.add_body")
    body = bpy.context.object
    assert body.name == "Motivo Body"
    yield from hand.click("motivo.use_30_fps")
    assert bpy.context.scene.render.fps == 30
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    key_arms_up(body, 60)
    yield from hand.press("NUMPAD_PERIOD")
    keyed = body.animation_data.action
    yield from hand.shot("body-added")

    # The button above "remove" opens the menu with the kinds of prompt; Keyframes is the first.
    x, y = yield from hand.find("motivo.prompt_remove")
    yield from hand.click_at(x, y + 18)
    yield from hand.shot("kinds-of-prompt")
    yield from hand.click_at(x + 50, y - 6)
    assert [prompt.kind for prompt in body.motivo.prompts] == ["KEYFRAMES"]
    yield from hand.shot("prompt-added")

    yield from hand.click("motivo.generate")
    yield lambda: client.session().job is not None
    yield lambda: client.session().job is None or client.session().job.fraction > 0.3
    hand.picture("generating")
    yield lambda: client.session().job is None
    assert client.session().notice is None, client.session().notice
    assert body.animation_data.action == keyed
    bpy.context.scene.frame_set(40)
    yield from hand.shot("take")
    bpy.context.scene.motivo_ghost.onion = 2
    yield from hand.shot("take-with-onion-skins")
    body.motivo.generation.strength = 1.5
    yield from hand.shot("out-of-date")
    body.motivo.generation.strength = 1.0

    yield from hand.scroll(10)
    yield from hand.click("motivo.bake")
    yield from hand.shot("bake-asks-for-the-range")
    # The first time Bake asks whether the scene should play the take's frames.
    yield from hand.key("RET")
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (1, 60)
    assert bpy.context.object.animation_data.action not in (None, keyed)
    bpy.context.scene.frame_set(30)
    yield from hand.shot("baked")
    baked = bpy.context.object.animation_data.action.name

    yield from hand.press("Z", ctrl=True)
    body = bpy.data.objects["Motivo Body"]
    assert body.animation_data.action.name != baked
    assert baked not in bpy.data.actions
    yield from hand.shot("bake-undone")


driver.tell(story)
