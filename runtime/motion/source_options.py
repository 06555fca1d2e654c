"""What a person says about a motion file where the file itself does not tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import UserError
from ..skeletons.bone_map import RigMap
from .formats.bvh import Bvh
from .judging.judge import AXES


@dataclass(frozen=True)
class SourceOptions:
    """Nothing said is found out."""

    up: str = ""
    """Axis of the file that points up: x, y, z, -x, -y or -z."""
    fps: float | None = None
    """Frames a second the motion really has, whatever the file says."""
    unit: float | None = None
    """Metres per unit of the file."""
    person: str = ""
    """Name of the root joint of one of several people, or its number from 1."""
    rig_map: RigMap | None = None

    def __post_init__(self) -> None:
        if self.up and self.up not in AXES:
            raise UserError(f"'{self.up}' is no axis; say which one points up: {', '.join(AXES)}.")
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
        return Rotation.align_vectors([[0.0, 0.0, 1.0]], [AXES[self.up]])[0]


def one_person(bvh: Bvh, name: str, person: str = "") -> tuple[Bvh, tuple[str, ...]]:
    """The joints of one person of a file that may hold several, each under a root of their own.

    Raises:
        UserError: when nobody in the file is called so; it names who is there.
    """
    roots = [k for k, joint in enumerate(bvh.joints) if joint.parent < 0]
    named = [bvh.joints[root].name for root in roots]
    if person:
        if person in named:
            chosen = named.index(person)
        elif person.isdecimal() and 1 <= int(person) <= len(roots):
            chosen = int(person) - 1
        else:
            raise UserError(
                f"'{name}' has nobody called '{person}'; choose one of: {', '.join(named)}."
            )
    elif len(roots) == 1:
        return bvh, ()
    else:
        chosen = max(range(len(roots)), key=lambda k: (len(_below(bvh, roots[k])), -k))
    note = (
        f"{named[chosen]} of {len(roots)} people ({', '.join(named)}); --person chooses another",
    )
    return _part(bvh, _below(bvh, roots[chosen])), note if len(roots) > 1 else ()


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
    return Bvh(moved, bvh.frame_time, bvh.values[:, columns])
