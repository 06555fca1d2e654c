"""Perform what is keyed: on the body itself or on any other character."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty

from ...keys.source import source_action, source_armature
from ...keys.span import last_performed
from ...words.sentences import draw_label
from ..kind import FrameRange, PromptKind
from ..playing import Played, draw_played

if TYPE_CHECKING:
    from ....runtime.prompts.timeline import KeyHold


def _is_armature(_settings, candidate) -> bool:
    return candidate.type == "ARMATURE"


class MotivoKeyHold(bpy.types.PropertyGroup):
    """How tightly the key of one frame is held."""

    frame: IntProperty(name="Frame", description="Frame of the key, in the scene's frames")
    tolerance: FloatProperty(
        name="Tolerance (cm)",
        description="By how much this key may be missed",
        min=0.5,
        max=200.0,
        soft_max=20.0,
        default=2.0,
        precision=1,
    )
    weight: FloatProperty(
        name="Weight",
        description="How much this key counts beside the others",
        min=0.01,
        max=100.0,
        soft_max=10.0,
        default=1.0,
    )


class MotivoWayChoice(bpy.types.PropertyGroup):
    """What a person chose to lead from a key to the next."""

    start: IntProperty(name="Start", description="Frame of the key at which the gap begins")
    choice: IntProperty(
        name="Choice", description="Which way of the library; -1 eases", min=-1, default=0
    )


class MotivoKeyframesSettings(Played, bpy.types.PropertyGroup):
    armature: PointerProperty(
        name="Character",
        description="Armature whose keys are performed. Empty: the body's own keys",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    action: PointerProperty(
        name="Action",
        description="Action that holds the keys. Empty: the one the character plays now",
        type=bpy.types.Action,
    )
    follow: BoolProperty(
        name="Follow Keys",
        description=(
            "Start with the first key and end with the last, also with keys that are set later."
            " Setting the frames by hand ends it"
        ),
        default=True,
    )
    tolerance: FloatProperty(
        name="Tolerance (cm)",
        description=(
            "By how much keys may be missed where physics cannot have them so. Less holds them more"
            " tightly; more leaves them to the body. Keys missed by more are told"
        ),
        min=0.5,
        max=200.0,
        soft_max=20.0,
        default=2.0,
        precision=1,
    )
    weight: FloatProperty(
        name="Weight",
        description="How much it counts to meet the keys, beside balance, effort and smoothness",
        min=0.01,
        max=100.0,
        soft_max=10.0,
        default=1.0,
    )
    holds: CollectionProperty(type=MotivoKeyHold)
    """Of single keys, in place of the two above."""
    ways: CollectionProperty(type=MotivoWayChoice)


def _draw(layout, settings, body) -> None:
    layout.prop(settings, "armature", text="Character", placeholder=body.name)
    action = source_action(settings, body)
    layout.prop(settings, "action", text="Action", placeholder=action.name if action else "")
    draw_played(layout, settings)
    layout.prop(settings, "tolerance")
    layout.prop(settings, "weight")
    for index, hold in enumerate(settings.holds):
        row = layout.row(align=True)
        draw_label(row, f"Key {hold.frame}")
        row.prop(hold, "tolerance", text="cm")
        row.prop(hold, "weight", text="")
        row.operator("motivo.release_key", text="", icon="X").index = index
    layout.operator("motivo.hold_key", icon="KEYFRAME")


def _missing(settings, body) -> str:
    armature = source_armature(settings, body)
    # Drivers, NLA strips and constraints may move it too; looking closer is for Generate.
    moved = armature.animation_data or any(bone.constraints for bone in armature.pose.bones)
    if settings.action is None and not moved:
        return f"'{armature.name}' has no keys; key some poses on it or choose an Action"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from ....runtime.prompts import MotionPrompt
    from ...characters.settings import read_map
    from ...characters.source_clip import fit_source
    from ...keys.base import based
    from ...keys.edits import find_edits, with_edits
    from ...keys.place import performed_place
    from ...rig import curves, sample
    from ...rig.unkeyed import unkeyed_kept
    from ...scene import CONTROL_FPS, scene_fps

    settings = prompt.keyframes
    armature = source_armature(settings, body)
    action = source_action(settings, body)
    if armature == body:
        # After a bake the body plays the take: keys that were set there count as well.
        edits, place = find_edits(body), performed_place(context, body)
        with (
            unkeyed_kept(context, [body]),
            based(body, action),
            with_edits(body, action, edits) as keys,
            curves.playing(body, keys),
        ):
            keyed, last = _performed(curves.keyed_frames(body), prompt)
            source = sample.sample_body(context, body, prompt.start, last, place)
            held = held_bones(body)
    else:
        with curves.playing(armature, action):
            keyed, last = _performed(curves.keyed_frames(armature), prompt)
            source = fit_source(context, armature, read_map(armature), prompt.start, last)
            held = {}
    fps = scene_fps(context.scene)
    # From the keys' frames in the scene to those in which the prompt performs them.
    per_frame = CONTROL_FPS / fps / settings.speed
    rows = {
        round(frame * per_frame): _mirrored(bodies) if settings.mirror else bodies
        for frame in keyed.tolist()
        if (bodies := held.get(round(frame + prompt.start, 2)))
    }
    ways = {
        round((row.start - prompt.start) / fps * CONTROL_FPS): row.choice
        for row in settings.ways
        if (abs(keyed / settings.speed - (row.start - prompt.start)) < 0.6).any()
    }
    return MotionPrompt(
        frames.start,
        frames.end,
        prompt.name,
        source=source,
        placement="world",
        keyframes=tuple(dict.fromkeys(round(frame * per_frame) for frame in keyed.tolist())),
        tolerance_cm=settings.tolerance,
        weight=settings.weight,
        holds=_holds(settings, keyed + prompt.start, prompt.start, per_frame),
        between=tuple(sorted(ways.items())),
        held=tuple(sorted(rows.items())),
        speed=round(settings.speed, 4),
        mirror=settings.mirror,
        loop=settings.loop,
    )


def _performed(keyed, prompt):
    """Keyed frames (K,) of the scene -> those performed, from the prompt's start, and the last frame to look at."""
    last = last_performed(prompt)
    inside = keyed[(keyed >= prompt.start) & (keyed <= last)]
    if prompt.keyframes.loop and len(inside):
        last = min(last, float(inside[-1]))
    return inside - prompt.start, last


