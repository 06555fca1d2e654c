"""Clothes and props that nothing keeps out of the floor are named."""

import bpy


def test_what_hangs_on_a_bone_is_named_and_the_skin_is_not(addon):
    from motivo_source.motivo_addon.characters.read_skin import told_uncounted, uncounted_meshes

    bpy.ops.motivo.add_body()
    body = bpy.context.object
    assert uncounted_meshes(body) == [] and told_uncounted(body) == ""
    for name, parent, bone in (("Sword", body, "right_hand"), ("Hilt", None, "")):
        prop = bpy.data.objects.new(name, bpy.data.meshes.new(name))
        bpy.context.collection.objects.link(prop)
        prop.parent = parent or bpy.data.objects["Sword"]
        if bone:
            prop.parent_type, prop.parent_bone = "BONE", bone
    assert uncounted_meshes(body) == ["Hilt", "Sword"]
    assert told_uncounted(body) == " Not kept out of the floor: 'Hilt', 'Sword'."
    bpy.data.objects["Hilt"].hide_render = True
    assert uncounted_meshes(body) == ["Sword"]
