"""Inverse kinematics of the whole body: drag a hand, a foot or the hips, and the rest goes along.

One frame, solved by the same least squares as the fit of motions, within the
joint limits: what comes out is a pose the body can take.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..body.weight import centre_of_mass
from ..motion.fitting.least_squares.linkage import BodyPoses, Linkage
from ..motion.fitting.least_squares.solver import Comfort, solve
from ..motion.fitting.least_squares.terms import AboveFloor, Orientations, Pins, Term
from .balance import CentreOfMass
from .limits import into_ranges


@dataclass(frozen=True)
class Handle:
    """What can be taken hold of, pinned, or both."""

    label: str
    body: str
    dragged_turns: tuple[str, ...] = ()
    """Bodies that keep their turn in the world while it is dragged: soles stay level."""
    pinned_turns: tuple[str, ...] = ()
    """The same while it is pinned."""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Metres, in the body's frame: the point that is dragged."""


HANDLES: dict[str, Handle] = {
    "hips": Handle("Hips", "Pelvis"),
    "chest": Handle("Chest", "Chest", offset=(0.0, 0.06, 0.0)),
    "left_hand": Handle("Left Hand", "L_Hand", pinned_turns=("L_Hand",)),
    "right_hand": Handle("Right Hand", "R_Hand", pinned_turns=("R_Hand",)),
    "left_elbow": Handle("Left Elbow", "L_Elbow"),
    "right_elbow": Handle("Right Elbow", "R_Elbow"),
    "left_foot": Handle("Left Foot", "L_Ankle", ("L_Ankle", "L_Toe"), ("L_Ankle", "L_Toe")),
    "right_foot": Handle("Right Foot", "R_Ankle", ("R_Ankle", "R_Toe"), ("R_Ankle", "R_Toe")),
    "left_knee": Handle("Left Knee", "L_Knee"),
    "right_knee": Handle("Right Knee", "R_Knee"),
}

_FACE = np.array([0.0, 0.0, 1.0])
"""Where the face looks, in the frame of the head."""
_EYES = np.array([0.0, 0.10, 0.08])


@dataclass(frozen=True)
class Weights:
    """What is traded against what when not all can be had."""

    place: float = 60.0
    """1/m: handles that are dragged or pinned. A centimetre off costs as much as 0.6 rad."""
    hold: float = 4.0
    """1/rad: turn of what is dragged or pinned."""
    look: float = 6.0
    """1/rad: the face towards its target."""
    balance: float = 4.0
    """1/m: the centre of mass where it was over the floor: hips go back when a hand goes forward."""
    floor: float = 60.0
    """1/m: nothing below the floor."""
    hips: float = 3.0
    """1/m and 1/rad: the hips stay unless they are needed."""
    spine: float = 2.5
    legs: float = 0.15
    arms: float = 0.08
    head: float = 0.5
    """Per radian squared: joints stay as they are; the trunk rather than limbs."""


WEIGHTS = Weights()
_ITERATIONS = 12
_AXES = np.eye(3)[:2]


@dataclass(frozen=True)
class Reached:
    """A pose and how well it does what was asked."""

    qpos: np.ndarray
    """(76,)"""
    missed: dict[str, float]
    """Handle -> metres by which it misses its place; also for pins."""


def handle_places(qpos: np.ndarray) -> dict[str, np.ndarray]:
    """(76,) -> where each handle is, (3,) metres in the world."""
    positions, rotations = forward_kinematics(qpos[None])
    places = {}
    for name, handle in HANDLES.items():
        body = BODY_NAMES.index(handle.body)
        places[name] = positions[0, body] + rotations[0, body] @ np.array(handle.offset)
    return places


