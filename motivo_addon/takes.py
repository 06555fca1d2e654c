"""Takes: motions that were generated and are not baked yet, and how good they are in words."""

from dataclasses import dataclass
from typing import Any

# Key of the measure, what a person calls it, its factor and unit.
_MEASURES = (
    ("joint_error_world_cm", "Off the target", 1.0, "cm"),
    ("skate_share", "Foot skate", 100.0, "%"),
    ("foot_penetration_max_mm", "Foot in the floor", 1.0, "mm"),
    ("assistance_share", "Held up", 100.0, "% of weight"),
)


@dataclass(frozen=True)
class TakeSet:
    """The takes of one generation and which of them is looked at."""

    name: str
    start_frame: int
    """Frame of the scene at which they begin."""
    motions: tuple[dict[str, Any], ...]
    """Each as ``Motion.to_dict()`` gives it."""
    chosen: int = 0

    @property
    def motion(self) -> dict[str, Any]:
        return self.motions[self.chosen]

    @property
    def title(self) -> str:
        """Name of the chosen take, and of the Action it is baked to."""
        return self.name if len(self.motions) == 1 else f"{self.name} - Take {self.chosen + 1}"


def measures_in_words(motion: dict[str, Any]) -> list[tuple[str, str]]:
    """What the measures of a motion mean to a person: (what, how much) pairs."""
    measures = motion["metadata"].get("measures", {})
    return [
        (label, f"{factor * measures[key]:.1f} {unit}")
        for key, label, factor, unit in _MEASURES
        if measures.get(key) is not None
    ]
