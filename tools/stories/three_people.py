"""Three people who take each other's hands and bow, as after a play."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.poses import POSES, Pose, posed
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Grip, Person, Scene
from runtime.scene.people import middle_of

HELD = 14, 48
"""Frames between which they hold hands."""
THICKNESS_M = 0.1
"""Of two hands that lie on each other."""


def bowing() -> dict[int, np.ndarray]:
    """Stands, holds the hands out, bows and rises again: poses (76,) by frame."""
    stand = POSES["stand"]
    arms = {"L_Shoulder_z": -48.0, "R_Shoulder_z": 48.0, "L_Elbow_y": -8.0, "R_Elbow_y": 8.0}
    out = Pose(-0.02, 2, turned=arms)
    down = Pose(-0.03, 16, turned={**arms, "Torso_x": 14.0, "Spine_x": 10.0, "Neck_x": 8.0})
    low = replace(down, pelvis=-0.04)
    poses = {0: stand, 12: out, 18: out, 28: down, 34: low, 44: out, 50: out, 62: stand}
    return {frame: posed(one) for frame, one in poses.items()}


def three(prompt: MotionPrompt, settings: GenerationSettings | None) -> Timeline:
    """One between two others, each as she does it alone, or as it is asked; then all together."""
    assert isinstance(prompt.source, Motion)
    alone = generate(Timeline((prompt,)), settings)[0] if settings else prompt.source
    left, right = (_palm(alone.qpos[HELD[0]], side) for side in "LR")
    apart = left - right
    apart += THICKNESS_M * apart / np.linalg.norm(apart)
    people = tuple(
        Person(
            name,
            alone,
            (sign * float(apart[0]), sign * float(apart[1]), 0.0),
            gives_way=True,
            grips=(Grip(f"{own}_Hand", f"{theirs}_Hand", *HELD),),
        )
        for name, sign, own, theirs in (("Anna", 1, "L", "R"), ("Ben", -1, "R", "L"))
    )
    return Timeline((prompt,), Scene(people=people))


def _palm(qpos: np.ndarray, side: str) -> np.ndarray:
    """(3,) metres: the middle of a hand."""
    hand = BODY_NAMES.index(f"{side}_Hand")
    positions, rotations = forward_kinematics(qpos[None])
    turn = Rotation.from_matrix(rotations[0, hand])
    return np.asarray(positions[0, hand] + turn.apply(middle_of(f"{side}_Hand")))
