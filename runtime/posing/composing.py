"""From a recipe to a pose: whole-body inverse kinematics within joint limits, settled on the floor."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES, JOINT_NAMES
from ..body.kinematics import forward_kinematics
from ..body.support_points import support_points
from ..motion.fitting.least_squares.linkage import BodyPoses
from ..motion.fitting.least_squares.solver import Comfort, solve
from ..motion.fitting.least_squares.terms import AboveFloor, Orientations, Pins, Term
from .balance import CentreOfMass
from .contact_terms import Alignment, Heights, Meeting
from .limits import into_ranges
from .reach import HANDLES
from .recipes import Place, Recipe

_UPRIGHT = Rotation.from_euler("x", 90, degrees=True)
_TO_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
""""floor" is left, forward, up; a person of heading zero looks along -y of the world."""


@dataclass(frozen=True)
class ComposingWeights:
    """What is traded against what when a recipe asks for more than a body can do."""

    floor: float = 200.0
    """1/m: nothing below the floor."""
    rest: float = 120.0
    """1/m: what lies on the floor touches it."""
    soles: float = 40.0
    """Soles level, 1/rad."""
    feet: float = 40.0
    """1/m: ankles where they stand."""
    balance: float = 25.0
    """1/m: the centre of mass over the middle of what carries."""
    hips: float = 3.0
    """1/m: hips at the height wished for."""
    tilt: float = 4.0
    """1/rad: hips tilted as wished for."""
    place: float = 12.0
    """1/m: hands, elbows, knees where they are wished."""
    hands: float = 1.2
    """1/rad: palms and fingers as wished for."""
    look: float = 2.0
    """1/rad"""
    hinge: float = 0.1
    """Per radian squared: hinges at the angles given."""
    spine: float = 6.0
    """The same for the trunk."""


WEIGHTS = ComposingWeights()
_PASSES, _ITERATIONS = 5, 15
_NEAR = 0.012
"""Metres over the floor up to which a point carries."""
_BOUND = frozenset({"Torso", "Spine", "Chest"})


def compose(recipe: Recipe, weights: ComposingWeights = WEIGHTS) -> np.ndarray:
    """qpos (76,) of heading zero over the origin; the lowest point is on the floor."""
    pose = BodyPoses.from_qpos(into_ranges(_start(recipe)[None]))
    neutral = pose.angles[0].copy()
    pull = np.full((23, 3), weights.hinge)
    for body, name in enumerate(BODY_NAMES[1:]):
        if name in _BOUND:
            pull[body] = weights.spine
    comfort = Comfort(neutral, pull.ravel(), np.zeros(69))
    fixed = [*_fixed_terms(recipe, weights), *_placed_terms(recipe, weights)]
    for _ in range(_PASSES):
        # What touches the floor is seen anew in each pass.
        pose = solve(pose, [*fixed, *_moving_terms(recipe, pose, weights)], comfort, _ITERATIONS)
    qpos = into_ranges(pose.qpos())[0]
    positions, rotations = forward_kinematics(qpos[None])
    heights = support_points().heights(positions, rotations)[0]
    if not recipe.seat:
        qpos[2] -= heights.min()
    return qpos


def _start(recipe: Recipe) -> np.ndarray:
    qpos = np.zeros(76)
    tilt = Rotation.from_euler("zx", [-recipe.roll, recipe.pitch], degrees=True)
    qpos[2] = recipe.hips
    qpos[3:7] = (_UPRIGHT * tilt).as_quat(scalar_first=True)
    for hinge, degrees in recipe.turned.items():
        qpos[7 + JOINT_NAMES.index(hinge)] = np.radians(degrees)
    return qpos


def _fixed_terms(recipe: Recipe, weights: ComposingWeights) -> list[Term]:
    turn = Rotation.from_quat(_start(recipe)[3:7], scalar_first=True).as_matrix()
    axes = np.eye(3)[:2]
    stay = weights.feet if recipe.sits else 0.2
    terms: list[Term] = [
        Orientations(
            np.zeros(2, dtype=int), axes, (turn @ axes.T).T[None], np.full((1, 2), weights.tilt)
        ),
        Pins(
            np.zeros(1, dtype=int),
            np.zeros((1, 3)),
            np.array([[[0.0, 0.0, recipe.hips]]]),
            np.array([[[stay, stay, weights.hips]]]),
        ),
        AboveFloor(weights.floor),
    ]
    for side in recipe.soles:
        out = recipe.toes_out.get(side, 7.0) * (1 if side == "L" else -1)
        front = np.array([np.sin(np.radians(out)), -np.cos(np.radians(out)), 0.0])
        for name in (f"{side}_Ankle", f"{side}_Toe"):
            body = BODY_NAMES.index(name)
            terms.append(
                Orientations(
                    np.array([body, body]),
                    np.eye(3)[1:],
                    np.array([[[0.0, 0.0, 1.0], front]]),
                    np.array([[weights.soles, 0.25 * weights.soles]]),
                )
            )
    for side, (left, forward) in recipe.feet.items():
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        terms.append(
            Pins(
                np.array([ankle]),
                np.zeros((1, 3)),
                np.array([[[left, -forward, 0.0]]]),
                np.array([[[weights.feet, weights.feet, 0.0]]]),
            )
        )
    return terms


def _moving_terms(recipe: Recipe, pose: BodyPoses, weights: ComposingWeights) -> list[Term]:
    """What is asked for from where the body is now: what rests, and balance."""
    positions, rotations = forward_kinematics(pose.qpos())
    frames = positions[0], rotations[0]
    terms: list[Term] = [_resting(recipe, frames, weights.rest)]
    middle = _middle_of_support(recipe, frames)
    if middle is not None:
        terms.append(CentreOfMass(middle[None], recipe.balance * weights.balance))
    return terms


def _placed_terms(recipe: Recipe, weights: ComposingWeights) -> list[Term]:
    """Hands, elbows, knees at their places, palms, fingers and the face turned."""
    terms: list[Term] = []
    for name, (part, place) in recipe.places.items():
        body, offset = BODY_NAMES.index(HANDLES[name].body), HANDLES[name].offset
        if part == "floor":
            target = (_TO_WORLD @ np.array(place))[None, None]
            pull = np.full((1, 1, 3), weights.place)
            terms.append(Pins(np.array([body]), np.array([offset]), target, pull))
        else:
            other = np.array([BODY_NAMES.index(part)])
            points = np.array([offset]), other, np.array([place])
            terms.append(Meeting(np.array([body]), *points, weights.place))
    # Palms face down and fingers point outwards where the arms are spread.
    for side, towards in recipe.palms.items():
        hand = f"{side}_Hand"
        terms.append(_facing(hand, np.array([0.0, -1.0, 0.0]), towards, weights.hands))
    for side, towards in recipe.fingers.items():
        hand, own = f"{side}_Hand", np.array([1.0 if side == "L" else -1.0, 0.0, 0.0])
        terms.append(_facing(hand, own, towards, weights.hands))
    if recipe.look is not None:
        terms.append(_facing("Head", np.array([0.0, 0.0, 1.0]), recipe.look, weights.look))
    return terms


def _facing(name: str, own: np.ndarray, towards: Place, weight: float) -> Term:
    """A body's own direction (3,) along one of another body, or of the floor."""
    body, (part, vector) = np.array([BODY_NAMES.index(name)]), towards
    unit = np.array(vector) / np.linalg.norm(vector)
    if part == "floor":
        target = (_TO_WORLD @ unit)[None, None]
        return Orientations(body, own[None], target, np.array([[weight]]))
    return Alignment(body, own[None], np.array([BODY_NAMES.index(part)]), unit[None], weight)


