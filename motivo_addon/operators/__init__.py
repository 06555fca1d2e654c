"""What the buttons do."""

from . import report
from .bodies import body, pose_library, posing
from .finishing import character, cleanup, export
from .generating import (
    behaviour,
    behaviour_search,
    generate,
    keys,
    library,
    live,
    models,
    motion_file,
    presets,
    prompts,
    ways,
)
from .takes import bake, seats, shelf, takes

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *motion_file.CLASSES,
    *behaviour.CLASSES,
    *behaviour_search.CLASSES,
    *presets.CLASSES,
    *ways.CLASSES,
    *models.CLASSES,
    *library.CLASSES,
    *generate.CLASSES,
    *keys.CLASSES,
    *live.CLASSES,
    *posing.CLASSES,
    *pose_library.CLASSES,
    *takes.CLASSES,
    *seats.CLASSES,
    *shelf.CLASSES,
    *bake.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *report.CLASSES,
)
