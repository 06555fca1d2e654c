"""What a person says about a motion file where the file itself does not tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import UserError
from ...skeletons.bone_map import RigMap
from ...skeletons.source_bones import recognise_source
from ..formats.bvh import Bvh
from ..judging.judge import AXES

_FEWEST = 10
"""Joints of a person."""


@dataclass(frozen=True)
class SourceOptions:
    """Nothing said is found out."""

    up: str = ""
    """Axis of the file that points up: x, y, z, -x, -y or -z; or a direction in its axes, "0.1,1,0",
    of a world that is tilted."""
    fps: float | None = None
    """Frames a second the motion really has, whatever the file says."""
    unit: float | None = None
    """Metres per unit of the file."""
    person: str = ""
    """Name of the root joint of one of several people, or its number from 1."""
    rig_map: RigMap | None = None

    def __post_init__(self) -> None:
        if self.up:
            _direction(self.up)
        for name, value in (("fps", self.fps), ("unit", self.unit)):
            if value is not None and not (np.isfinite(value) and value > 0):
                raise UserError(f"The source's {name} must be over zero, not {value:g}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain data of what was said; ``from_dict`` is the inverse."""
        rig_map = None if self.rig_map is None else self.rig_map.to_dict()
        said = {"up": self.up, "fps": self.fps, "unit": self.unit, "person": self.person}
        return {key: value for key, value in {**said, "map": rig_map}.items() if value}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "SourceOptions":
        """Raises ``UserError`` for what means nothing."""
        if not isinstance(data, dict) or data.keys() - {"up", "fps", "unit", "person", "map"}:
            raise UserError(
                "The options of a source are up, fps, unit, person and map.", repr(data)
            )
        try:
            fps, unit = (data.get(key) and float(data[key]) for key in ("fps", "unit"))
        except (TypeError, ValueError) as error:
            raise UserError("The source's fps and unit must be numbers.", repr(error)) from error
        rig_map = RigMap.from_dict(data["map"]) if data.get("map") else None
        up, person = str(data.get("up") or ""), str(data.get("person") or "")
        return cls(up, fps or None, unit or None, person, rig_map)

    def turn(self) -> Rotation | None:
        """From the file's axes to z up; None where they are to be found out."""
        if not self.up:
            return None
        return Rotation.align_vectors([[0.0, 0.0, 1.0]], [_direction(self.up)])[0]


def _direction(up: str) -> np.ndarray:
    """(3,): an axis by its name, or three numbers; ``UserError`` for anything else."""
    if up in AXES:
        return np.array(AXES[up], dtype=float)
    try:
        numbers = np.array([float(number) for number in up.split(",")])
    except ValueError:
        numbers = np.zeros(0)
    if numbers.shape != (3,) or not np.isfinite(numbers).all() or not numbers.any():
        raise UserError(
            f"'{up}' is no axis; say which one points up: {', '.join(AXES)}, or a direction as "
            "in 0.1,1,0."
        )
    return numbers / np.linalg.norm(numbers)


def one_person(bvh: Bvh, name: str, person: str = "") -> tuple[Bvh, tuple[str, ...]]:
    """The joints of one person of a file that may hold several, each under a root of their own.

    Raises:
        UserError: when nobody in the file is called so; it names who is there.
    """
    people = _people(bvh)
    named = [bvh.joints[root].name for root, _ in people]
    if person:
        folded = [label.casefold() for label in named]
        if person in named:
            chosen = named.index(person)
        elif folded.count(person.casefold()) == 1:
            chosen = folded.index(person.casefold())
        elif person.isdecimal() and 1 <= int(person) <= len(people):
            chosen = int(person) - 1
        else:
            raise UserError(
                f"'{name}' has nobody called '{person}'; choose one of: {', '.join(named)}."
            )
    elif len(people) == 1:
        return bvh, ()
    else:
        chosen = max(range(len(people)), key=lambda k: (len(people[k][1]), -k))
    note = (
        f"{named[chosen]} of {len(people)} people ({', '.join(named)}); --person chooses another",
    )
    return _part(bvh, people[chosen][1]), note if len(people) > 1 else ()


def _people(bvh: Bvh) -> list[tuple[int, list[int]]]:
    """Of each person the joint that is called by, and all joints; several may hang on one scene."""
    roots = [k for k, joint in enumerate(bvh.joints) if joint.parent < 0]
    if len(roots) > 1:
        return [(root, _below(bvh, root)) for root in roots]
    carried = [
        k
        for k, joint in enumerate(bvh.joints)
        if joint.parent == roots[0] and any(c.endswith("position") for c in joint.channels)
    ]
    people = [(k, [roots[0], *_below(bvh, k)]) for k in carried]
    people = [(k, joints) for k, joints in people if len(joints) >= _FEWEST and _legs(bvh, joints)]
    return people if len(people) > 1 else [(roots[0], _below(bvh, roots[0]))]


def _legs(bvh: Bvh, kept: Sequence[int]) -> bool:
    """Whether these joints are a person with legs; BVH's usual up is taken for it."""
    joints = _part(bvh, kept).joints
    heads = np.zeros((len(joints), 3))
    for k, joint in enumerate(joints):
        x, y, z = joint.offset
        heads[k] = (heads[joint.parent] if joint.parent >= 0 else 0.0) + np.array([x, -z, y])
    names, parents = [j.name for j in joints], [j.parent for j in joints]
    return recognise_source(names, parents, [heads]).has_legs


def _below(bvh: Bvh, root: int) -> list[int]:
    kept = {root}
    for index, joint in enumerate(bvh.joints):
        if joint.parent in kept:
            kept.add(index)
    return sorted(kept)


def _part(bvh: Bvh, kept: Sequence[int]) -> Bvh:
    first = np.cumsum([0, *(len(joint.channels) for joint in bvh.joints)])
    columns = [c for k in kept for c in range(first[k], first[k + 1])]
    place = {old: new for new, old in enumerate(kept)} | {-1: -1}
    joints = [bvh.joints[k] for k in kept]
    moved = tuple(type(j)(j.name, place[j.parent], j.offset, j.channels) for j in joints)
    return Bvh(moved, bvh.frame_time, bvh.values[:, columns], bvh.notes)
