"""The scene's clock beside the simulation's."""

import bpy

CONTROL_FPS = 30
"""Frames a second of prompts and motions, whatever the scene's rate is."""


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames per second, 29.97 and the like included."""
    return scene.render.fps / scene.render.fps_base
