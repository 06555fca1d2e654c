"""Legs of a jump: they stand where they were keyed, and fly through the keys in the air."""

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ...body.figures import BODY_NAMES, OFFSETS
from ...body.kinematics import forward_kinematics
from ..mending.legs import place_foot
from ..mending.settings import LegSettings
from .flight import Ground
from .settings import JumpSettings

LEGS = slice(7, 7 + 24)
BALLS = [BODY_NAMES.index(f"{side}_Toe") for side in "LR"]

Stances = dict[str, tuple[np.ndarray, Rotation]]


def stances_of(qpos: np.ndarray, ground: Ground, middle: float) -> Stances:
    """Of each side: where the ball of the foot stands (n, 3) and the ankle's rotation (n): as in the
    key before the flight and in that after it, or on the way there from the frame of rest. ``middle``:
    the frame in the air in which the one follows upon the other."""
    last, frames = len(qpos) - 1, np.arange(len(qpos))
    knots = [0, ground.before, ground.after, last]
    positions, rotations = forward_kinematics(qpos[knots])
    at = np.where(
        frames < middle,
        np.clip(frames / max(ground.before, 1), 0, 1) if ground.before else 1.0,
        2 + (np.clip((frames - ground.after) / max(last - ground.after, 1), 0, 1)),
    )
    found: Stances = {}
    for side in "LR":
        ankle, toe = (BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe"))
        ball = np.stack([np.interp(at, range(4), column) for column in positions[:, toe].T], axis=1)
        turned = Slerp(range(4), Rotation.from_matrix(rotations[:, ankle]))
        found[side] = ball, turned(at)
    return found


def standing(
    qpos: np.ndarray, stances: Stances, take_off: int, landing: int, settings: JumpSettings
) -> np.ndarray:
    """The legs reach for where the feet stand, up to the take-off and from the landing on."""
    result = qpos.copy()
    for rows in (slice(0, take_off + 1), slice(landing, None)):
        part = result[rows]
        for side, (ball, turned) in stances.items():
            toe = BODY_NAMES.index(f"{side}_Toe")
            part = place_foot(
                part,
                side,
                ball[rows],
                turned[rows].as_matrix(),
                point=OFFSETS[toe],
                settings=LegSettings(turn_lever_m=settings.foot_lever_m),
            )
        result[rows] = part
    return result


def flying(
    standing: np.ndarray, qpos: np.ndarray, air: list[int], take_off: int, landing: int
) -> np.ndarray:
    """Legs in the air: from where they pushed, through the keys, to where they land."""
    result = standing.copy()
    knots = [take_off, *air, landing]
    poses = [standing[take_off, LEGS], *(qpos[key, LEGS] for key in air)]
    poses.append(standing[landing, LEGS])
    for start, end, first, second in zip(knots, knots[1:], poses, poses[1:], strict=False):
        share = np.linspace(0, 1, end - start + 1)[:, None]
        share = share**2 * (3 - 2 * share)
        result[start : end + 1, LEGS] = first + share * (second - first)
    return result
