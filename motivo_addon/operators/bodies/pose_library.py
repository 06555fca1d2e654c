"""Taking a pose of the library, and showing them all in Blender's Asset Browser."""

import bpy
from bpy.props import BoolProperty, EnumProperty

from ....runtime.errors import UserError
from ....runtime.posing.recipes import RECIPES
from ...bodies import active_body
from ...posing.pose_library import ASSETS, LIBRARY_NAME, asset_library
from ...words.sentences import tell
from ..base import SaysWhyNot
from .posing import NeedsPosableBody


class MOTIVO_OT_apply_pose(NeedsPosableBody, bpy.types.Operator):
    """Pose the body like this, where it stands and as it is turned now"""

    bl_idname = "motivo.apply_pose"
    bl_label = "Take Pose"
    bl_options = {"REGISTER", "UNDO"}

    pose: EnumProperty(
        name="Pose",
        items=[(name, recipe.label, recipe.about) for name, recipe in RECIPES.items()],
    )
    mirrored: BoolProperty(name="Mirrored", description="Left and right exchanged")

    @classmethod
    def description(cls, _context, properties) -> str:
        return RECIPES[properties.pose].about

    def execute(self, context) -> set[str]:
        from ....runtime.posing.library import library_poses
        from ....runtime.posing.placing import placed
        from ...posing.pose import show_pose, start_pose

        body = active_body(context)
        try:
            start = start_pose(body)
        except UserError as error:
            tell(self, {"ERROR"}, str(error))
            return {"CANCELLED"}
        chosen = library_poses()[self.pose]
        show_pose(context, body, placed(chosen.qpos, start, self.mirrored), start)
        if chosen.seat:
            tell(self, {"INFO"}, f"Put a seat there, {100 * chosen.seat:.0f} cm high.")
        return {"FINISHED"}


class MOTIVO_OT_pose_assets(SaysWhyNot, bpy.types.Operator):
    """Add the poses to the asset libraries of Blender, for its Asset Browser and Asset Shelf"""

    bl_idname = "motivo.pose_assets"
    bl_label = "Show in Asset Browser"
    bl_options = {"REGISTER"}

    @classmethod
    def problem(cls, context) -> str:
        there = asset_library(context) is not None
        return "The poses are among the asset libraries already" if there else ""

    def execute(self, context) -> set[str]:
        libraries = context.preferences.filepaths.asset_libraries
        # Of an older place of the extension nothing is left.
        for old in [entry for entry in libraries if entry.name == LIBRARY_NAME]:
            libraries.remove(old)
        libraries.new(name=LIBRARY_NAME, directory=str(ASSETS))
        tell(
            self,
            {"INFO"},
            f"In the Asset Browser choose the library '{LIBRARY_NAME}', folder Motivo.",
        )
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_apply_pose, MOTIVO_OT_pose_assets)
