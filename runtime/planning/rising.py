"""From sitting on the floor to standing, as people do: the trunk leans over the feet before the seat
leaves the floor, and legs straighten once it is over them.

Eased from pose to pose the seat would rise behind the feet, with nothing under it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES, JOINT_NAMES
from ..body.kinematics import forward_kinematics, to_rotation, to_wxyz
from ..body.weight import centre_of_mass
from ..motion.ground_frame import heading
from ..posing.limits import into_ranges
from ..posing.reach import handle_places, reach
from .mending.legs import place_foot

_ANKLES = {side: BODY_NAMES.index(f"{side}_Ankle") for side in "LR"}
_CURLED = {"Torso_x": 15.0, "Spine_x": 10.0, "Neck_x": -15.0, "Head_x": -15.0}
_REACHING = {
    "L_Shoulder_y": -85.0,
    "R_Shoulder_y": 85.0,
    "L_Shoulder_z": -15.0,
    "R_Shoulder_z": 15.0,
    "L_Elbow_y": -15.0,
    "R_Elbow_y": 15.0,
}
"""Degrees: arms held out in front, whose weight helps over the feet."""


@dataclass(frozen=True)
class RisingSettings:
    """How somebody gets up who sits on the floor with his feet in front of him.

    Chosen on the keyed case that sits and stands, by its strip and by what held it.
    """

    seated_m: float = 0.3
    """The pelvis is lower who sits, ..."""
    upright_m: float = 0.55
    """... and higher who stands."""
    sole_m: float = 0.12
    """Ankles are lower whose soles are on the floor."""
    ahead_m: float = 0.1
    """Of the seat, where feet are at least that can take the weight."""
    hands_down: float = 0.22
    """Share of the time after which the hands are on the floor."""
    pushed: float = 0.36
    """Share of it after which they have pushed the seat up and forwards."""
    squatting: float = 0.54
    """Share of it after which the body is over its feet."""
    hands_m: tuple[float, float, float] = (-0.05, 0.3, 0.04)
    """How far ahead of the seat, beside it and over the floor hands push."""
    seat_lean_deg: float = -12.0
    """Of the pelvis, forwards, when the hands are on the floor."""
    pushed_m: tuple[float, float] = (0.08, 0.07)
    """Forwards and upwards, by which they push the seat, ..."""
    pushed_lean_deg: float = 8.0
    """... and how far the pelvis leans then."""
    squat_m: float = 0.33
    """How high the pelvis is over the feet: lower and knees do not bend so far."""
    squat_lean_deg: float = 36.0
    begun_behind_m: float = 0.1
    """Of the feet, from where the pelvis is moved until that is so:"""
    over_m: float = 0.05
    """Ahead of the ankles, where the centre of mass is then."""


def rises(start: np.ndarray, end: np.ndarray, settings: RisingSettings | None = None) -> bool:
    """Whether one gets up from one pose (76,) to the other: out of sitting, with both feet on the
    floor and ahead of the seat, and the trunk not lying."""
    settings = settings or RisingSettings()
    if start[2] > settings.seated_m or end[2] < settings.upright_m:
        return False
    positions, rotations = forward_kinematics(start[None])
    ankles = positions[0, list(_ANKLES.values())]
    forward = _forward(start)
    ahead = (ankles[:, :2] - start[:2]) @ forward
    upright = rotations[0, 0, 2, 1] > np.sin(np.radians(45))
    return bool(
        (ankles[:, 2] < settings.sole_m).all() and (ahead > settings.ahead_m).all() and upright
    )


def risen(
    start: np.ndarray, end: np.ndarray, frames: int, settings: RisingSettings | None = None
) -> np.ndarray:
    """(frames + 1, 76) from sitting, ``start`` (76,), to standing, ``end`` (76,), the feet where the
    one has them: those that the other has elsewhere have still to step there."""
    settings = settings or RisingSettings()
    feet, ahead = _feet(start), _forward(start)
    aside = np.array([-ahead[1], ahead[0]])
    middle = np.mean([place[:2] for place, _ in feet.values()], axis=0)
    push, beside, over_floor = settings.hands_m
    hands = {
        name: np.append(start[:2] + push * ahead + side * beside * aside, over_floor)
        for name, side in (("left_hand", 1), ("right_hand", -1))
    }
    seated = _on_hands(_leaning(start, settings.seat_lean_deg), hands)
    lifted = _leaning(seated, settings.pushed_lean_deg)
    lifted[:3] += np.append(settings.pushed_m[0] * ahead, settings.pushed_m[1])
    lifted = _on_hands(lifted, hands)
    squat = _leaning(end, settings.squat_lean_deg)
    for hinge, degrees in (_CURLED | _REACHING).items():
        squat[7 + JOINT_NAMES.index(hinge)] = np.radians(degrees)
    squat[:2], squat[2] = middle - settings.begun_behind_m * ahead, settings.squat_m
    for _ in range(6):
        squat = _standing_on(squat[None], feet)[0]
        over = (centre_of_mass(squat[None])[0, :2] - middle) @ ahead
        squat[:2] += (settings.over_m - over) * ahead
    poses = np.stack([start, seated, lifted, squat, end])
    shares = np.array([0.0, settings.hands_down, settings.pushed, settings.squatting, 1.0])
    return into_ranges(_standing_on(_through(poses, shares * frames, frames), feet))


def _forward(qpos: np.ndarray) -> np.ndarray:
    angle = float(heading(qpos[None])[0])
    return np.array([np.cos(angle), np.sin(angle)])


def _feet(qpos: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Place (3,) and rotation (3, 3) of each ankle."""
    positions, rotations = forward_kinematics(qpos[None])
    return {side: (positions[0, body], rotations[0, body]) for side, body in _ANKLES.items()}


