"""Which joint of somebody's skeleton is which joint of SMPL, by name.

The names are data (``bone_names.json``): whole skeletons first, then single
words. Only the standard library is used, so that the add-on can read rigs with
the same tables.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..body.names import SMPL_ORDER
from ..errors import UserError

NAMES_FILE = Path(__file__).with_name("bone_names.json")

LEGS: tuple[str, ...] = tuple(
    f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle")
)
"""Without these there is no scale and no stance: nothing can be fitted."""

BY_WORDS = "by its words"
"""``BoneMap.skeleton`` of a skeleton that is in no table."""

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@dataclass(frozen=True)
class BoneMap:
    """What was recognised of a skeleton."""

    skeleton: str
    """Name of the table in ``bone_names.json``, or ``BY_WORDS``."""
    joints: dict[str, str]
    """SMPL joint -> the source's joint."""
    missing: tuple[str, ...]
    """SMPL joints the source has no counterpart for."""

    @property
    def has_legs(self) -> bool:
        return all(joint in self.joints for joint in LEGS)


@lru_cache(maxsize=1)
def bone_names() -> dict[str, Any]:
    """The tables: ``skeletons``, ``prefixes``, ``sides``, ``words``, ``spine``."""
    return json.loads(NAMES_FILE.read_text(encoding="utf-8"))


def joint_axes(skeleton: str) -> dict[str, list[float]]:
    """How the axes of a known skeleton's joints stand to SMPL's: wxyz per SMPL joint.

    Only for skeletons whose rest pose does not tell: averages over their
    published clips, rotating SMPL's axes into the joint's own.
    """
    for table in bone_names()["skeletons"]:
        if table["name"] == skeleton:
            return table.get("axes", {})
    return {}


def fold_name(name: str) -> tuple[str, str]:
    """A joint's side ("left", "right" or "") and the rest of its name, plainly spelled.

    Namespaces, usual prefixes, case and separators go: ``mixamorig:LeftUpLeg``
    -> ("left", "upleg"), ``Bip01 L Thigh`` and ``thigh_l`` -> ("left", "thigh").
    """
    parts = [part.lower() for part in _PARTS.findall(re.split(r"[:|]", name)[-1])]
    tables = bone_names()
    take = 3
    while take:
        # A prefix may come in parts and carry a number: CC_Base, Bip01, mixamorig5.
        head = "".join(parts[:take]).rstrip("0123456789")
        if len(parts) > take and head in tables["prefixes"]:
            parts, take = parts[take:], 3
        else:
            take -= 1
    for side, words in tables["sides"].items():
        # First or last, else before a number: thigh_l, lThigh, spine_l_01.
        for place in (0, len(parts) - 1, len(parts) - 2):
            if len(parts) > 1 and place >= 0 and parts[place] in words:
                return side, "".join(parts[:place] + parts[place + 1 :])
    return "", "".join(parts)


def map_bones(names: Sequence[str], parents: Sequence[int] | None = None) -> BoneMap:
    """Finds the SMPL joints among ``names``.

    The table that explains most joints wins; a skeleton whose legs are in no
    table is read word by word. With ``parents`` (index per joint, -1 for a
    root) the pelvis and the spine are also found by where they stand.
    """
    folded: dict[tuple[str, str], str] = {}
    for name in names:
        folded.setdefault(fold_name(name), name)
    best = BoneMap(BY_WORDS, _read_words(folded, names, parents), ())
    for table in bone_names()["skeletons"]:
        found = {
            joint: folded[fold_name(name)]
            for joint, name in table["joints"].items()
            if fold_name(name) in folded
        }
        candidate = BoneMap(table["name"], found, ())
        if candidate.has_legs and len(found) >= max(16, len(best.joints)):
            better = best.skeleton == BY_WORDS or len(found) > len(best.joints)
            best = candidate if better else best
    joints = best.joints
    if parents is not None:
        joints = _placed(joints, names, parents, trust_spine=best.skeleton != BY_WORDS)
    missing = tuple(joint for joint in SMPL_ORDER if joint not in joints)
    return BoneMap(best.skeleton, joints, missing)


