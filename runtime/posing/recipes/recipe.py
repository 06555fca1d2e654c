"""What a recipe of a pose says, and what several of them share.

Places are metres in the frame of a body part: x to the person's left, y up, z to
the front (of an upright person). Angles are degrees, from the left side's point
of view where both sides do the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[str, tuple[float, float, float]]
"""A body part, or "floor" (x left, y forward, z up from the middle of the feet), and where there."""


SAT_ON = ("Pelvis", "L_Hip", "R_Hip")
"""Bodies that rest on a seat, if there is one."""


@dataclass(frozen=True)
class Recipe:
    """What makes a pose; what is left open the solver decides."""

    label: str
    group: str
    about: str
    hips: float = 0.92
    """Height of the hips that is wished, metres."""
    pitch: float = 0.0
    """Hips tilted forward; 90 lies on the front, -90 on the back."""
    roll: float = 0.0
    """Hips tilted to the left: 90 lies on the left side."""
    soles: tuple[str, ...] = ("L", "R")
    """Feet flat on the floor."""
    feet: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Side -> where the ankle stands, to the left and forward of the middle."""
    toes_out: Mapping[str, float] = field(default_factory=dict)
    """Side -> degrees the foot is turned outwards; 7 where none is given."""
    rest: tuple[str, ...] = ()
    """Other bodies that lie on the floor (or on the seat)."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Handle of ``reach`` -> where it is."""
    palms: Mapping[str, Place] = field(default_factory=dict)
    """Side -> where the palm faces."""
    fingers: Mapping[str, Place] = field(default_factory=dict)
    """Side -> where the fingers point."""
    look: Place | None = None
    """Where the face looks, as a direction."""
    turned: Mapping[str, float] = field(default_factory=dict)
    """Hinge -> angle it starts at and is drawn to."""
    seat: float = 0.0
    """Height of what is sat on, metres; 0 for the floor."""

    sits: bool = False
    """The hips stay over the origin."""
    balance: float = 1.0
    """How much the weight is drawn to the middle of what carries, beside other poses."""

    def level(self, body: str) -> float:
        """Height of what a body rests on."""
        return self.seat if body in SAT_ON else 0.0


def both(**degrees: float) -> dict[str, float]:
    """Hinges of both sides: ``Shoulder_z=-72`` lowers both arms."""
    angles: dict[str, float] = {}
    for hinge, angle in degrees.items():
        mirrored = angle if hinge.endswith("_x") else -angle
        angles |= {f"L_{hinge}": angle, f"R_{hinge}": mirrored}
    return angles


def two(part: str, x: float, y: float, z: float, what: str = "hand") -> dict[str, Place]:
    """The same place for both sides."""
    return {f"left_{what}": (part, (x, y, z)), f"right_{what}": (part, (-x, y, z))}


def sides(part: str, x: float, y: float, z: float) -> dict[str, Place]:
    """The same direction for both sides."""
    return {"L": (part, (x, y, z)), "R": (part, (-x, y, z))}


DOWN = both(Shoulder_z=-72.0, Elbow_y=-14.0)
SQUARE = {"L": (0.11, 0.0), "R": (-0.11, 0.0)}
WIDE = {"L": (0.17, 0.0), "R": (-0.17, 0.0)}
FLAT = {"L": 0.0, "R": 0.0}
ROUND = {"Torso_x": 8.0, "Spine_x": 8.0, "Chest_x": 6.0}
RAISED = {"Neck_x": -18.0, "Head_x": -14.0}

GESTURES = "Gestures"
STANDING = "Standing"
CROUCHING = "Crouching"
SITTING = "Sitting"
LYING = "Lying"
KNEELING = "Kneeling"
ONE_LEG = "One Leg"
REACHING = "Reaching"
CARRYING = "Carrying"
