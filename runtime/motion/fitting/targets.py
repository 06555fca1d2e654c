"""What the fit asks of the body: the source's limbs, joints and orientations as terms."""

from collections.abc import Mapping

import numpy as np

from ...body.figures import JOINT_NAMES
from .solver import Comfort
from .source import Source, body_index
from .terms import Directions, JointPositions, Orientations, Term
from .transfer import relaxed_angles, unit

LIMBS: tuple[tuple[str, str, float], ...] = (
    ("left_hip", "left_knee", 1.7),
    ("left_knee", "left_ankle", 1.7),
    ("right_hip", "right_knee", 1.7),
    ("right_knee", "right_ankle", 1.7),
    ("right_hip", "left_hip", 1.5),
    ("right_shoulder", "left_shoulder", 1.2),
    ("hips", "neck", 1.7),
    ("left_shoulder", "left_elbow", 1.4),
    ("left_elbow", "left_wrist", 1.4),
    ("right_shoulder", "right_elbow", 1.4),
    ("right_elbow", "right_wrist", 1.4),
)
"""From joint to joint, with a weight; ``hips`` is the middle between the hips."""

EXTREMITIES: tuple[tuple[str, str, float], ...] = (
    ("left_wrist", "left_hand", 0.3),
    ("right_wrist", "right_hand", 0.3),
)
"""Directions that help and do not count: sources end them anywhere in the hand."""

LEG_WEIGHTS: Mapping[str, float] = {
    "left_hip": 0.75,
    "right_hip": 0.75,
    "left_knee": 0.75,
    "right_knee": 0.75,
    "left_ankle": 1.2,
    "right_ankle": 1.2,
}
"""Weights of joint positions, 1/m: 1.2 makes 8 cm count as much as 0.1 rad of direction."""

UPPER_WEIGHTS: Mapping[str, float] = {
    "neck": 0.8,
    "left_shoulder": 0.8,
    "right_shoulder": 0.8,
    "left_elbow": 0.8,
    "right_elbow": 0.8,
    "left_wrist": 0.8,
    "right_wrist": 0.8,
}
"""Trunk and arms are scaled by the legs and never fit: held too firmly, the spine buckles."""

ORIENTED: Mapping[str, float] = {
    "pelvis": 0.4,
    "spine3": 0.3,
    "neck": 0.2,
    "head": 0.7,
    "left_wrist": 0.2,
    "right_wrist": 0.2,
}
"""Joints whose own rotation says what positions do not: where the head looks, how hands turn."""

FOOT = 0.35
"""The same for ankles, once it is known how their axes stand to a level sole."""


EXACT = 1.0
"""Weight of every joint's rotation where the source is the body itself (AMASS, SMPL rigs)."""


def orientation_weights(source: Source) -> dict[str, float]:
    """How much each joint's own rotation counts, by SMPL name."""
    if source.is_the_body:
        return dict.fromkeys(source.turns, EXACT)
    return {**ORIENTED, "left_ankle": FOOT, "right_ankle": FOOT}


def limb_vectors(source: Source) -> tuple[list[tuple[str, str, float]], np.ndarray]:
    """The limbs the source has, and their unit vectors (T, P, 3)."""
    points = dict(source.positions)
    points["hips"] = source.hips()
    top = source.top()
    if top is not None:
        points.setdefault("neck", top)
    limbs = [(a, b, w) for a, b, w in LIMBS + EXTREMITIES if a in points and b in points]
    return limbs, np.stack([unit(points[b] - points[a]) for a, b, _ in limbs], axis=1)


def limb_combinations(limbs: list[tuple[str, str, float]]) -> np.ndarray:
    """(P, 24): the limb as a combination of joint origins of the body."""
    result = np.zeros((len(limbs), 24))
    for row, (start, end, _) in enumerate(limbs):
        result[row, body_index(end)] += 1
        if start == "hips":
            result[row, [body_index("left_hip"), body_index("right_hip")]] -= 0.5
        else:
            result[row, body_index(start)] -= 1
    return result


