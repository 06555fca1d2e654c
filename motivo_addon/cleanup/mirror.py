"""What the left did the right does, on any rig. Arrays only, no bpy."""

import re
from dataclasses import replace

import numpy as np

from ..rig.clip import Clip

_ACROSS = np.diag([-1.0, 1.0, 1.0, 1.0])
_SIDE = re.compile(r"(?i:left|right)|(?<![A-Za-z])[LRlr](?![A-Za-z])|(?<=[a-z])[LR](?![a-z])")
_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"}


def mirrored(clip: Clip) -> Clip:
    """The clip as in a mirror that stands upright in the object, in its plane x = 0.

    Counterparts are found by name, else by where they lie at rest; bones on the
    middle are their own. Turns are mirrored exactly; where bones are moved, as
    the hips are, so are places. The character's own lengths are kept.
    """
    others = counterparts(clip.bones, clip.rest)
    inside = np.linalg.inv(clip.placed)[:, None] @ clip.posed
    basis = clip.basis()
    fixed = np.linalg.inv(clip.rest[others]) @ _ACROSS @ clip.rest
    image = _ACROSS @ inside[:, others] @ fixed
    moved = np.abs(basis[..., :3, 3]).max(axis=(0, 2))[others] > 1e-5
    posed = np.empty_like(inside)
    for bone, parent in enumerate(clip.parents):
        posed[:, bone, :3, :3] = image[:, bone, :3, :3]
        posed[:, bone, 3] = (0.0, 0.0, 0.0, 1.0)
        if moved[bone]:
            posed[:, bone, :3, 3] = image[:, bone, :3, 3]
        elif parent < 0:
            posed[:, bone, :3, 3] = clip.rest[bone, :3, 3]
        else:
            offset = np.linalg.inv(clip.rest[parent]) @ clip.rest[bone]
            posed[:, bone, :3, 3] = (posed[:, parent] @ offset)[:, :3, 3]
    placed = _mirrored_path(clip.placed)
    return replace(clip, placed=placed, posed=placed[:, None] @ posed)


def counterparts(names: tuple[str, ...], rest: np.ndarray) -> np.ndarray:
    """(J,) place of each bone's counterpart on the other side; its own for the middle."""
    index = {name: place for place, name in enumerate(names)}
    result = np.arange(len(names))
    heads, ends = rest[:, :3, 3], rest[:, :3, 3] + rest[:, :3, 1] * 1e-3
    height = max(float(np.ptp(heads, axis=0).max()), 1e-6)
    for place, name in enumerate(names):
        by_name = index.get(_SIDE.sub(_swapped, name, count=1))
        if by_name is not None and by_name != place:
            result[place] = by_name
        elif by_name is None or not _SIDE.search(name):
            here = np.concatenate([heads[place], ends[place]]) * ([-1, 1, 1] * 2)
            off = np.linalg.norm(np.hstack([heads, ends]) - here, axis=1)
            off[place] -= 1e-3 * height  # a bone of the middle is its own, whatever lies beside
            nearest = int(np.argmin(off))
            result[place] = nearest if off[nearest] < 0.02 * height else place
    # Only pairs that agree.
    agree = result[result] == np.arange(len(names))
    return np.where(agree, result, np.arange(len(names)))


def _swapped(match: re.Match[str]) -> str:
    found = match[0]
    other = _OTHER[found.lower()]
    return other.upper() if found.isupper() else other.title() if found[0].isupper() else other


def _mirrored_path(placed: np.ndarray) -> np.ndarray:
    """(T, 4, 4): where the object goes, mirrored in its own plane at the start."""
    start = placed[0]
    own = np.linalg.inv(start) @ placed
    return start @ (_ACROSS @ own @ _ACROSS)
