"""How large a body is: as its bones are, and as physics has it."""

from typing import TYPE_CHECKING

import bpy
from mathutils import Matrix

if TYPE_CHECKING:
    from ....runtime.body.size import BodySize


def length_of(body: bpy.types.Object) -> float:
    """Lengths of its armature beside those of the reference body."""
    from ....runtime.body.rest_pose import bone_lengths

    length = float(body.data.bones["pelvis"].length / bone_lengths()[0])
    # Blender's own numbers are no finer.
    return 1.0 if abs(length - 1) < 1e-6 else length


def own_space(body: bpy.types.Object, place: Matrix | None = None) -> Matrix:
    """Lengths of the reference body, in which motions are -> the world; of the body's object, or
    of ``place``."""
    return (body.matrix_world if place is None else place) @ Matrix.Scale(length_of(body), 4)


def size_of(body: bpy.types.Object) -> "BodySize | None":
    """What was set; None for the reference body. Raises ``UserError``."""
    from ....runtime.body.size import BodySize

    settings = body.motivo
    if not settings.height and not settings.mass:
        return None
    height = round(settings.height, 4) or reference_height()
    return BodySize(height, round(settings.mass, 3) or None)


def reference_height() -> float:
    from ....runtime.body import size

    return size.reference_height()


def check(height: float, mass: float) -> None:
    """Raises ``UserError`` for what no body is; a mass of 0 is as its height has it."""
    from ....runtime.body.size import BodySize

    BodySize(round(height, 4), round(mass, 3) or None)
