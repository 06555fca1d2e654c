"""Parts of a person by the names of the bones, from the tables that also read motion files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .human_bones import SMPL_TO_ROLE, numbered
from .names import bone_names, fold_name

BY_WORDS = "Names by their words"
_LIMB_JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
_NUMBER = re.compile(r"[._]\d+$")
_LAST = re.compile(r"[._ -][A-Za-z]+$")
_FIRST = re.compile(r"^[A-Za-z]+\d*[._ :-]")
"""What tools put at the ends of every name: ``LeftLeg_056``, ``hip_L_jnt``, ``Character1_Hips``."""
_SHARED = 0.7
"""Share of the names that must have it."""
_KNOWN = 2
"""Joints that a known tool's names are worth beside names read word by word."""
_FEW = 10
"""Joints of a table that must be there before its naming is believed."""


@dataclass(frozen=True)
class NamedBones:
    """What names alone say."""

    convention: str
    joints: dict[str, str]
    """SMPL joint -> bone."""
    exact: float
    """0..1: share of the joints spelled as in the table."""


def read_names(names: Sequence[str], parents: Sequence[int]) -> NamedBones | None:
    """The naming that explains most bones, literal spelling deciding between equals.

    Names are read as they are first, then without what tools add to all of them.
    """
    best: NamedBones | None = None
    best_score = 0
    for spelled in _spellings(names):
        found = _read_spelled(spelled, parents)
        if found is None:
            continue
        score = len(found.joints) + _KNOWN * (found.convention != BY_WORDS)
        if score > best_score:
            best_score = score
            original = dict(zip(reversed(spelled), reversed(names), strict=True))
            joints = {joint: original[bone] for joint, bone in found.joints.items()}
            best = replace(found, joints=joints)
    return best


def _spellings(names: Sequence[str]) -> list[list[str]]:
    """Names as they are; without the numbers at their ends; without the word after or before all.

    Twice, for what was renamed twice: ``LeftLeg_01_jnt``, ``X.001.001``.
    """
    spellings = [list(names)]
    for pattern, one_word in 2 * ((_NUMBER, False), (_LAST, True), (_FIRST, True)):
        last = spellings[-1]
        cuts = [_cut(pattern, name) for name in last]
        usual = Counter(cut for cut in cuts if cut).most_common(1)
        added = [bool(cut) and (not one_word or cut == usual[0][0]) for cut in cuts]
        if sum(added) >= _SHARED * len(last):
            both = zip(last, added, strict=True)
            spellings.append([pattern.sub("", name) if cut else name for name, cut in both])
    return spellings


def _cut(pattern: re.Pattern[str], name: str) -> str:
    found = pattern.search(name)
    return found[0] if found and len(found[0]) < len(name) else ""


def _read_spelled(names: Sequence[str], parents: Sequence[int]) -> NamedBones | None:
    folded: dict[tuple[str, str], str] = {}
    plain = {_plain(name): name for name in reversed(names)}
    for name in names:
        folded.setdefault(fold_name(name), name)
    best, best_score = None, 0.0
    for table in bone_names()["skeletons"]:
        joints: dict[str, str] = {}
        exact = 0
        for joint, usual in table["joints"].items():
            bone = plain.get(usual) or folded.get(fold_name(usual))
            if bone is not None and bone not in joints.values():
                joints[joint] = bone
                exact += usual in plain
        if len(joints) < _FEW or not {"left_hip", "right_hip"} <= set(joints):
            continue
        # Of equals the table of which most is there: others ask for joints that are not.
        score = len(joints) + exact + 0.5 * len(joints) / len(table["joints"])
        # Of equals the later: a table that asks for more of the spine and still finds it all.
        if score >= best_score:
            best = NamedBones(table["name"], joints, exact / len(joints))
            best_score = score
    words = _read_words(folded, names, parents)
    if parents_known(parents):
        words = _placed(words, names, parents, trust_spine=False)
    if best is not None:
        further = {
            joint: bone
            for joint, bone in words.items()
            if joint.endswith(_LIMB_JOINTS)
            and joint not in best.joints
            and bone not in best.joints.values()
        }
        return replace(best, joints=best.joints | further)
    return NamedBones(BY_WORDS, words, 0.5) if len(words) >= _FEW else None


def as_roles(joints: dict[str, str]) -> dict[str, str]:
    """SMPL joint -> bone, as role -> bone; the spine is counted, its bones found otherwise."""
    roles = {SMPL_TO_ROLE[joint]: bone for joint, bone in joints.items() if joint in SMPL_TO_ROLE}
    if "neck" in joints:
        roles[numbered("neck", 1)] = joints["neck"]
    spine = [joints[joint] for joint in ("spine1", "spine2", "spine3") if joint in joints]
    for number, bone in enumerate(spine, 1):
        roles[numbered("spine", number)] = bone
    return roles


def is_twist(name: str) -> bool:
    """Whether the name says that the bone only takes a share of a limb's twist."""
    lowered = name.lower()
    # Exporters add a bone after every last one.
    ends = lowered.endswith(("end", "leaf", "nub"))
    return not ends and any(word in lowered for word in ("twist", "twst", "roll", "share"))


def is_mechanism(name: str) -> bool:
    """Whether the name says that the bone steers others and is no part of the person."""
    lowered = name.lower()
    words = ("ik", "pole", "ctrl", "control", "target", "mch", "org", "vis", "tweak", "socket")
    parts = lowered.replace("-", " ").replace("_", " ").replace(".", " ").split()
    return any(word in parts for word in words) or "ik." in lowered


def _plain(name: str) -> str:
    """Without a namespace: ``mixamorig:Hips`` -> ``Hips``."""
    return name.rpartition(":")[2]


def read_words(names: Sequence[str], parents: Sequence[int]) -> dict[str, str]:
    """SMPL joint -> bone by single words alone, however few there are."""
    folded: dict[tuple[str, str], str] = {}
    for name in names:
        folded.setdefault(fold_name(name), name)
    return _placed(_read_words(folded, names, parents), names, parents, trust_spine=False)


def parents_known(parents: Sequence[int]) -> bool:
    """Whether it is known at all what hangs on what."""
    return any(parent >= 0 for parent in parents)


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