def _mirrored(bodies: tuple[str, ...]) -> tuple[str, ...]:
    """The same bodies of the other side."""
    other = {"L_": "R_", "R_": "L_"}
    return tuple(other.get(body[:2], body[:2]) + body[2:] for body in bodies)


def _holds(settings, keyed, start: int, per_frame: float) -> "tuple[KeyHold, ...]":
    """Holds of keys that there are (``keyed`` in the scene's frames), by the frames performed."""
    there = {round(frame): frame for frame in keyed.tolist()}
    return tuple(
        (round((there[hold.frame] - start) * per_frame), hold.tolerance, hold.weight)
        for hold in settings.holds
        if hold.frame in there
    )


def held_bones(body) -> dict[float, tuple[str, ...]]:
    """Frame -> bodies of the keys between others that leave the hips to what lies between.

    A key without the hips says where what it keys is, and nothing about the rest. Bodies
    are named as in the simulation.
    """
    from ....runtime.body import BODY_NAMES, SMPL_NAMES
    from ...rig.curves import active_action, curves_of, read_keys

    action = active_action(body)
    if action is None:
        return {}
    frames: dict[float, set[str]] = {}
    for curve in curves_of(action, body):
        bone = curve.data_path.partition('"')[2].partition('"')[0]
        if bone in SMPL_NAMES:
            for frame in read_keys(curve)[:, 0].tolist():
                frames.setdefault(round(frame, 2), set()).add(bone)
    whole = [frame for frame, bones in frames.items() if "pelvis" in bones]
    return {
        frame: tuple(BODY_NAMES[SMPL_NAMES.index(bone)] for bone in sorted(bones))
        for frame, bones in frames.items()
        if "pelvis" not in bones and whole and min(whole) < frame < max(whole)
    }


KIND = PromptKind(
    identifier="KEYFRAMES",
    label="Keyframes",
    description="Perform the poses keyed on the body or on another character",
    icon="KEYFRAME_HLT",
    colour=(0.85, 0.62, 0.20),
    performs="motion",
    settings=MotivoKeyframesSettings,
    parts=(MotivoKeyHold, MotivoWayChoice),
    draw=_draw,
    missing=_missing,
    build=_build,
)
