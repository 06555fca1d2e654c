"""The takes of each body: kept outside of undo, written into the file with the body.

What a person made is not to be lost by undoing something else, so the shelf itself
lives here, under the ``session_uid`` of its body. The list in the panel is a
property of the window manager, which undo leaves alone. A hidden property of the
body holds all takes as text, from which they come back when the file is opened.
"""

import itertools
import json
import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import bpy

from ...runtime.errors import UserError
from ..bodies import find_body, is_body
from ..client import Job, Notice, session
from ..takes import TakeSet
from .figures import Reading, readings
from .packing import pack, unpack
from .pictures import forget_picture, forget_pictures, picture_of

logger = logging.getLogger(__name__)


@dataclass
class KeptTake:
    """One take on the shelf."""

    name: str
    start_frame: int
    motion: dict[str, Any]
    place: tuple[tuple[float, ...], ...] | None = None
    named: bool = False
    """Whether a person gave it its name: it is then never dropped."""
    number: int = field(default_factory=itertools.count(1).__next__)
    """Tells it from all others for as long as Blender runs."""

    @property
    def frames(self) -> int:
        return len(self.motion["qpos"])

    @cached_property
    def figures(self) -> list[Reading]:
        return readings(self.motion)

    @cached_property
    def packed(self) -> str:
        return pack(self.motion)

    def shown(self) -> TakeSet:
        """As the take that is looked at."""
        return TakeSet(self.name, self.start_frame, (self.motion,), place=self.place)


_shelves: dict[int, list[KeptTake]] = {}


def kept_takes(uid: int) -> list[KeptTake]:
    """The takes of the body with this ``session_uid``, the oldest first."""
    return _shelves.get(uid, [])


def find_take(number: int) -> tuple[int, KeptTake] | None:
    """The body's uid and the take with this number, if it is still there."""
    return next(
        ((uid, take) for uid, takes in _shelves.items() for take in takes if take.number == number),
        None,
    )


def put(uid: int, takes: TakeSet) -> list[KeptTake]:
    """Puts the takes of one generation onto the shelf, under names of their own."""
    shelf = _shelves.setdefault(uid, [])
    added = []
    for number, motion in enumerate(takes.motions):
        several = len(takes.motions) > 1
        name = f"{takes.name} - Take {number + 1}" if several else takes.name
        kept = KeptTake(free_name(shelf, name), takes.start_frame, motion, takes.place)
        shelf.append(kept)
        added.append(kept)
    _drop_oldest(shelf, added)
    _show(uid)
    return added


def _drop_oldest(shelf: list[KeptTake], added: list[KeptTake]) -> None:
    """Keeps as many as the preferences say; what is named or new stays. Tells what went."""
    from ..preferences import preferences

    too_many = len(shelf) - preferences().kept_takes
    droppable = [take for take in shelf if not take.named and take not in added]
    dropped = droppable[: max(0, too_many)]
    for take in dropped:
        shelf.remove(take)
        forget_picture(take.number)
    if dropped:
        names = ", ".join(f"'{take.name}'" for take in dropped[:3])
        more = f" and {len(dropped) - 3} more" if len(dropped) > 3 else ""
        session().notice = Notice(
            f"Dropped the oldest takes without a name of their own: {names}{more}. Rename takes"
            " to keep them, or keep more in the preferences.",
            is_error=False,
        )


def remove(number: int) -> None:
    """Throws a take away."""
    found = find_take(number)
    if found is not None:
        uid, take = found
        _shelves[uid].remove(take)
        forget_picture(number)
        current = session().takes.get(uid)
        if current is not None and current.motion is take.motion:
            session().discard(uid)
        _show(uid)


def rename(number: int, name: str) -> None:
    """Gives a take another name; empty ones and those of others are made one's own."""
    found = find_take(number)
    if found is None:
        return
    uid, take = found
    others = [other for other in _shelves[uid] if other is not take]
    take.name = free_name(others, name.strip() or "Take")
    take.named = bool(name.strip())
    current = session().takes.get(uid)
    if current is not None and len(current.motions) == 1 and current.motion is take.motion:
        session().takes[uid] = take.shown()
    write(uid)


