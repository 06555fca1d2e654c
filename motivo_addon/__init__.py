"""The add-on: what Blender is told about, in order, and nothing heavy until it is used."""

import bpy

from . import (
    client,
    operators,
    panels,
    preferences,
    settings,
    worker_timer,
)
from .characters import settings as character_settings
from .export import settings as finishing
from .keys import watch
from .live import settings as live
from .posing import handles, pose_library
from .posing import settings as posing
from .shelf import baking, rows, store
from .strips import dragging, drawing
from .surroundings import drawing as surroundings_drawing
from .surroundings import settings as surroundings
from .viewport import preview
from .viewport import settings as ghost
from .words import translations

CLASSES = (
    *preferences.CLASSES,
    *settings.CLASSES,
    *character_settings.CLASSES,
    *finishing.CLASSES,
    *baking.CLASSES,
    *posing.CLASSES,
    *pose_library.CLASSES,
    *live.CLASSES,
    *ghost.CLASSES,
    *surroundings.CLASSES,
    *rows.CLASSES,
    *operators.CLASSES,
    *panels.CLASSES,
    *handles.CLASSES,
    *dragging.CLASSES,
)
PARTS = (
    settings,
    character_settings,
    finishing,
    baking,
    posing,
    pose_library,
    live,
    ghost,
    surroundings,
    rows,
    client,
    store,
    worker_timer,
    preview,
    watch,
    drawing,
    dragging,
    surroundings_drawing,
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
