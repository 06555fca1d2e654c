"""Whether a pose of the library can be stood in: limits, floor, balance."""

import numpy as np

from ..body.figures import BODY_NAMES, JOINT_RANGES
from ..body.kinematics import forward_kinematics
from ..body.support_points import lowest_points
from ..body.weight import centre_of_mass
from .composing import carrying_points
from .recipes import Recipe

TOUCHES = 0.012
"""Metres by which what lies on the floor may be off it."""
INSIDE = 0.015
"""Metres by which the centre of mass is inside what carries, at least."""
LEVEL = np.cos(np.radians(4.0))


def problems(recipe: Recipe, qpos: np.ndarray) -> list[str]:
    """What is wrong with a pose (76,), a sentence each; nothing for a good one."""
    found = []
    beyond = np.maximum(JOINT_RANGES[:, 0] - qpos[7:], qpos[7:] - JOINT_RANGES[:, 1]).max()
    if beyond > 1e-4:
        found.append(f"a joint is {np.degrees(beyond):.1f} degrees beyond its limit")
    lowest = lowest_points(qpos[None])[0]
    if lowest.min() < -0.003:
        part = BODY_NAMES[int(lowest.argmin())]
        found.append(f"{part} is {1000 * -lowest.min():.0f} mm in the floor")
    _, rotations = forward_kinematics(qpos[None])
    for side in recipe.soles:
        foot = BODY_NAMES.index(f"{side}_Ankle")
        if rotations[0, foot, 2, 1] < LEVEL or lowest[foot] > TOUCHES:
            found.append(f"the sole of {side}_Ankle is not flat on the floor")
    for name in recipe.rest:
        gap = lowest[BODY_NAMES.index(name)] - recipe.level(name)
        if abs(gap) > TOUCHES:
            found.append(f"{name} is {1000 * gap:.0f} mm over what it should lie on")
    margin = inside_support(recipe, qpos)
    if margin < INSIDE:
        found.append(f"the weight is {100 * margin:.1f} cm inside what carries it")
    return found


def inside_support(recipe: Recipe, qpos: np.ndarray) -> float:
    """Metres from the centre of mass to the nearest edge of what carries; negative outside."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        edges = ConvexHull(carrying_points(recipe, qpos)).equations
    except (QhullError, ValueError):
        return -np.inf
    centre = centre_of_mass(qpos[None])[0, :2]
    return float(-(edges[:, :2] @ centre + edges[:, 2]).max())
