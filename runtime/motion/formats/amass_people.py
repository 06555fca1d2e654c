"""The people of an SMPL file: one, or several in one of the ways that networks write them."""

import re
from collections.abc import Mapping

import numpy as np

from ...errors import UserError

Arrays = Mapping[str, np.ndarray | None]

WIDTHS = (63, 66, 69, 72, 153, 156, 165)
"""Numbers per frame: SMPL body with and without root and hands, SMPL-H, SMPL-X."""
_MOST = 20
"""People: more along an axis are frames."""
_LABELS = (
    re.compile(
        r"^(?P<who>(?:person|people|subject|actor|body|track|p)_?\d+)[_./](?P<key>.+)$", re.I
    ),
    re.compile(r"^(?P<key>.+?)_?(?P<who>(?:person|subject|actor|p)_?\d+)$", re.I),
    re.compile(r"^(?P<key>.+?)_(?P<who>\d+|[ab])$", re.I),
)
"""How keys name somebody: ``person1_poses``, ``poses_p2``, ``poses_0``."""


def people_of(arrays: Arrays, whole: tuple[str, ...]) -> dict[str, Arrays]:
    """Who is in the file, by label, each with arrays of one person; mostly one, labelled "1".

    ``whole`` are the keys under which poses of all joints stand.
    """
    labelled = _by_key(arrays, whole)
    if labelled:
        return labelled
    key = next((key for key in whole if arrays.get(key) is not None), None)
    poses = None if key is None else arrays[key]
    axis = None if poses is None else _axis_of_people(poses)
    if poses is None or axis is None:
        return {"1": arrays}
    count, frames = poses.shape[axis], poses.shape[1 - axis]
    people: dict[str, Arrays] = {}
    for person in range(count):
        own = {}
        for name, value in arrays.items():
            shared = value is None or value.ndim < 2 or value.shape[axis] != count
            own[name] = value if shared or value is None else value.take(person, axis=axis)
        people[str(person + 1)] = own
    return people if frames else {"1": arrays}


def chosen(people: Mapping[str, Arrays], person: str, name: str) -> tuple[Arrays, tuple[str, ...]]:
    """One person's arrays, and a note that names the others.

    Raises:
        UserError: nobody is called so; it names who is there.
    """
    labels = list(people)
    if person:
        by_name = {label.lower(): label for label in labels}
        number = int(person) - 1 if person.isdecimal() else -1
        if person.lower() in by_name:
            label = by_name[person.lower()]
        elif 0 <= number < len(labels):
            label = labels[number]
        else:
            raise UserError(
                f"'{name}' has nobody called '{person}'; choose one of: {', '.join(labels)}."
            )
    else:
        label = labels[0]
    if len(labels) == 1:
        return people[label], ()
    note = f"{label} of {len(labels)} people ({', '.join(labels)}); --person chooses another"
    return people[label], (note,)


def _by_key(arrays: Arrays, whole: tuple[str, ...]) -> dict[str, Arrays]:
    """Keys that carry a person's label, sorted by it; what carries none belongs to all."""
    if any(key in arrays for key in whole):
        return {}
    for pattern in _LABELS:
        found: dict[str, dict[str, np.ndarray | None]] = {}
        for name, value in arrays.items():
            match = pattern.match(name)
            if match:
                found.setdefault(match["who"], {})[match["key"]] = value
        people = {who: own for who, own in found.items() if any(key in own for key in whole)}
        if people:
            common = {name: value for name, value in arrays.items() if not pattern.match(name)}
            return {who: {**common, **own} for who, own in sorted(people.items())}
    return {}


def _axis_of_people(poses: np.ndarray) -> int | None:
    """Of poses of several people in one array: the axis they lie along, 0 or 1."""
    flat = poses.ndim == 3 and poses.shape[2] in WIDTHS
    joints = poses.ndim == 4 and poses.shape[3] == 3 and 3 * poses.shape[2] in WIDTHS
    if not (flat or joints):
        return None
    first, second = poses.shape[:2]
    axis = 0 if first <= second else 1
    return axis if 1 < poses.shape[axis] <= _MOST and first != second else None
