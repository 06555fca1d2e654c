"""The poses that ship, as the panel shows them: which are asked for, and their pictures."""

from collections.abc import Callable
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty, StringProperty

from ...runtime.posing.recipes import RECIPES

ASSETS = Path(__file__).resolve().parents[1] / "assets"
LIBRARY_NAME = "Motivo"
"""What the folder is called in Blender's Asset Browser."""
ALL = "ALL"
_GROUPS = tuple(dict.fromkeys(recipe.group for recipe in RECIPES.values()))


class MotivoPoseChoice(bpy.types.PropertyGroup):
    """What the panel Poses shows. Of the window, not of the file."""

    group: EnumProperty(
        name="Group",
        description="Which poses are shown",
        items=[(ALL, "All", "Every pose"), *((group, group, "") for group in _GROUPS)],
        default=_GROUPS[0],
    )
    search: StringProperty(
        name="Search", description="Poses by a part of their name", options={"TEXTEDIT_UPDATE"}
    )
    mirrored: BoolProperty(
        name="Mirrored", description="Left and right exchanged", options={"SKIP_SAVE"}
    )


def shown_poses(choice: MotivoPoseChoice) -> list[str]:
    """Identifiers of the poses asked for; a search goes through all groups."""
    words = choice.search.lower().split()
    found = []
    for name, recipe in RECIPES.items():
        text = f"{recipe.label} {recipe.group} {recipe.about}"
        translated = bpy.app.translations.pgettext_iface(recipe.label)
        if words and not all(word in f"{text} {translated}".lower() for word in words):
            continue
        if words or choice.group in (ALL, recipe.group):
            found.append(name)
    return found


_pictures = None


def pose_icon(name: str) -> int:
    """The icon of a pose's picture; read when Blender first draws it."""
    global _pictures
    import bpy.utils.previews

    if _pictures is None:
        _pictures = bpy.utils.previews.new()
    if name not in _pictures:
        _pictures.load(name, str(ASSETS / "pictures" / f"{name}.png"), "IMAGE")
    return _pictures[name].icon_id


def asset_library(context: bpy.types.Context) -> "bpy.types.UserAssetLibrary | None":
    """The folder of the poses among those of the Asset Browser, if it is there."""
    libraries = context.preferences.filepaths.asset_libraries
    return next((entry for entry in libraries if Path(entry.path) == ASSETS), None)


WHEN_FREED: list[Callable[[], None]] = []
"""Called when the pictures are freed, as the add-on is disabled: whoever holds on to their numbers."""
CLASSES = (MotivoPoseChoice,)


def register() -> None:
    bpy.types.WindowManager.motivo_poses = PointerProperty(type=MotivoPoseChoice)


def unregister() -> None:
    global _pictures
    import bpy.utils.previews

    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
        for forget in WHEN_FREED:
            forget()
    del bpy.types.WindowManager.motivo_poses