def carrying_points(recipe: Recipe, qpos: np.ndarray) -> np.ndarray:
    """(n, 2) metres: what carries the pose (76,): points on the floor, and on the seat."""
    positions, rotations = forward_kinematics(qpos[None])
    return _carrying(recipe, (positions[0], rotations[0]))


def _carrying(recipe: Recipe, frames: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    table = support_points()
    points = _world_points(frames)
    heights = points[:, 2] - table.radius
    level = np.array([recipe.level(name) for name in BODY_NAMES])[table.body]
    return points[heights < level + _NEAR, :2]


def _middle_of_support(recipe: Recipe, frames: tuple[np.ndarray, np.ndarray]) -> np.ndarray | None:
    """(2,): the middle of what carries; None while nothing does."""
    from scipy.spatial import ConvexHull, QhullError

    points = _carrying(recipe, frames)
    if len(points) < 3:
        return None
    try:
        hull = points[ConvexHull(points).vertices]
    except QhullError:
        return points.mean(axis=0)
    following = np.roll(hull, -1, axis=0)
    area = hull[:, 0] * following[:, 1] - following[:, 0] * hull[:, 1]
    return ((hull + following) * area[:, None]).sum(axis=0) / (3.0 * area.sum())


def _resting(recipe: Recipe, frames: tuple[np.ndarray, np.ndarray], weight: float) -> "Heights":
    """Soles with their corners, other bodies with their lowest points."""
    table = support_points()
    heights = _world_points(frames)[:, 2] - table.radius
    chosen: list[int] = []
    levels: list[float] = []
    soles = [f"{side}_{part}" for side in recipe.soles for part in ("Ankle", "Toe")]
    for name in (*soles, *recipe.rest):
        own = np.flatnonzero(table.body == BODY_NAMES.index(name))
        count = 2 if len(own) > 2 else 1
        # Soles and the balls of the feet are flat; a foot that lies on its back is not.
        if name in soles or (name.endswith("_Toe") and _faces_up(name, frames[1])):
            count = 4
        if recipe.level(name):
            count = len(own)  # thighs lie on a seat with all their length
        lowest = own[np.argsort(heights[own], kind="stable")[:count]]
        chosen += lowest.tolist()
        levels += [recipe.level(name)] * len(lowest)
    return Heights(np.array(chosen, dtype=int), np.array(levels), weight)


def _faces_up(name: str, rotations: np.ndarray) -> bool:
    return bool(rotations[BODY_NAMES.index(name), 2, 1] > 0.3)


def _world_points(frames: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(K, 3) metres: the centres of the balls and the corners."""
    table = support_points()
    positions, rotations = frames
    return positions[table.body] + np.einsum("kij,kj->ki", rotations[table.body], table.offset)


def _point(place: Place, positions: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    part, offset = place
    if part == "floor":
        return _TO_WORLD @ np.array(offset)
    body = BODY_NAMES.index(part)
    return positions[body] + rotations[body] @ np.array(offset)


def missed(recipe: Recipe, qpos: np.ndarray) -> Mapping[str, float]:
    """Handle -> metres by which a pose (76,) misses where the recipe wishes it."""
    positions, rotations = forward_kinematics(qpos[None])
    result = {}
    for name, place in recipe.places.items():
        handle = HANDLES[name]
        body = BODY_NAMES.index(handle.body)
        here = positions[0, body] + rotations[0, body] @ np.array(handle.offset)
        result[name] = float(np.linalg.norm(here - _point(place, positions[0], rotations[0])))
    return result