def reach(
    qpos: np.ndarray,
    goals: Mapping[str, np.ndarray],
    pins: Collection[str] = (),
    look_at: np.ndarray | None = None,
    balance: bool = True,
    guess: np.ndarray | None = None,
    weights: Weights = WEIGHTS,
) -> Reached:
    """The pose nearest to ``qpos`` (76,) with handles at places (3,), metres in the world.

    ``pins`` stay where and how they are in ``qpos``. The face turns to ``look_at``,
    as far as the neck goes. With ``balance`` the weight stays over the same point
    of the floor. Nothing is moved below the floor that was not below it before.
    ``guess`` (76,) is a pose like the result, as the one a moment before in a drag.
    """
    positions, rotations = forward_kinematics(qpos[None])
    wanted = {name: here for name, here in handle_places(qpos).items() if name in pins}
    wanted |= {name: np.asarray(place, dtype=np.float64) for name, place in goals.items()}
    terms: list[Term] = []
    if wanted:
        handles = [HANDLES[name] for name in wanted]
        terms.append(
            Pins(
                np.array([BODY_NAMES.index(handle.body) for handle in handles]),
                np.array([handle.offset for handle in handles]),
                np.array([list(wanted.values())]),
                np.full((1, len(handles), 3), weights.place),
            )
        )
    held = [name for handle in goals for name in HANDLES[handle].dragged_turns]
    held += [n for pin in pins if pin not in goals for n in HANDLES[pin].pinned_turns]
    if held:
        terms.append(_as_turned(held, rotations, weights.hold))
    terms.append(_as_turned(["Pelvis"], rotations, 0.5 * weights.hips))
    if "hips" not in goals:
        terms.append(
            Pins(
                np.zeros(1, dtype=int),
                np.zeros((1, 3)),
                positions[:, :1],
                np.full((1, 1, 3), weights.hips),
            )
        )
    if balance and "hips" not in goals:
        terms.append(CentreOfMass(centre_of_mass(qpos[None])[:, :2], weights.balance))
    if _lowest(positions, rotations) > -0.005:
        terms.append(AboveFloor(weights.floor))
    comfort = Comfort(qpos[7:], _pull(weights), np.zeros(69))
    pose = BodyPoses.from_qpos(into_ranges((qpos if guess is None else guess)[None]))
    for _ in range(2 if look_at is not None else 1):
        asked = [*terms]
        if look_at is not None:
            # The direction depends on where the head is; once more settles it.
            asked.append(_looking(pose, np.asarray(look_at, dtype=np.float64), weights.look))
        pose = solve(pose, asked, comfort, _ITERATIONS)
    result = pose.qpos()[0]
    places = handle_places(result)
    return Reached(
        result, {name: float(np.linalg.norm(places[name] - wanted[name])) for name in wanted}
    )


def _as_turned(bodies: list[str], rotations: np.ndarray, weight: float) -> Orientations:
    """Bodies as they are turned: two axes of each say it all."""
    index = np.repeat([BODY_NAMES.index(name) for name in bodies], 2)
    vectors = np.tile(_AXES, (len(bodies), 1))
    targets = np.einsum("pij,pj->pi", rotations[0, index], vectors)[None]
    return Orientations(index, vectors, targets, np.full((1, len(index)), weight))


def _looking(pose: BodyPoses, target: np.ndarray, weight: float) -> Orientations:
    head = BODY_NAMES.index("Head")
    eyes = Linkage.of(pose).points(np.array([head]), _EYES[None])[0, 0]
    direction = target - eyes
    direction = direction / max(np.linalg.norm(direction), 1e-6)
    return Orientations(np.array([head]), _FACE[None], direction[None, None], np.array([[weight]]))


def _lowest(positions: np.ndarray, rotations: np.ndarray) -> float:
    from ..motion.contacts import support_points

    return float(support_points().heights(positions, rotations).min())


def _pull(weights: Weights) -> np.ndarray:
    """(69,): how much each hinge wants to stay."""
    result = np.empty((23, 3))
    for body, name in enumerate(BODY_NAMES[1:]):
        part = name.split("_")[-1]
        if part in ("Torso", "Spine", "Chest"):
            result[body] = weights.spine
        elif part in ("Neck", "Head"):
            result[body] = weights.head
        elif part in ("Hip", "Knee", "Ankle", "Toe"):
            result[body] = weights.legs
        else:
            result[body] = weights.arms
    return result.ravel()