def _leaning(qpos: np.ndarray, lean_deg: float) -> np.ndarray:
    """The pose (76,) with its pelvis leaned forwards by so much."""
    result = qpos.copy()
    turn = Rotation.from_euler("z", float(heading(qpos[None])[0]) + np.pi / 2)
    lean = Rotation.from_euler("x", np.pi / 2 + np.radians(lean_deg))
    result[3:7] = to_wxyz(turn * lean)
    return result


def _on_hands(qpos: np.ndarray, hands: dict[str, np.ndarray]) -> np.ndarray:
    """The pose (76,) with its hands on these places, hips and feet where they are."""
    stay = handle_places(qpos)
    kept = {name: stay[name] for name in ("hips", "left_foot", "right_foot")}
    return reach(qpos, kept | hands, balance=False).qpos


def _standing_on(qpos: np.ndarray, feet: dict[str, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Frames (T, 76) with these feet."""
    for side, (place, rotation) in feet.items():
        wanted = np.tile(place, (len(qpos), 1)), np.tile(rotation, (len(qpos), 1, 1))
        qpos = place_foot(qpos, side, *wanted)
    return qpos


def _through(poses: np.ndarray, at: np.ndarray, frames: int) -> np.ndarray:
    """(frames + 1, 76) through poses (n, 76) at frames (n,), at rest at both ends."""
    root = to_rotation(poses[:, 3:7])
    turned = (root * root[0].inv()).as_rotvec()
    told = np.concatenate([poses[:, :3], turned, poses[:, 7:]], axis=1)
    # Between rests: the same pose before and after.
    before, after = told[:1], told[-1:]
    curve = PchipInterpolator([-1e3, *at, frames + 1e3], np.concatenate([before, told, after]))
    way = curve(np.arange(frames + 1))
    result = np.empty((frames + 1, 76))
    result[:, :3], result[:, 7:] = way[:, :3], way[:, 6:]
    result[:, 3:7] = to_wxyz(Rotation.from_rotvec(way[:, 3:6]) * root[0])
    return result
