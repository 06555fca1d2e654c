"""Everything that can come between a person and a motion; nothing of it harms the scene."""

import os
import signal
import sys

sys.path.insert(0, "/job")

import bpy
import driver
from mathutils import Quaternion


def prepare(hand):
    """A body with keys so long that there is time to interrupt, and what its prompts say."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (1000, 0.9), (2000, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    body.motivo.generation.takes = 8
    bpy.context.scene.render.fps = 30
    bpy.ops.ed.undo_push(message="Prepared")
    yield 0.3


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]

    def job():
        return client.session().job

    def scene():
        """What must not change: objects, Actions and what plays."""
        return (
            sorted(thing.name for thing in bpy.data.objects),
            sorted(action.name for action in bpy.data.actions),
            len(bpy.data.scenes),
        )

    def begin():
        yield from hand.open_tab("Motivo")
        yield from hand.click("motivo.generate")
        yield lambda: job() is not None and job().fraction > 0.06

    # ESC.
    yield from prepare(hand)
    before = scene()
    yield from begin()
    yield from hand.shot("running")
    yield from hand.press("ESC")
    assert job() is None and client.session().notice is None
    assert not client.session().takes and scene() == before
    yield from hand.shot("escaped")

    # The worker is killed.
    yield from begin()
    os.kill(client.session().worker.hello["pid"], signal.SIGKILL)
    yield lambda: job() is None
    assert "stopped unexpectedly" in client.session().notice.text
    assert scene() == before
    yield from hand.shot("worker-killed")

    # Undo while it runs takes a change back and lets it run on.
    bpy.data.objects["Light"].location.x += 1
    bpy.ops.ed.undo_push(message="Moved the light")
    moved = bpy.data.objects["Light"].location.x
    yield from begin()
    yield from hand.press("Z", ctrl=True)
    assert bpy.data.objects["Light"].location.x == moved - 1
    assert job() is not None

    # The body is deleted.
    bpy.data.objects["Motivo Body"].select_set(True)
    yield from hand.press("X")
    yield from hand.press("RET")
    if "Motivo Body" in bpy.context.scene.objects:
        bpy.ops.object.delete()
    yield lambda: job() is None
    assert "was deleted" in client.session().notice.text
    yield from hand.shot("body-deleted")
    bpy.ops.ed.undo()
    yield 0.5
    assert scene() == before

    # Another file is opened.
    bpy.context.view_layer.objects.active = bpy.data.objects["Motivo Body"]
    yield from begin()
    bpy.ops.wm.read_homefile(use_empty=False, use_factory_startup=True)
    yield 1.0
    assert job() is None and "Another file" in client.session().notice.text
    assert client.session().worker.alive
    yield from hand.open_tab("Motivo")
    yield from hand.shot("other-file")

    # The add-on is disabled.
    yield from prepare(hand)
    yield from begin()
    worker = client.session().worker
    before = scene()
    bpy.ops.preferences.addon_disable(module=name)
    yield 1.0
    assert not worker.alive and scene() == before
    yield from hand.shot("disabled")
    bpy.ops.preferences.addon_enable(module=name)
    yield 0.5

    # And after all that it still works.
    bpy.context.object.motivo.generation.takes = 1
    bpy.context.object.motivo.prompts[0].end = 90
    client = sys.modules[f"{name}.motivo_addon.client"]
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.generate")
    yield lambda: bool(client.session().takes)
    yield from hand.shot("works-again")


driver.tell(story)
