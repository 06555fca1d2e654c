"""What of a take the ghost shows. Belongs to the scene, saved with the file."""

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, PointerProperty


class MotivoGhost(bpy.types.PropertyGroup):
    mesh: BoolProperty(name="Body", description="Draw the body, not only its bones", default=True)
    onion: IntProperty(
        name="Onion Skins",
        description="How many poses are drawn before and after the current one",
        min=0,
        max=5,
        default=0,
    )
    onion_step: IntProperty(
        name="Every", description="Frames from one onion skin to the next", min=1, default=10
    )
    contacts: BoolProperty(
        name="Contacts", description="Mark feet and hands that carry", default=True
    )
    help: BoolProperty(
        name="Help",
        description=(
            "An arrow at the hips while an invisible hand carries the body, and beside it how much"
            " of its weight that is"
        ),
        default=True,
    )
    beside: IntProperty(
        name="Beside",
        description="Number of another take that is drawn beside this one; 0 for none",
        min=0,
        default=0,
    )
    apart: FloatProperty(
        name="Apart", description="How far to the side", default=1.2, subtype="DISTANCE"
    )


CLASSES = (MotivoGhost,)


def register() -> None:
    bpy.types.Scene.motivo_ghost = PointerProperty(type=MotivoGhost)


def unregister() -> None:
    del bpy.types.Scene.motivo_ghost
