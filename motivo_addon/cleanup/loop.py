"""A clip that ends as it begins. Arrays only, no bpy."""

from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from ..rig.clip import Clip, ancestors, compose, decompose, ground_motion

Travel = Literal["keep", "remove"]


def looped(clip: Clip, hips: str, blend_seconds: float, travel: Travel = "keep") -> Clip:
    """The clip with its last pose made equal to its first, so that it plays round and round.

    Half of the difference goes into the blend before the seam, half into the
    one after it, eased, so that neither end jumps. With ``keep`` the character
    goes on from where it is, in the direction it has turned to: place on the
    ground and heading are left alone, and the pose upon them loops. With
    ``remove`` it comes back to where it began.
    """
    if clip.frames < 3:
        return clip
    blend = int(np.clip(round(blend_seconds * clip.fps), 1, (clip.frames - 1) // 2))
    carrier = clip.bones.index(hips)
    above = ancestors(clip.parents, carrier)
    ground = np.tile(np.eye(4), (clip.frames, 1, 1))
    placed = clip.placed
    if travel == "keep":
        ground = ground_motion(clip.placed[0] @ clip.rest[carrier], clip.posed[:, carrier])
    else:
        placed = _blended(clip.placed, blend)
    on_spot = np.linalg.inv(ground)
    local, idle = clip.local(), clip.idle()
    posed = np.empty_like(clip.posed)
    for bone, parent in enumerate(clip.parents):
        carried = placed if parent < 0 else posed[:, parent]
        if bone in above:
            # What travels with the hips goes on where they do.
            keeps = travel == "keep"
            posed[:, bone] = clip.posed[:, bone] if keeps else _blended(clip.posed[:, bone], blend)
        elif (parent < 0 or parent in above) and not idle[bone]:
            posed[:, bone] = ground @ _blended(on_spot @ clip.posed[:, bone], blend)
        else:
            posed[:, bone] = carried @ _blended(local[:, bone], blend)
    return replace(clip, placed=placed, posed=posed)


def best_seam(clip: Clip, hips: str, shortest_seconds: float) -> tuple[int, int]:
    """First and last frame between which the clip loops best.

    Compares where joints are, and how fast, as seen from the hips' shadow on
    the ground; among equals the longer piece wins.
    """
    carrier = clip.bones.index(hips)
    carried = [b for b in range(len(clip.bones)) if carrier in (b, *ancestors(clip.parents, b))]
    joints = clip.joints[:, carried]
    rest = clip.placed[0] @ clip.rest[carrier]
    back = np.linalg.inv(ground_motion(rest, clip.posed[:, carrier]))
    seen = np.einsum("tij,tbj->tbi", back[:, :3, :3], joints) + back[:, None, :3, 3]
    pace = np.gradient(seen, axis=0) * clip.fps if clip.frames > 1 else np.zeros_like(seen)
    # A tenth of a second of speed weighs like a place.
    features = np.concatenate([seen, 0.1 * pace], axis=-1).reshape(clip.frames, -1)
    features = features / np.sqrt(len(carried))
    squares = (features**2).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * features @ features.T, 0.0))
    shortest = max(2, round(shortest_seconds * clip.fps))
    first, last = np.triu_indices(clip.frames, shortest)
    if not len(first):
        return 0, clip.frames - 1
    # A millimetre for each second that is lost.
    score = apart[first, last] + 0.001 * (clip.frames - (last - first)) / clip.fps
    best = int(np.argmin(score))
    return int(first[best]), int(last[best])


def _blended(matrices: np.ndarray, blend: int) -> np.ndarray:
    """(T, 4, 4) whose ends differ -> (T, 4, 4) whose ends are equal."""
    places, turns, sizes = decompose(matrices)
    weights = np.zeros(len(matrices))
    ramp = np.linspace(1.0, 0.0, blend + 1)
    eased = ramp * ramp * (3 - 2 * ramp)
    weights[: blend + 1] = 0.5 * eased
    weights[-blend - 1 :] = -0.5 * eased[::-1]
    rotations = Rotation.from_quat(turns, scalar_first=True)
    # From the first pose to the last; each end goes half of it towards the other.
    gap = (rotations[-1] * rotations[0].inv()).as_rotvec()
    rotations = Rotation.from_rotvec(weights[:, None] * gap) * rotations
    places = places + weights[:, None] * (places[-1] - places[0])
    sizes = sizes + weights[:, None] * (sizes[-1] - sizes[0])
    return compose(places, rotations, sizes)
