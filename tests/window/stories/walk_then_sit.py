"""Two behaviours, a path and a place one after the other, from the library, without a model."""

import sys

sys.path.insert(0, "/job")

import bpy
import driver
import numpy as np


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    session = client.session
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    body = bpy.context.object
    yield from hand.click("motivo.use_30_fps")
    body.motivo.generation.quality = "draft"
    bpy.context.scene.frame_end = 180

    for task in ("MOVE", "SIT"):
        bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
        yield lambda: session().job is None
        prompt = body.motivo.prompts[-1]
        prompt.behaviour.rows[0].task = task
        prompt.name = "Walk" if task == "MOVE" else "Sit"
    yield from hand.shot("asked")
    yield from hand.click("motivo.generate")
    yield lambda: session().takes
    assert session().notice is None, session().notice.text
    motion = session().takes[body.session_uid].motion
    qpos, told = np.array(motion["qpos"]), motion["metadata"]["choices"]
    assert [choice["prompt"] for choice in told] == ["Walk", "Sit"]
    assert np.linalg.norm(qpos[80, :2] - qpos[0, :2]) > 2.0
    assert qpos[-1, 2] < 0.45 < 0.75 < qpos[80, 2]
    assert np.linalg.norm(np.diff(qpos[:, :3], axis=0), axis=1).max() < 0.25
    for frame in (1, 45, 90, 120, 180):
        bpy.context.scene.frame_set(frame)
        yield from hand.shot(f"frame-{frame}")

    # A path is one button, and a place an object.
    body.motivo.prompts.clear()
    bpy.ops.motivo.prompt_add(kind="PATH")
    yield from hand.click("motivo.path_draw")
    assert body.motivo.prompts[0].path.curve is not None
    body.motivo.prompts[0].end = 130
    target = bpy.data.objects.new("There", None)
    bpy.context.collection.objects.link(target)
    target.location = (1.5, -5.0, 0.0)
    bpy.ops.motivo.prompt_add(kind="GO_TO")
    place = body.motivo.prompts[1]
    place.go_to.target = target
    yield from hand.shot("path-and-place")
    before = session().takes[body.session_uid]
    yield from hand.click("motivo.generate")
    yield lambda: session().job is None and session().takes[body.session_uid] is not before
    qpos = np.array(session().takes[body.session_uid].motion["qpos"])
    assert np.linalg.norm(qpos[-1, :2] - (1.5, -5.0)) < 0.15
    bpy.context.scene.frame_set(place.end)
    yield from hand.shot("arrived")


driver.tell(story)
