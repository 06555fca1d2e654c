"""What a motion prompt performs: its source read and fitted, its frames, its keys."""

from collections.abc import Mapping

import numpy as np

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...errors import UserError
from ...motion.motion import Motion
from ...motion.sources.skeleton import SkeletonClip
from ...posing.limits import into_ranges, nearest_pose
from ...progress import Progress
from ...prompts.timeline import MotionPrompt
from ..playing import looped, played


def load_source(prompt: MotionPrompt, progress: Progress) -> Motion:
    source = prompt.source
    if isinstance(source, SkeletonClip):
        from ...motion import fit_to_body

        source = fit_to_body(source, progress).motion
    elif isinstance(source, str):
        from ...motion import load_motion

        source = load_motion(source, progress=progress, options=prompt.options)
    # Keys are in places that a person chose; a recording is mirrored with its world.
    # What plans has the reference body's lengths, see ``prompts.sized``.
    own = source.of_scale(1.0)
    return played(own, prompt.speed, prompt.mirror, in_place=bool(prompt.keyframes))


def source_frames(prompt: MotionPrompt, motion: Motion) -> np.ndarray:
    """The frames (n, 76) of a source that the prompt performs; fewer if it ends before."""
    if not 0 <= prompt.offset < motion.frames:
        raise UserError(
            f"{prompt.label} starts at frame {prompt.offset} of its motion, "
            f"which has {motion.frames} frames at 30 a second."
        )
    length = prompt.end - prompt.start + 1
    frames = motion.qpos[prompt.offset : prompt.offset + length]
    if prompt.loop and len(frames) < length:
        frames = looped(motion.qpos[prompt.offset :], length)
    # Keys are posed by hand, often beyond what joints can do: limbs then come as near as they can.
    return nearest_pose(frames) if prompt.keyframes else into_ranges(frames)


def keyed_joints(prompt: MotionPrompt, motion: Motion) -> dict[int, np.ndarray]:
    """Frame of the timeline -> joints (24, 3) of each keyframe that the prompt performs.

    Only where the prompt leaves its source in place: elsewhere nobody keyed a place.
    """
    last = min(motion.frames - 1, prompt.offset + prompt.end - prompt.start)
    frames = [frame for frame in prompt.keyframes if prompt.offset <= frame <= last]
    if prompt.placement != "world" or not frames:
        return {}
    positions, _ = forward_kinematics(motion.qpos[frames])
    places = [prompt.start + frame - prompt.offset for frame in frames]
    return dict(zip(places, positions, strict=True))


def keyed_in_part(
    prompt: MotionPrompt, keyed: Mapping[int, np.ndarray], mended: np.ndarray
) -> dict[int, np.ndarray]:
    """Keys that hold some bodies ask for these alone: the others are where they were planned."""
    result = dict(keyed)
    for source, bodies in prompt.held:
        frame = prompt.start + source - prompt.offset
        if frame in result:
            asked = forward_kinematics(mended[frame : frame + 1])[0][0]
            rows = [BODY_NAMES.index(body) for body in bodies]
            asked[rows] = keyed[frame][rows]
            result[frame] = asked
    return result
