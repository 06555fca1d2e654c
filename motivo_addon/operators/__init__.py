"""What the buttons do."""

from . import (
    bake,
    behaviour,
    body,
    character,
    cleanup,
    export,
    generate,
    keys,
    models,
    motion_file,
    posing,
    prompts,
    report,
    shelf,
    takes,
)

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *motion_file.CLASSES,
    *behaviour.CLASSES,
    *models.CLASSES,
    *generate.CLASSES,
    *keys.CLASSES,
    *posing.CLASSES,
    *takes.CLASSES,
    *shelf.CLASSES,
    *bake.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *report.CLASSES,
)
