"""A scene of copies that is exported in place of the person's own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ..rig import curves
from ..rig.clip import Clip, decompose
from ..rig.side_scene import side_scene

_UPRIGHT = Matrix.Rotation(np.radians(-90.0), 4, "X")
"""Blender's z up to y up."""


@dataclass(frozen=True)
class Stage:
    scene: bpy.types.Scene
    armature: bpy.types.Object


@contextlib.contextmanager
def staged(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    clips: Sequence[Clip],
    mesh: bool = True,
    animated: bool = True,
    units_per_metre: float = 1.0,
    upright: bool = False,
) -> Iterator[Stage]:
    """The character in a scene of its own, with the clips on NLA tracks from frame 0.

    Copies bear the originals' names. Scale is in bones and meshes themselves,
    no constraint, driver or modifier but the skin's is left, and the object
    stands where the first clip has it. ``upright``: bones and meshes lie in
    their object as y-up programs want them, and the object is turned back.
    Without ``animated`` the first frame of the first clip is the pose.
    """
    originals = [armature, *(meshes_of(armature) if mesh else ())]
    with contextlib.ExitStack() as stack:
        scene = stack.enter_context(side_scene(context, (), clips[0].name))
        scene.unit_settings.system = "METRIC"
        scene.unit_settings.scale_length = 1.0 / units_per_metre
        _set_rate(scene, clips[0].fps)
        made = _Copies(context, scene)
        stack.callback(made.remove)
        copy = made.armature(armature, clips[0])
        size = clips[0].size * units_per_metre
        turn = _UPRIGHT if upright else Matrix.Identity(4)
        for original in originals[1:]:
            made.mesh(original, armature, copy, size, turn)
        copy.data.transform(turn @ Matrix.Scale(size, 4))
        if animated:
            for clip in clips:
                curves.add_strip(
                    copy, made.action(clip, copy, units_per_metre, turn, clips), clip.name
                )
            scene.frame_start, scene.frame_end = 0, max(clip.frames for clip in clips) - 1
        else:
            scene.frame_start = scene.frame_end = 0
        _pose(copy, clips[0], units_per_metre, turn)
        scene.frame_set(0)
        stack.enter_context(_names_lent(made.pairs))
        yield Stage(scene, copy)


