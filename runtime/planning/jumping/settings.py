"""What people do when they jump, roughly."""

from dataclasses import dataclass

import numpy as np

from ...motion.poses import pose


@dataclass(frozen=True)
class JumpSettings:
    """Of people, roughly; what is chosen within them is what asks least of the legs."""

    airborne_m: float = 0.06
    """Metres from the floor to the lowest point of a key in the air."""
    grounded_m: float = 0.03
    """The same, at most, of the keys before and after."""
    rise_m: float = 0.07
    """How far the hips are above standing when the toes leave the floor."""
    landing_m: float = -0.02
    """The same when they touch it again, with knees that are bent already."""
    longest_s: float = 0.6
    """A push or a landing takes no longer; what is left before and after, the body waits."""
    shortest_s: float = 0.1
    lowest_m: float = 0.35
    """Hips do not dip deeper before a jump."""
    hardest_m_s2: float = 30.0
    """Of the hips, in a push or landing; beyond that there is too little time."""
    foot_lever_m: float = 0.05
    """How much a wrong turn of a standing foot counts beside a wrong place of its ball: so little
    that heels rise before the toes do."""
    off_cm: float = 5.0
    """By how much a flight may pass by a key in the air; it is then met all the same."""
    blend: int = 4
    """Frames over which that is made up for."""
    same_m: float = 0.15
    """By how much feet may stand elsewhere in the key beside a crouch that is passed through: they get
    there as they would if it were eased."""
    rested_lean: float = 0.35
    """A body at rest that is pushed evenly is half as far as it would be at its last speed; here a
    little less, for it leans into the jump at the end."""
    passed_lean: float = 0.6
    """The same of a body that has begun to move before the key."""
    fewest: int = 5
    """Frames between the keys; a motion that is keyed more densely is its own curve."""

    def heights(self) -> np.ndarray:
        """(2,) metres: of the hips when the feet leave the floor, and when they touch it again."""
        return pose("stand")[2] + np.array([self.rise_m, self.landing_m])
