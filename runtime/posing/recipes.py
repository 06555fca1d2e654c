"""The forty poses of the library as a person would describe them; ``library`` makes poses of them.

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


def _two(part: str, x: float, y: float, z: float, what: str = "hand") -> dict[str, Place]:
    """The same place for both sides."""
    return {f"left_{what}": (part, (x, y, z)), f"right_{what}": (part, (-x, y, z))}


def _sides(part: str, x: float, y: float, z: float) -> dict[str, Place]:
    """The same direction for both sides."""
    return {"L": (part, (x, y, z)), "R": (part, (-x, y, z))}


DOWN = both(Shoulder_z=-72.0, Elbow_y=-14.0)
SQUARE = {"L": (0.11, 0.0), "R": (-0.11, 0.0)}
WIDE = {"L": (0.17, 0.0), "R": (-0.17, 0.0)}
STRIDE = {"L": (0.12, 0.16), "R": (-0.12, -0.14)}
_FLAT = {"L": 0.0, "R": 0.0}
_ROUND = {"Torso_x": 8.0, "Spine_x": 8.0, "Chest_x": 6.0}
_RAISED = {"Neck_x": -18.0, "Head_x": -14.0}

GESTURES = "Gestures"
STANDING = "Standing"
CROUCHING = "Crouching"
SITTING = "Sitting"
LYING = "Lying"
KNEELING = "Kneeling"
ONE_LEG = "One Leg"
REACHING = "Reaching"
CARRYING = "Carrying"

RECIPES: dict[str, Recipe] = {
    # --- gestures ---
    "relaxed": Recipe(
        "Relaxed",
        GESTURES,
        "Standing at ease, one foot a little ahead",
        feet={"L": (0.11, 0.05), "R": (-0.11, -0.05)},
        toes_out={"L": 10, "R": 16},
        turned={**both(Shoulder_z=-74, Shoulder_y=-8, Elbow_y=-22), "Head_y": 6},
    ),
    "hands-on-hips": Recipe(
        "Hands on Hips",
        GESTURES,
        "Both hands on the hips, elbows out",
        feet=WIDE,
        toes_out={"L": 14, "R": 14},
        places={
            **_two("Pelvis", 0.185, 0.09, 0.0),
            **_two("Pelvis", 0.40, 0.21, -0.10, "elbow"),
        },
        fingers=_sides("Pelvis", -0.2, -0.3, 1.0),
        turned=both(Shoulder_z=-50, Shoulder_y=30, Elbow_y=-95),
    ),
    "arms-crossed": Recipe(
        "Arms Crossed",
        GESTURES,
        "Forearms folded before the chest",
        feet=SQUARE,
        places={
            "left_hand": ("Chest", (-0.12, 0.0, 0.14)),
            "right_hand": ("Chest", (0.12, -0.03, 0.24)),
            **_two("Chest", 0.24, -0.06, 0.05, "elbow"),
        },
        turned=both(Shoulder_z=-62, Shoulder_y=-35, Elbow_y=-105),
    ),
    "wave": Recipe(
        "Wave",
        GESTURES,
        "The right hand raised to greet",
        feet=SQUARE,
        places={
            "right_hand": ("Chest", (-0.40, 0.44, 0.08)),
            "right_elbow": ("Chest", (-0.42, 0.14, 0.02)),
        },
        palms={"R": ("Chest", (0, 0, 1))},
        fingers={"R": ("Chest", (0, 1, 0))},
        turned={**DOWN, "R_Shoulder_z": 5, "R_Elbow_z": 90, "Head_y": -8},
    ),
    "point": Recipe(
        "Point",
        GESTURES,
        "The right arm stretched out to the front, the face that way",
        feet={"L": (0.11, -0.04), "R": (-0.11, 0.06)},
        places={"right_hand": ("Chest", (-0.10, 0.17, 0.56))},
        fingers={"R": ("Chest", (0, 0, 1))},
        look=("Chest", (-0.1, 0.0, 1.0)),
        turned={**DOWN, "R_Shoulder_y": 85, "R_Shoulder_z": 0, "R_Elbow_y": 8},
    ),
    "cheer": Recipe(
        "Cheer",
        GESTURES,
        "Both arms thrown up and apart",
        feet=WIDE,
        places=_two("Chest", 0.36, 0.66, 0.02),
        fingers=_sides("Chest", 0.3, 1, 0),
        look=("floor", (0, 1, 0.25)),
        turned=both(Shoulder_z=62, Thorax_z=20),
    ),
    "thinking": Recipe(
        "Thinking",
        GESTURES,
        "A hand at the chin, its elbow in the other hand",
        feet={"L": (0.11, 0.02), "R": (-0.11, -0.03)},
        places={
            "right_hand": ("Head", (-0.05, -0.12, 0.10)),
            "right_elbow": ("Chest", (-0.16, -0.06, 0.16)),
            "left_hand": ("Chest", (-0.06, -0.10, 0.17)),
            "left_elbow": ("Chest", (0.24, -0.08, 0.04)),
        },
        fingers={"R": ("Chest", (0.2, 1, 0))},
        turned={
            **both(Shoulder_z=-60, Shoulder_y=-30, Elbow_y=-110),
            "Neck_x": 10,
            "Head_x": 12,
        },
    ),
    "shrug": Recipe(
        "Shrug",
        GESTURES,
        "Shoulders up, hands open to the sides",
        feet=SQUARE,
        places={
            **_two("Chest", 0.44, -0.06, 0.20),
            **_two("Chest", 0.27, -0.08, 0.0, "elbow"),
        },
        palms=_sides("Chest", 0.2, 1, 0.2),
        fingers=_sides("Chest", 1, 0, 0.4),
        turned={**both(Thorax_z=30, Shoulder_z=-70, Elbow_y=-80), "Head_z": 10},
    ),
    "salute": Recipe(
        "Salute",
        GESTURES,
        "The right hand at the brow, upright",
        feet={"L": (0.08, 0.0), "R": (-0.08, 0.0)},
        toes_out={"L": 12, "R": 12},
        places={
            "right_hand": ("Head", (-0.165, 0.10, 0.05)),
            "right_elbow": ("Chest", (-0.42, 0.14, 0.10)),
            "left_hand": ("Pelvis", (0.18, -0.13, 0.0)),
        },
        palms={"R": ("Chest", (0, -1, 0.4))},
        fingers={"R": ("Head", (1, 0.35, 0.1))},
        turned={**both(Shoulder_z=-80), "R_Shoulder_z": 5, "R_Shoulder_y": 20, "R_Elbow_y": 120},
    ),
    "welcome": Recipe(
        "Welcome",
        GESTURES,
        "Both arms opened to somebody",
        feet={"L": (0.11, 0.04), "R": (-0.11, -0.04)},
        places=_two("Chest", 0.50, 0.0, 0.36),
        palms=_sides("Chest", -0.3, 1, 0.6),
        fingers=_sides("Chest", 0.7, 0, 1),
        turned=both(Shoulder_y=-40, Shoulder_z=-20, Elbow_y=-20),
    ),
    "hand-on-heart": Recipe(
        "Hand on Heart",
        GESTURES,
        "The right palm on the chest",
        feet=SQUARE,
        places={
            "right_hand": ("Chest", (0.0, 0.07, 0.135)),
            "right_elbow": ("Chest", (-0.30, -0.05, 0.08)),
        },
        palms={"R": ("Chest", (0, 0, -1))},
        fingers={"R": ("Chest", (1, 0.25, 0))},
        turned={**DOWN, "R_Shoulder_z": 60, "R_Shoulder_y": 30, "R_Elbow_y": 115},
    ),
    "bow": Recipe(
        "Bow",
        GESTURES,
        "Bent forward from the hips, arms along the body",
        feet={"L": (0.08, 0.0), "R": (-0.08, 0.0)},
        pitch=38,
        hips=0.91,
        places=_two("Pelvis", 0.17, -0.16, 0.12),
        look=("floor", (0, 0.7, -1)),
        turned={**both(Shoulder_z=-74, Shoulder_y=-10, Hip_x=-40), "Torso_x": 10, "Spine_x": 8},
    ),
    # --- standing ---
    "guard": Recipe(
        "Guard",
        STANDING,
        "Fists up, one foot ahead, ready to fight",
        feet={"L": (0.13, 0.17), "R": (-0.15, -0.17)},
        toes_out={"L": -5, "R": 45},
        hips=0.84,
        pitch=6,
        places={
            "left_hand": ("Chest", (0.12, 0.20, 0.34)),
            "right_hand": ("Chest", (-0.09, 0.16, 0.22)),
            **_two("Chest", 0.22, -0.06, 0.14, "elbow"),
        },
        turned={**both(Shoulder_z=-55, Shoulder_y=-50, Elbow_y=-110), "Torso_y": -14},
        look=("floor", (0, 1, -0.05)),
    ),
    "look-back": Recipe(
        "Look Back",
        STANDING,
        "Turned at the waist to look over the left shoulder",
        feet=SQUARE,
        look=("floor", (0.9, -0.45, 0.05)),
        turned={
            **both(Shoulder_z=-74, Elbow_y=-18),
            "Torso_y": 22,
            "Spine_y": 18,
            "Chest_y": 14,
            "Neck_y": 25,
            "Head_y": 25,
        },
    ),
    "lunge": Recipe(
        "Lunge",
        STANDING,
        "A long step, the front knee bent",
        feet={"L": (0.11, 0.40), "R": (-0.11, -0.42)},
        soles=("L",),
        rest=("R_Toe",),
        hips=0.66,
        places=_two("Chest", 0.22, -0.34, 0.16),
        turned={
            **DOWN,
            "L_Hip_x": -75,
            "L_Knee_x": 85,
            "R_Hip_x": 20,
            "R_Knee_x": 30,
            "R_Ankle_x": -25,
            "R_Toe_x": -40,
        },
        look=("floor", (0, 1, 0)),
    ),
    # --- crouching ---
    "ready-crouch": Recipe(
        "Ready Crouch",
        CROUCHING,
        "Knees bent, ready to go any way",
        feet=WIDE,
        toes_out={"L": 12, "R": 12},
        hips=0.60,
        pitch=24,
        places=_two("Chest", 0.22, -0.14, 0.40),
        look=("floor", (0, 1, 0)),
        turned={**both(Hip_x=-95, Knee_x=105, Shoulder_y=-55, Shoulder_z=-45), **_ROUND, **_RAISED},
    ),
    "deep-squat": Recipe(
        "Deep Squat",
        CROUCHING,
        "Sitting on the heels, forearms on the knees",
        feet=WIDE,
        toes_out={"L": 22, "R": 22},
        hips=0.34,
        pitch=26,
        places={
            "left_hand": ("L_Knee", (-0.04, 0.05, 0.20)),
            "right_hand": ("R_Knee", (0.04, 0.05, 0.20)),
        },
        look=("floor", (0, 1, 0)),
        turned={
            **both(Hip_x=-120, Knee_x=140, Hip_y=18, Shoulder_y=-60, Shoulder_z=-40, Ankle_x=-40),
            **_ROUND,
            **_RAISED,
        },
    ),
    "sneak": Recipe(
        "Sneak",
        CROUCHING,
        "A low, careful step, bent over",
        feet={"L": (0.09, 0.24), "R": (-0.09, -0.22)},
        soles=("L",),
        rest=("R_Toe",),
        hips=0.72,
        pitch=22,
        places={
            "left_hand": ("Chest", (0.24, -0.10, 0.26)),
            "right_hand": ("Chest", (-0.20, -0.06, 0.34)),
        },
        look=("floor", (0, 1, 0)),
        turned={
            **both(Shoulder_y=-45, Shoulder_z=-50, Elbow_y=-70),
            "L_Hip_x": -70,
            "L_Knee_x": 60,
            "R_Knee_x": 50,
            "R_Toe_x": -35,
            **_ROUND,
            **_RAISED,
        },
    ),
    # --- sitting ---
    "sit-chair": Recipe(
        "Sit on a Chair",
        SITTING,
        "On a seat 42 cm high, hands on the thighs. Put a chair there",
        hips=0.58,
        seat=0.42,
        sits=True,
        balance=0.5,
        feet={"L": (0.11, 0.40), "R": (-0.11, 0.40)},
        rest=("L_Hip", "R_Hip"),
        places={
            "left_hand": ("L_Hip", (0.0, -0.27, 0.125)),
            "right_hand": ("R_Hip", (0.0, -0.27, 0.125)),
        },
        turned={**both(Hip_x=-88, Knee_x=88, Shoulder_z=-70, Elbow_y=-60), "Spine_x": 6},
        look=("floor", (0, 1, 0)),
    ),
    "sit-floor": Recipe(
        "Sit, Legs Out",
        SITTING,
        "On the floor, legs stretched, hands behind",
        soles=(),
        hips=0.09,
        pitch=-20,
        rest=("Pelvis", "L_Ankle", "R_Ankle", "L_Hand", "R_Hand"),
        places=_two("Pelvis", 0.24, -0.06, -0.30),
        fingers=_sides("Pelvis", 0.5, 0, -1),
        look=("floor", (0, 1, 0)),
        turned={**both(Hip_x=-70, Knee_x=4, Shoulder_z=-60, Shoulder_y=40), "Spine_x": 10},
    ),
    "sit-cross-legged": Recipe(
        "Sit Cross-Legged",
        SITTING,
        "On the floor, ankles crossed, hands on the knees",
        soles=(),
        hips=0.09,
        pitch=4,
        rest=("Pelvis", "L_Ankle", "R_Ankle"),
        places={
            "left_knee": ("Pelvis", (0.32, 0.08, 0.26)),
            "right_knee": ("Pelvis", (-0.32, 0.08, 0.26)),
            "left_foot": ("Pelvis", (-0.06, -0.05, 0.30)),
            "right_foot": ("Pelvis", (0.05, -0.03, 0.46)),
            "left_hand": ("L_Knee", (0.0, 0.06, 0.06)),
            "right_hand": ("R_Knee", (0.0, 0.06, 0.06)),
        },
        look=("floor", (0, 1, 0)),
        turned={
            **both(Hip_x=-140, Hip_y=40, Hip_z=10, Knee_x=100, Shoulder_z=-60, Elbow_y=-40),
            **_ROUND,
        },
    ),
    "sit-knees-up": Recipe(
        "Sit, Knees Up",
        SITTING,
        "On the floor, knees drawn up, hands on the knees",
        hips=0.09,
        pitch=-6,
        rest=("Pelvis",),
        feet={"L": (0.10, 0.46), "R": (-0.10, 0.46)},
        sits=True,
        balance=0.2,
        toes_out=_FLAT,
        places={
            "left_hand": ("L_Knee", (0.06, -0.02, 0.08)),
            "right_hand": ("R_Knee", (-0.06, -0.02, 0.08)),
            **_two("Chest", 0.30, -0.04, 0.20, "elbow"),
        },
        look=("floor", (0, 1, 0)),
        turned={**both(Hip_x=-145, Knee_x=95, Shoulder_y=-60, Shoulder_z=-40), "Spine_x": 12},
    ),
    # --- lying ---
    "lie-back": Recipe(
        "Lie on the Back",
        LYING,
        "Face up, legs straight, arms at the sides",
        soles=(),
        pitch=-90,
        hips=0.09,
        rest=("Pelvis", "Chest", "Head", "L_Ankle", "R_Ankle", "L_Hand", "R_Hand"),
        places=_two("Pelvis", 0.32, -0.06, -0.04),
        palms=_sides("Pelvis", -0.3, 0, -1),
        turned=both(Shoulder_z=-60, Hip_z=6),
    ),
    "lie-front": Recipe(
        "Lie on the Front",
        LYING,
        "Face down, hands beside the head",
        soles=(),
        pitch=90,
        hips=0.10,
        rest=("Pelvis", "L_Toe", "R_Toe", "L_Wrist", "R_Wrist", "L_Knee", "R_Knee"),
        places={
            **_two("Head", 0.13, 0.16, 0.06),
            **_two("Chest", 0.42, 0.20, 0.06, "elbow"),
        },
        turned={
            **both(Shoulder_z=30, Elbow_y=-120, Ankle_x=40, Hip_z=6),
            "Chest_x": -15,
            "Head_y": 35,
        },
    ),
    "lie-side": Recipe(
        "Lie on the Side",
        LYING,
        "On the left side, knees drawn up, an arm out along the floor",
        soles=(),
        roll=90,
        hips=0.12,
        rest=("Pelvis", "L_Hip", "L_Knee", "L_Ankle", "L_Shoulder", "L_Hand"),
        places={
            "left_hand": ("Head", (0.12, 0.10, 0.20)),
            "right_hand": ("Chest", (0.05, -0.10, 0.30)),
            "right_knee": ("Pelvis", (-0.06, -0.20, 0.36)),
        },
        turned={
            "L_Hip_x": -55,
            "L_Knee_x": 70,
            "R_Hip_x": -65,
            "R_Knee_x": 80,
            "L_Shoulder_y": -85,
            "L_Shoulder_z": 20,
            "L_Elbow_y": -60,
            "R_Shoulder_z": 50,
            "R_Shoulder_y": 60,
            "R_Elbow_y": 50,
            "Head_z": 15,
            **_ROUND,
        },
    ),
    "lie-knees-up": Recipe(
        "Lie, Knees Up",
        LYING,
        "On the back, feet on the floor, hands on the belly",
        pitch=-90,
        hips=0.09,
        feet={"L": (0.10, 0.42), "R": (-0.10, 0.42)},
        toes_out=_FLAT,
        rest=("Pelvis", "Chest", "Head"),
        places={
            "left_hand": ("Torso", (0.07, 0.09, 0.13)),
            "right_hand": ("Torso", (-0.07, 0.03, 0.13)),
            **_two("Chest", 0.30, -0.10, -0.03, "elbow"),
        },
        turned=both(Hip_x=-50, Knee_x=100, Shoulder_z=-60, Elbow_y=-90),
    ),
    # --- kneeling ---
    "kneel-one": Recipe(
        "Kneel on One Knee",
        KNEELING,
        "The right knee on the floor, a hand on the other",
        feet={"L": (0.11, 0.26), "R": (-0.11, -0.46)},
        soles=("L",),
        rest=("R_Knee", "R_Toe"),
        hips=0.50,
        places={"left_hand": ("L_Knee", (0.0, 0.05, 0.08))},
        turned={
            **DOWN,
            "L_Hip_x": -88,
            "L_Knee_x": 90,
            "R_Knee_x": 90,
            "R_Ankle_x": -20,
            "R_Toe_x": -60,
        },
        look=("floor", (0, 1, 0)),
    ),
    "kneel-two": Recipe(
        "Kneel on Both Knees",
        KNEELING,
        "Upright on both knees",
        soles=(),
        hips=0.44,
        rest=("L_Knee", "R_Knee", "L_Toe", "R_Toe"),
        turned={**DOWN, **both(Hip_x=-22, Knee_x=118, Ankle_x=35, Hip_z=6)},
        look=("floor", (0, 1, 0)),
    ),
    "kneel-on-heels": Recipe(
        "Kneel on the Heels",
        KNEELING,
        "Sitting back on the heels, hands on the thighs",
        soles=(),
        hips=0.24,
        pitch=4,
        rest=("L_Knee", "R_Knee", "L_Toe", "R_Toe"),
        places={
            "left_hand": ("L_Hip", (-0.01, -0.22, 0.12)),
            "right_hand": ("R_Hip", (0.01, -0.22, 0.12)),
        },
        turned=both(Hip_x=-70, Knee_x=150, Ankle_x=42, Shoulder_z=-68, Elbow_y=-55, Hip_z=5),
        look=("floor", (0, 1, 0)),
    ),
    "all-fours": Recipe(
        "All Fours",
        KNEELING,
        "On hands and knees, the back level",
        soles=(),
        hips=0.47,
        pitch=80,
        rest=("L_Knee", "R_Knee", "L_Toe", "R_Toe", "L_Hand", "R_Hand"),
        places=_two("Chest", 0.19, 0.12, 0.55),
        palms=_sides("floor", 0, 0, -1),
        fingers=_sides("floor", 0, 1, 0),
        turned={**both(Hip_x=-80, Knee_x=85, Shoulder_y=-85, Shoulder_z=-5, Ankle_x=35), **_RAISED},
        look=("floor", (0, 1, -0.8)),
    ),
    # --- one leg ---
    "flamingo": Recipe(
        "Stand on One Leg",
        ONE_LEG,
        "On the left leg, the right knee up, arms out",
        soles=("L",),
        feet={"L": (0.0, 0.0)},
        places={
            "right_knee": ("Pelvis", (-0.11, -0.08, 0.38)),
            "right_foot": ("Pelvis", (-0.09, -0.46, 0.28)),
            **_two("Chest", 0.60, 0.04, 0.10),
        },
        turned={**both(Shoulder_z=-12), "R_Hip_x": -85, "R_Knee_x": 90},
        look=("floor", (0, 1, 0)),
    ),
    "tree": Recipe(
        "Tree",
        ONE_LEG,
        "On the left leg, the right sole at the other knee, palms together overhead",
        soles=("L",),
        feet={"L": (0.0, 0.0)},
        places={
            "right_knee": ("Pelvis", (-0.37, -0.30, 0.12)),
            "right_foot": ("Pelvis", (-0.06, -0.44, 0.05)),
            **_two("Head", 0.035, 0.36, 0.02),
            **_two("Head", 0.28, 0.18, 0.0, "elbow"),
        },
        fingers=_sides("floor", 0, 0, 1),
        palms=_sides("Chest", -1, 0, 0),
        turned={
            **both(Shoulder_z=70, Thorax_z=20, Elbow_z=-40),
            "R_Hip_x": -45,
            "R_Hip_z": -60,
            "R_Hip_y": -40,
            "R_Knee_x": 105,
        },
        look=("floor", (0, 1, 0)),
    ),
    "front-kick": Recipe(
        "Front Kick",
        ONE_LEG,
        "On the left leg, the right foot out to the front, fists up",
        soles=("L",),
        feet={"L": (0.0, 0.0)},
        toes_out={"L": 25},
        hips=0.90,
        pitch=-16,
        places={
            "right_foot": ("Pelvis", (-0.06, -0.02, 0.83)),
            "left_hand": ("Chest", (0.14, 0.10, 0.26)),
            "right_hand": ("Chest", (-0.20, -0.02, 0.20)),
        },
        turned={
            **both(Shoulder_z=-60, Shoulder_y=-45, Elbow_y=-100),
            "R_Hip_x": -85,
            "R_Knee_x": 10,
            "Spine_x": 14,
            "Torso_x": 8,
        },
        look=("floor", (0, 1, -0.1)),
    ),
    # --- reaching ---
    "reach-up": Recipe(
        "Reach Up",
        REACHING,
        "Standing tall, the right hand as high as it goes",
        feet=SQUARE,
        places={"right_hand": ("Chest", (-0.14, 0.76, 0.10))},
        fingers={"R": ("floor", (0, 0, 1))},
        look=("floor", (-0.1, 0.9, 0.7)),
        turned={
            **DOWN,
            "R_Shoulder_z": -75,
            "R_Thorax_z": -30,
        },
    ),
    "reach-forward": Recipe(
        "Reach Forward",
        REACHING,
        "Leaning over, the right arm stretched out",
        feet={"L": (0.11, -0.12), "R": (-0.11, 0.18)},
        pitch=26,
        hips=0.86,
        places={
            "right_hand": ("Chest", (-0.12, 0.30, 0.50)),
            "left_hand": ("Chest", (0.30, -0.30, -0.12)),
        },
        fingers={"R": ("floor", (0, 1, 0))},
        look=("floor", (0, 1, -0.1)),
        turned={**DOWN, "R_Shoulder_y": 85, "R_Shoulder_z": -10, "Torso_y": 10, "Torso_x": 6},
    ),
    "reach-down": Recipe(
        "Pick Up",
        REACHING,
        "One knee low, the right hand at the floor",
        feet={"L": (0.12, 0.16), "R": (-0.13, -0.16)},
        soles=("L",),
        rest=("R_Toe",),
        hips=0.46,
        pitch=36,
        places={
            "right_hand": ("floor", (-0.16, 0.40, 0.10)),
            "left_hand": ("L_Knee", (0.0, 0.06, 0.08)),
        },
        fingers={"R": ("floor", (0, 0.6, -1))},
        look=("floor", (-0.1, 0.6, -1)),
        turned={
            **both(Hip_x=-105, Knee_x=120, Shoulder_z=-55, Shoulder_y=-50),
            "R_Toe_x": -50,
            "R_Ankle_x": -20,
            **_ROUND,
        },
    ),
    # --- carrying ---
    "carry-front": Recipe(
        "Carry in Front",
        CARRYING,
        "A box before the belly, held from below",
        feet=SQUARE,
        pitch=-4,
        places={
            **_two("Torso", 0.17, 0.12, 0.36),
            **_two("Chest", 0.22, -0.14, 0.0, "elbow"),
        },
        palms=_sides("Chest", -0.6, 1, 0),
        fingers=_sides("Chest", -0.2, 0, 1),
        turned=both(Shoulder_z=-72, Elbow_y=-85),
        look=("floor", (0, 1, -0.1)),
    ),
    "carry-overhead": Recipe(
        "Carry Overhead",
        CARRYING,
        "A load held up over the head with both hands",
        feet=WIDE,
        places=_two("Chest", 0.20, 0.66, 0.02),
        palms=_sides("floor", 0, 0, 1),
        fingers=_sides("floor", -1, -0.5, 0),
        turned=both(Shoulder_z=65, Thorax_z=25, Elbow_z=-20),
        look=("floor", (0, 1, 0.1)),
    ),
    "carry-shoulder": Recipe(
        "Carry on the Shoulder",
        CARRYING,
        "A beam or a sack on the right shoulder, a hand on it",
        feet={"L": (0.11, 0.04), "R": (-0.11, -0.04)},
        places={
            "right_hand": ("Chest", (-0.24, 0.28, 0.20)),
            "right_elbow": ("Chest", (-0.34, 0.02, 0.20)),
        },
        fingers={"R": ("Chest", (0.4, 0.8, -0.5))},
        turned={
            **DOWN,
            "R_Shoulder_z": 50,
            "R_Shoulder_y": 60,
            "R_Elbow_y": 120,
            "Torso_z": 4,
            "Head_z": 6,
        },
        look=("floor", (0, 1, 0)),
    ),
    "carry-side": Recipe(
        "Carry at the Side",
        CARRYING,
        "A suitcase in the right hand, leaning against it",
        feet=SQUARE,
        places={
            "right_hand": ("Pelvis", (-0.24, -0.12, 0.02)),
            "left_hand": ("Pelvis", (0.34, -0.08, 0.04)),
        },
        fingers={"R": ("floor", (0, 0, -1))},
        palms={"R": ("Pelvis", (1, 0, 0))},
        turned={**both(Shoulder_z=-78), "L_Shoulder_z": -55, "Torso_z": -5, "Spine_z": -5},
        look=("floor", (0, 1, 0)),
    ),
}
"""Identifier -> recipe, in the order in which they are shown."""
