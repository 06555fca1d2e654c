"""The list of prompts and the details of the active one."""

import bpy

from ...bodies import active_body
from ...client import session
from ...keys.between import EASE_ONLY, chosen_way, gaps_of
from ...prompts import kind_of
from ...timeline import prompt_problem
from ...words.sentences import draw_sentence
from ...words.translations import translated
from ..bodies.actor import MotivoPanel
from .planned import told_of

EMPTY = (
    "Press + and choose what the body does: Behaviour walks, sits or jumps by itself, Keyframes"
    " performs poses that you key on the body, Motion File performs a recording."
)
"""What the panel says while its list is empty."""


class MOTIVO_UL_prompts(bpy.types.UIList):
    """One row per prompt: kind, name and frames."""

    def draw_item(self, _context, layout, body_settings, prompt, _icon, _data, _property) -> None:
        problem = prompt_problem(prompt, body_settings.id_data)
        row = layout.row(align=True)
        tick = "CHECKBOX_HLT" if prompt.enabled else "CHECKBOX_DEHLT"
        row.prop(prompt, "enabled", text="", icon=tick, emboss=False)
        row = row.row(align=True)
        row.active = prompt.enabled
        row.prop(prompt, "name", text="", emboss=False, icon=kind_of(prompt).icon)
        frames = row.row(align=True)
        frames.alignment = "RIGHT"
        frames.label(text=f"{prompt.start} - {prompt.end}", icon="ERROR" if problem else "NONE")


class MOTIVO_PT_prompts(MotivoPanel, bpy.types.Panel):
    bl_label = "Prompts"
    help_page = "prompts"
    bl_order = 1

    @classmethod
    def poll(cls, context) -> bool:
        return active_body(context) is not None

    def draw(self, context) -> None:
        layout = self.layout
        layout.enabled = session().job is None
        body = active_body(context)
        settings = body.motivo
        row = layout.row()
        row.template_list(
            "MOTIVO_UL_prompts", "", settings, "prompts", settings, "active_prompt", rows=5
        )
        column = row.column(align=True)
        column.operator_menu_enum("motivo.prompt_add", "kind", text="", icon="ADD")
        column.operator("motivo.prompt_remove", text="", icon="REMOVE")
        column.separator()
        column.operator("motivo.prompt_move", text="", icon="TRIA_UP").direction = "UP"
        column.operator("motivo.prompt_move", text="", icon="TRIA_DOWN").direction = "DOWN"
        if not settings.prompts:
            draw_sentence(context, self.layout, EMPTY, "INFO")
        column.separator()
        column.prop(context.window_manager, "motivo_strips", text="", icon="NLA")
        column.menu("MOTIVO_MT_presets", text="", icon="PRESET")
        if 0 <= settings.active_prompt < len(settings.prompts):
            self._draw_prompt(context, body, settings.prompts[settings.active_prompt])

    def _draw_prompt(self, context, body, prompt) -> None:
        kind = kind_of(prompt)
        column = self.layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        frames = column.column(align=True)
        frames.prop(prompt, "start", text="Frame Start")
        frames.prop(prompt, "end")
        if prompt.kind == "KEYFRAMES":
            frames.prop(prompt.keyframes, "follow")
        frames.prop(prompt, "colour")
        kind.draw(column.column(align=True), getattr(prompt, kind.attribute), body)
        if prompt.kind == "BEHAVIOUR" and session().reward_words is not None:
            self._draw_words(context, session().reward_words)
        problem = prompt_problem(prompt, body)
        if problem:
            draw_sentence(context, self.layout, f"{problem}.", "ERROR")
        if prompt.kind == "KEYFRAMES":
            self._draw_gaps(context, body, prompt)
        for told in told_of(body, prompt):
            draw_sentence(context, self.layout, f"{told}.", "INFO")

    def _draw_gaps(self, context, body, prompt) -> None:
        """What leads from key to key, and what else could."""
        column = self.layout.column(align=True)
        for gap in gaps_of(context, body, prompt):
            asked = chosen_way(prompt, gap.start)
            now = gap.choice if asked is None else asked
            eased, which = now == EASE_ONLY, ""
            label = gap.label if now == gap.choice else "eased" if eased else "another way"
            if not eased and 0 <= now < len(gap.offered):
                label = gap.offered[now]
                if len(gap.offered) > 1:
                    which = f" ({now + 1}/{len(gap.offered)})"
            row = column.row(align=True)
            row.label(text=f"{gap.start} - {gap.end}: {translated(label)}{which}", translate=False)
            if len(gap.offered) > 1:
                row.operator("motivo.way_next", text="", icon="FILE_REFRESH").start = gap.start
            ease = row.operator("motivo.way_ease", text="", icon="IPO_EASE_IN_OUT", depress=eased)
            ease.start = gap.start
            if gap.note and now == gap.choice:
                note = translated(gap.note)
                draw_sentence(context, column, f"{note[0].upper()}{note[1:]}.", "INFO")
            if gap.held_cm is not None and gap.held_cm > 5:
                draw_sentence(
                    context, column, f"A key of some bones is missed by {gap.held_cm:.0f} cm."
                )

    def _draw_words(self, context, words) -> None:
        """What expressions are made of, while the person asked for it."""
        box = self.layout.box()
        others = [name for name in words["quantities"] if not name.endswith("_height")]
        for title, entries in (
            ("Quantities", ["head_height, left_hand_height and so on for every joint", *others]),
            ("Functions", words["functions"]),
            ("Behaviours", [form["template"] for form in words["forms"]]),
        ):
            draw_sentence(context, box, f"{title}: {', '.join(entries)}")


CLASSES = (MOTIVO_UL_prompts, MOTIVO_PT_prompts)
