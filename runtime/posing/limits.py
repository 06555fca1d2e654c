"""What of a pose the body cannot take, limb by limb, and the nearest pose it can."""

from dataclasses import dataclass

import numpy as np

from ..body.figures import BODY_NAMES, JOINT_RANGES
from ..body.kinematics import forward_kinematics
from ..motion.fitting.least_squares.linkage import BodyPoses
from ..motion.fitting.least_squares.solver import Comfort, solve
from ..motion.fitting.least_squares.terms import JointPositions, Orientations

LIMBS: dict[str, tuple[str, ...]] = {
    "head": ("Head",),
    "left hand": ("L_Hand", "L_Wrist"),
    "right hand": ("R_Hand", "R_Wrist"),
    "left elbow": ("L_Elbow",),
    "right elbow": ("R_Elbow",),
    "left foot": ("L_Ankle", "L_Toe"),
    "right foot": ("R_Ankle", "R_Toe"),
    "left knee": ("L_Knee",),
    "right knee": ("R_Knee",),
}
"""What a person calls a limb, and the bodies whose places tell where it is."""
_INSIDE = {"left elbow": "left hand", "right elbow": "right hand"} | {
    "left knee": "left foot",
    "right knee": "right foot",
}
"""A limb's middle says nothing new where its end is off further."""
WORTH_TELLING = 0.03
"""Metres: less is not seen."""
TURN_WORTH_TELLING = np.radians(15.0)
"""Radians, of the head, the hands and the feet."""

_AT_ONCE = 200
"""Frames that are solved together: derivatives take 50 kB a frame."""


@dataclass(frozen=True)
class Beyond:
    """A limb that a pose has where it cannot be."""

    limb: str
    metres: float
    """How far it comes out from where it is posed."""
    direction: str
    """"lower", "higher", "further back", ... seen from the person."""
    degrees: float = 0.0
    """How much less far it comes out turned; told where its place is right."""

    def __str__(self) -> str:
        if self.metres < WORTH_TELLING:
            return f"{self.limb} turned {self.degrees:.0f}° less"
        return f"{self.limb} {100 * self.metres:.0f} cm {self.direction}"


def beyond_reach(qpos: np.ndarray) -> list[list[Beyond]]:
    """(T, 76) with hinges at any angle -> for each frame the limbs that cannot be there.

    The hips stay where they are posed; what joint limits take is seen in how far
    limbs come out elsewhere. Worst first.
    """
    wanted, rotations = forward_kinematics(qpos)
    got, shown = forward_kinematics(nearest_pose(qpos))
    off = got - wanted
    # The trace of a rotation matrix is 1 + 2 cos(angle).
    cosines = (np.einsum("tbij,tbij->tb", rotations, shown) - 1.0) / 2.0
    turned = np.arccos(np.clip(cosines, -1.0, 1.0))
    told: list[list[Beyond]] = []
    for frame in range(len(qpos)):
        found: dict[str, Beyond] = {}
        for limb, bodies in LIMBS.items():
            moves = off[frame, [BODY_NAMES.index(body) for body in bodies]]
            worst = moves[np.linalg.norm(moves, axis=1).argmax()]
            metres = float(np.linalg.norm(worst))
            angle = float(turned[frame, BODY_NAMES.index(bodies[0])])
            if metres >= WORTH_TELLING or (angle >= TURN_WORTH_TELLING and limb not in _INSIDE):
                own = rotations[frame, 0].T @ worst
                direction = _direction(worst, own)
                found[limb] = Beyond(limb, metres, direction, float(np.degrees(angle)))
        for middle, end in _INSIDE.items():
            if middle in found and end in found:
                del found[middle]
        told.append(sorted(found.values(), key=lambda far: (-far.metres, -far.degrees)))
    return told


def into_ranges(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 76) with every hinge inside its range.

    Three hinges in a row reach a rotation in two ways, each up to whole turns;
    where the angles given lie outside, the way that needs less clipping is taken.
    """
    result = np.array(qpos, dtype=np.float64)
    angles = result[:, 7:].reshape(len(qpos), 23, 3)
    low, high = JOINT_RANGES.reshape(23, 3, 2)[..., 0], JOINT_RANGES.reshape(23, 3, 2)[..., 1]
    middle = (low + high) / 2
    other = np.stack(
        [angles[..., 0] + np.pi, np.pi - angles[..., 1], angles[..., 2] + np.pi], axis=-1
    )
    ways = np.stack([angles, other])
    ways += 2 * np.pi * np.round((middle - ways) / (2 * np.pi))
    clipped = np.clip(ways, low, high)
    excess = np.abs(ways - clipped).sum(axis=-1)
    better = (excess[1] < excess[0])[..., None]
    result[:, 7:] = np.where(better, clipped[1], clipped[0]).reshape(len(qpos), 69)
    return result


def nearest_pose(qpos: np.ndarray, iterations: int = 12) -> np.ndarray:
    """(T, 76) -> (T, 76) within the joint limits, limbs as near to where they were as can be.

    Not each hinge by itself: an arm that is raised too far by the shoulder alone
    goes up with the collar as well. Frames that are within the limits stay as they are.
    """
    clipped = into_ranges(qpos)
    here, _ = forward_kinematics(clipped)
    wanted, rotations = forward_kinematics(qpos)
    changed = np.flatnonzero(np.abs(here - wanted).max(axis=(1, 2)) > 1e-4)
    result = clipped.copy()
    for start in range(0, len(changed), _AT_ONCE):
        part = changed[start : start + _AT_ONCE]
        result[part] = _nearest(clipped[part], wanted[part], rotations[part], iterations)
    return result


def _nearest(
    clipped: np.ndarray, wanted: np.ndarray, rotations: np.ndarray, iterations: int
) -> np.ndarray:
    """From poses (T, 76) within the limits towards places (T, 24, 3) and rotations."""
    ends = np.array([BODY_NAMES.index(body) for bodies in LIMBS.values() for body in bodies])
    turned = np.repeat([BODY_NAMES.index(b) for b in ("Head", "L_Hand", "R_Hand")], 2)
    vectors = np.tile(np.eye(3)[:2], (len(turned) // 2, 1))
    count = len(clipped)
    terms = (
        JointPositions(
            np.concatenate([[0], ends]),
            wanted[:, np.concatenate([[0], ends])],
            np.tile(np.concatenate([[100.0], np.full(len(ends), 20.0)]), (count, 1)),
        ),
        Orientations(
            turned,
            vectors,
            np.einsum("tpij,pj->tpi", rotations[:, turned], vectors),
            np.full((count, len(turned)), 0.5),
        ),
        Orientations(
            np.zeros(2, dtype=int),
            np.eye(3)[:2],
            np.swapaxes(rotations[:, 0, :, :2], 1, 2),
            np.full((count, 2), 30.0),
        ),
    )
    comfort = Comfort(clipped[:, 7:], np.full(69, 0.05), np.zeros(69))
    return solve(BodyPoses.from_qpos(clipped), terms, comfort, iterations).qpos()


def _direction(world: np.ndarray, own: np.ndarray) -> str:
    """The main direction of a move (3,), given in the world and in the frame of the hips."""
    if abs(world[2]) > 0.6 * np.linalg.norm(world):
        return "lower" if world[2] < 0 else "higher"
    # The hips have x to the person's left and z to the front.
    if abs(own[0]) > abs(own[2]):
        return "further left" if own[0] > 0 else "further right"
    return "further forward" if own[2] > 0 else "further back"
