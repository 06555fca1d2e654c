"""The ghost as arrays: which figures are drawn at a frame, where, and how they look.

No drawing here, so it can be looked at without a window.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from ..takes import TakeSet
    from .settings import MotivoGhost

NOW, PAST, FUTURE = (0.25, 0.65, 1.0), (0.55, 0.45, 1.0), (1.0, 0.6, 0.25)
OTHER, OUT_OF_DATE = (0.45, 0.9, 0.5), (0.6, 0.6, 0.6)
SOLID, FAINT = 0.55, 0.16
LENGTH_OF_HELP = 0.45
"""Metres for the whole weight."""
SHORTEST = 0.08
"""Metres of an arrow, so that little help is seen as well; a number beside it says how much."""
LEAST_HELP = 0.01
"""Share of weight below which a body counts as held by nothing."""
_LIGHT = (0.35, -0.55, 0.76)
_AROUND = 16


@dataclass(frozen=True)
class Figure:
    """One body that is drawn."""

    qpos: "np.ndarray"
    """(76,)"""
    colour: tuple[float, float, float]
    alpha: float


def figures(
    takes: "TakeSet",
    settings: "MotivoGhost",
    index: int,
    step: float,
    out_of_date: bool,
    beside: "np.ndarray | None" = None,
) -> list[Figure]:
    """The bodies to draw, faint ones first. ``index`` is the take's frame, ``step`` its frames in one of the scene.

    ``beside`` (76,) is the pose of the take that the chosen one is compared with, if there is one.
    """
    import numpy as np

    def at(motion: dict, frame: float) -> np.ndarray:
        qpos = motion["qpos"]
        return np.asarray(qpos[min(max(round(frame), 0), len(qpos) - 1)])

    result = []
    last = len(takes.motion["qpos"]) - 1
    for number in range(settings.onion, 0, -1):
        for side, colour in ((-1, PAST), (1, FUTURE)):
            frame = index + side * number * settings.onion_step * step
            if 0 <= frame <= last:
                alpha = FAINT * (1.0 - 0.6 * (number - 1) / max(settings.onion, 1))
                result.append(Figure(at(takes.motion, frame), colour, alpha))
    by_number = 0 < settings.beside <= len(takes.motions) and settings.beside - 1 != takes.chosen
    if beside is None and by_number:
        beside = at(takes.motions[settings.beside - 1], index)
    if beside is not None:
        other = np.array(beside)
        other[0] += settings.apart
        result.append(Figure(other, OTHER, SOLID))
    result.append(Figure(at(takes.motion, index), OUT_OF_DATE if out_of_date else NOW, SOLID))
    return result


def shaded(figure: Figure, outwards: float = 0.0) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    """Vertices (V, 3), colours (V, 4) and triangles (F, 3) of a figure.

    ``outwards`` in metres makes it thicker: where the body stands in the same
    place, it then lies over it and does not flicker with it.
    """
    import numpy as np

    from ...runtime.body.kinematics import forward_kinematics
    from ..rig.body.proxy import surface

    shape = surface()
    positions, rotations = forward_kinematics(figure.qpos[None])
    points, normals = shape.posed(positions[0], rotations[0])
    light = 0.45 + 0.55 * np.clip(normals @ np.array(_LIGHT), 0.0, 1.0)
    colours = np.empty((len(points), 4), dtype=np.float32)
    colours[:, :3] = np.array(figure.colour) * (light * np.where(shape.dark, 0.45, 1.0))[:, None]
    colours[:, 3] = figure.alpha
    points = points + outwards * normals
    return points.astype(np.float32), colours, shape.triangles


def contact_rings(motion: dict, index: int) -> "np.ndarray":
    """(N, 3): lines, as pairs of points, around feet and hands that touch something."""
    import numpy as np

    from ...runtime.body import BODY_NAMES
    from ...runtime.body.kinematics import forward_kinematics
    from ...runtime.motion import CONTACT_BODIES

    contacts = motion.get("contacts")
    if contacts is None:
        return np.empty((0, 3), dtype=np.float32)
    index = min(max(index, 0), len(contacts) - 1)
    positions = forward_kinematics(np.asarray(motion["qpos"])[index : index + 1])[0][0]
    touching = [n for n, touches in zip(CONTACT_BODIES, contacts[index], strict=True) if touches]
    ring = _ring()
    rings = [_on_floor(positions[BODY_NAMES.index(name)]) + ring for name in touching]
    return np.concatenate(rings).astype(np.float32) if rings else np.empty((0, 3), np.float32)


def help_share(motion: dict, index: int) -> float:
    """Share of the weight that is held in a frame of a take; 0 where that is nothing."""
    shares = motion["metadata"].get("help") or ()
    share = float(shares[min(max(index, 0), len(shares) - 1)]) if len(shares) else 0.0
    return share if share >= LEAST_HELP else 0.0


def help_arrow(motion: dict, index: int) -> "tuple[np.ndarray, float]":
    """Lines (6, 3) of an arrow up from the hips, or none; and which share of the weight is held."""
    import numpy as np

    share = help_share(motion, index)
    if not share:
        return np.empty((0, 3), dtype=np.float32), 0.0
    qpos = np.asarray(motion["qpos"])
    foot = qpos[min(max(index, 0), len(qpos) - 1), :3]
    tip = foot + (0.0, 0.0, max(SHORTEST, LENGTH_OF_HELP * share))
    wings = [tip + (side * 0.04, 0.0, -0.06) for side in (-1, 1)]
    lines = np.array([foot, tip, tip, wings[0], tip, wings[1]], dtype=np.float32)
    return lines, share


@lru_cache(maxsize=1)
def _ring() -> "np.ndarray":
    import numpy as np

    angles = np.linspace(0.0, 2.0 * np.pi, _AROUND + 1)
    circle = 0.09 * np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)
    return np.repeat(circle, 2, axis=0)[1:-1]


def _on_floor(point: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return point * np.array((1.0, 1.0, 0.0)) if point[2] < 0.2 else point
