"""Bodies of other sizes: the figures scaled in all lengths alike, and how physics goes with that.

A body of another size is not another body to whoever plans and performs, but another world: in
lengths of the reference body it has that body's shape, and what pulls, blows and weighs around it
is larger or smaller (dynamic similarity). With L the ratio of heights and M that of masses, time
as it is: lengths go by L, gravity by 1/L, masses by 1/M, impulses by 1/(M L), torques by 1/(M L^2).

Muscles give torques in proportion to M L, weight times length, so that every size holds the poses
that the reference body holds. Joint limits and the density's distribution stay.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import UserError
from .rest_pose import top_of_head
from .weight import weight

HEIGHTS_M = (1.4, 2.1)
DENSITIES = (0.5, 2.0)
"""Times the mass that a body of its height has by its volume."""


@lru_cache(maxsize=1)
def reference_height() -> float:
    """Metres from the soles to the top of the head of the body as its figures have it: 1.72."""
    return top_of_head()


@dataclass(frozen=True)
class BodySize:
    """How tall and heavy a body is."""

    height: float
    """Metres, standing."""
    mass: float | None = None
    """kg; None: as heavy as its volume has it, by the cube of its height."""

    def __post_init__(self) -> None:
        low, high = HEIGHTS_M
        if not _is_number(self.height) or not low <= self.height <= high:
            raise UserError(
                f"A body is between {low:g} and {high:g} m tall, not {self.height}; choose another "
                "height."
            )
        least, most = (share * self._usual_mass for share in DENSITIES)
        if self.mass is not None and not (_is_number(self.mass) and least <= self.mass <= most):
            raise UserError(
                f"A body of {self.height:g} m weighs between {least:.0f} and {most:.0f} kg, not "
                f"{self.mass}; choose another mass, or none for {self._usual_mass:.0f} kg."
            )

    @property
    def scale(self) -> float:
        """Its lengths beside those of the reference body."""
        return self.height / reference_height()

    @property
    def mass_ratio(self) -> float:
        """Its mass beside that of the reference body, of 71.8 kg."""
        return self.kilograms / float(weight().mass.sum())

    @property
    def kilograms(self) -> float:
        return self._usual_mass if self.mass is None else self.mass

    @property
    def strength(self) -> float:
        """Torques of its muscles beside those of the reference body, both in its own lengths and
        masses: M L by weight and length, over M L^2."""
        return 1 / self.scale

    @property
    def pace(self) -> float:
        """How many times as fast it moves as the reference body at the same Froude number,
        v^2 / (g L): a child's steps are shorter and follow one another sooner."""
        return self.scale**-0.5

    @property
    def _usual_mass(self) -> float:
        return float(weight().mass.sum()) * self.scale**3

    def to_dict(self) -> dict[str, float]:
        """Plain data that ``from_dict`` reads back equal."""
        return {"height": self.height} | ({} if self.mass is None else {"mass": self.mass})

    @classmethod
    def from_dict(cls, data: Any) -> "BodySize":
        """Raises ``UserError`` for what is no size of a body."""
        if not isinstance(data, dict) or "height" not in data or set(data) - {"height", "mass"}:
            raise UserError(
                'A body is an object with its "height" in metres and, if you like, its "mass" in kg.'
            )
        return cls(data["height"], data.get("mass"))


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
    )
