"""The body a person poses: an armature with SMPL's joint names and its mesh."""

import bpy
import numpy as np
from mathutils import Matrix

from ....runtime.body import PARENTS, SMPL_NAMES
from ....runtime.body.rest_pose import rest_pose
from ....runtime.errors import UserError
from ...bodies import BODY_MARK, is_body
from ...scene import metres_per_unit
from .proxy import make_proxy_mesh

BODY_VERSION = 1
"""Value of the property that marks a body: of bones, names and rest pose."""

_COLLECTIONS = {"Spine": "THEME09", "Left": "THEME04", "Right": "THEME01"}


def add_body(context: bpy.types.Context, name: str = "Motivo Body") -> bpy.types.Object:
    """Adds the body at the world's origin, in its rest pose, and makes it the active object.

    Returns the armature object; its mesh is its child. The armature's space is
    the simulation's world (see ``rest``): moving, turning or scaling the object
    moves the whole performance with it. Leaves the mode of the object before.
    """
    if context.object and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    _link(context, armature)
    for other in context.selected_objects:
        other.select_set(False)
    context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        _add_bones(data)
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")
    _prepare_pose(armature)
    data[BODY_MARK] = BODY_VERSION
    # As tall as a person in the scene's unit, in centimetres too.
    armature.scale = (1.0 / metres_per_unit(context.scene),) * 3
    data.display_type, armature.show_in_front = "STICK", True
    _add_mesh(context, armature)
    return armature


def require_armature(candidate: bpy.types.Object | None) -> bpy.types.Object:
    """The object itself, or a ``UserError`` if it is gone or no armature."""
    try:
        usable = candidate is not None and candidate.type == "ARMATURE"
    except ReferenceError:
        usable = False
    if not usable:
        raise UserError("The armature is no longer in the scene. Choose one or add a body.")
    return candidate


def require_body(candidate: bpy.types.Object | None) -> bpy.types.Object:
    """The object itself, or a ``UserError`` if it is gone or not a whole body."""
    require_armature(candidate)
    whole = is_body(candidate) and all(name in candidate.data.bones for name in SMPL_NAMES)
    if not whole:
        raise UserError(
            f"'{candidate.name}' is not a Motivo body with all its bones. Add a body first."
        )
    return candidate


def _link(context: bpy.types.Context, new: bpy.types.Object) -> None:
    """Into the active collection; into the scene's own where that one is hidden or excluded."""
    context.collection.objects.link(new)
    if not new.visible_get(view_layer=context.view_layer):
        context.collection.objects.unlink(new)
        context.scene.collection.objects.link(new)


def _add_bones(data: bpy.types.Armature) -> None:
    rest = rest_pose()
    for body, name in enumerate(SMPL_NAMES):
        bone = data.edit_bones.new(name)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rest.bone_axes[body], rest.heads[body]
        bone.length = float(np.linalg.norm(rest.tails[body] - rest.heads[body]))
        bone.matrix = Matrix(matrix)
        if PARENTS[body] >= 0:
            bone.parent = data.edit_bones[SMPL_NAMES[PARENTS[body]]]
            bone.use_connect = rest.connected[body]


def _prepare_pose(armature: bpy.types.Object) -> None:
    """Quaternions everywhere; locks on what the simulated body cannot do; colours by side."""
    collections = {title: armature.data.collections.new(title) for title in _COLLECTIONS}
    for name in SMPL_NAMES:
        bone, pose_bone = armature.data.bones[name], armature.pose.bones[name]
        pose_bone.rotation_mode = "QUATERNION"
        pose_bone.lock_location = (name != "pelvis",) * 3
        pose_bone.lock_scale = (True,) * 3
        side = name.split("_")[0].capitalize()
        title = side if side in _COLLECTIONS else "Spine"
        collections[title].assign(bone)
        bone.color.palette = _COLLECTIONS[title]


def _add_mesh(context: bpy.types.Context, armature: bpy.types.Object) -> None:
    mesh, vertices = make_proxy_mesh(f"{armature.name} Mesh")
    skin = bpy.data.objects.new(mesh.name, mesh)
    for collection in armature.users_collection:
        collection.objects.link(skin)
    skin.parent = armature
    for bone, indices in vertices.items():
        skin.vertex_groups.new(name=bone).add(indices.tolist(), 1.0, "REPLACE")
    skin.modifiers.new("Armature", "ARMATURE").object = armature
    context.view_layer.update()
