"""Control rigs: bones that steer others through constraints, and are the ones to key.

Their bones do not hang on each other as limbs do, so a control rig is computed
as if its controls did, and what to key on them is found later, level by level,
from where the rig's own constraints carry them (see ``control_keys``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .bone_map import RigMap, RigRow, limb_order
from .human_bones import LIMBS, SIDES, SPINE, numbered
from .skeleton import Skeleton

TABLES = Path(__file__).with_name("control_rigs.json")


@dataclass(frozen=True)
class Switch:
    """A property that has to be set for the keyed controls to be followed."""

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class ControlRig:
    """A kind of control rig."""

    name: str
    table: Mapping[str, Any]

    @property
    def resting(self) -> tuple[str, ...]:
        """Controls beside the keyed ones that have to be at rest."""
        patterns = [*self.table["resting"], *self.table.get("resting_goals", ())]
        words = self.table["sides"]
        return tuple(dict.fromkeys(p.format(s=word) for p in patterns for word in words))

    def sided(self, group: str) -> dict[str, str]:
        """Role, or side and limb -> control, of ``goals``, ``on_goals`` or ``poles``."""
        return {
            f"{side}_{part}": pattern.format(s=word)
            for part, pattern in self.table.get(group, {}).items()
            for side, word in zip(SIDES, self.table["sides"], strict=True)
        }

    def written(self, limbs: str) -> list[str]:
        """Controls beside those of a map that get keys or whose properties do."""
        groups = ("goals", "on_goals", "poles")
        goals = [name for group in groups for name in self.sided(group).values()]
        return goals + [switch.bone for switch in self.switches(limbs)]

    def switches(self, limbs: str) -> list[Switch]:
        """Set so that limbs follow their "fk" or "ik" controls."""
        return [
            Switch(entry["bone"].format(s=side), entry["property"], entry.get(limbs, entry["fk"]))
            for entry in self.table["switches"]
            for side in self.table["sides"]
        ]


@lru_cache(maxsize=1)
def _known() -> tuple[ControlRig, ...]:
    tables = json.loads(TABLES.read_text(encoding="utf-8"))
    return tuple(ControlRig(table["name"], table) for table in tables)


def control_rig(rig_map: RigMap) -> ControlRig | None:
    """The kind of control rig that a map is of, if it is of one."""
    return next((rig for rig in _known() if rig.name == rig_map.convention), None)


def has_ik(convention: str) -> bool:
    """Whether limbs of a rig of that kind are keyed on IK controls as well."""
    return any(rig.name == convention and "goals" in rig.table for rig in _known())


def recognise_controls(rest: Skeleton) -> RigMap | None:
    """The map of a control rig, if the skeleton is one that is known."""
    names = set(rest.names)
    rig = next((rig for rig in _known() if names.issuperset(rig.table["marks"])), None)
    if rig is None:
        return None
    rows = []

    def add(role: str, pattern: str, side: str) -> None:
        for name in pattern.format(s=side).split("|"):
            if name in names:
                rows.append(RigRow(role, name, "name"))
                return

    for role in ("root", "hips"):
        add(role, rig.table["bones"][role], "")
    for number, bone in enumerate(_upper_spine(rest, rig.table["spine"]), 1):
        rows.append(RigRow(numbered(SPINE, number), bone, "name"))
    for role in ("neck_1", "head"):
        add(role, rig.table["bones"][role], "")
    for side, word in zip(SIDES, rig.table["sides"], strict=True):
        for part in ("clavicle", *LIMBS["arm"], *LIMBS["leg"], "toe"):
            add(f"{side}_{part}", rig.table["bones"][part], word)
    made = RigMap(rig.name, 1.0, tuple(rows))
    return RigMap(rig.name, 1.0 - 0.1 * len(made.missing), tuple(rows))


def _upper_spine(rest: Skeleton, stem: str) -> list[str]:
    """Controls of the spine that carry what is above them; lower ones hang upside down."""
    found = [bone for bone, name in enumerate(rest.names) if name.startswith(stem)]

    def carries_lower(bone: int) -> bool:
        below = rest.descendants(bone)
        return any(rest.heads[o, 2] < rest.heads[bone, 2] - 1e-6 for o in found if o in below)

    def hangs(bone: int) -> bool:
        above = set(rest.ancestors(bone)) - {bone}
        return any(rest.heads[o, 2] > rest.heads[bone, 2] + 1e-6 for o in found if o in above)

    upward = [bone for bone in found if not carries_lower(bone) and not hangs(bone)]
    return [rest.names[bone] for bone in sorted(upward, key=lambda bone: rest.heads[bone, 2])]


def as_limbs(rest: Skeleton, rig_map: RigMap) -> Skeleton:
    """The keyed controls alone, hanging on each other as the parts of a person do."""
    bones = rig_map.bones
    order: list[str] = []
    parents: list[int] = []
    for role, parent in limb_order(rig_map):
        parents.append(-1 if parent is None else order.index(bones[parent]))
        order.append(bones[role])
    index = [rest.index(name) for name in order]
    return Skeleton(
        tuple(order), np.array(parents), rest.heads[index], rest.tails[index], rest.axes[index]
    )


def levels(rig_map: RigMap) -> list[list[str]]:
    """Roles that can be keyed together once those before them are, by how deep they hang."""
    depth: dict[str, int] = {}
    for role, parent in limb_order(rig_map):
        depth[role] = 0 if parent is None else depth[parent] + 1
    count = max(depth.values(), default=-1) + 1
    return [[role for role, d in depth.items() if d == level] for level in range(count)]
