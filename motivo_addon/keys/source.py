"""Whose keys a prompt performs, and where on the timeline."""

import bpy


def source_armature(settings, body):
    """The armature whose keys are performed."""
    return settings.armature or body


def source_action(settings, body):
    """The Action whose keys are performed, or None if there is none."""
    animation = source_armature(settings, body).animation_data
    return settings.action or (animation.action if animation else None)


def first_frame(body: bpy.types.Object) -> int:
    """Frame of the scene at which the body's first prompt starts."""
    return min(prompt.start for prompt in body.motivo.prompts)
