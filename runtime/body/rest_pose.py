"""The rest pose of the body's armature, and the fixed turn between bones and simulated bodies.

The armature's space is the simulation's world: z up, metres, the same axes. At
rest the person stands in a T-pose with the feet on z = 0, looks along -Y and
has the left hand on the +X side, as characters do in Blender. The simulated
body has its frames upright in y (face along +z), so at rest every body is
turned by ``REST_TURN``, a quarter turn about x; as ``qpos`` that is a root
quaternion of (0.7071, 0.7071, 0, 0) and all hinges at zero.

A bone points along its local Y, from its joint to the next; its local Z looks
forward (up for the feet). Knees, elbows and the spine therefore bend about
local X. ``bone_turns`` holds, for each bone, the rotation ``c`` whose columns
are the bone's axes in its body's frame. A body turned by ``w`` in the world so
has its bone turned by ``w c``, and a body's rotation ``l`` in its parent is the
bone's pose rotation ``c^-1 l c``, whatever the parent: the conversion is fixed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .figures import BODY_NAMES, OFFSETS, PARENTS
from .support_points import lowest_points, support_points

REST_TURN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""(3, 3): a simulated body's frame -> the armature's space, at rest."""

# A bone ends where its main child begins; these have none and end inside their own shape.
_TIPS = {
    "L_Toe": (0.0, 0.0, 0.07),
    "R_Toe": (0.0, 0.0, 0.07),
    "Head": (0.0, 0.18, 0.0),
    "L_Hand": (0.1, 0.0, -0.008),
    "R_Hand": (-0.1, 0.0, -0.008),
}
_MAIN_CHILD = {"Pelvis": "Torso", "Chest": "Neck"}
_FORWARD, _UP = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])
_POINT_FORWARD = ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")


@dataclass(frozen=True)
class RestPose:
    """The body at rest in the armature's space; arrays in body order."""

    heads: np.ndarray
    """(24, 3) metres: the joints."""
    tails: np.ndarray
    """(24, 3) metres: where the bones end."""
    bone_axes: np.ndarray
    """(24, 3, 3): columns are the bones' local X, Y and Z."""
    bone_turns: np.ndarray
    """(24, 3, 3): columns are the bones' axes in their bodies' frames, in every pose."""
    connected: tuple[bool, ...]
    """Whether a bone begins where its parent ends."""


@lru_cache(maxsize=1)
def rest_pose() -> RestPose:
    """The one rest pose, computed from the figures of the simulated body."""
    heads = np.empty((24, 3))
    for body, parent in enumerate(PARENTS):
        heads[body] = heads[parent] + REST_TURN @ OFFSETS[body] if parent >= 0 else 0.0
    heads[:, 2] += _standing_height()
    tails, axes, connected = np.empty((24, 3)), np.empty((24, 3, 3)), []
    for body, name in enumerate(BODY_NAMES):
        main = _main_child(body)
        tails[body] = heads[body] + REST_TURN @ _TIPS[name] if main is None else heads[main]
        along = tails[body] - heads[body]
        along /= np.linalg.norm(along)
        front = _UP if name in _POINT_FORWARD else _FORWARD
        front = front - along * (along @ front)
        front /= np.linalg.norm(front)
        axes[body] = np.stack([np.cross(along, front), along, front], axis=1)
        connected.append(PARENTS[body] >= 0 and _main_child(PARENTS[body]) == body)
    rest = RestPose(heads, tails, axes, REST_TURN.T @ axes, tuple(connected))
    for array in (rest.heads, rest.tails, rest.bone_axes, rest.bone_turns):
        array.setflags(write=False)
    return rest


def bone_lengths() -> np.ndarray:
    """(24,) metres, in body order."""
    rest = rest_pose()
    return np.linalg.norm(rest.tails - rest.heads, axis=1)


def top_of_head() -> float:
    """Metres over the soles of the head's highest point at rest: how tall the body is."""
    table, head = support_points(), BODY_NAMES.index("Head")
    mine = table.body == head
    points = rest_pose().heads[head] + table.offset[mine] @ REST_TURN.T
    return float((points[:, 2] + table.radius[mine]).max())


def _standing_height() -> float:
    """Height of the pelvis' origin at which the soles touch z = 0 in the T-pose."""
    qpos = np.zeros((1, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    return -float(lowest_points(qpos).min())


def _main_child(body: int) -> int | None:
    name = BODY_NAMES[body]
    if name in _MAIN_CHILD:
        return BODY_NAMES.index(_MAIN_CHILD[name])
    children = [child for child, parent in enumerate(PARENTS) if parent == body]
    return children[0] if children else None
