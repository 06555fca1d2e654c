"""The add-on: what Blender is told about, in order, and nothing heavy until it is used."""

import bpy

from . import (
    baking,
    characters,
    client,
    finishing,
    heartbeat,
    operators,
    panels,
    preview,
    settings,
    translations,
)
from .keys import watch
from .posing import handles
from .posing import settings as posing
from .shelf import rows, store
from .strips import dragging, drawing

CLASSES = (
    *settings.CLASSES,
    *characters.CLASSES,
    *finishing.CLASSES,
    *baking.CLASSES,
    *posing.CLASSES,
    *rows.CLASSES,
    *operators.CLASSES,
    *panels.CLASSES,
    *handles.CLASSES,
    *dragging.CLASSES,
)
PARTS = (
    settings,
    characters,
    finishing,
    baking,
    posing,
    rows,
    client,
    store,
    heartbeat,
    preview,
    watch,
    drawing,
    dragging,
    translations,
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
