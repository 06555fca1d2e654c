"""Sources are judged before they are used: which way is up, whether the world is level.

What is set right is told in a few words each (``SkeletonClip.notes``). Everything here
goes by where the joints are, whatever kind of file they came from.
"""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.kinematics import to_wxyz
from .rates import corrected_rate
from .skeleton import SkeletonClip

AXES = {
    "x": (1.0, 0.0, 0.0),
    "y": (0.0, 1.0, 0.0),
    "z": (0.0, 0.0, 1.0),
    "-x": (-1.0, 0.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "-z": (0.0, 0.0, -1.0),
}
_ALONG = 0.7
"""Mean share of a person's direction from feet to head that must lie along an axis to stand."""
_MOSTLY = 0.9
"""Share of the frames in which a person has to stand so; who gets up or lies down is left alone."""
_STAYS = 0.6
"""Metres within which the hips of somebody who lies stay."""
_LIES = (0.1, 0.45)
"""Metres under and over the floor within which all of somebody who lies is."""
_STILL = 0.5
"""m/s below which an ankle may be bearing weight."""
_TILTED = np.radians([5.0, 30.0])
"""Tilts of a whole world that are taken out; less is left to the floor's slope, more is a climb."""
_CLEAR = 0.2
"""How far the standing feet may be off the plane, as a share of how much it rises under them."""
_SPREAD = 1.2
"""Metres the standing feet must be apart before a tilt is believed."""


def judged(clip: SkeletonClip, up_said: bool = False, fps_said: bool = False) -> SkeletonClip:
    """The clip upright, on a level floor, at a rate that can be; ``notes`` say what changed.

    What a person ``said`` stays as it is.
    """
    if not clip.bones.has_legs:
        return clip
    if not up_said:
        clip = _levelled(_upright(clip))
    if not fps_said:
        rate, note = corrected_rate(clip)
        clip = replace(clip, fps=rate, notes=(*clip.notes, note)) if note else clip
    return clip


def turned(clip: SkeletonClip, turn: Rotation, note: str) -> SkeletonClip:
    """The whole clip, rest pose and all, turned about the world's origin."""

    def quats(wxyz: np.ndarray) -> np.ndarray:
        flat = Rotation.from_quat(wxyz.reshape(-1, 4), scalar_first=True)
        return to_wxyz(turn * flat).reshape(wxyz.shape)

    return replace(
        clip,
        positions=turn.apply(clip.positions.reshape(-1, 3)).reshape(clip.positions.shape),
        rotations=quats(clip.rotations),
        rest_positions=turn.apply(clip.rest_positions),
        rest_rotations=quats(clip.rest_rotations),
        notes=(*clip.notes, note),
    )


def _tracks(clip: SkeletonClip) -> tuple[np.ndarray, np.ndarray]:
    """Ankles (T, 2, 3) and the upper end of the trunk (T, 3)."""
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    ankles = clip.positions[:, [at["left_ankle"], at["right_ankle"]]]
    top = next((j for j in ("head", "neck", "spine3", "pelvis") if j in at), "left_hip")
    return ankles, clip.positions[:, at[top]]


def _upright(clip: SkeletonClip) -> SkeletonClip:
    ankles, top = _tracks(clip)
    along = top - ankles.mean(axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    standing = along.mean(axis=0)
    name = max(AXES, key=lambda axis: float(standing @ np.array(AXES[axis])))
    up = np.array(AXES[name])
    if name == "z" or (along @ up > _ALONG).mean() < _MOSTLY:
        return clip
    went = _way(clip)
    goes = np.linalg.norm(went) > _STAYS
    if name != "-z" and (
        # Who crawls or swims goes where the head is; who walks in a turned world across that.
        abs(went @ up) > _ALONG * np.linalg.norm(went) if goes else _may_lie(clip, ankles, top, up)
    ):
        return clip
    # A handstand and somebody lying are no mistakes of a file. Their floor is at zero under
    # the hands or the back; in a turned world it is where the feet are.
    if name != "-z" and goes:
        turn, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [up])
        return turned(clip, turn, "turned upright")
    feet = np.abs(np.median((ankles @ up).min(axis=1)))
    other = clip.positions[..., 2].min(axis=1)
    lowest = np.abs(np.percentile(other, 10))
    if feet > lowest + 0.15:
        return clip
    turn, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [up])
    return turned(clip, turn, "turned upright")


def _hips(clip: SkeletonClip) -> np.ndarray:
    """(T, 3)"""
    at = [clip.names.index(clip.bones.joints[f"{side}_hip"]) for side in ("left", "right")]
    return clip.positions[:, at].mean(axis=1)


def _way(clip: SkeletonClip) -> np.ndarray:
    """(3,) metres: from where the hips are at one time to where they are furthest from there."""
    hips = _hips(clip)
    return hips[np.linalg.norm(hips - hips[0], axis=1).argmax()] - hips[0]


def _may_lie(clip: SkeletonClip, ankles: np.ndarray, top: np.ndarray, up: np.ndarray) -> bool:
    """Whether somebody along the floor may lie there: on it, and staying where they are.

    In a turned world a person goes places, and the floor is under the feet.
    """
    hips = _hips(clip)
    along = np.concatenate([hips, top, ankles.mean(axis=1)])[:, 2]
    on_floor = np.percentile(along, 2) > -_LIES[0] and np.percentile(along, 98) < _LIES[1]
    feet = float(np.median((ankles @ up).min(axis=1)))
    stands = 0.0 < feet < 0.13 and abs(float(np.median(hips[:, 2]))) < 0.06
    return bool(on_floor and not stands)


def _levelled(clip: SkeletonClip) -> SkeletonClip:
    """A world that leans as a whole, feet and body alike, as a camera sees it, stands upright."""
    ankles, top = _tracks(clip)
    if clip.frames < 10:
        return clip
    speed = np.linalg.norm(np.gradient(ankles, axis=0), axis=2) * clip.fps
    low = ankles[..., 2] <= ankles[..., 2].min(axis=1, keepdims=True) + 0.05
    points = ankles[(speed < _STILL) & low]
    if len(points) < 5:
        return clip
    flat = points[:, :2] - points[:, :2].mean(axis=0)
    if np.linalg.norm(np.ptp(flat, axis=0)) < _SPREAD:
        return clip
    design = np.hstack([flat, np.ones((len(flat), 1))])
    ridge = np.diag([0.001, 0.001, 0.0]) * len(flat)
    slope = np.linalg.solve(design.T @ design + ridge, design.T @ points[:, 2])
    off = np.abs(points[:, 2] - design @ slope).mean()
    rise = np.ptp(design @ slope)
    if off > 0.05 or off > _CLEAR * rise:
        return clip
    normal = np.array([-slope[0], -slope[1], 1.0])
    normal /= np.linalg.norm(normal)
    tilt = float(np.arccos(normal[2]))
    body = top - ankles.mean(axis=1)
    body /= np.maximum(np.linalg.norm(body, axis=1, keepdims=True), 1e-9)
    if (body @ normal > _ALONG).mean() < _MOSTLY:
        return clip
    body = body.mean(axis=0)
    # On a ramp people stand upright; in a tilted world they lean with the floor.
    if not _TILTED[0] < tilt < _TILTED[1] or body @ normal < body[2]:
        return clip
    turn, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [normal])
    return turned(clip, turn, f"floor levelled by {np.degrees(tilt):.0f} degrees")
