"""A motion's mirror image: what the left did, the right does."""

from dataclasses import replace

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.support_points import lowest_points
from .motion import CONTACT_BODIES, Motion


def mirror_motion(motion: Motion) -> Motion:
    """The motion as seen in a mirror that stands upright in the plane x = 0.

    Joint rotations are mirrored exactly. The body's own left and right sides
    differ by millimetres, so the image is raised or lowered as a whole until it
    touches the floor as the motion does.
    """
    qpos = mirror_qpos(motion.qpos)
    if not np.array_equal(qpos, motion.qpos):
        qpos[:, 2] += np.min(lowest_points(motion.qpos)) - np.min(lowest_points(qpos))
    contacts = motion.contacts
    return replace(
        motion,
        qpos=qpos,
        qvel=None if motion.qvel is None else mirror_qvel(motion.qvel),
        contacts=None if contacts is None else contacts[:, _swapped(CONTACT_BODIES)],
        metadata={**motion.metadata, "mirrored": not motion.metadata.get("mirrored", False)},
    )


def mirror_qpos(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 76). Twice is the identity.

    Body frames have x to the left and y up, so a rotation keeps its part about x
    and turns the other way about y and z; the same holds for the hinges, which
    are the x, y and z angles of each joint.
    """
    result = np.array(qpos, dtype=np.float64)
    result[:, 0] *= -1
    result[:, 5:7] *= -1
    result[:, 7:] = _mirror_hinges(result[:, 7:])
    return result


def mirror_qvel(qvel: np.ndarray) -> np.ndarray:
    """(T, 75) -> (T, 75): m/s in the world, rad/s about the root's own axes and the hinges."""
    result = np.array(qvel, dtype=np.float64)
    result[:, 0] *= -1
    result[:, 4:6] *= -1
    result[:, 6:] = _mirror_hinges(result[:, 6:])
    return result


def _mirror_hinges(hinges: np.ndarray) -> np.ndarray:
    angles = hinges.reshape(-1, 23, 3)[:, [body - 1 for body in _swapped(BODY_NAMES)[1:]]]
    return (angles * [1, -1, -1]).reshape(hinges.shape)


def _swapped(names: tuple[str, ...]) -> list[int]:
    """For each name the place of its counterpart on the other side."""
    other = {"L_": "R_", "R_": "L_"}
    return [names.index(other.get(name[:2], name[:2]) + name[2:]) for name in names]
