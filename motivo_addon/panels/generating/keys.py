"""What is to be known about the keys before they are performed."""

import bpy

from ...bodies import active_body
from ...keys.span import left_out
from ...keys.watch import known
from ...operators.takes.bake import played_keys
from ...words.sentences import draw_label, draw_sentence
from ...words.translations import translated
from ..bodies.actor import MotivoPanel

SHOWN = 6
"""Rows of keys beyond reach; the rest is counted."""


class MOTIVO_PT_keys(MotivoPanel, bpy.types.Panel):
    bl_label = "Keys"
    bl_order = 1
    bl_parent_id = "MOTIVO_PT_prompts"

    @classmethod
    def poll(cls, context) -> bool:
        body = active_body(context)
        if body is None:
            return False
        if played_keys(body):
            # Also of somebody else's take, in which this body gave way.
            return True
        if not any(prompt.kind == "KEYFRAMES" for prompt in body.motivo.prompts):
            return False
        # A panel without anything to say would only take room.
        what = known(body)
        edited = what.edits is not None and what.edits.frames
        outside = any(left_out(prompt, body) for prompt in body.motivo.prompts)
        return bool(what.beyond or edited or outside)

    def draw(self, context) -> None:
        body = active_body(context)
        self._draw_take(context, body)
        self._draw_left_out(context, body)
        self._draw_beyond(context, body)

    def _draw_take(self, context, body) -> None:
        keys = played_keys(body)
        if keys is None:
            return
        edits = known(body).edits
        if edits is not None and edits.frames:
            frames = in_words([f"{frame:g}" for frame in edits.frames])
            draw_sentence(
                context,
                self.layout,
                f"Keys set on the take at {frames} are performed with yours.",
                "KEYFRAME_HLT",
            )
        text = translated(f"Edit Keys: {keys.name}")
        self.layout.operator("motivo.edit_keys", text=text, translate=False, icon="ACTION")

    def _draw_left_out(self, context, body) -> None:
        for prompt in body.motivo.prompts:
            outside = left_out(prompt, body)
            if outside:
                frames = in_words([f"{frame:g}" for frame in outside])
                draw_sentence(
                    context,
                    self.layout,
                    f"'{prompt.name}' leaves out the keys at {frames}.",
                    "ERROR",
                )
                self.layout.prop(prompt.keyframes, "follow", toggle=True, icon="KEYFRAME")

    def _draw_beyond(self, context, body) -> None:
        beyond = known(body).beyond
        if not beyond:
            return
        draw_sentence(context, self.layout, "No body can be there; it comes out:", "ERROR")
        column = self.layout.column(align=True)
        for frame, _, words in beyond[:SHOWN]:
            row = column.split(factor=0.18, align=True)
            row.operator("motivo.go_to_key", text=f"{frame:g}").frame = frame
            text = row.column()
            draw_sentence(context, text, words, width=context.region.width * 0.9)
        if len(beyond) > SHOWN:
            draw_label(column, f"and {len(beyond) - SHOWN} more")
        self.layout.operator("motivo.keys_into_reach", icon="CON_KINEMATIC")


def in_words(names: list[str], shown: int = 6) -> str:
    """The first few of a list."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


CLASSES = (MOTIVO_PT_keys,)
