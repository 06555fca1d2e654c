"""What the fit asks of the body: the source's limbs, joints and orientations as terms."""

from collections.abc import Mapping

import numpy as np

from ...body.figures import JOINT_NAMES
from .least_squares.solver import Comfort
from .least_squares.terms import Directions, JointPositions, Orientations, Term
from .settings import ComfortWeights, FitWeights
from .source import Source, body_index
from .transfer import relaxed_angles, unit

_SIDES = ("left", "right")

LIMBS: tuple[tuple[str, str, str], ...] = (
    ("left_hip", "left_knee", "leg"),
    ("left_knee", "left_ankle", "leg"),
    ("right_hip", "right_knee", "leg"),
    ("right_knee", "right_ankle", "leg"),
    ("right_hip", "left_hip", "hips"),
    ("right_shoulder", "left_shoulder", "shoulders"),
    ("hips", "neck", "trunk"),
    ("left_shoulder", "left_elbow", "arm"),
    ("left_elbow", "left_wrist", "arm"),
    ("right_shoulder", "right_elbow", "arm"),
    ("right_elbow", "right_wrist", "arm"),
    ("left_wrist", "left_hand", "hand"),
    ("right_wrist", "right_hand", "hand"),
)
"""From joint to joint, with whose weight; ``hips`` is the middle between the hips."""

LEG_JOINTS = tuple(f"{side}_{part}" for part in ("hip", "knee", "ankle") for side in _SIDES)
UPPER_JOINTS = (
    "neck",
    *(f"{side}_{part}" for part in ("shoulder", "elbow", "wrist") for side in _SIDES),
)

ORIENTED = ("pelvis", "spine3", "neck", "head", "left_wrist", "right_wrist")
"""Joints whose own rotation says what positions do not: where the head looks, how hands turn."""


def orientation_weights(source: Source, weights: FitWeights) -> dict[str, float]:
    """How much each joint's own rotation counts, by SMPL name."""
    if source.is_the_body:
        return dict.fromkeys(source.turns, weights.exact_rotation)
    chest, wrist, foot = weights.chest_rotation, weights.wrist_rotation, weights.foot_rotation
    upper = (weights.pelvis_rotation, chest, weights.neck_rotation, weights.head_rotation)
    counted = dict(zip(ORIENTED, (*upper, wrist, wrist), strict=True))
    return {**counted, "left_ankle": foot, "right_ankle": foot}


def position_weights(weights: FitWeights, upper: bool) -> dict[str, float]:
    """How much the place of each joint counts, 1/m, those of the upper body if ``upper``."""
    found = {
        joint: weights.ankle_per_m if joint.endswith("ankle") else weights.leg_per_m
        for joint in LEG_JOINTS
    }
    return found | (dict.fromkeys(UPPER_JOINTS, weights.upper_per_m) if upper else {})


def limb_vectors(source: Source) -> tuple[list[tuple[str, str, str]], np.ndarray]:
    """The limbs the source has, and their unit vectors (T, P, 3)."""
    points = dict(source.positions)
    points["hips"] = source.hips()
    top = source.top()
    if top is not None:
        points.setdefault("neck", top)
    limbs = [(a, b, w) for a, b, w in LIMBS if a in points and b in points]
    return limbs, np.stack([unit(points[b] - points[a]) for a, b, _ in limbs], axis=1)


def limb_combinations(limbs: list[tuple[str, str, str]]) -> np.ndarray:
    """(P, 24): the limb as a combination of joint origins of the body."""
    result = np.zeros((len(limbs), 24))
    for row, (start, end, _) in enumerate(limbs):
        result[row, body_index(end)] += 1
        if start == "hips":
            result[row, [body_index("left_hip"), body_index("right_hip")]] -= 0.5
        else:
            result[row, body_index(start)] -= 1
    return result


