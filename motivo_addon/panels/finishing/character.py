"""The person's own character: its bones as they were recognised, and the way onto it."""

from collections import Counter

import bpy

from ....runtime.skeletons.human_bones import EXPECTED, REQUIRED, SIDES, in_words
from ...bodies import BODY_MARK, active_body
from ...characters.bone_maps import MotivoRig
from ...client import session
from ...operators.finishing.character import character_problem
from ...status_bar import draw_progress
from ...words.sentences import draw_sentence
from ..bodies.actor import MotivoPanel
from ..buttons import draw_button

_ICONS = {"name": "CHECKMARK", "structure": "QUESTION", "user": "USER", "": "BLANK1"}
CHOOSE = "Choose the character that should get the motion."
IMPORT_ONE = "Bring your own character into the scene; here it then gets the motion."
SURE = 0.85
"""From here on nobody needs to look at the bones one by one."""


class MOTIVO_UL_rig(bpy.types.UIList):
    """One row per part of a person, with its bone. The names need the width: edited below."""

    def draw_item(self, _context, layout, _rig, row, _icon, _data, _property) -> None:
        split = layout.split(factor=0.46)
        split.label(text=_short(row.role), icon=_ICONS[row.origin])
        name = split.row()
        name.alert = not row.bone and row.role in REQUIRED
        name.active = bool(row.bone) or name.alert
        name.label(text=row.bone or "None")


def _short(role: str) -> str:
    """As bones are called, for a narrow column: ``left_upper_arm`` -> "Upper Arm L"."""
    side, _, part = role.partition("_")
    if side in SIDES:
        return f"{part.replace('_', ' ').title()} {side[0].upper()}"
    return role.replace("_", " ").title()


def is_there() -> bool:
    """Whether the file holds an armature that could be a character."""
    return any(BODY_MARK not in data for data in bpy.data.armatures)


def _asked(context: bpy.types.Context) -> str:
    problem = character_problem(context)
    return f"{problem}." if problem else CHOOSE


class _Character(MotivoPanel):
    bl_label = "Character"
    help_page = "character"
    bl_order = 4

    def draw(self, context) -> None:
        job = session().job
        layout = self.layout.column()
        layout.enabled = job is None
        settings = active_body(context).motivo_character
        row = layout.row(align=True)
        row.prop(settings, "target", text="", icon="OUTLINER_OB_ARMATURE")
        if not is_there():
            draw_sentence(context, layout, IMPORT_ONE, "INFO")
            return
        row.operator("motivo.detect_rig", text="", icon="VIEWZOOM")
        if settings.target is None:
            draw_sentence(context, layout, _asked(context), "INFO")
            return
        draw_recognition(context, layout, settings.target.motivo_rig)
        animation = settings.target.animation_data
        played = animation.action if animation is not None else None
        if played is not None and played.get("motivo_warnings"):
            alarm = layout.column()
            alarm.alert = True
            for warning in played["motivo_warnings"].splitlines():
                draw_sentence(context, alarm, f"Here {warning}.", "ERROR")
        if played is not None and played.get("motivo_uncounted"):
            draw_sentence(context, layout, played["motivo_uncounted"], "INFO")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "root_motion")
        column.prop(settings, "place")
        column.prop(settings, "lock_feet")
        if settings.target.motivo_rig.has_ik:
            column.row().prop(settings, "limbs", expand=True)
        column.prop(settings, "mute_constraints")
        column = layout.column(align=True)
        draw_button(context, column, "motivo.retarget", 1.4, icon="ARMATURE_DATA")
        if job is None:
            draw_button(context, column, "motivo.generate_for_character", 1.4, icon="PLAY")
        else:
            # Whoever pressed the button looks here and not at the panel further up.
            draw_progress(self.layout, job)


class MOTIVO_PT_character(_Character, bpy.types.Panel):
    @classmethod
    def poll(cls, context) -> bool:
        return is_there() and active_body(context) is not None


class MOTIVO_PT_character_later(_Character, bpy.types.Panel):
    """The same, closed, while there is no other armature."""

    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        return not is_there() and active_body(context) is not None


def draw_recognition(context: bpy.types.Context, layout, rig: MotivoRig) -> None:
    """Whose bones these are, how sure that is, and what is missing."""
    if not rig.rows:
        draw_sentence(context, layout, "Its bones were not looked at yet.", "INFO")
        return
    sure = rig.confidence >= SURE
    twice = [b for b, n in Counter(row.bone for row in rig.rows if row.bone).items() if n > 1]
    missing = [row.role for row in rig.rows if not row.bone and row.role in EXPECTED]
    draw_sentence(
        context,
        layout,
        f"{rig.convention}, {100 * rig.confidence:.0f} % sure",
        "CHECKMARK" if sure and not missing and not twice else "QUESTION",
    )
    if missing:
        parts = ", ".join(in_words(role) for role in missing)
        box = layout.column()
        box.alert = any(role in REQUIRED for role in missing)
        draw_sentence(context, box, f"Missing: {parts}.", "ERROR")
    if twice:
        box = layout.column()
        box.alert = True
        draw_sentence(context, box, f"Chosen twice: {', '.join(twice)}.", "ERROR")


class MOTIVO_PT_bones(MotivoPanel, bpy.types.Panel):
    bl_label = "Bones"
    bl_parent_id = "MOTIVO_PT_character"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context) -> bool:
        body = active_body(context)
        return body is not None and body.motivo_character.target is not None

    def draw(self, context) -> None:
        layout = self.layout
        rig = active_body(context).motivo_character.target.motivo_rig
        if rig.rows:
            layout.template_list("MOTIVO_UL_rig", "", rig, "rows", rig, "active_row", rows=8)
            if 0 <= rig.active_row < len(rig.rows):
                chosen = rig.rows[rig.active_row]
                field = layout.row()
                field.prop_search(chosen, "bone", rig.id_data.data, "bones", text="")
        row = layout.row(align=True)
        row.operator("motivo.detect_rig")
        row.operator("motivo.load_rig_map", text="", icon="FILE_FOLDER")
        row.operator("motivo.save_rig_map", text="", icon="FILE_TICK")


CLASSES = (MOTIVO_UL_rig, MOTIVO_PT_character, MOTIVO_PT_character_later, MOTIVO_PT_bones)
