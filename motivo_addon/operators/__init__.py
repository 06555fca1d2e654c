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
    live,
    models,
    pose_library,
    posing,
    prompts,
    report,
    shelf,
    takes,
)

CLASSES = (
    *body.CLASSES,
    *prompts.CLASSES,
    *behaviour.CLASSES,
    *models.CLASSES,
    *generate.CLASSES,
    *keys.CLASSES,
    *live.CLASSES,
    *posing.CLASSES,
    *pose_library.CLASSES,
    *takes.CLASSES,
    *shelf.CLASSES,
    *bake.CLASSES,
    *character.CLASSES,
    *cleanup.CLASSES,
    *export.CLASSES,
    *report.CLASSES,
)
