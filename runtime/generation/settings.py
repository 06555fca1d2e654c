"""How a timeline is to be performed."""

from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real
from typing import Any, Literal, get_args

from ..body.figures import BODY_NAMES
from ..errors import UserError
from .performers import AUTOMATIC, PERFORMERS

Quality = Literal["draft", "physical"]
Pushes = tuple[tuple[int, str, float, float, float], ...]

MAX_TAKES = 64


@dataclass(frozen=True)
class GenerationSettings:
    """Plain data: the panel fills it, the command line reads it, the metadata keeps it."""

    controller: str = AUTOMATIC
    """Name of one of ``performers.PERFORMERS``, or "automatic": whichever serves the prompts best,
    see ``automatic.choose_controller``."""
    quality: Quality = "physical"
    """Of what follows a reference: "draft" is the helped servo, about a second; "physical" is
    performed by muscles and ground alone, found from the draft."""
    assistance: float = 1.0
    """0..1: how much the draft is helped to follow the reference root."""
    help_allowed: float = 0.0
    """0..1 of body weight that may hold the physical performance; 0 is none at all."""
    pushes: Pushes = ()
    """Blows to the physical performance: frame, body, and the change of its velocity in m/s."""
    seats: bool = False
    """Whether what a recording sits on, and the scene lacks, is put there."""
    strength: float = 1.0
    """Strength of the servo's muscles (stiffness and torque limits); 1 is the body's own."""
    seed: int = 0
    takes: int = 1
    model: str = ""
    """Of the policy: a folder or the name of an installed model; empty for the one that ships."""

    def __post_init__(self) -> None:
        if self.controller not in (AUTOMATIC, *PERFORMERS):
            known = ", ".join((AUTOMATIC, *PERFORMERS))
            raise UserError(f"There is no controller '{self.controller}'; choose one of {known}.")
        if not _is_number(self.assistance) or not 0 <= self.assistance <= 1:
            raise UserError(f"Assistance must lie between 0 and 1, not {self.assistance}.")
        if self.quality not in get_args(Quality):
            known = ", ".join(get_args(Quality))
            raise UserError(f"There is no quality '{self.quality}'; choose one of {known}.")
        if not _is_number(self.help_allowed) or not 0 <= self.help_allowed <= 1:
            raise UserError(
                f"The help allowed must lie between 0 and 1 of body weight, not {self.help_allowed}."
            )
        object.__setattr__(self, "pushes", tuple(_checked_push(push) for push in self.pushes))
        if not isinstance(self.seats, bool):
            raise UserError(f"Whether seats are added is true or false, not {self.seats}.")
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
        if set(known) - set(data) - _NEWEST == _NEWER:
            # Takes of before there was a choice hold every other setting; they were drafts.
            data = {**data, "quality": "draft"}
        return cls(**data)


_NEWER = {"quality", "help_allowed", "pushes"}
_NEWEST = {"seats"}
"""Later than those, so that takes that know of a choice may lack them too."""
HARDEST_PUSH = 5.0
"""m/s: a body that is hit harder is not performed but thrown."""


def _checked_push(push: Any) -> tuple[int, str, float, float, float]:
    form = "give frame, body and three speeds in m/s, as in 40,Torso,0.5,0,0"
    try:
        frame, body, *velocity = push
        frame = int(frame)
        x, y, z = (float(speed) for speed in velocity)
    except (TypeError, ValueError) as error:
        raise UserError(f"A push is not {push!r}; {form}.", repr(error)) from error
    if body not in BODY_NAMES:
        raise UserError(f"There is no body '{body}' to push; there are {', '.join(BODY_NAMES)}.")
    if frame < 0:
        raise UserError(f"A push at frame {frame} is before the start; count frames from 0.")
    if not (x * x + y * y + z * z) ** 0.5 <= HARDEST_PUSH:
        raise UserError(f"A push of {body} is faster than {HARDEST_PUSH:g} m/s; make it weaker.")
    return frame, body, x, y, z


def _is_number(value: Any) -> bool:
    # NaN fails every comparison of range that follows.
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
