"""The add-on: what Blender is told about, in order, and nothing heavy until it is used."""

import bpy

from . import character_settings, client, finishing, heartbeat, operators, panels, preview, settings

CLASSES = (
    *settings.CLASSES,
    *character_settings.CLASSES,
    *finishing.CLASSES,
    *operators.CLASSES,
    *panels.CLASSES,
)
PARTS = (settings, character_settings, finishing, client, heartbeat, preview)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for part in PARTS:
        part.register()


def unregister() -> None:
    for part in reversed(PARTS):
        part.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
