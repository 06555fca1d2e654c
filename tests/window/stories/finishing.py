"""Cleaning up and exporting by real clicks: what was posed, undone and shown stays so."""

import sys
from pathlib import Path

sys.path.insert(0, "/job")

import bpy
import driver


def story(hand):
    name = driver.install()
    yield from hand.open_tab("Motivo")
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.click("motivo.add_body")
    yield from hand.click("motivo.use_30_fps")
    body = bpy.context.object
    driver.bake_swaying(name, body, "Walk")
    scene = bpy.context.scene
    scene.frame_set(10)
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.ed.undo_push(message="a walk")
    body.pose.bones["head"].rotation_quaternion = (1, 0, 0, 0)
    bpy.ops.ed.undo_push(message="the head is posed by hand")
    folder = Path("/job/clips")
    folder.mkdir()
    settings = scene.motivo_export
    settings.folder, settings.template = str(folder), "{take}_{engine}"
    yield from hand.scroll(30)
    for engine, root in (("unreal", "bone"), ("godot", "in_place"), ("unity", "object")):
        settings.engine, settings.root = engine, root
        bpy.ops.ed.undo_push(message=f"chose {engine}")
        settings.report = ""
        # What the panel says to do next has changed its height, and the button's place.
        hand.found.clear()
        yield from hand.click("motivo.export_takes")
        assert "largest error 0.0" in settings.report, settings.report
        assert bpy.context.mode == "POSE" and hand.window.scene == scene
        assert (scene.frame_current, [s.name for s in bpy.data.scenes]) == (10, [scene.name])
        assert tuple(body.pose.bones["head"].rotation_quaternion) == (1, 0, 0, 0)
        assert {thing.name for thing in bpy.data.objects if thing.type == "ARMATURE"} == {body.name}
    yield from hand.shot("exported")
    assert {path.name for path in folder.iterdir()} == {
        "Walk_unreal.fbx",
        "Walk_godot.glb",
        "Walk_unity.fbx",
    }
    # Exporting is no step of its own to undo: the last is that the engine was chosen.
    yield from hand.press("Z", ctrl=True)
    assert bpy.context.scene.motivo_export.engine == "godot"
    head = bpy.context.object.pose.bones["head"]
    assert tuple(head.rotation_quaternion) == (1, 0, 0, 0)

    with hand.in_view():
        assert bpy.ops.motivo.clean_reduce("EXEC_DEFAULT", True) == {"FINISHED"}
    keys = count_keys(name)
    yield from hand.shot("reduced")
    yield from hand.press("Z", ctrl=True)
    assert count_keys(name) > 2 * keys


def count_keys(name):
    curves = sys.modules[f"{name}.motivo_addon.rig.curves"]
    action = bpy.data.actions["Walk"]
    return sum(len(curve.keyframe_points) for curve in curves.curves_of(action))


driver.tell(story)