def shape_terms(source: Source, upper: bool = True) -> list[Term]:
    """Limb directions and joint positions, those of the upper body if ``upper``."""
    limbs, vectors = limb_vectors(source)
    weights = np.array([weight for *_, weight in limbs])
    chosen = {**LEG_WEIGHTS, **UPPER_WEIGHTS} if upper else LEG_WEIGHTS
    joints = [joint for joint in chosen if joint in source.positions]
    targets = np.stack([source.positions[joint] for joint in joints], axis=1)
    strengths = np.array([chosen[joint] for joint in joints])
    return [
        Directions(limb_combinations(limbs), vectors, weights),
        JointPositions(
            np.array([body_index(joint) for joint in joints]),
            targets,
            np.tile(strengths, (source.frames, 1)),
        ),
    ]


def orientation_term(
    source: Source, calibration: Mapping[str, np.ndarray], weights: Mapping[str, float]
) -> Orientations:
    """Bodies turned like the source's joints.

    ``calibration`` (3, 3) per joint takes the body's axes into the axes of the
    source's joint, which say nothing by themselves.
    """
    joints = [joint for joint in weights if joint in calibration and joint in source.turns]
    bodies, vectors, targets, strengths = [], [], [], []
    turned = {joint: source.turns[joint] @ calibration[joint] for joint in joints}
    for joint in joints:
        possible = np.ones(source.frames)
        if joint in _NECKS and "spine3" in turned:
            possible = _within_reach(turned["spine3"], turned[joint])
        for axis in range(3):
            bodies.append(body_index(joint))
            vectors.append(np.eye(3)[axis])
            targets.append(turned[joint][:, :, axis])
            strengths.append(weights[joint] * possible)
    frames = source.frames
    return Orientations(
        np.array(bodies, dtype=int),
        np.array(vectors).reshape(-1, 3),
        np.stack(targets, axis=1) if targets else np.empty((frames, 0, 3)),
        np.stack(strengths, axis=1) if strengths else np.empty((frames, 0)),
    )


def _within_reach(chest: np.ndarray, head: np.ndarray) -> np.ndarray:
    """(T,) 1 or 0: heads no neck can carry are errors of the capture, some files are full of them."""
    cosine = (np.einsum("tij,tij->t", chest, head) - 1) / 2
    return (cosine > np.cos(_FARTHEST)).astype(float)


_NECKS = ("neck", "head")
_FARTHEST = np.radians(110.0)


def comfort() -> Comfort:
    """Small pulls that settle what the source does not say.

    An elbow bends about one axis and the upper arm turns to let it, the collar
    bones stay where they are unless the shoulders ask, the three joints of the
    spine share a bend.
    """
    pull, steady = np.full(69, 0.004), np.full(69, 0.05)
    for name, value in _PULLS.items():
        chosen = [k for k, joint in enumerate(JOINT_NAMES) if joint[2:].startswith(name)]
        chosen += [k for k, joint in enumerate(JOINT_NAMES) if joint.startswith(name)]
        pull[chosen] = value
    for name, value in _STEADY.items():
        steady[[k for k, joint in enumerate(JOINT_NAMES) if joint[2:].startswith(name)]] = value
    return Comfort(relaxed_angles(), pull, steady)


_PULLS = {
    "Torso": 0.03,
    "Spine": 0.03,
    "Chest": 0.03,
    "Neck": 0.03,
    "Head": 0.03,
    "Thorax": 0.05,
    "Elbow_z": 0.05,
    "Elbow_x": 0.05,
    "Wrist": 0.02,
    "Hand": 0.01,
    "Ankle": 0.01,
    "Toe": 0.005,
}

_STEADY = {"Hand": 0.15, "Wrist": 0.15}
"""What the source says least about must not wander."""
