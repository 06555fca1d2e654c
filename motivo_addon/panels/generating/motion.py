"""Generate, what came of it, and what to do with it."""

import bpy

from ... import models
from ...bodies import active_body
from ...client import session
from ...controller import chosen_controller, performer
from ...shelf.figures import readings
from ...status_bar import draw_progress
from ...takes import TakeSet
from ...words.sentences import draw_sentence
from ..bodies.actor import MotivoPanel
from ..buttons import draw_button
from ..takes.figures import draw_fidelity, draw_figures, draw_hands, draw_told


def _takes(context: bpy.types.Context) -> TakeSet | None:
    """The takes of the active body."""
    return session().takes.get(active_body(context).session_uid)


class _BodyPanel(MotivoPanel):
    @classmethod
    def poll(cls, context) -> bool:
        return active_body(context) is not None


class MOTIVO_PT_motion(_BodyPanel, bpy.types.Panel):
    bl_label = "Motion"
    help_page = "prompts"
    bl_order = 2

    def draw(self, context) -> None:
        layout = self.layout
        job = session().job
        if job is not None:
            draw_progress(layout, job)
        else:
            draw_button(context, layout, "motivo.generate", 1.8, icon="PLAY")
        body = active_body(context)
        choice = chosen_controller(body)
        trained = performer(body).needs_model
        if not trained:
            row = layout.row()
            row.enabled = job is None
            row.prop(body.motivo.generation, "quality", expand=True)
        if choice.reason and _is_worth_saying(body, trained):
            draw_sentence(context, layout, choice.reason)
        if trained:
            draw_model(context, layout.column(), body.motivo.generation)


def _is_worth_saying(body: bpy.types.Object, trained: bool) -> bool:
    """Whether the panel says at once who performs: that muscles follow keys needs no words."""
    prompts = body.motivo.prompts
    return any(prompt.kind == "BEHAVIOUR" for prompt in prompts) or (trained and bool(prompts))


def draw_model(context: bpy.types.Context, layout, generation) -> None:
    """Which trained model performs, under which licence, and how to get one if there is none."""
    layout.enabled = session().job is None
    row = layout.row(align=True)
    row.prop(generation, "model_choice", text="Model")
    row.operator("motivo.find_models", text="", icon="FILE_REFRESH")
    row.operator("motivo.choose_model_folder", text="", icon="FILE_FOLDER")
    problem, licence = models.problem(generation), models.licence(generation)
    if problem:
        draw_sentence(context, layout, f"{problem}.", "INFO")
        if models.is_missing(generation):
            draw_button(context, layout, "motivo.download_model", icon="IMPORT")
    elif licence:
        draw_sentence(context, layout, f"Licence of what it performs: {licence}")


class MOTIVO_PT_performance(_BodyPanel, bpy.types.Panel):
    bl_label = "Performance"
    bl_parent_id = "MOTIVO_PT_motion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = session().job is None
        body = active_body(context)
        generation = body.motivo.generation
        layout.prop(generation, "controller")
        choice = chosen_controller(body)
        if choice.reason and not _is_worth_saying(body, performer(body).needs_model):
            draw_sentence(context, layout, choice.reason)
        servo = layout.column()
        # A policy was trained with muscles of its own and without help.
        servo.active = not performer(body).own_muscles
        draft = generation.quality == "draft"
        servo.prop(generation, "assistance" if draft else "help_allowed")
        servo.prop(generation, "strength")
        column = layout.column(align=True)
        column.prop(generation, "takes")
        column.prop(generation, "seed")
        draw_button(context, layout, "motivo.add_to_library", icon="ASSET_MANAGER")


class MOTIVO_PT_take(_BodyPanel, bpy.types.Panel):
    bl_label = "Take"
    help_page = "takes"
    bl_order = 3

    @classmethod
    def poll(cls, context) -> bool:
        return super().poll(context) and _takes(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        takes = _takes(context)
        layout.label(text=takes.title, icon="ACTION")
        if len(takes.motions) > 1:
            grid = layout.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
            for index in range(len(takes.motions)):
                pressed = index == takes.chosen
                choose = grid.operator("motivo.choose_take", text=f"{index + 1}", depress=pressed)
                choose.index = index
        # Before what is told of it, which may be long.
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator("motivo.bake", icon="KEYTYPE_KEYFRAME_VEC")
        row.operator("motivo.save_take", text="", icon="FILE_TICK")
        row.operator("motivo.discard_takes", text="", icon="X")
        draw_told(context, layout, takes)
        draw_hands(context, layout, takes)
        box = layout.box()
        draw_figures(context, box, readings(takes.motion))
        draw_fidelity(context, box, takes.motion["metadata"])


CLASSES = (MOTIVO_PT_motion, MOTIVO_PT_performance, MOTIVO_PT_take)
