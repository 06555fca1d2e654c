"""Prompts laid one after the other: where each begins, and how one leads over into the next."""

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..motion.ground_frame import heading, moved
from ..motion.joining import JOIN, ease_out, join
from ..motion.motion import CONTROL_FPS
from ..prompts.timeline import Prompt

MOVE = 30
"""Frames a move into a pose or over a gap takes, if there is room."""
WALKING_SPEED = 3.0
"""m/s: a join that has to cover ground takes at least as long as this speed needs."""
_ANKLES = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]


def append(
    qpos: np.ndarray, prompt: Prompt, source: np.ndarray, continues: bool = True
) -> np.ndarray:
    """Continues the frames so far (T, 76) with a prompt's ``source`` (n, 76), up to its end.

    What ``continues`` goes on from where the body is, else it is where its source has it.
    """
    if not len(qpos):
        return _begun(prompt, source)
    if prompt.start > len(qpos):
        # Stand through the gap, and move into the prompt over its last part.
        gap = prompt.start - len(qpos)
        qpos = held_until(qpos, prompt.start - min(gap, MOVE))
    before = qpos[: prompt.start]
    if continues:
        anchor = qpos[min(prompt.start, len(qpos) - 1)]
        source = placed(source, anchor)
    gap = prompt.start - len(before)
    if gap > 0:
        before = np.concatenate([before, _bridge(before, source, gap)])
    overlap = len(qpos) - prompt.start
    if overlap > 1:
        whole = held_until(source, max(len(source), overlap))
        source = np.concatenate(
            [_crossfade(qpos[prompt.start :], whole[:overlap]), whole[overlap:]]
        )
        return held_until(np.concatenate([before, source]), max(prompt.end + 1, len(qpos)))
    distance = np.linalg.norm(before[-1, :2] - source[0, :2])
    length = max(JOIN, int(np.ceil(distance / WALKING_SPEED * CONTROL_FPS)))
    whole = held_until(source, prompt.end + 1 - prompt.start)
    return np.concatenate([before, join(before, whole, min(length, len(whole)))])


def _begun(prompt: Prompt, source: np.ndarray) -> np.ndarray:
    """The first prompt of all: its first pose is held until it starts."""
    lead = np.repeat(source[:1], prompt.start, axis=0)
    return held_until(np.concatenate([lead, source]), prompt.end + 1)


def append_pose(qpos: np.ndarray, prompt: Prompt, pose: np.ndarray) -> np.ndarray:
    """Moves from wherever the motion is at the prompt's start into the pose, and holds it."""
    if not len(qpos):
        return _begun(prompt, pose[None])
    before = held_until(qpos, max(prompt.start, 1))[: max(prompt.start, 1)]
    pose = placed(pose[None], before[-1])
    length = prompt.end + 1 - len(before)
    move = min(MOVE, max(2, int(0.75 * length)))
    return np.concatenate([before, join(before, np.repeat(pose, length, axis=0), move)])


def held_until(qpos: np.ndarray, frames: int) -> np.ndarray:
    """At least ``frames`` frames: the motion comes to rest in its last pose and stays there."""
    missing = frames - len(qpos)
    if missing <= 0:
        return qpos
    rest = np.repeat(qpos[-1:], missing, axis=0)
    if len(qpos) > 1:
        # Coming to rest takes a moment and a little way; a dead stop would be a blow.
        rest = join(qpos, rest, JOIN)
    return np.concatenate([qpos, rest])


def _bridge(before: np.ndarray, after: np.ndarray, gap: int) -> np.ndarray:
    """(gap, 76) frames that lead from the end of ``before`` to the start of ``after``."""
    return join(before, np.repeat(after[:1], gap, axis=0), gap)


def _crossfade(leaving: np.ndarray, coming: np.ndarray) -> np.ndarray:
    """(n, 76), (n, 76) -> (n, 76): from the one to the other, the root by slerp."""
    count = len(leaving)
    share = ease_out(np.arange(count), count - 1)[:, None]
    result = share * leaving + (1 - share) * coming
    old = Rotation.from_quat(leaving[:, 3:7], scalar_first=True)
    new = Rotation.from_quat(coming[:, 3:7], scalar_first=True)
    step = Rotation.from_rotvec((1 - share) * (new * old.inv()).as_rotvec())
    result[:, 3:7] = (step * old).as_quat(scalar_first=True)
    return result


def placed(source: np.ndarray, anchor: np.ndarray) -> np.ndarray:
    """Moves and turns ``source`` (n, 76) so that its first frame stands where ``anchor`` does.

    Feet are put over feet where both stand on them, else the pelvis over the pelvis.
    """
    facing = heading(np.stack([anchor, source[0]]))
    result = moved(source, facing[0] - facing[1], np.zeros(2), np.zeros(2))
    positions, _ = forward_kinematics(np.stack([anchor, result[0]]))
    standing = (positions[:, _ANKLES, 2] < 0.2).all()
    places = positions[:, _ANKLES].mean(axis=1) if standing else positions[:, 0]
    result[:, :2] += (places[0] - places[1])[:2]
    return result