def meshes_of(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes it deforms or carries."""
    return [
        candidate
        for candidate in bpy.data.objects
        if candidate.type == "MESH"
        and candidate.users_scene
        and (
            candidate.parent == armature
            or any(m.type == "ARMATURE" and m.object == armature for m in candidate.modifiers)
        )
    ]


class _Copies:
    """Everything that is made for the scene, so that all of it can go again."""

    def __init__(self, context: bpy.types.Context, scene: bpy.types.Scene) -> None:
        self.context, self.scene = context, scene
        self.pairs: list[tuple[bpy.types.Object, bpy.types.Object]] = []
        self._made: list[bpy.types.ID] = []

    def remove(self) -> None:
        bpy.data.batch_remove(self._made)

    def armature(self, original: bpy.types.Object, clip: Clip) -> bpy.types.Object:
        copy = self._object(original, original.data.copy())
        copy.parent = None
        copy.rotation_mode = "QUATERNION"
        copy.delta_location, copy.delta_scale = (0, 0, 0), (1, 1, 1)
        copy.delta_rotation_quaternion = Quaternion()
        copy.data.pose_position = "POSE"
        while copy.constraints:
            copy.constraints.remove(copy.constraints[0])
        for bone in copy.pose.bones:
            while bone.constraints:
                bone.constraints.remove(bone.constraints[0])
            bone.rotation_mode = "QUATERNION"
        _edit_bones(self.scene, copy, clip)
        for bone in copy.data.bones:
            bone.use_inherit_rotation = bone.use_local_location = True
            bone.inherit_scale = "FULL"
            if bone.use_deform:
                # What carries one that deforms is kept where controls are left out.
                for parent in bone.parent_recursive:
                    parent.use_deform = True
        return copy

    def mesh(
        self,
        original: bpy.types.Object,
        armature: bpy.types.Object,
        carrier: bpy.types.Object,
        size: float,
        turn: Matrix,
    ) -> None:
        copy = self._object(original, self._shape(original))
        for modifier in list(copy.modifiers):
            if modifier.type == "ARMATURE" and modifier.object == armature:
                modifier.object = carrier
            else:
                copy.modifiers.remove(modifier)
        within = armature.matrix_world.inverted_safe() @ original.matrix_world
        copy.parent = carrier
        copy.matrix_parent_inverse = Matrix.Identity(4)
        if original.parent == armature and original.parent_type == "BONE":
            bone = armature.pose.bones[original.parent_bone]
            tail = bone.matrix @ Matrix.Translation((0.0, bone.length, 0.0))
            place, turned, scale = (tail.inverted_safe() @ within).decompose()
            copy.parent_type, copy.parent_bone = "BONE", original.parent_bone
            copy.matrix_basis = Matrix.LocRotScale(place * size, turned, None)
            shape = Matrix.LocRotScale(None, None, scale * size)
        else:
            copy.parent_type = "OBJECT"
            copy.matrix_basis = Matrix.Identity(4)
            shape = turn @ Matrix.Scale(size, 4) @ within
        copy.data.transform(shape, shape_keys=True)
        if shape.determinant() < 0:
            copy.data.flip_normals()

    def action(
        self, clip: Clip, owner: bpy.types.Object, units: float, turn: Matrix, clips: Sequence[Clip]
    ) -> bpy.types.Action:
        action = curves.new_action(clip.name, owner)
        self._made.append(action)
        tracks: dict[curves.Channel, np.ndarray] = {}

        def add(path: str, values: np.ndarray) -> None:
            tracks.update({curves.Channel(path, i): v for i, v in enumerate(values.T)})

        basis = clip.basis()
        sized = any(_sized(other.basis()) for other in clips)
        for index, bone in enumerate(clip.bones):
            place, turned, size = decompose(basis[:, index])
            path = f'pose.bones["{bpy.utils.escape_identifier(bone)}"]'
            add(f"{path}.location", place * units)
            add(f"{path}.rotation_quaternion", turned)
            if sized:
                add(f"{path}.scale", size)
        place, turned, _ = decompose(clip.placed @ np.array(turn.inverted()))
        add("location", place * units)
        add("rotation_quaternion", turned)
        curves.write_curves(action, owner, np.arange(clip.frames, dtype=float), tracks)
        return action

    def _object(self, original: bpy.types.Object, data: bpy.types.ID) -> bpy.types.Object:
        copy = original.copy()
        copy.animation_data_clear()
        copy.data = data
        copy.hide_viewport = copy.hide_render = False
        self._made += [copy, data]
        self.pairs.append((original, copy))
        self.scene.collection.objects.link(copy)
        return copy

    def _shape(self, original: bpy.types.Object) -> bpy.types.Mesh:
        """The mesh as modified before the skin, where it can be; shape keys forbid it."""
        others = [m for m in original.modifiers if m.type != "ARMATURE" and m.show_viewport]
        if not others or original.data.shape_keys:
            data = original.data.copy()
            if data.shape_keys:
                data.shape_keys.animation_data_clear()
            return data
        bare = original.copy()
        for modifier in list(bare.modifiers):
            if modifier.type == "ARMATURE":
                bare.modifiers.remove(modifier)
        self.scene.collection.objects.link(bare)
        try:
            layer = self.scene.view_layers[0]
            layer.update()
            seen = bare.evaluated_get(layer.depsgraph)
            return bpy.data.meshes.new_from_object(
                seen, preserve_all_data_layers=True, depsgraph=layer.depsgraph
            )
        finally:
            bpy.data.objects.remove(bare)


@contextlib.contextmanager
def _names_lent(pairs: Sequence[tuple[bpy.types.Object, bpy.types.Object]]) -> Iterator[None]:
    """Copies under the originals' names, which those give up for as long as this lasts."""
    names = [original.name for original, _ in pairs]
    try:
        for (original, copy), name in zip(pairs, names, strict=True):
            if original.library is None:
                original.name = f"{name} (in the scene)"
            # Unreal takes a node called Armature for Blender's own and drops it as root bone.
            copy.name = "Root" if name == "Armature" else name
        yield
    finally:
        for number, (_, copy) in enumerate(pairs):
            copy.name = f"exported {number}"
        for (original, _), name in zip(pairs, names, strict=True):
            if original.library is None:
                original.name = name


def _edit_bones(scene: bpy.types.Scene, armature: bpy.types.Object, clip: Clip) -> None:
    """Adds the root bone that only the clip has; frees bones that leave their parent's end."""
    basis = clip.basis()
    leaving = [
        name
        for index, name in enumerate(clip.bones)
        if name in armature.data.bones
        and armature.data.bones[name].use_connect
        and np.abs(basis[:, index, :3, 3]).max() > 1e-6
    ]
    added = [name for name in clip.bones if name not in armature.data.bones]
    if not leaving and not added:
        return
    layer = scene.view_layers[0]
    layer.objects.active = armature
    with bpy.context.temp_override(
        scene=scene, view_layer=layer, object=armature, active_object=armature
    ):
        bpy.ops.object.mode_set(mode="EDIT")
        try:
            bones = armature.data.edit_bones
            for name in leaving:
                bones[name].use_connect = False
            tops = [bone for bone in bones if bone.parent is None]
            for name in added:
                root = bones.new(name)
                root.head, root.tail = (0.0, 0.0, 0.0), (0.0, 0.1 / clip.size, 0.0)
                for bone in tops:
                    bone.parent = root
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
    for name in added:
        armature.pose.bones[name].rotation_mode = "QUATERNION"


def _pose(armature: bpy.types.Object, clip: Clip, units: float, turn: Matrix) -> None:
    """The first frame of the clip as the pose."""
    for bone, basis in zip(clip.bones, clip.basis()[0], strict=True):
        place, turned, size = Matrix(basis).decompose()
        posed = armature.pose.bones[bone]
        posed.location, posed.rotation_quaternion, posed.scale = place * units, turned, size
    place, turned, _ = (Matrix(clip.placed[0]) @ turn.inverted()).decompose()
    armature.location, armature.rotation_quaternion = Vector(place) * units, turned
    armature.scale = (1.0, 1.0, 1.0)


def _sized(basis: np.ndarray) -> bool:
    return bool(np.abs(np.linalg.norm(basis[..., :3, :3], axis=-2) - 1.0).max() > 1e-4)


def _set_rate(scene: bpy.types.Scene, fps: float) -> None:
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = scene.render.fps / fps
