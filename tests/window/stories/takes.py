"""The shelf of takes by real clicks: renamed, compared, blended, generated again, kept with the file."""

import sys
from pathlib import Path

sys.path.insert(0, "/job")

import bpy
import driver
from mathutils import Quaternion

FILE = Path("/job/takes.blend")


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    store = sys.modules[f"{name}.motivo_addon.shelf.store"]
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    yield from hand.click("motivo.use_30_fps")
    body = bpy.context.object
    yield from hand.press("NUMPAD_PERIOD")
    for frame, angle in ((1, 0.0), (30, 0.9), (60, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    body.motivo.generation.takes = 2
    bpy.ops.ed.undo_push(message="an arm was keyed")

    yield from hand.click("motivo.generate")
    yield lambda: client.session().takes
    kept = store.kept_takes(body.session_uid)
    assert len(kept) == 2
    # Undo takes back what came before; the takes stay.
    yield from hand.press("Z", ctrl=True)
    yield from hand.press("Z", ctrl=True, shift=True)
    body = bpy.data.objects["Motivo Body"]
    assert len(store.kept_takes(body.session_uid)) == 2

    yield from hand.shot("figures")
    yield from hand.scroll(20)
    yield from hand.shot("shelf")
    yield from hand.click("motivo.compare_take")
    yield from hand.shot("compared")
    yield from hand.scroll(20)
    yield from hand.shot("compared-in-full")
    bpy.context.scene.frame_set(30)
    yield from hand.click("motivo.blend_takes")
    yield lambda: client.session().job is None and len(store.kept_takes(body.session_uid)) == 3
    yield from hand.shot("blended")
    yield from hand.scroll(-6)  # back up to the list
    yield from hand.click("motivo.take_again")
    yield lambda: client.session().job is None and len(store.kept_takes(body.session_uid)) == 4
    yield from hand.shot("generated-again")

    names = [take.name for take in store.kept_takes(body.session_uid)]
    bpy.ops.wm.save_as_mainfile(filepath=str(FILE))
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    yield 1.0
    bpy.ops.wm.open_mainfile(filepath=str(FILE))
    yield 1.0
    body = bpy.data.objects["Motivo Body"]
    assert [take.name for take in store.kept_takes(body.session_uid)] == names
    yield from hand.open_tab("Motivo")
    yield from hand.scroll(20)
    yield from hand.shot("opened-again")


driver.tell(story)
