"""The list of takes in the panel: on the window manager, where undo does not reach."""

import bpy
from bpy.props import CollectionProperty, IntProperty, PointerProperty, StringProperty

from ..bodies import find_body
from ..client import session
from . import store


def _get_name(row) -> str:
    return row.get("name", "")


def _set_name(row, name: str) -> None:
    store.rename(row.number, name)
    found = store.find_take(row.number)
    row["name"] = found[1].name if found else name


class MotivoTakeRow(bpy.types.PropertyGroup):
    name: StringProperty(
        name="Name", description="Name of the take and of its Action", get=_get_name, set=_set_name
    )
    number: IntProperty()
    body: StringProperty()
    """``session_uid`` of its body, larger than an int property holds."""


def _look_at_active(shelf, _context) -> None:
    """Whoever clicks a row sees its take."""
    if not 0 <= shelf.active < len(shelf.rows):
        return
    found = store.find_take(shelf.rows[shelf.active].number)
    if found is not None and find_body(found[0]) is not None and session().job is None:
        session().takes[found[0]] = found[1].shown()


class MotivoShelf(bpy.types.PropertyGroup):
    rows: CollectionProperty(type=MotivoTakeRow)
    active: IntProperty(name="Take", update=_look_at_active)
    compared: IntProperty(name="Compared With", default=0)
    """``number`` of the take beside which the chosen one is shown; 0 for none."""


CLASSES = (MotivoTakeRow, MotivoShelf)


def register() -> None:
    bpy.types.WindowManager.motivo_shelf = PointerProperty(type=MotivoShelf)


def unregister() -> None:
    del bpy.types.WindowManager.motivo_shelf
