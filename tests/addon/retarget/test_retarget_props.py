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
    assert told_uncounted(body) == "Not kept out of the floor: 'Hilt', 'Sword'."
    bpy.data.objects["Hilt"].hide_render = True
    assert uncounted_meshes(body) == ["Sword"]


def test_what_follows_without_being_a_child_is_named(addon):
    from motivo_source.motivo_addon.characters.read_skin import uncounted_meshes

    bpy.ops.motivo.add_body()
    body = bpy.context.object
    skin = body.children[0]

    def new(name):
        thing = bpy.data.objects.new(name, bpy.data.meshes.new(name))
        bpy.context.collection.objects.link(thing)
        return thing

    new("Chair")
    shield = new("Shield").constraints.new("CHILD_OF")
    shield.target, shield.subtarget = body, "left_hand"
    new("Cloak").modifiers.new("Follow", "SURFACE_DEFORM").target = skin
    belt = new("Belt").constraints.new("ARMATURE")
    belt.targets.new().target = body
    assert uncounted_meshes(body) == ["Belt", "Cloak", "Shield"]
    shield.mute = True
    assert uncounted_meshes(body) == ["Belt", "Cloak"]
