"""What the contact solve weighs against what, in one table; ``tools/measuring/contact_costs.py`` measures others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ContactCosts:
    """How much of each is as bad as one of the others: the less, the dearer.

    Lengths are metres at the body's size, angles radians. What trades with what: limbs that
    point as the source's do (``limb_direction_rad``) end elsewhere on other proportions; feet
    that stay where they stand (``foot_slide_m``, ``contact_height_m``) turn them.
    """

    limb_direction_rad: float = np.radians(1.0)
    """By which a limb points elsewhere."""
    limb_direction_soft_rad: float = np.radians(1.2)
    """From here on a limb's turn counts more and more."""
    lean_rad: float = np.radians(3.0)
    """By which the chest leans elsewhere."""
    lean_soft_rad: float = np.radians(15.0)
    """From here on a lean counts more and more."""
    twist_rad: float = np.radians(1.0)
    """By which it turns about the spine."""
    foot_slide_m: float = 0.00042
    """By which a resting point moves in a thirtieth of a second."""
    contact_height_m: float = 0.0012
    """By which a resting point is off its height."""
    out_of_reach_m: float = 0.04
    """From here on it counts less and less: a floor that far away is given up."""
    floor_penetration_m: float = 0.0007
    trunk_height_m: float = 0.004
    """By which a trunk that lies is off its height."""
    ankle_height_m: float = 0.001
    """By which an ankle in the air is off its height ..."""
    ankle_free_m: float = 0.0045
    """... beyond what does not count, ..."""
    ankle_full_m: float = 0.007
    """... fully from here on, ..."""
    leg_turn_rad: float = np.radians(2.6)
    """... as far as the bones of both legs make it good by turning this much; ..."""
    hopeless: float = 3.0
    """... beyond so many times that nothing is tried at all."""
    ankle_hover_m: float = 0.03
    """By which hips and legs together may well leave an ankle off its height."""
    hips_away_m: float = 0.15
    """By which the hips are elsewhere at all."""
    limb_acceleration_m: float = 0.0012
    """By which an offset bends (second difference) in a thirtieth of a second."""
    hips_acceleration_m: float = 0.0005
    """By which that of the hips does, with all that hangs on them."""
    lean_acceleration_rad: float = np.radians(0.08)
    round_m: float = 0.03
    """By which one round may well differ from the one before it."""
    round_rad: float = np.radians(3.0)


@dataclass(frozen=True)
class ResultLimits:
    """What is held after the solve, which only weighs: feet slide where these take back what holds them."""

    limb_direction_rad: float = np.radians(2.85)
    """By which a limb may point elsewhere than the source's: a foot lets go for it, ..."""
    let_go_m: float = 0.03
    """... by this much in each pass at most, at the body's size: a whole step of a small person."""
    penetration_m: float = 0.005
    """In the floor, at the body's size, that nobody sees."""
    ease_s: float = 0.2
    """In which such a correction comes and goes."""


COSTS, LIMITS = ContactCosts(), ResultLimits()
"""As they were chosen."""
