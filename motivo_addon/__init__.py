"""The add-on: what Blender is told about, in order, and nothing heavy until it is used."""

import bpy

from . import (
    baking,
    character_settings,
    client,
    finishing,
    heartbeat,
    operators,
    panels,
    preview,
    settings,
)
from .keys import watch
from .posing import handles
from .posing import settings as posing
from .viewport import settings as ghost

CLASSES = (
    *settings.CLASSES,
    *character_settings.CLASSES,
    *finishing.CLASSES,
    *baking.CLASSES,
    *posing.CLASSES,
    *ghost.CLASSES,
    *operators.CLASSES,
    *panels.CLASSES,
    *handles.CLASSES,
)
PARTS = (
    settings,
    character_settings,
    finishing,
    baking,
    posing,
    ghost,
    client,
    heartbeat,
    preview,
    watch,
)


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
