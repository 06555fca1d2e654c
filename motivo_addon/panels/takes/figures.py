"""Figures of takes, in the colours of how good they are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import bpy

from ...scene import scene_fps
from ...shelf.figures import Reading
from ...words.sentences import draw_label, draw_sentence
from ..buttons import draw_button

if TYPE_CHECKING:
    from ...takes import TakeSet

SHOWN = 6
"""Frames to jump to."""
ICONS = {"good": "COLORSET_03_VEC", "fair": "COLORSET_09_VEC", "poor": "COLORSET_01_VEC"}
"""Green, yellow and red squares of Blender's own."""


def draw_figures(context: bpy.types.Context, layout, figures: Sequence[Reading]) -> None:
    """A row for each figure, and under the poor ones what to do."""
    column = layout.column(align=True)
    for reading in figures:
        row = column.row(align=True)
        row.alert = reading.grade == "poor"
        row.label(text=reading.figure.name, icon=ICONS[reading.grade])
        value = row.row()
        value.alignment = "RIGHT"
        draw_label(value, reading.text)
    poor = [reading for reading in figures if reading.grade == "poor"]
    if poor:
        worst = layout.column(align=True)
        for reading in poor:
            draw_sentence(
                context, worst, f"{reading.figure.name}: {reading.figure.advice}.", "INFO"
            )


def draw_fidelity(context: bpy.types.Context, layout, metadata: Mapping[str, Any]) -> None:
    """What was set right in the sources, and where the take does otherwise than they do."""
    for warning in metadata.get("warnings", ()):
        alarm = layout.column(align=True)
        alarm.alert = True
        draw_sentence(context, alarm, f"Unlike its source, it {warning}.", "ERROR")
    for note in metadata.get("notes", ()):
        draw_sentence(context, layout, f"{note[:1].upper()}{note[1:]}.", "INFO")


def draw_hands(context: bpy.types.Context, layout, takes: "TakeSet") -> None:
    """Which hand was put onto what, and from when to when."""
    from ....runtime.measures.told import span

    fps = scene_fps(context.scene)
    for choice in takes.motion["metadata"].get("choices") or ():
        if "hand" in choice:
            frames = span(
                choice["first"], choice["last"], lambda frame: takes.scene_frame(frame, fps)
            )
            draw_sentence(context, layout, f"Frames {frames}: {choice['label']}.", "VIEW_PAN")


def draw_told(context: bpy.types.Context, layout, takes: "TakeSet") -> None:
    """What held the take and what it missed, in warning colour, with the frames to jump to."""
    from ....runtime.measures.told import held_stretches, is_draft, missed_keys, seats_sentence

    fps = scene_fps(context.scene)
    metadata = takes.motion["metadata"]
    told = takes.told(fps)
    if not told:
        return
    box = layout.box()
    box.alert = not is_draft(metadata)
    sits = seats_sentence(metadata, lambda frame: takes.scene_frame(frame, fps))
    for sentence in told:
        draw_sentence(context, box, sentence, "ERROR" if box.alert else "INFO")
        if sentence == sits:
            draw_button(context, box, "motivo.add_seat", icon="MESH_CUBE")
    whole = len(metadata.get("help") or ())
    frames = [
        stretch["first"]
        for stretch in held_stretches(metadata)
        if stretch["last"] - stretch["first"] + 1 < whole  # else there is no place to look at
    ]
    frames += [key["frame"] for key in missed_keys(metadata)]
    row = box.grid_flow(row_major=True, columns=SHOWN, even_columns=True, align=True)
    for frame in sorted({takes.scene_frame(frame, fps) for frame in frames})[:SHOWN]:
        row.operator("motivo.go_to_key", text=f"{frame}").frame = frame


def draw_comparison(
    context: bpy.types.Context, layout, first: Sequence[Reading], second: Sequence[Reading]
) -> None:
    """Two takes beside each other, figure by figure; a tick where one is better."""
    others = {reading.figure.key: reading for reading in second}
    for reading in first:
        other = others.get(reading.figure.key)
        if other is None:
            continue
        layout.label(text=reading.figure.name)
        row = layout.row(align=True)
        better = reading.figure.better(reading.value, other.value)
        for side, shown in ((-1, reading), (1, other)):
            cell = row.row(align=True)
            cell.alert = shown.grade == "poor"
            draw_label(cell, shown.short, icon=ICONS[shown.grade])
            cell.label(text="", icon="CHECKMARK" if side == better else "BLANK1")
