"""Reach a pose and hold it until the prompt ends."""

import json

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ....runtime.posing.recipes import RECIPES
from ..kind import FrameRange, PromptKind

LIBRARY = (
    ("stand", "Stand", "Upright with the arms at the sides"),
    ("t-pose", "T-Pose", "Upright with the arms spread"),
    ("arms-up", "Arms Up", "Upright with both arms raised"),
    ("reach", "Reach", "Leaning forward, the right arm stretched out"),
    ("crouch", "Crouch", "Knees bent, arms in front"),
    ("passing", "Passing", "In the middle of a step, one foot lifted"),
    ("step", "Step", "At the end of a step, both feet on the floor"),
)
"""Poses of ``runtime.motion.poses``; those of ``runtime.posing.library`` come after them."""


class MotivoPoseSettings(bpy.types.PropertyGroup):
    source: EnumProperty(
        name="Pose From",
        items=(
            ("LIBRARY", "Library", "A pose that comes with Motivo"),
            ("CURRENT", "Captured", "The pose the body had when Use Current Pose was pressed"),
            ("ACTION", "Action", "A frame of an Action of the body"),
        ),
    )
    library: EnumProperty(
        name="Pose",
        items=[
            *LIBRARY,
            *((name, recipe.label, recipe.about) for name, recipe in RECIPES.items()),
        ],
    )
    mirror: BoolProperty(name="Mirror", description="Exchange left and right")
    captured: StringProperty(options={"HIDDEN"})
    """The captured qpos (76,) as JSON: a vector property holds no more than 32 numbers."""
    action: PointerProperty(
        name="Action", description="Action that holds the pose", type=bpy.types.Action
    )
    frame: IntProperty(name="Frame", description="Frame of the Action that is the pose", default=1)
    tolerance: FloatProperty(
        name="Tolerance (cm)",
        description="By how much the pose may be missed where physics cannot have it so",
        min=0.5,
        max=200.0,
        soft_max=20.0,
        default=4.0,
        precision=1,
    )


def _draw(layout, settings, _body) -> None:
    layout.prop(settings, "source")
    if settings.source == "LIBRARY":
        layout.prop(settings, "library")
    elif settings.source == "CURRENT":
        label = "Use Current Pose Again" if settings.captured else "Use Current Pose"
        layout.operator("motivo.use_current_pose", text=label, icon="ARMATURE_DATA")
    else:
        layout.prop(settings, "action")
        layout.prop(settings, "frame")
    layout.prop(settings, "mirror")
    layout.prop(settings, "tolerance")


def _missing(settings, _body) -> str:
    if settings.source == "CURRENT" and not settings.captured:
        return "No pose is captured; pose the body and press Use Current Pose"
    if settings.source == "ACTION" and settings.action is None:
        return "No Action is chosen; choose the one that holds the pose"
    return ""


def _build(context, prompt, body, frames: FrameRange):
    from ....runtime.prompts import PosePrompt

    settings = prompt.pose
    pose = _qpos(context, settings, body)
    if settings.mirror:
        import numpy as np

        from ....runtime.posing.mirrored import mirror_pose

        pose = tuple(mirror_pose(np.array(pose)).tolist())
    return PosePrompt(frames.start, frames.end, prompt.name, pose, settings.tolerance)


def _qpos(context, settings, body) -> tuple[float, ...]:
    """The pose (76,) that is asked for. Raises ``UserError``."""
    from ....runtime.errors import UserError
    from ....runtime.motion.poses import pose
    from ....runtime.posing.library import library_poses
    from ...rig import curves, sample

    if settings.source == "LIBRARY":
        if settings.library in RECIPES:
            return library_poses()[settings.library].qpos
        return tuple(pose(settings.library).tolist())
    if settings.source == "CURRENT":
        try:
            return tuple(json.loads(settings.captured))
        except (ValueError, TypeError) as error:
            raise UserError(
                "The captured pose cannot be read; press Use Current Pose again.", repr(error)
            ) from error
    with curves.playing(body, settings.action):
        return tuple(sample.sample_pose(context, body, settings.frame).tolist())


KIND = PromptKind(
    identifier="POSE",
    label="Pose",
    description="Reach a pose and hold it",
    icon="POSE_HLT",
    colour=(0.30, 0.62, 0.42),
    performs="pose",
    settings=MotivoPoseSettings,
    draw=_draw,
    missing=_missing,
    build=_build,
)
