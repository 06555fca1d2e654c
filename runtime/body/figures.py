"""Figures of the humanoid, read from ``humanoid.json``, as arrays in body order.

Lengths in metres, angles in radians. Every frame is unrotated relative to its
parent in the zero pose, so an offset is the same in both frames.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

FIGURES_FILE = Path(__file__).with_name("humanoid.json")


@lru_cache(maxsize=1)
def load_figures() -> dict[str, Any]:
    """The whole of ``humanoid.json``: options, bodies, joints, geoms, actuators."""
    return json.loads(FIGURES_FILE.read_text(encoding="utf-8"))


_BODIES = load_figures()["bodies"]

BODY_NAMES: tuple[str, ...] = tuple(b["name"] for b in _BODIES)
"""The 24 bodies in model order; index 0 is the pelvis, the root."""

PARENTS: tuple[int, ...] = tuple(
    BODY_NAMES.index(b["parent"]) if b["parent"] else -1 for b in _BODIES
)
"""Index of each body's parent, -1 for the root. A parent always comes first."""

OFFSETS: np.ndarray = np.array([b["pos"] for b in _BODIES], dtype=np.float64)
"""(24, 3) metres: origin of each body in its parent's frame."""

JOINT_NAMES: tuple[str, ...] = tuple(j["name"] for b in _BODIES for j in b["joints"])
"""The 69 hinges in the order of ``qpos[7:]``: x, y, z of each body but the root."""

JOINT_RANGES: np.ndarray = np.radians([j["range_deg"] for b in _BODIES for j in b["joints"]])
"""(69, 2) radians: lower and upper limit of each hinge."""

GRAVITY: float = -float(load_figures()["option"]["gravity"][2])
"""9.81 m/s^2, downwards."""

for _array in (OFFSETS, JOINT_RANGES):
    _array.setflags(write=False)


def touched_shapes() -> list[tuple[int, dict[str, Any]]]:
    """(index of its body, figures) of every box and capsule that can be touched: half the lengths or
    the radius as "size", "pos" or "fromto" in metres in the body's frame."""
    return [
        (index, geom)
        for index, body in enumerate(_BODIES)
        for geom in body["geoms"]
        if geom.get("collides", True)
    ]


def body_in_words(name: str) -> str:
    """ "L_Hand" -> "left hand"."""
    side, _, rest = name.rpartition("_")
    return {"L": "left ", "R": "right "}.get(side, "") + rest.lower()
