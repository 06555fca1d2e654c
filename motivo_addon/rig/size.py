"""How large a body is: as its bones are, and as physics has it."""

from typing import TYPE_CHECKING

import bpy
from mathutils import Matrix

if TYPE_CHECKING:
    from ...runtime.body.size import BodySize

HIPS = 'pose.bones["pelvis"].location'


def length_of(body: bpy.types.Object) -> float:
    """Lengths of its armature beside those of the reference body."""
    from ...runtime.body.rest_pose import bone_lengths

    length = float(body.data.bones["pelvis"].length / bone_lengths()[0])
    # Blender's own numbers are no finer.
    return 1.0 if abs(length - 1) < 1e-6 else length


def own_space(body: bpy.types.Object, place: Matrix | None = None) -> Matrix:
    """Lengths of the reference body, in which motions are -> the world; of the body's object, or
    of ``place``."""
    return (body.matrix_world if place is None else place) @ Matrix.Scale(length_of(body), 4)


def size_of(body: bpy.types.Object) -> "BodySize | None":
    """What was set; None for the reference body. Raises ``UserError``."""
    from ...runtime.body.size import BodySize

    settings = body.motivo
    if not settings.height and not settings.mass:
        return None
    height = round(settings.height, 4) or reference_height()
    return BodySize(height, round(settings.mass, 3) or None)


def reference_height() -> float:
    from ...runtime.body import size

    return size.reference_height()


def check(height: float, mass: float) -> None:
    """Raises ``UserError`` for what no body is; a mass of 0 is as its height has it."""
    from ...runtime.body.size import BodySize

    BodySize(round(height, 4), round(mass, 3) or None)


def resize(body: bpy.types.Object, height: float, mass: float) -> None:
    """Makes the body ``height`` metres tall and ``mass`` kg heavy, 0 for as its height has it.

    Its bones, its mesh, its pose and the keys of its hips go along, those of NLA strips too.
    Raises ``UserError`` for what no body is; nothing is changed then.
    """
    from . import curves
    from .armature import require_body
    from .sample import require_posed

    require_body(body)
    require_posed(body)
    check(height, mass)
    usual = abs(height - reference_height()) < 5e-4
    before = body.motivo.height or reference_height()
    body.motivo.height, body.motivo.mass = (0.0 if usual else height), mass
    ratio = (reference_height() if usual else height) / before
    if abs(ratio - 1) < 1e-6:
        return
    body.data.transform(Matrix.Scale(ratio, 4))
    for child in body.children:
        if child.type == "MESH" and child.parent_type == "OBJECT":
            child.data.transform(Matrix.Scale(ratio, 4))
    body.pose.bones["pelvis"].location *= ratio
    for action in _actions(body):
        for curve in curves.curves_of(action, body):
            if curve.data_path == HIPS:
                curves.scale_keys(curve, ratio)


def _actions(body: bpy.types.Object) -> list[bpy.types.Action]:
    """The Action it plays, and those of its NLA strips."""
    animation = body.animation_data
    if animation is None:
        return []
    strips = [strip.action for track in animation.nla_tracks for strip in track.strips]
    return list({action for action in (animation.action, *strips) if action is not None})
