"""The scene's clock and unit beside the simulation's."""

import bpy

CONTROL_FPS = 30
"""Frames a second of prompts and motions, whatever the scene's rate is."""


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames per second, 29.97 and the like included."""
    return scene.render.fps / scene.render.fps_base


def metres_per_unit(scene: bpy.types.Scene) -> float:
    """Metres that one of Blender's units stands for; imperial scenes are kept in metres, too."""
    units = scene.unit_settings
    return 1.0 if units.system == "NONE" else units.scale_length
