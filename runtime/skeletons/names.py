"""How bones are spelled: the tables of known skeletons, and names without what spelling adds.

The names are data (``bone_names.json``): whole skeletons first, then single
words. Only the standard library is used, so that the add-on can read rigs with
the same tables.
"""

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

NAMES_FILE = Path(__file__).with_name("bone_names.json")

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")
_WRITTEN_SIDE = re.compile("[左右]")
"""Chinese and Japanese write the side as a sign of its own, mostly without any seam."""


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
    # Half-width and full-width signs are one: models are named with either.
    plain = unicodedata.normalize("NFKC", re.split(r"[:|]", name)[-1])
    plain = _WRITTEN_SIDE.sub(lambda sign: f" {sign[0]} ", plain)
    parts = [part.lower() for part in _PARTS.findall(plain)]
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
    return _glued_side("".join(parts))


def _glued_side(stem: str) -> tuple[str, str]:
    """The side of a name written without any seam: ``lhip``, ``LEFTUPLEG``, ``hipl``."""
    known = _limb_words()
    for side in ("left", "right"):
        for word in (side, side[0]):
            for rest in (stem.removeprefix(word), stem.removesuffix(word)):
                if rest != stem and rest.rstrip("0123456789") in known:
                    return side, rest
    return "", stem


@lru_cache(maxsize=1)
def _limb_words() -> frozenset[str]:
    """Words that parts with a side are called by; others may well begin with an l or an r."""
    tables = bone_names()["words"]
    middle = {"pelvis", "neck", "head"}
    words = {word for part, found in tables.items() if part not in middle for word in found}
    return frozenset(word.rstrip("0123456789") for word in words)