def free_name(shelf: list[KeptTake], name: str) -> str:
    """``name``, with a number if another take has it."""
    taken = {take.name for take in shelf}
    numbered = (f"{name} {number}" for number in itertools.count(2))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def write(uid: int) -> None:
    """Writes a body's shelf into the hidden property that is saved with the file."""
    body = find_body(uid)
    if body is None:
        return
    entries = [
        {
            "name": take.name,
            "start": take.start_frame,
            "place": take.place,
            "named": take.named,
            "take": take.packed,
        }
        for take in kept_takes(uid)
    ]
    text = json.dumps(entries) if entries else ""
    if body.motivo_kept != text:
        body.motivo_kept = text


def read(body: bpy.types.Object) -> list[KeptTake]:
    """The takes that a body of an opened file brings; damaged ones are left out and told."""
    takes: list[KeptTake] = []
    if not body.motivo_kept:
        return takes
    try:
        entries = json.loads(body.motivo_kept)
        for entry in entries:
            place = entry["place"]
            takes.append(
                KeptTake(
                    free_name(takes, str(entry["name"])),
                    int(entry["start"]),
                    unpack(entry["take"]),
                    None if place is None else tuple(tuple(map(float, row)) for row in place),
                    bool(entry.get("named", False)),
                )
            )
    except UserError as error:
        session().notice = Notice(str(error), error.details)
    except (ValueError, TypeError, KeyError) as error:
        session().notice = Notice(
            f"The takes of '{body.name}' are damaged; generate them again.", repr(error)
        )
    return takes


def _show(uid: int) -> None:
    """Brings the panel's list and the file's text up to date."""
    write(uid)
    rebuild_rows()


def rebuild_rows() -> None:
    """The panel's list: one row for each take of every body."""
    manager = bpy.context.window_manager
    rows = manager.motivo_shelf.rows
    rows.clear()
    for uid, takes in _shelves.items():
        current = session().takes.get(uid)
        for take in takes:
            row = rows.add()
            row["name"] = take.name  # not through its setter, which would rename
            row.number, row.body = take.number, str(uid)
            if current is not None and current.motion is take.motion:
                manager.motivo_shelf["active"] = len(rows) - 1
            picture_of(take.number, take.motion)  # made now: drawing must not


def take_in(job: Job) -> None:
    """Called after each work of the worker: new takes go onto the shelf."""
    takes = session().takes.get(job.body) if job.body is not None else None
    if takes is None:
        return
    known = {id(take.motion) for take in kept_takes(job.body)}
    if not any(id(motion) in known for motion in takes.motions):
        put(job.body, takes)


@bpy.app.handlers.persistent
def before_save(*_arguments) -> None:
    """Undo may have taken the text back while the takes are still there."""
    for uid in _shelves:
        write(uid)


@bpy.app.handlers.persistent
def after_load(*_arguments) -> None:
    """The bodies of another file bring their own takes; the last of each is looked at."""
    _shelves.clear()
    forget_pictures()
    for body in bpy.data.objects:
        if is_body(body) and body.motivo_kept:
            takes = read(body)
            if takes:
                _shelves[body.session_uid] = takes
                session().takes[body.session_uid] = takes[-1].shown()
    rebuild_rows()


def register() -> None:
    bpy.types.Object.motivo_kept = bpy.props.StringProperty(options={"HIDDEN"})
    bpy.app.handlers.save_pre.append(before_save)
    bpy.app.handlers.load_post.append(after_load)
    session().on_result.append(take_in)


def unregister() -> None:
    bpy.app.handlers.load_post.remove(after_load)
    bpy.app.handlers.save_pre.remove(before_save)
    session().on_result.remove(take_in)
    _shelves.clear()
    forget_pictures()
    del bpy.types.Object.motivo_kept
