"""Perform what is keyed: on the body itself or on any other character."""

import bpy
from bpy.props import BoolProperty, PointerProperty

from ..keys.source import source_action, source_armature
from .kind import FrameRange, PromptKind


def _is_armature(_settings, candidate) -> bool:
    return candidate.type == "ARMATURE"


class MotivoKeyframesSettings(bpy.types.PropertyGroup):
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


def _draw(layout, settings, body) -> None:
    layout.prop(settings, "armature", text="Character", placeholder=body.name)
    action = source_action(settings, body)
    layout.prop(settings, "action", text="Action", placeholder=action.name if action else "")


def _missing(settings, body) -> str:
    armature = source_armature(settings, body)
    # Drivers, NLA strips and constraints may move it too; looking closer is for Generate.
    moved = armature.animation_data or any(bone.constraints for bone in armature.pose.bones)
    if settings.action is None and not moved:
        return f"'{armature.name}' has no keys; key some poses on it or choose an Action"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from ...runtime.prompts import MotionPrompt
    from ..character_settings import read_map
    from ..characters.source_clip import fit_source
    from ..keys.base import based
    from ..keys.edits import find_edits, with_edits
    from ..keys.place import performed_place
    from ..rig import curves, sample
    from ..rig.unkeyed import unkeyed_kept
    from ..scene import CONTROL_FPS, scene_fps

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
            source = sample.sample_body(context, body, prompt.start, prompt.end, place)
            keyed = curves.keyed_frames(body)
    else:
        with curves.playing(armature, action):
            source = fit_source(context, armature, read_map(armature), prompt.start, prompt.end)
            keyed = curves.keyed_frames(armature)
    keyed = keyed[(keyed >= prompt.start) & (keyed <= prompt.end)] - prompt.start
    seconds = keyed / scene_fps(context.scene)
    return MotionPrompt(
        frames.start,
        frames.end,
        prompt.name,
        source=source,
        placement="world",
        keyframes=tuple(round(second * CONTROL_FPS) for second in seconds.tolist()),
    )


KIND = PromptKind(
    identifier="KEYFRAMES",
    label="Keyframes",
    description="Perform the poses keyed on the body or on another character",
    icon="KEYFRAME_HLT",
    performs="motion",
    settings=MotivoKeyframesSettings,
    draw=_draw,
    missing=_missing,
    build=_build,
)
