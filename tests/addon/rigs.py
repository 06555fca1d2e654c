"""Rigs as other tools make them: their names, their rest poses, their odd rolls and scales.

The person is always the same, 1.2 times the size of the body with joints of its
own, so that truth is geometry.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector
from rig_namings import NAMINGS, SIDED, Naming

__all__ = ["NAMINGS", "SIDED", "Naming", "Shape", "bone_of", "build_rig"]

JOINTS = {
    "hips": (0.0, 0.01, 1.05),
    "chest": (0.0, 0.02, 1.45),
    "neck": (0.0, 0.03, 1.62),
    "head": (0.0, 0.0, 1.72),
    "clavicle": (0.03, 0.0, 1.56),
    "upper_arm": (0.19, 0.02, 1.57),
    "forearm": (0.50, 0.03, 1.57),
    "hand": (0.79, 0.02, 1.57),
    "fingers": (0.88, 0.02, 1.57),
    "thigh": (0.11, 0.0, 1.0),
    "shin": (0.12, -0.01, 0.55),
    "foot": (0.12, 0.02, 0.09),
    "toe": (0.13, -0.12, 0.02),
    "toe_end": (0.13, -0.21, 0.02),
}
"""Metres, left side, T-pose, looking along -Y."""


@dataclass(frozen=True)
class Shape:
    """In which pose and space a rig stands."""

    arms_down: float = 0.0
    """Degrees from the T-pose."""
    arms_forward: float = 0.0
    legs_apart: float = 0.0
    roll: int | None = None
    """Seed of odd bone rolls and axes; None for neat ones."""
    facing: float = 0.0
    """Degrees about the vertical by which the rest pose itself is turned."""
    unit: float = 1.0
    """Metres per unit of the armature: 0.01 for centimetres, the object scaled by it."""
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turned: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Degrees by which the object is turned."""
    parented: bool = False


def build_rig(
    context: bpy.types.Context, naming: Naming, shape: Shape = Shape()
) -> bpy.types.Object:
    """The armature object, its bones in the pose and space asked for."""
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    context.scene.collection.objects.link(rig)
    context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    random = np.random.default_rng(shape.roll)
    for name, parent, head, tail in _bones(naming, shape):
        bone = data.edit_bones.new(name)
        head, tail = Vector(head / shape.unit), Vector(tail / shape.unit)
        if shape.roll is not None:
            # As importers leave them: pointing anywhere.
            tail = head + Vector(random.normal(size=3)).normalized() * (tail - head).length
        bone.head, bone.tail = head, tail
        bone.roll = 0.0 if shape.roll is None else random.uniform(-3, 3)
        if parent:
            bone.parent = data.edit_bones[parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.scale = (shape.unit,) * 3
    rig.location = shape.place
    rig.rotation_euler = Euler(np.radians(shape.turned))
    if shape.parented:
        holder = bpy.data.objects.new("Holder", None)
        context.scene.collection.objects.link(holder)
        holder.matrix_world = Matrix.Translation((3, -2, 0)) @ Matrix.Rotation(0.7, 4, "Z")
        rig.parent = holder
    context.view_layer.update()
    return rig


def bone_of(naming: Naming, role: str) -> str:
    """Name of the bone for a role without a number: ``hips``, ``left_shin``."""
    if role in ("hips", "head"):
        return getattr(naming, role)
    side, _, part = role.partition("_")
    return naming.sided[SIDED.index(part)].format(s=naming.sides[side == "right"])


def _bones(naming: Naming, shape: Shape) -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    at = _posed(shape)
    made: list[tuple[str, str, np.ndarray, np.ndarray]] = []
    up = at["up"]
    if naming.root:
        made.append((naming.root, "", np.zeros(3), 0.2 * up))
    for extra in naming.extras:
        made.append((extra, naming.root, np.zeros(3), 0.1 * up))

    def chain(names, start, end, parent):
        points = [start + (end - start) * k / max(len(names), 1) for k in range(len(names) + 1)]
        for name, head, tail in zip(names, points, points[1:], strict=False):
            made.append((name, parent, head, tail))
            parent = name
        return parent

    spine_start = at["hips"] + 0.08 * up
    made.append((naming.hips, naming.root, at["hips"], spine_start))
    chest = chain(naming.spine, spine_start, at["neck"], naming.hips)
    neck = chain(naming.neck, at["neck"], at["head"], chest)
    made.append((naming.head, neck, at["head"], at["head"] + 0.2 * up))
    for side, word in zip(("left", "right"), naming.sides, strict=True):
        parents = {"clavicle": chest, "thigh": naming.hips}
        above = chest
        for part, pattern, following in zip(
            SIDED, naming.sided, (*SIDED[1:4], "fingers", *SIDED[5:], "toe_end"), strict=True
        ):
            if not pattern:
                continue
            above = parents.get(part, above)
            name = pattern.format(s=word)
            head, tail = at[f"{side}_{part}"], at[f"{side}_{following}"]
            made.append((name, above, head, tail))
            twists = [twist.format(s=word) for twist in naming.twists.get(part, ())]
            for number, twist in enumerate(twists, 1):
                share = number / (len(twists) + 1)
                place = head + share * (tail - head)
                made.append((twist, name, place, place + 0.1 * (tail - head)))
            above = name
    return made


def _posed(shape: Shape) -> dict[str, np.ndarray]:
    """Joints of both sides in the rest pose asked for."""
    turn = np.array(Euler((0, 0, np.radians(shape.facing))).to_matrix())
    at: dict[str, np.ndarray] = {"up": turn @ (0.0, 0.0, 1.0)}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        points = {name: np.array(point) * (sign, 1, 1) for name, point in JOINTS.items()}
        arm = Matrix.Rotation(np.radians(shape.arms_down) * sign, 3, "Y")
        arm = Matrix.Rotation(-np.radians(shape.arms_forward) * sign, 3, "Z") @ arm
        leg = Matrix.Rotation(-np.radians(shape.legs_apart) * sign, 3, "Y")
        for joint, parts, rotation in (
            ("upper_arm", ("forearm", "hand", "fingers"), np.array(arm)),
            ("thigh", ("shin", "foot", "toe", "toe_end"), np.array(leg)),
        ):
            for part in parts:
                points[part] = points[joint] + rotation @ (points[part] - points[joint])
        for name, point in points.items():
            central = name in ("hips", "chest", "neck", "head")
            at[name if central else f"{side}_{name}"] = turn @ point
    return at
