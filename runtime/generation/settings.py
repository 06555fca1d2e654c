"""How a timeline is to be performed."""

from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real
from typing import Any, Literal, get_args

from ..errors import UserError

ControllerName = Literal["automatic", "servo", "policy"]

MAX_TAKES = 64


@dataclass(frozen=True)
class GenerationSettings:
    """Plain data: the panel fills it, the command line reads it, the metadata keeps it."""

    controller: ControllerName = "automatic"
    """"automatic": whichever serves the prompts best, see ``automatic.choose_controller``."""
    assistance: float = 1.0
    """0..1: how much the body is helped to follow the reference root; 0 is honest physics."""
    strength: float = 1.0
    """Strength of the servo's muscles (stiffness and torque limits); 1 is the body's own."""
    seed: int = 0
    takes: int = 1
    model: str = ""
    """Of the policy: a folder or the name of an installed model; empty for the one that ships."""

    def __post_init__(self) -> None:
        if self.controller not in get_args(ControllerName):
            known = ", ".join(get_args(ControllerName))
            raise UserError(f"There is no controller '{self.controller}'; choose one of {known}.")
        if not _is_number(self.assistance) or not 0 <= self.assistance <= 1:
            raise UserError(f"Assistance must lie between 0 and 1, not {self.assistance}.")
        if not _is_number(self.strength) or not 0.05 <= self.strength <= 5:
            raise UserError(f"Muscle strength must lie between 0.05 and 5, not {self.strength}.")
        if not _is_whole(self.seed) or self.seed < 0:
            raise UserError(f"The seed must be a whole number from 0 on, not {self.seed}.")
        if not _is_whole(self.takes) or not 1 <= self.takes <= MAX_TAKES:
            raise UserError(
                f"The number of takes must lie between 1 and {MAX_TAKES}, not {self.takes}."
            )
        if not isinstance(self.model, str):
            raise UserError(f"The model is a folder or a name, not {self.model}.")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "GenerationSettings":
        """The inverse of ``to_dict``; what is left out keeps its default."""
        if not isinstance(data, dict):
            raise UserError("The settings of a generation are an object of named values.")
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(data) - set(known))
        if unknown:
            raise UserError(
                f"There is no setting '{unknown[0]}'; there are {', '.join(known)}.", repr(data)
            )
        return cls(**data)


def _is_number(value: Any) -> bool:
    # NaN fails every comparison of range that follows.
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
