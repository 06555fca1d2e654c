"""Whether a performance is physics: measured on its states, not on how it was made."""

from typing import Protocol

import numpy as np

from ..body.figures import GRAVITY
from ..body.weight import centre_of_mass
from ..motion.contact_detection import HOVER
from ..motion.contacts import Surface
from ..motion.motion import Motion
from .balance import support_share
from .quality import heights_over

HELP_SHOWN = 0.01
"""Share of body weight from which a frame counts as held."""
BREATH = 2
"""Frames without help that do not part two stretches of it."""
TORQUE_SLACK = 0.01
"""Of a muscle's limit: differences of states know torques no better."""
FALLING = 0.5
"""Share of gravity by which the centre of mass at least accelerates down in free flight."""


class Simulated(Protocol):
    """What both the draft's and the physical roll-out tell."""

    @property
    def assistance(self) -> np.ndarray:
        """(T-1,) force on the root as a share of body weight."""


def physics_measures(
    motion: Motion,
    simulated: Simulated,
    ground: Surface | None = None,
    gravity: tuple[float, float, float] = (0.0, 0.0, -GRAVITY),
) -> dict[str, object]:
    """Plain data: help by frames, flight against gravity, floating, what inverse dynamics finds."""
    shares = np.asarray(simulated.assistance)
    held = held_stretches(shares)
    result: dict[str, object] = {
        "held_frames": [[stretch["first"], stretch["last"]] for stretch in held],
        "held": held,
        "held_share": float((shares > HELP_SHOWN).mean()) if len(shares) else 0.0,
        "held_max_share": float(np.max(shares, initial=0.0)),
        "float_share": float_share(motion, ground, gravity),
        # Of flat ground: where hands and feet stand at other heights there is no one hull.
        **({} if ground is not None else {"support_share": support_share(motion)}),
    }
    unexplained = getattr(simulated, "unexplained", None)
    if unexplained is not None and not np.isnan(unexplained).all():
        # Where a draft stayed nobody looked; its help is told.
        result["unexplained_share"] = float(np.nanmax(unexplained))
    torque = getattr(simulated, "torque", None)
    if torque is not None and not np.isnan(torque).all():
        result["torque_max_share"] = float(np.nanmax(torque))
        known = torque[~np.isnan(torque)]
        result["torque_over_share"] = float((known > 1 + TORQUE_SLACK).mean())
    airborne = getattr(simulated, "airborne", None)
    if airborne is not None:
        result["flight_frames"] = ranges_of(np.flatnonzero(airborne))
        result["ballistic_error"] = ballistic_error(motion, airborne, gravity)
    return result


def held_stretches(shares: np.ndarray) -> list[dict[str, int | float]]:
    """Help (T-1,) as shares of weight -> where the body is held and by how much, as plain data.

    Stretches that a breath parts are one. The step of index n leads from frame n to the next.
    """
    result: list[dict[str, int | float]] = []
    for first, last in ranges_of(np.flatnonzero(shares > HELP_SHOWN), BREATH):
        part = shares[first : last + 1]
        result.append(
            {
                "first": first,
                "last": last,
                "mean": round(float(part.mean()), 4),
                "max": round(float(part.max()), 4),
            }
        )
    return result


def ranges_of(frames: np.ndarray, gap: int = 0) -> list[list[int]]:
    """(n,) ascending frames -> [[first, last], ...] of what hangs together but for ``gap`` frames."""
    if not len(frames):
        return []
    parts = np.split(frames, np.flatnonzero(np.diff(frames) > 1 + gap) + 1)
    return [[int(part[0]), int(part[-1])] for part in parts]


def ballistic_error(
    motion: Motion,
    airborne: np.ndarray,
    gravity: tuple[float, float, float] = (0.0, 0.0, -GRAVITY),
) -> float | None:
    """Mean distance of the acceleration of the centre of mass in flight from gravity, as its share.

    ``airborne`` (T-1,) bool are steps without any contact; of accelerations only those
    between two of them count. None if the body never flies.
    """
    free = np.flatnonzero(airborne[:-1] & airborne[1:])
    if not len(free):
        return None
    centre = centre_of_mass(motion.qpos)
    acceleration = np.diff(centre, n=2, axis=0)[free] * motion.fps**2
    away = np.linalg.norm(acceleration - gravity, axis=1)
    return float(away.mean()) / max(float(np.linalg.norm(gravity)), 1e-3)


def float_share(
    motion: Motion,
    ground: Surface | None = None,
    gravity: tuple[float, float, float] = (0.0, 0.0, -GRAVITY),
) -> float:
    """Share of frames in which nothing touches the floor although the body does not fall freely."""
    if motion.frames < 3:
        return 0.0
    high = heights_over(motion, ground).min(axis=1)[1:-1] > HOVER.near_m
    falling = np.diff(centre_of_mass(motion.qpos)[:, 2], n=2) * motion.fps**2
    return float((high & (falling > FALLING * gravity[2])).mean())
