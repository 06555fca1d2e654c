"""The panel Character: detecting, editing, saving a map; a take and keyed poses on a character."""

import bpy
import drawing
import numpy as np
import pytest
from mathutils import Quaternion
from rigs import NAMINGS, Shape, build_rig


@pytest.fixture
def character(addon):
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    rig = build_rig(bpy.context, NAMINGS["Mixamo"], Shape(arms_down=45, roll=1))
    bpy.context.view_layer.objects.active = body
    body.motivo_character.target = rig
    return rig


def body_of(character):
    return bpy.context.object


def test_detecting_fills_the_list_and_names_what_it_is(character):
    assert bpy.ops.motivo.detect_rig() == {"FINISHED"}
    rig = character.motivo_rig
    assert rig.convention == "Mixamo" and rig.confidence > 0.85
    rows = {row.role: row.bone for row in rig.rows}
    assert rows["left_shin"] == "mixamorig:LeftLeg"
    assert rows["root"] == ""


def test_fk_or_ik_is_asked_where_a_rig_has_both(addon, character, rigify):
    body = next(thing for thing in bpy.data.objects if thing.name.startswith("Motivo"))
    settings = body.motivo_character
    settings.limbs = "ik"
    assert not character.motivo_rig.has_ik
    assert addon.characters.settings.settings_of(settings).limbs == "fk"
    settings.target = rigify
    assert rigify.motivo_rig.convention == "Rigify controls" and rigify.motivo_rig.has_ik
    assert addon.characters.settings.settings_of(settings).limbs == "ik"


def test_choosing_a_character_recognises_it_and_keeps_what_it_has(character):
    rig = character.motivo_rig
    assert rig.convention == "Mixamo" and len(rig.rows) > 20
    next(row for row in rig.rows if row.role == "head").bone = "mixamorig:Neck"
    body_of(character).motivo_character.target = None
    body_of(character).motivo_character.target = character
    assert next(row for row in rig.rows if row.role == "head").bone == "mixamorig:Neck"


def test_a_row_chosen_by_hand_stays_in_the_map(addon, character):
    bpy.ops.motivo.detect_rig()
    row = next(row for row in character.motivo_rig.rows if row.role == "head")
    assert row.origin == "name"
    row.bone = "mixamorig:Neck"
    assert row.origin == "user"
    assert addon.characters.settings.read_map(character).bones["head"] == "mixamorig:Neck"


def test_a_map_is_saved_and_loaded_for_another_character(character, tmp_path):
    path = str(tmp_path / "map.json")
    bpy.ops.motivo.detect_rig()
    assert bpy.ops.motivo.save_rig_map(filepath=path) == {"FINISHED"}
    body = body_of(character)
    other = build_rig(bpy.context, NAMINGS["Mixamo"])
    bpy.context.view_layer.objects.active = body
    body.motivo_character.target = other
    assert bpy.ops.motivo.load_rig_map(filepath=path) == {"FINISHED"}
    rows = {row.role: row.bone for row in other.motivo_rig.rows}
    assert rows["hips"] == "mixamorig:Hips"
    (tmp_path / "map.json").write_text("no map")
    with pytest.raises(RuntimeError, match="not loaded"):
        bpy.ops.motivo.load_rig_map(filepath=path)


def test_two_selected_armatures_are_asked_about(character):
    body = body_of(character)
    other = build_rig(bpy.context, NAMINGS["Mixamo"])
    other.name = "Other"
    bpy.context.view_layer.objects.active = body
    body.motivo_character.target = None
    character.select_set(True)
    other.select_set(True)
    with pytest.raises(RuntimeError, match="Both"):
        bpy.ops.motivo.detect_rig()
    other.select_set(False)
    assert bpy.ops.motivo.detect_rig() == {"FINISHED"}
    assert body.motivo_character.target == character


def test_retarget_waits_for_a_take(character):
    with pytest.raises(RuntimeError, match="bake a take first"):
        bpy.ops.motivo.retarget()


def test_keyed_poses_of_the_character_come_back_performed(character):
    body = body_of(character)
    arm = character.pose.bones["mixamorig:LeftArm"]
    start = np.array(arm.matrix)
    for frame, angle in ((1, 0.0), (12, 0.7), (24, 0.0)):
        arm.rotation_quaternion = Quaternion((0, 0, 1), angle)
        arm.keyframe_insert("rotation_quaternion", frame=frame)
    keyed = character.animation_data.action
    sword = bpy.data.objects.new("Sword", bpy.data.meshes.new("Sword"))
    bpy.context.collection.objects.link(sword)
    sword.parent, sword.parent_type = character, "BONE"
    sword.parent_bone = "mixamorig:RightHand"
    scene = bpy.context.scene
    scene.render.fps = 30
    bpy.context.scene.frame_set(12)
    wanted = arm.matrix.to_3x3().normalized()
    assert bpy.ops.motivo.generate_for_character() == {"FINISHED"}
    performed = character.animation_data.action
    assert performed != keyed and keyed.use_fake_user
    scene.frame_set(12)
    got = arm.matrix.to_3x3().normalized()
    turned = (wanted.inverted() @ got).to_quaternion().angle
    assert np.degrees(min(turned, 2 * np.pi - turned)) < 25
    scene.frame_set(1)
    assert not np.allclose(np.array(arm.matrix), start, atol=1e-6)
    hips = character.pose.bones["mixamorig:Hips"].head
    assert np.linalg.norm(np.array(hips) - (0, 0.01, 1.05)) < 0.1
    assert body.animation_data is None
    # What it carries nothing keeps out of the floor: the panel names it for as long as this plays.
    named = "Not kept out of the floor: 'Sword'."
    assert named in drawing.draw_all()["MOTIVO_PT_character"].texts
    character.animation_data.action = keyed
    assert named not in drawing.draw_all()["MOTIVO_PT_character"].texts


@pytest.mark.parametrize("override", [False, True])
def test_a_linked_character_is_recognised_and_its_override_performs(addon, tmp_path, override):
    from motivo_source.motivo_addon.rig.bake import bake_motion
    from performances import walk

    cast = bpy.data.collections.new("Cast")
    cast.objects.link(build_rig(bpy.context, NAMINGS["Mixamo"]))
    library = str(tmp_path / "cast.blend")
    bpy.data.libraries.write(library, {cast})
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bake_motion(bpy.context, body, walk(2), "Walk")
    with bpy.data.libraries.load(library, link=True) as (_, data):
        data.collections = ["Cast"]
    cast = data.collections[0]
    bpy.context.scene.collection.children.link(cast)
    if override:
        scene, layer = bpy.context.scene, bpy.context.view_layer
        cast = cast.override_hierarchy_create(scene, layer, do_fully_editable=True)
    rig = cast.objects[0]
    bpy.context.view_layer.objects.active = body
    body.motivo_character.target = rig
    assert bpy.ops.motivo.detect_rig() == {"FINISHED"}
    assert rig.motivo_rig.convention == "Mixamo"
    next(row for row in rig.motivo_rig.rows if row.role == "left_toe").bone = ""
    if override:
        assert bpy.ops.motivo.retarget() == {"FINISHED"}
        assert rig.animation_data.action.name == f"{rig.name} Walk"
    else:
        with pytest.raises(RuntimeError, match="make a library override"):
            bpy.ops.motivo.retarget()
        assert rig.animation_data is None
