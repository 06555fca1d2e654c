"""Choosing and getting the trained model that performs."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ....runtime.generation.performers import TRAINED
from ... import models, worker_timer
from ...bodies import active_body, find_body
from ...client import session
from ...controller import needs_model
from ...words.sentences import tell
from ..base import NeedsIdleBody

DIALOG_WIDTH = 440


class MOTIVO_OT_find_models(NeedsIdleBody, bpy.types.Operator):
    """Look again which trained models are installed"""

    bl_idname = "motivo.find_models"
    bl_label = "Find Models"
    bl_options = {"INTERNAL"}

    def execute(self, context) -> set[str]:
        models.look(active_body(context))
        return {"FINISHED"}


class MOTIVO_OT_choose_model_folder(NeedsIdleBody, bpy.types.Operator):
    """Choose the folder of a trained model: a model pack, or a checkpoint with its config.json"""

    bl_idname = "motivo.choose_model_folder"
    bl_label = "Choose Model Folder"
    bl_options = {"REGISTER", "UNDO"}

    directory: StringProperty(subtype="DIR_PATH")
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context, _event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context) -> set[str]:
        folder = Path(bpy.path.abspath(self.directory))
        if not (folder / "config.json").is_file():
            tell(self, {"ERROR"}, f"There is no model in '{folder.name}'; it has no config.json.")
            return {"CANCELLED"}
        body = active_body(context)
        body.motivo.generation.model = str(folder)
        if not needs_model(body):
            body.motivo.generation.controller = TRAINED.name
        return {"FINISHED"}


class MOTIVO_OT_download_model(NeedsIdleBody, bpy.types.Operator):
    """Get a published model from the internet, after its licence was accepted. It takes gigabytes"""

    bl_idname = "motivo.download_model"
    bl_label = "Download a Model"
    bl_options = {"INTERNAL"}

    name: EnumProperty(name="Model", items=models.PUBLISHED)
    accept: BoolProperty(name="I accept this licence", default=False, options={"SKIP_SAVE"})

    @classmethod
    def problem(cls, context) -> str:
        problem = super().problem(context)
        if not problem and not bpy.app.online_access:
            return "Allow Online Access in Blender's preferences, under System"
        return problem

    def invoke(self, context, _event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=DIALOG_WIDTH)

    def draw(self, context) -> None:
        from ....runtime.policy.download import CC_BY_NC_4
        from ...words.sentences import draw_sentence

        layout = self.layout
        layout.prop(self, "name")
        text = f"{CC_BY_NC_4.name}: {CC_BY_NC_4.text}"
        draw_sentence(context, layout, text, width=DIALOG_WIDTH)
        layout.operator("wm.url_open", text="Read the Licence", icon="URL").url = CC_BY_NC_4.url
        layout.prop(self, "accept")

    def execute(self, context) -> set[str]:
        from ....runtime.policy.download import CC_BY_NC_4

        if not self.accept:
            tell(self, {"ERROR"}, "The licence was not accepted; nothing was downloaded.")
            return {"CANCELLED"}
        uid = active_body(context).session_uid

        def choose(name: str) -> None:
            owner = find_body(uid)
            if owner is not None:
                owner.motivo.generation.model = name
                models.look(owner)

        session().download_model(self.name, CC_BY_NC_4.name, choose)
        if bpy.app.background:
            session().wait()
        worker_timer.start()
        return {"FINISHED"}


CLASSES = (MOTIVO_OT_find_models, MOTIVO_OT_choose_model_folder, MOTIVO_OT_download_model)