def shape_terms(source: Source, weights: FitWeights, upper: bool = True) -> list[Term]:
    """Limb directions and joint positions, those of the upper body if ``upper``."""
    limbs, vectors = limb_vectors(source)
    directions = np.array([getattr(weights, f"{part}_direction") for *_, part in limbs])
    chosen = position_weights(weights, upper)
    joints = [joint for joint in chosen if joint in source.positions]
    targets = np.stack([source.positions[joint] for joint in joints], axis=1)
    strengths = np.array([chosen[joint] for joint in joints])
    return [
        Directions(limb_combinations(limbs), vectors, directions),
        JointPositions(
            np.array([body_index(joint) for joint in joints]),
            targets,
            np.tile(strengths, (source.frames, 1)),
        ),
    ]


def turned_like(
    turns: Mapping[str, np.ndarray], calibration: Mapping[str, np.ndarray], joint: str
) -> np.ndarray:
    """(T, 3, 3): how the body's part is to be turned by the source's joint. ``calibration`` (3, 3) per
    joint takes the body's axes into the axes of the source's joint, which say nothing by themselves."""
    return np.asarray(turns[joint] @ calibration[joint])


def orientation_term(
    source: Source,
    calibration: Mapping[str, np.ndarray],
    weights: FitWeights,
    pelvis: np.ndarray | None = None,
) -> Orientations:
    """Bodies turned like the source's joints; ``pelvis`` (T,) is what its rotation counts by frame,
    where that is not the usual."""
    counted = orientation_weights(source, weights)
    joints = [joint for joint in counted if joint in calibration and joint in source.turns]
    bodies, vectors, targets, strengths = [], [], [], []
    turned = {joint: turned_like(source.turns, calibration, joint) for joint in joints}
    for joint in joints:
        possible = np.ones(source.frames)
        if joint in _NECKS and "spine3" in turned:
            possible = _within_reach(turned["spine3"], turned[joint], weights.neck_reach_rad)
        for axis in range(3):
            bodies.append(body_index(joint))
            vectors.append(np.eye(3)[axis])
            targets.append(turned[joint][:, :, axis])
            weight = pelvis if joint == "pelvis" and pelvis is not None else counted[joint]
            strengths.append(weight * possible)
    frames = source.frames
    return Orientations(
        np.array(bodies, dtype=int),
        np.array(vectors).reshape(-1, 3),
        np.stack(targets, axis=1) if targets else np.empty((frames, 0, 3)),
        np.stack(strengths, axis=1) if strengths else np.empty((frames, 0)),
    )


def _within_reach(chest: np.ndarray, head: np.ndarray, farthest: float) -> np.ndarray:
    """(T,) 1 or 0: heads no neck can carry are errors of the capture, some files are full of them."""
    cosine = (np.einsum("tij,tij->t", chest, head) - 1) / 2
    return (cosine > np.cos(farthest)).astype(float)


_NECKS = ("neck", "head")


def comfort(weights: ComfortWeights) -> Comfort:
    """Small pulls that settle what the source does not say, see ``ComfortWeights``."""
    pull, steady = np.full(69, weights.pull), np.full(69, weights.steady)
    for parts, value in (
        (("Torso", "Spine", "Chest", "Neck", "Head"), weights.spine_pull),
        (("Thorax",), weights.collar_pull),
        (("Elbow_z", "Elbow_x"), weights.elbow_pull),
        (("Wrist",), weights.wrist_pull),
        (("Hand",), weights.hand_pull),
        (("Ankle",), weights.ankle_pull),
        (("Toe",), weights.toe_pull),
    ):
        pull[_hinges_of(parts)] = value
    steady[_hinges_of(("Hand", "Wrist"))] = weights.hand_steady
    return Comfort(relaxed_angles(), pull, steady)


def _hinges_of(parts: tuple[str, ...]) -> list[int]:
    """Of parts of the body by the beginning of their name, on either side or in the middle."""
    return [
        k
        for k, name in enumerate(JOINT_NAMES)
        if name.removeprefix("L_").removeprefix("R_").startswith(parts)
    ]
