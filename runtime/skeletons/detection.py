"""A rig map from names and structure together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .bone_map import Origin, RigMap, RigRow, counted
from .control_rigs import recognise_controls
from .human_bones import EXPECTED, LIMBS, NECK, REQUIRED, SIDES, SPINE, numbered, other_side
from .name_matching import BY_WORDS, NamedBones, as_roles, is_mechanism, is_twist, read_names
from .segment_frames import hips_middle
from .shape_matching import read_structure
from .skeleton import Skeleton

UNKNOWN = "Unknown names"
_LITERAL = 0.8
"""Share of the joints that have to be spelled as in a table."""
_NEAR_HIPS = 0.35
"""Share of the leg by which hips may begin away from the hip joints."""


def recognise(rest: Skeleton, steered: bool = True) -> RigMap:
    """What is what in a skeleton: by name, and where that says nothing, by structure.

    Where bones are ``steered`` by constraints, controls are looked for first.
    Never fails: what was not found is in ``RigMap.missing``.
    """
    return (recognise_controls(rest) if steered else None) or recognise_deform(rest)


def recognise_deform(rest: Skeleton) -> RigMap:
    """The same without regard to controls: the bones that move with the person."""
    named = read_names(rest.names, rest.parents.tolist())
    shape = read_structure(rest)
    by_name = {} if named is None else _usable(rest, named, shape)
    shape = _on_the_sides_of(by_name, shape)
    roles: dict[str, tuple[int, Origin]] = {}
    for role, bone in by_name.items():
        roles[role] = (bone, "name")
    for role, bone in shape.items():
        taken = {found for found, _ in roles.values()}
        counted = role.startswith((SPINE, NECK)) and any(r.startswith(role[:4]) for r in by_name)
        if role not in roles and bone not in taken and not counted:
            roles[role] = (bone, "structure")
    _mend_hips(rest, roles)
    _count_chains(rest, roles)
    _add_twists(rest, roles)
    _add_root(rest, roles)
    rows = tuple(RigRow(role, rest.names[bone], origin) for role, (bone, origin) in _ordered(roles))
    convention = named.convention if named is not None and by_name else UNKNOWN
    return RigMap(convention, _confidence(roles, shape, named), rows)


def _usable(rest: Skeleton, named: NamedBones, shape: dict[str, int]) -> dict[str, int]:
    """Named bones as indices, without limbs that names leave in pieces and the shape has whole.

    One name may mean two things: the shoulder is a collar bone here and an upper arm there.
    Where names are spelled as a known tool's, a hand that hangs on the root is a hand still.
    """
    index = {role: rest.index(bone) for role, bone in as_roles(named.joints).items()}
    known = named.convention != BY_WORDS and named.exact > _LITERAL

    def above(upper: int, lower: int) -> bool:
        if known:
            return lower not in rest.ancestors(upper)
        return upper in rest.ancestors(lower)

    for side in SIDES:
        for limb, parts in LIMBS.items():
            whole = [f"{side}_{part}" for part in parts]
            found = [index[role] for role in whole if role in index]
            in_order = all(above(upper, lower) for upper, lower in pairwise(found))
            named_parts = [role for role in whole if role in index]
            if (
                (in_order and _lacks_only_the_hand(limb, named_parts, whole))
                or (len(found) == len(whole) and in_order)
                or any(role not in shape for role in whole)
            ):
                continue
            group = [*whole, f"{side}_{'clavicle' if limb == 'arm' else 'toe'}"]
            if any(role in index and index[role] != shape.get(role) for role in group):
                for role in group:
                    index.pop(role, None)
        collar, arm = f"{side}_clavicle", index.get(f"{side}_upper_arm")
        carries = () if arm is None else rest.ancestors(arm)
        if collar in index and index[collar] not in carries and shape.get(collar) in carries:
            del index[collar]
    return index


def _lacks_only_the_hand(limb: str, named: list[str], whole: list[str]) -> bool:
    """A forearm may end in the bones of the palm: names that leave out only the hand stand."""
    return limb == "arm" and named == whole[:2]


def _on_the_sides_of(named: dict[str, int], shape: dict[str, int]) -> dict[str, int]:
    """The shape with left and right changed over where names say that it took one for the other."""
    mirrored = {other_side(role): bone for role, bone in shape.items()}
    sided = [(role, bone) for role, bone in named.items() if other_side(role) != role]
    agree, differ = (
        sum(found.get(role) == bone for role, bone in sided) for found in (shape, mirrored)
    )
    return mirrored if differ > agree else shape


def _mend_hips(rest: Skeleton, roles: dict[str, tuple[int, Origin]]) -> None:
    """The hips carry both legs and the spine; some rigs have a pelvis beside the spine."""
    thighs = [roles[f"{side}_thigh"][0] for side in SIDES if f"{side}_thigh" in roles]
    if len(thighs) < 2:
        return
    carried = (
        thighs
        + [roles[role][0] for role in ("spine_1", "spine_2", "spine_3", "head") if role in roles][
            :1
        ]
    )
    current = roles.get("hips", (None, "name"))[0]
    if current is not None and all(current in rest.ancestors(bone) for bone in carried):
        return
    common: int | None = carried[0]
    for bone in carried[1:]:
        common = None if common is None else rest.common_ancestor(common, bone)
    if common is None or (current is not None and not _near_hips(rest, common, roles)):
        return
    holders = [role for role, (bone, _) in roles.items() if bone == common and role != "hips"]
    if all(role.startswith(SPINE) for role in holders):
        for role in holders:
            del roles[role]
        spine = [roles.pop(role) for role in counted(roles, SPINE)]
        roles.update({numbered(SPINE, n): found for n, found in enumerate(spine, 1)})
        roles["hips"] = (common, "structure")


def _near_hips(rest: Skeleton, bone: int, roles: dict[str, tuple[int, Origin]]) -> bool:
    """Whether a bone begins where hips are: a root on the floor carries everything, too."""
    at = {role: rest.heads[found] for role, (found, _) in roles.items()}
    if any(f"{side}_{part}" not in at for side in SIDES for part in ("thigh", "foot")):
        return True
    middle = hips_middle(at)
    leg = np.linalg.norm(middle - (at["left_foot"] + at["right_foot"]) / 2)
    return bool(np.linalg.norm(rest.heads[bone] - middle) < _NEAR_HIPS * leg)


def _count_chains(rest: Skeleton, roles: dict[str, tuple[int, Origin]]) -> None:
    """All bones of the spine and the neck, from the hips up, where they form one chain."""
    if "hips" not in roles or "head" not in roles:
        return
    hips, head = roles["hips"][0], roles["head"][0]
    path = rest.ancestors(head)
    if hips not in path:
        return
    path = list(reversed(path[1 : path.index(hips)]))
    named = {roles[role][0] for role in counted(roles, SPINE)}
    if named and not named.intersection(path):
        return  # the head hangs beside the spine
    arms = [
        roles[role][0]
        for side in SIDES
        for role in (f"{side}_clavicle", f"{side}_upper_arm")
        if role in roles
    ]
    carries_arms = [
        k for k, bone in enumerate(path) if any(bone in rest.ancestors(a) for a in arms)
    ]
    named_neck = next((k for k, b in enumerate(path) if roles.get("neck_1", (-1,))[0] == b), None)
    cut = (
        named_neck
        if named_neck is not None
        else (max(carries_arms) + 1 if carries_arms else len(path))
    )
    origins = dict(roles.values())
    for role in [role for role in roles if role.startswith((SPINE + "_", NECK + "_"))]:
        del roles[role]
    for stem, bones in ((SPINE, path[:cut]), (NECK, path[cut:])):
        for number, bone in enumerate(bones, 1):
            roles[numbered(stem, number)] = (bone, origins.get(bone, "structure"))


def _add_twists(rest: Skeleton, roles: dict[str, tuple[int, Origin]]) -> None:
    """Twist bones by name or because they lie in the chain between two joints of a limb."""
    taken = {bone for bone, _ in roles.values()}
    for side in SIDES:
        for parts in LIMBS.values():
            for part, following in pairwise(parts):
                start, end = roles.get(f"{side}_{part}"), roles.get(f"{side}_{following}")
                if start is None or end is None:
                    continue
                found = _along(rest, start[0], end[0], taken)
                for number, bone in enumerate(found, 1):
                    origin: Origin = "name" if is_twist(rest.names[bone]) else "structure"
                    roles[numbered(f"{side}_{part}_twist", number)] = (bone, origin)
                    taken.add(bone)


def _along(rest: Skeleton, start: int, end: int, taken: set[int]) -> list[int]:
    axis = rest.heads[end] - rest.heads[start]
    length = float(np.linalg.norm(axis))
    inside = rest.ancestors(end)
    beyond = rest.descendants(end)
    found = []
    for bone in sorted(rest.descendants(start) - beyond - taken):
        offset = rest.heads[bone] - rest.heads[start]
        share = float(offset @ axis) / max(length**2, 1e-12)
        off_axis = float(np.linalg.norm(offset - share * axis))
        near = -0.1 <= share <= 1.05 and off_axis < 0.2 * length
        between = bone in inside and share > 0.02
        if near and (between or is_twist(rest.names[bone])):
            found.append((share, bone))
    return [bone for _, bone in sorted(found)]


def _add_root(rest: Skeleton, roles: dict[str, tuple[int, Origin]]) -> None:
    """The topmost bone over the hips, if it has no other part."""
    if "hips" not in roles:
        return
    top = rest.ancestors(roles["hips"][0])[-1]
    if top not in {bone for bone, _ in roles.values()} and not is_mechanism(rest.names[top]):
        roles["root"] = (top, "name" if "root" in rest.names[top].lower() else "structure")


def _ordered(roles: dict[str, tuple[int, Origin]]) -> list[tuple[str, tuple[int, Origin]]]:
    """From the root up the trunk, then arms and legs, left before right, twists last."""
    stems = ["root", "hips", SPINE, NECK, "head"]
    stems += [f"{s}_{p}" for s in SIDES for p in ("clavicle", *LIMBS["arm"])]
    stems += [f"{s}_{p}" for s in SIDES for p in (*LIMBS["leg"], "toe")]

    def place(role: str) -> tuple[bool, int, str]:
        if "_twist_" in role:
            return True, 0, role
        stem = role if role in stems else role.rpartition("_")[0]
        return False, stems.index(stem), role

    return sorted(roles.items(), key=lambda item: place(item[0]))


def _confidence(roles, shape, named) -> float:
    """Share of the expected parts that were found; less where only one of the two sources says so.

    Names from a table count fully, words and structure less, and what both say
    alike counts more than what they say differently.
    """
    trust = {"name": 0.6 if named and named.convention == BY_WORDS else 0.85, "structure": 0.55}
    total = 0.0
    for role in EXPECTED:
        if role not in roles:
            continue
        bone, origin = roles[role]
        agrees = shape.get(role) == bone
        total += min(1.0, trust[origin] + (0.15 if origin == "name" and agrees else 0.0))
    whole = all(role in roles for role in REQUIRED)
    return round(total / len(EXPECTED) * (1.0 if whole else 0.5), 2)
