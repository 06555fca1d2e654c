"""Frames that are no part of the motion: rest poses before and after it, poses that flash up inside."""

from dataclasses import dataclass, replace

import numpy as np

from ..sources.skeleton import SkeletonClip


@dataclass(frozen=True)
class OutlierLimits:
    """From where on a pose is another than the motion's."""

    jump_m_s: float = 4.0
    """Of the fastest main joint, in a single step ..."""
    times_others: float = 2.0
    """... that is as many times longer than those of the motion beside it."""
    near_end_s: float = 0.1
    """Within which of an end a pose may move a little and still be another one."""
    held_m: float = 0.05
    """A pose that stays within this is held; however long, if the step out of it ..."""
    out_of_held_m: float = 0.1
    """... is longer than this, ..."""
    times_held: float = 8.0
    """... and so many times longer than those within it."""
    blended: int = 4
    """A pose that was blended into the motion goes over to it with so many joints at once, ..."""
    blended_m_s: float = 2.0
    """... this fast, in ..."""
    times_blended: float = 3.0
    """... steps that are as many times longer than those behind."""
    flash_s: float = 0.15
    """How long a pose may last that comes and goes inside the motion ..."""
    flash_m: float = 0.15
    """... by steps of at least this, ..."""
    joints: int = 4
    """... of this many joints, ..."""
    flash_times: float = 4.0
    """... as many times longer than those around it ..."""
    back: float = 0.5
    """... and it comes back to within this share of them, beside how far the motion went on."""


LIMITS = OutlierLimits()
_AROUND = 8
"""Frames beside a flash that tell how fast the motion is."""


def without_outliers(clip: SkeletonClip, limits: OutlierLimits = LIMITS) -> SkeletonClip:
    """The clip without poses of another kind at its ends, and bridged where one flashes up inside.

    Converters put the rest pose first or last, some hold it for a while; trackers lose a
    person for a few frames. As motion it would be a jerk.
    """
    main = [clip.names.index(bone) for bone in clip.bones.joints.values()]
    points = clip.positions[:, main or slice(None)]
    first = _other_pose(points, clip.fps, limits)
    last = _other_pose(points[first:][::-1], clip.fps, limits)
    for count, place in ((first, "start"), (last, "end")):
        if count:
            note = f"{count} frame{'s' * (count > 1)} of another pose at the {place} left out"
            clip = replace(clip, notes=(*clip.notes, note))
    if first or last:
        kept = slice(first, len(points) - last)
        clip = replace(clip, positions=clip.positions[kept], rotations=clip.rotations[kept])
        points = points[kept]
    bad = _flashes(points, clip.fps, limits)
    if bad.any():
        count = int(bad.sum())
        note = f"{count} frame{'s' * (count > 1)} of another pose inside bridged"
        clip = replace(clip.bridged(bad), notes=(*clip.notes, note))
    return clip


def _steps(points: np.ndarray, count: int = 1) -> np.ndarray:
    """(T, J, 3) metres -> (T-1,): how far the fastest joint goes, or the slowest of so many."""
    return np.sort(np.linalg.norm(np.diff(points, axis=0), axis=-1), axis=1)[:, -count]


def _other_pose(points: np.ndarray, fps: float, limits: OutlierLimits) -> int:
    """How many frames at the start of (T, J, 3) metres are another pose than what follows."""
    steps = _steps(points)
    reach = min(len(points) - 4, max(3, round(limits.near_end_s * fps)))
    for frame in range(reach, -1, -1):
        after = steps[frame + 1 : frame + 4]
        held = not frame or steps[:frame].max() < steps[frame] / limits.times_others
        out = steps[frame] * fps > limits.jump_m_s
        if held and out and len(after) and steps[frame] > limits.times_others * after.max():
            return frame + 1
    # Files that were resampled have poses half way between the rest pose and the motion.
    several = _steps(points, min(limits.blended, points.shape[1]))
    for frame in range(reach, 0, -1):
        after = several[frame + 1 : frame + 4]
        out = several[: frame + 1].min() * fps > limits.blended_m_s
        if out and len(after) and several[frame] > limits.times_blended * after.max():
            return frame + 1
    # However long it is held, nobody leaves a pose that stands quite still at such a speed.
    moved = np.linalg.norm(points - points[:1], axis=-1).max(axis=1) > limits.held_m
    frame = int(moved.argmax()) - 1
    if not moved.any() or not reach < frame < len(points) - 4:
        return 0
    after = steps[frame + 1 : frame + 4]
    out = steps[frame] * fps > limits.jump_m_s and steps[frame] > limits.out_of_held_m
    out = out and steps[frame] > limits.times_held * steps[:frame].max()
    return frame + 1 if out and steps[frame] > limits.times_others * after.max() else 0


def _flashes(points: np.ndarray, fps: float, limits: OutlierLimits) -> np.ndarray:
    """(T,) bool: frames whose pose comes and goes at once, with the motion going on behind it."""
    bad = np.zeros(len(points), dtype=bool)
    if len(points) < 6:
        return bad
    # A hand that a tracker mixes up is no other pose.
    steps = _steps(points, min(limits.joints, points.shape[1]))
    longest = max(4, round(limits.flash_s * fps))
    jumps = np.flatnonzero((steps > limits.flash_m) & (steps * fps > limits.jump_m_s))
    for into in jumps:
        for out in jumps[(jumps > into) & (jumps <= into + longest)]:
            around = np.r_[steps[max(0, into - _AROUND) : into], steps[out + 1 : out + 1 + _AROUND]]
            least = min(steps[into], steps[out])
            short = np.median(np.linalg.norm(points[out + 1] - points[into], axis=-1))
            usual = float(np.median(around)) if len(around) else 0.0
            went = (out - into + 1) * float(np.max(around, initial=0.0))
            if least > limits.flash_times * usual and short < limits.back * least + went:
                bad[into + 1 : out + 1] = True
                break
    return bad
