"""A character of one's own by real clicks: chosen, recognised, mended, moved, asked back, exported."""

import sys
from pathlib import Path

sys.path.insert(0, "/job")

import bpy
import driver
import numpy as np
from mathutils import Quaternion

MODEL = Path("/job/files/unreal_names_cc0.glb")
FOLDER = Path("/job/out")


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    # A second window would hide the first, where there is nobody to move it.
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    FOLDER.mkdir()
    yield from hand.open_tab("Motivo")
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.click("motivo.add_body")
    yield from hand.click("motivo.use_30_fps")
    body = bpy.context.object
    with hand.in_view():
        bpy.ops.import_scene.gltf(filepath=str(MODEL))
    hero = next(thing for thing in bpy.context.selected_objects if thing.type == "ARMATURE")
    hero.animation_data_clear()
    hero.name = "Hero"
    bpy.ops.ed.undo_push(message="a character was imported")
    yield from hand.shot("imported")

    yield from hand.click("motivo_character.target")
    yield from hand.shot("choosing")
    yield from hand.key("DOWN_ARROW")
    yield from hand.key("RET")
    assert body.motivo_character.target == hero
    yield from hand.shot("chosen")
    rig = hero.motivo_rig
    assert rig.confidence > 0.85 and row_of(hero, "left_shin").bone == "calf_l"

    # The last button of the panel is below the window's edge.
    yield from hand.scroll(12)
    # The header of the list, under the last button of its parent.
    x, y = yield from hand.find("motivo.generate_for_character")
    yield from hand.click_at(x, y - 36)
    yield from hand.scroll(10)
    yield from hand.shot("bones")

    # Another bone for the head: its row is the seventh, the field with the bone under the list.
    x, y = yield from hand.find("motivo_rig.rows[0].bone")
    yield from hand.click_at(x, y + 54)
    assert rig.active_row == 6, rig.active_row
    yield from hand.click("motivo_rig.rows[6].bone")
    yield from hand.shot("choosing-a-bone")
    for letter in "neck":
        yield from hand.key(letter.upper(), letter)
    yield from hand.shot("typing-a-bone")
    yield from hand.key("DOWN_ARROW")
    yield from hand.key("RET")
    assert rig.rows[6].role == "head" and rig.rows[6].origin == "user"
    assert rig.rows[6].bone == "neck_01"
    yield from hand.shot("row-edited")

    # Save the map, detect afresh, load it again, each over a dialog for files.
    yield from hand.click("motivo.save_rig_map")
    yield from hand.choose_file(FOLDER / "hero.json")
    assert (FOLDER / "hero.json").exists()
    edited = rig.rows[6].bone
    yield from hand.click("motivo.detect_rig")
    assert rig.rows[6].bone == "head"
    yield from hand.click("motivo.load_rig_map")
    yield from hand.choose_file(FOLDER / "hero.json")
    assert rig.rows[6].bone == edited
    yield from hand.shot("map-loaded")
    yield from hand.click("motivo.detect_rig")

    # Two minutes take seconds: the status bar tells how far it is, ESC takes it back.
    driver.bake_swaying(name, body, "Long Sway", 3600)
    bpy.ops.ed.undo_push(message="a long take was baked")
    yield from hand.scroll(-30)
    before = ankles(hero)
    actions = set(bpy.data.actions.keys())
    yield from hand.click("motivo.retarget")
    running = [operator.bl_idname for operator in hand.window.modal_operators]
    assert "MOTIVO_OT_retarget" in running, running
    yield lambda: client.session().job.fraction > 0.3
    yield from hand.shot("retargeting")
    yield from hand.press("ESC")
    yield lambda: client.session().job is None
    assert not hand.window.modal_operators
    assert hero.animation_data is None or hero.animation_data.action is None
    assert set(bpy.data.actions.keys()) == actions and np.allclose(ankles(hero), before)

    driver.bake_swaying(name, body, "Sway")
    bpy.ops.ed.undo_push(message="a take was baked")
    yield from hand.click("motivo.retarget")
    yield lambda: hero.animation_data and hero.animation_data.action
    bpy.context.scene.frame_set(30)
    assert np.abs(ankles(hero) - before).max() > 0.05
    yield from hand.shot("retargeted")
    yield from hand.press("Z", ctrl=True)
    hero = bpy.data.objects["Hero"]
    assert hero.animation_data is None or hero.animation_data.action is None

    # Poses keyed on the character itself, performed, and put back on it.
    body = bpy.data.objects["Motivo Body"]
    key_arm(hero)
    # So many takes that there is time to stop them.
    body.motivo.generation.takes = 8
    bpy.ops.ed.undo_push(message="an arm was keyed")
    keyed = hero.animation_data.action
    yield from hand.click("motivo.generate_for_character")
    yield lambda: client.session().job is not None
    yield lambda: client.session().job is None or client.session().job.fraction > 0.05
    yield from hand.shot("performing")
    yield from hand.press("ESC")
    assert client.session().job is None and hero.animation_data.action == keyed
    yield from hand.shot("stopped")
    bpy.data.objects["Motivo Body"].motivo.generation.takes = 1
    yield from hand.click("motivo.generate_for_character")
    yield lambda: client.session().job is not None
    yield lambda: client.session().job is None
    assert client.session().notice is None, client.session().notice
    yield lambda: bpy.data.objects["Hero"].animation_data.action != keyed
    bpy.context.scene.frame_set(75)
    yield from hand.shot("performed")

    # Files for two engines, the folder chosen in its dialog.
    bpy.context.view_layer.objects.active = hero = bpy.data.objects["Hero"]
    bpy.ops.ed.undo_push(message="the character is active")
    yield from hand.scroll(40)
    settings = bpy.context.scene.motivo_export
    x, y = yield from hand.find("motivo_export.folder")
    yield from hand.click_at(hand.sidebar.x + int(0.83 * hand.sidebar.width), y)
    yield from hand.choose_file(FOLDER)
    assert Path(bpy.path.abspath(settings.folder)) == FOLDER, settings.folder
    yield from hand.click("motivo.export_takes")
    assert "largest error 0.0" in settings.report, settings.report
    yield from hand.shot("exported-for-unreal")
    # In a local view without the character it goes on as well, and the view stays.
    for thing in bpy.context.scene.objects:
        thing.select_set(thing.name == "Light")
    with hand.in_view():
        bpy.ops.view3d.localview()
    yield from hand.click("motivo_export.engine")
    yield from hand.shot("engines")
    yield from hand.key("G", "g")
    yield from hand.shot("engine-chosen")
    yield from hand.click("motivo.export_takes")
    yield from hand.shot("exported-for-godot")
    assert hand.view.spaces.active.local_view is not None
    assert [thing.name for thing in bpy.context.selected_objects] == ["Light"]
    assert {path.stem for path in FOLDER.iterdir()} == {"hero", "Hero_performed"}
    assert {path.suffix for path in FOLDER.iterdir()} == {".json", ".fbx", ".glb"}
    assert (
        hero.animation_data.action.name == "Hero performed"
        and hand.window.scene.frame_current == 75
    )


def row_of(hero, role):
    return next(row for row in hero.motivo_rig.rows if row.role == role)


def ankles(hero):
    world = hero.matrix_world
    return np.array([world @ hero.pose.bones[f"foot_{side}"].head for side in "lr"])


def key_arm(hero):
    arm = hero.pose.bones["upperarm_l"]
    arm.rotation_mode = "QUATERNION"
    for frame, angle in ((1, 0.0), (75, 0.9), (150, 0.0)):
        arm.rotation_quaternion = Quaternion((1, 0, 0), angle)
        arm.keyframe_insert("rotation_quaternion", frame=frame)


driver.tell(story)
