"""How help and softness are taken away: a path from wide, soft contacts and a cheap wrench to
the body's own contacts and none."""

from dataclasses import dataclass

import numpy as np

from ..physics.bodies import HARD_CONTACT, Contact

# Wide contacts stay until muscles and ground carry nearly all: with narrower ones a run fails,
# for its recorded toes hang 2 to 5 cm over the floor while it accelerates by 2 to 3 g.
_KNOTS = np.array(
    [
        # at, wrench, margin, time constant, 1 - hardness, 1 - edge
        [0.00, 1.000, 0.060, 0.0500, 0.05, 1.0],
        [0.35, 0.100, 0.060, 0.0500, 0.05, 1.0],
        [0.60, 0.030, 0.030, 0.0300, 0.05, 1.0],
        [0.80, 0.010, 0.012, 0.0150, 0.04, 1.0],
        [0.92, 0.004, 0.005, 0.0090, 0.02, 1.0],
        [1.00, 0.002, 0.002, 0.0045, 0.01, 0.1],
    ]
)


@dataclass(frozen=True)
class Stage:
    """A point of the path."""

    wrench: float
    """Share of weight whose price is 1: the wrench costs (wrench used / this)^2 / 2."""
    contact: Contact


def stage_at(position: float, help_allowed: float = 0.0) -> Stage:
    """The stage at ``position`` 0..1; the wrench never costs more than if ``help_allowed``
    of the body's weight were its standard deviation."""
    wrench, margin, time_constant, hardness, edge = np.exp(
        [np.interp(position, _KNOTS[:, 0], np.log(column)) for column in _KNOTS[:, 1:].T]
    ).tolist()
    contact = Contact(margin, time_constant, 1 - hardness, 1 - edge)
    if position >= 1:
        contact = HARD_CONTACT
    return Stage(max(wrench, help_allowed), contact)