def require_legs(bones: BoneMap, label: str) -> None:
    """Raises a ``UserError`` that names what is missing when the legs are not all there."""
    if not bones.has_legs:
        missing = ", ".join(joint for joint in LEGS if joint not in bones.joints)
        raise UserError(
            f"The skeleton of '{label}' has no legs that can be recognised by name "
            f"(missing: {missing}); rename its joints as in Mixamo, Unreal or SMPL.",
            f"recognised: {bones.joints}",
        )


def _read_words(
    folded: dict[tuple[str, str], str], names: Sequence[str], parents: Sequence[int] | None
) -> dict[str, str]:
    words = bone_names()["words"]
    found: dict[str, str] = {}
    used: set[str] = set()

    def look(joint: str, side: str, word: str) -> None:
        for candidate in words[word]:
            name = folded.get((side, candidate))
            if name is not None and name not in used:
                found[joint] = name
                used.add(name)
                return

    for joint in ("pelvis", "neck", "head"):
        look(joint, "", joint)
    for side in ("left", "right"):
        # In this order: "shoulder" is the upper arm only where nothing else is,
        # and "foot" the toes only where the ankle has a name of its own.
        for word in (
            "ankle",
            "hip",
            "knee",
            "foot",
            "shoulder",
            "collar",
            "elbow",
            "wrist",
            "hand",
        ):
            look(f"{side}_{word}", side, word)
    stems = bone_names()["spine"]
    spine = [
        name
        for (side, stem), name in folded.items()
        if not side and name not in used and stem.rstrip("0123456789") in stems
    ]
    found.update(_spread_spine(spine))
    return found


def _placed(
    joints: dict[str, str], names: Sequence[str], parents: Sequence[int], trust_spine: bool
) -> dict[str, str]:
    """Adds pelvis and spine by their place in the tree; drops legs that are no chain."""
    index = {name: position for position, name in reversed(list(enumerate(names)))}

    def ancestors(name: str) -> list[str]:
        chain, joint = [], index[name]
        while joint >= 0:
            chain.append(names[joint])
            joint = parents[joint]
        return chain

    joints = dict(joints)
    for side in ("left", "right"):
        for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("ankle", "foot")):
            above, below = joints.get(f"{side}_{upper}"), joints.get(f"{side}_{lower}")
            if above and below and above not in ancestors(below):
                del joints[f"{side}_{lower}"]
    if "left_hip" in joints and "right_hip" in joints and "pelvis" not in joints:
        right = ancestors(joints["right_hip"])
        shared = [name for name in ancestors(joints["left_hip"]) if name in right]
        if shared:
            joints["pelvis"] = shared[0]
    top = next((joints[name] for name in ("neck", "head", "left_shoulder") if name in joints), None)
    if top and "pelvis" in joints and not trust_spine:
        above_top = ancestors(top)[1:]
        if joints["pelvis"] in above_top:
            spine = above_top[: above_top.index(joints["pelvis"])][::-1]
            taken = {name for joint, name in joints.items() if not joint.startswith("spine")}
            joints = {name: bone for name, bone in joints.items() if not name.startswith("spine")}
            joints.update(_spread_spine([name for name in spine if name not in taken]))
    return joints


def _spread_spine(spine: Sequence[str]) -> dict[str, str]:
    """Any number of spine joints, from the pelvis up, onto SMPL's three."""
    if not spine:
        return {}
    if len(spine) == 1:
        return {"spine2": spine[0]}
    if len(spine) == 2:
        return {"spine1": spine[0], "spine3": spine[1]}
    return {"spine1": spine[0], "spine2": spine[len(spine) // 2], "spine3": spine[-1]}
