"""Where the body's weight is, from its shapes and their densities, without MuJoCo."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .figures import load_figures
from .kinematics import forward_kinematics


@dataclass(frozen=True)
class Weight:
    """What each body weighs."""

    mass: np.ndarray
    """(24,) kg."""
    centre: np.ndarray
    """(24, 3) metres: centre of mass in the body's own frame."""


@lru_cache(maxsize=1)
def weight() -> Weight:
    """Volume times density of every shape; boxes, capsules and balls are solid and even."""
    mass, centre = np.zeros(24), np.zeros((24, 3))
    for body, figure in enumerate(load_figures()["bodies"]):
        for geom in figure["geoms"]:
            if geom.get("mass") == 0.0:
                continue  # only seen
            if geom["type"] == "box":
                volume, middle = 8.0 * np.prod(geom["size"]), np.array(geom["pos"])
            elif geom["type"] == "capsule":
                ends, radius = np.array(geom["fromto"]).reshape(2, 3), geom["size"][0]
                length, middle = np.linalg.norm(ends[1] - ends[0]), ends.mean(axis=0)
                volume = np.pi * radius**2 * (length + 4.0 / 3.0 * radius)
            else:
                volume = 4.0 / 3.0 * np.pi * geom["size"][0] ** 3
                middle = np.array(geom.get("pos", (0.0, 0.0, 0.0)))
            mass[body] += geom["density"] * volume
            centre[body] += geom["density"] * volume * middle
    centre /= mass[:, None]
    for array in (mass, centre):
        array.setflags(write=False)
    return Weight(mass, centre)


def centre_of_mass(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) -> (T, 3) metres."""
    positions, rotations = forward_kinematics(qpos)
    places = positions + np.einsum("tbij,bj->tbi", rotations, weight().centre)
    return weight().mass @ places / weight().mass.sum()
