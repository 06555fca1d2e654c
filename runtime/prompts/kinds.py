"""The kinds of prompts, each with how it is written and read: plain data.

A new kind is a class here, beside what plans it; who performs it says so in
``generation.performers``.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from ..body.figures import BODY_NAMES
from ..errors import UserError
from ..motion.motion import Motion
from ..motion.sources.options import SourceOptions
from ..motion.sources.skeleton import SkeletonClip
from ..scene.unchecked import with_values
from .fields import frame_number, hold, origin_times, point_times, times, with_hold, with_numbers

Placement = Literal["world", "continue"]
KeyHold = tuple[int, float | None, float]
"""A keyframe, the centimetres by which it may be missed (None: as usual), and its weight."""


@dataclass(frozen=True)
class Prompt(ABC):
    """What all prompts have: a range of frames, both ends included, and a name."""

    kind: ClassVar[str]
    """What it is called in files, messages and by those who perform it."""
    form: ClassVar[str]
    """What a file says of it beside start, end and name, in words."""

    start: int
    end: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.start < 0:
            raise UserError(f"{self.label} starts at frame {self.start}; it must not be negative.")
        if self.end < self.start:
            raise UserError(
                f"{self.label} ends at frame {self.end}, before it starts at {self.start}."
            )
        if self.end == self.start:
            raise UserError(f"{self.label} is one frame long; give it at least two frames.")

    @property
    def label(self) -> str:
        return f"The prompt '{self.name}'" if self.name else "The prompt"

    @property
    def reward_names(self) -> tuple[str, ...]:
        """Rewards it asks for, to be weighed against what a model was measured to do."""
        return ()

    def placed(self, factor: float) -> "Prompt":
        """With its places on the floor times ``factor``; a kind that has none stays as it is."""
        return self

    def scaled(self, factor: float) -> "Prompt":
        """With all its lengths and speeds times ``factor``, as a body of another size has them."""
        return self.placed(factor)

    def to_dict(self) -> dict[str, Any]:
        """Plain data in which motions keep their arrays."""
        return {"kind": self.kind, **vars(self)}

    @classmethod
    @abstractmethod
    def from_fields(cls, fields: dict[str, Any], folder: Path | None) -> "Prompt":
        """The inverse of ``to_dict``, without the kind. Relative file names are in ``folder``.

        What is not well formed raises whatever Python does; ``Timeline`` makes a sentence of it.
        """


TOLERANCES_CM = (0.5, 200.0)
WEIGHTS = (0.01, 100.0)
"""What a person may ask for."""


def _check_hold(prompt: Prompt, where: str, tolerance_cm: float | None, weight: float) -> None:
    if tolerance_cm is not None and not TOLERANCES_CM[0] <= tolerance_cm <= TOLERANCES_CM[1]:
        raise UserError(
            f"{prompt.label} has a tolerance of {tolerance_cm:g} cm{where}; it must lie between "
            f"{TOLERANCES_CM[0]:g} and {TOLERANCES_CM[1]:g}."
        )
    if not WEIGHTS[0] <= weight <= WEIGHTS[1]:
        raise UserError(
            f"{prompt.label} has a weight of {weight:g}{where}; it must lie between "
            f"{WEIGHTS[0]:g} and {WEIGHTS[1]:g}."
        )


@dataclass(frozen=True)
class MotionPrompt(Prompt):
    """Perform a motion: a file, a motion of the body, or a clip of any skeleton.

    ``placement`` "world" leaves it where its source has it; "continue" moves and
    turns it so that it goes on from where the prompt before it ended.
    """

    kind: ClassVar[str] = "motion"
    form: ClassVar[str] = (
        "a file (or motion or skeleton), placement, offset, options, keyframes and holds"
    )

    source: Motion | SkeletonClip | str = ""
    placement: Placement = "continue"
    offset: int = 0
    """Frame of the source (at 30 a second) that is performed first."""
    keyframes: tuple[int, ...] = ()
    """Frames of the source (at 30 a second) that a person keyed. What is performed is
    measured against the source in these, as it was before anything was mended."""
    anchor: tuple[float, ...] = ()
    """qpos (76,) from which a first prompt goes on: where the body stands. Empty: as recorded."""
    between: tuple[tuple[int, int], ...] = ()
    """(keyframe, choice) pairs: what leads from that key to the next. -1 eases, 0 is the best
    way of the library, or the flight where a key is in the air, 1 the next; gaps that are not named
    are left to the planner."""
    speed: float = 1.0
    """How many times as fast as the source. ``offset`` and ``keyframes`` count frames after that."""
    mirror: bool = False
    """Left and right exchanged."""
    loop: bool = False
    """Over and over until the prompt's end; otherwise its last pose is held."""
    tolerance_cm: float | None = None
    """By how much its keyframes, or without any all of it, may be missed; None: as usual, 2 cm for
    keys and 4 for recordings."""
    weight: float = 1.0
    """How much it counts to meet them, beside all else that makes a good performance."""
    holds: tuple[KeyHold, ...] = ()
    """The same of single keyframes, in place of the prompt's own."""
    held: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """(keyframe, bodies) pairs: keys that hold these bodies alone, where the source has them;
    what the rest does is left to what leads from the key before to the key after."""

    options: SourceOptions | None = None
    """What a person says about a file that it does not tell by itself."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_hold(self, "", self.tolerance_cm, self.weight)
        for frame, tolerance, weight in self.holds:
            if frame not in self.keyframes:
                raise UserError(
                    f"{self.label} says how tightly frame {frame} is held, which is no keyframe."
                )
            _check_hold(self, f" at keyframe {frame}", tolerance, weight)
        if self.anchor and (len(self.anchor) != 76 or not np.isfinite(self.anchor).all()):
            raise UserError(f"{self.label} starts from a pose that is not of 76 finite numbers.")
        if any(frame < 0 for frame in self.keyframes):
            raise UserError(f"{self.label} has a negative keyframe; count them from 0.")
        for frame, bodies in self.held:
            unknown = [body for body in bodies if body not in BODY_NAMES]
            if unknown or not bodies:
                raise UserError(
                    f"{self.label} holds {unknown[0] if unknown else 'nothing'} at frame {frame}; "
                    f"there are {', '.join(BODY_NAMES)}."
                )
            if frame not in self.keyframes:
                raise UserError(f"{self.label} holds bodies at {frame}, which is no keyframe.")
        if not self.source:
            raise UserError(f"{self.label} has no motion; choose a file or keyframes.")
        if not 0.01 <= self.speed <= 100:
            raise UserError(f"{self.label} plays at {self.speed} times its speed; use 0.01 to 100.")
        if self.placement not in get_args(Placement):
            raise UserError(f"{self.label} has the unknown placement '{self.placement}'.")

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        source, options = result.pop("source"), result.pop("options")
        if options is not None and options.to_dict():
            result["options"] = options.to_dict()
        if isinstance(source, Motion):
            result["motion"] = source.to_dict()
        elif isinstance(source, SkeletonClip):
            result["skeleton"] = source.to_dict()
        else:
            result["file"] = source
        return result

    def scaled(self, factor: float) -> "Prompt":
        source = self.source.of_scale(1.0) if isinstance(self.source, Motion) else self.source
        holds = tuple((frame, times(cm, factor), weight) for frame, cm, weight in self.holds)
        return with_values(
            self, source=source, tolerance_cm=times(self.tolerance_cm, factor), holds=holds
        )

    @classmethod
    def from_fields(cls, fields: dict[str, Any], folder: Path | None) -> "Prompt":
        keyframes = fields.pop("keyframes", ())
        fields["keyframes"] = tuple(
            frame_number(frame, "keyframes", "motion") for frame in keyframes
        )
        fields["anchor"] = tuple(float(number) for number in fields.pop("anchor", ()))
        fields["between"] = tuple(
            (frame_number(frame, "between", "motion"), int(choice))
            for frame, choice in fields.pop("between", ())
        )
        fields["held"] = tuple(
            (frame_number(frame, "held", "motion"), tuple(str(body) for body in bodies))
            for frame, bodies in fields.pop("held", ())
        )
        if "options" in fields:
            fields["options"] = SourceOptions.from_dict(fields["options"])
        fields["holds"] = tuple(
            (frame_number(frame, "holds", "motion"), *hold(tolerance, weight))
            for frame, tolerance, weight in fields.pop("holds", ())
        )
        fields = with_hold(fields)
        fields["speed"] = float(fields.pop("speed", 1.0))
        for flag in ("mirror", "loop"):
            fields[flag] = bool(fields.pop(flag, False))
        if "motion" in fields:
            fields["source"] = Motion.from_dict(fields.pop("motion"))
        elif "skeleton" in fields:
            fields["source"] = SkeletonClip.from_dict(fields.pop("skeleton"))
        else:
            name = fields.pop("file")
            fields["source"] = str(folder / name) if folder and name else name
        return cls(**fields)


@dataclass(frozen=True)
class PosePrompt(Prompt):
    """Reach a pose and hold it. ``pose`` is a qpos (76,); its x, y and heading are free."""

    kind: ClassVar[str] = "pose"
    form: ClassVar[str] = "a pose of 76 numbers, a tolerance_cm and a weight"

    pose: tuple[float, ...] = ()
    tolerance_cm: float | None = None
    """By how much it may be missed; None: as usual, 4 cm."""
    weight: float = 1.0
    """How much it counts to meet it, beside all else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_hold(self, "", self.tolerance_cm, self.weight)
        if len(self.pose) != 76 or not np.isfinite(self.pose).all():
            raise UserError(f"{self.label} needs a pose of 76 finite numbers.")
        if not np.any(self.pose[3:7]):
            raise UserError(f"{self.label} has a pose whose root quaternion is zero.")

    def scaled(self, factor: float) -> "Prompt":
        return with_values(self, tolerance_cm=times(self.tolerance_cm, factor))

    @classmethod
    def from_fields(cls, fields: dict[str, Any], folder: Path | None) -> "Prompt":
        fields["pose"] = tuple(float(number) for number in fields["pose"])
        return cls(**with_hold(fields))


@dataclass(frozen=True)
class BehaviourPrompt(Prompt):
    """Do what a weighted sum of named rewards pays for."""

    kind: ClassVar[str] = "behaviour"
    form: ClassVar[str] = "rewards, a list of [name, weight] pairs"

    rewards: tuple[tuple[str, float], ...] = ()
    """(name or expression, weight) pairs."""
    origin: tuple[float, ...] = ()
    """x, y in metres and degrees about z: where a body stands at first that nothing brought
    here; empty for the world's origin, facing -Y."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_origin(self)
        if not self.rewards:
            raise UserError(f"{self.label} has no reward; name at least one.")
        for name, weight in self.rewards:
            if not np.isfinite(weight):
                raise UserError(f"{self.label} gives '{name}' a weight that is not finite.")

    @property
    def reward_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.rewards)

    def placed(self, factor: float) -> "Prompt":
        return with_values(self, origin=origin_times(self.origin, factor))

    @classmethod
    def from_fields(cls, fields: dict[str, Any], folder: Path | None) -> "Prompt":
        fields["rewards"] = tuple((str(name), float(weight)) for name, weight in fields["rewards"])
        fields["origin"] = tuple(float(number) for number in fields.get("origin", ()))
        return cls(**fields)


def _check_origin(prompt: "BehaviourPrompt | GoToPrompt") -> None:
    if prompt.origin and (len(prompt.origin) != 3 or not np.isfinite(prompt.origin).all()):
        raise UserError(f"{prompt.label} has an origin that is not x, y and an angle.")


def _check_way(prompt: "PathPrompt | GoToPrompt") -> None:
    if prompt.speed is not None and not 0 < prompt.speed < np.inf:
        raise UserError(f"{prompt.label} needs a finite speed above zero.")
    if prompt.facing is not None and not np.isfinite(prompt.facing):
        raise UserError(f"{prompt.label} faces an angle that is not finite.")


@dataclass(frozen=True)
class PathPrompt(Prompt):
    """Go along points on the floor and stand still at the last."""

    kind: ClassVar[str] = "path"
    form: ClassVar[str] = (
        "points, a list of [x, y] pairs, a speed, a facing, a style, closed and toward"
    )

    points: tuple[tuple[float, float], ...] = ()
    speed: float | None = 1.3
    """m/s; None to arrive at the prompt's end."""
    facing: float | None = None
    """Degrees about z, 0 along +x: how to stand at the end; None for along the path."""
    style: str = ""
    """Tags of the library, such as "run" or "carry"; empty for what suits the speed."""
    closed: bool = False
    """Whether the path leads back to its first point: at a speed as many rounds are gone as there
    is time for, and the body ends as it began, so that the motion loops."""
    toward: tuple[tuple[float, float], ...] = ()
    """What to face on the way: a point on the floor, or several that are spread evenly over the
    prompt's frames, as of an object that moves; empty for along the path."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) < 2:
            raise UserError(f"{self.label} needs a path of at least two points.")
        if not np.isfinite(self.points).all():
            raise UserError(f"{self.label} has a path with a point that is not finite.")
        if self.toward and not np.isfinite(self.toward).all():
            raise UserError(f"{self.label} faces a point that is not finite.")
        _check_way(self)

    def placed(self, factor: float) -> "Prompt":
        points, toward = (
            tuple(point_times(one, factor) for one in some) for some in (self.points, self.toward)
        )
        return with_values(self, points=points, toward=toward)

    def scaled(self, factor: float) -> "Prompt":
        return with_values(self.placed(factor), speed=times(self.speed, factor))

    @classmethod
    def from_fields(cls, fields: dict[str, Any], folder: Path | None) -> "Prompt":
        fields["points"] = tuple((float(x), float(y)) for x, y in fields["points"])
        fields["toward"] = tuple((float(x), float(y)) for x, y in fields.get("toward", ()))
        fields["closed"] = bool(fields.get("closed", False))
        return cls(**with_numbers(fields))


@dataclass(frozen=True)
class GoToPrompt(Prompt):
    """Go to a place on the floor and stand there."""

    kind: ClassVar[str] = "goto"
    form: ClassVar[str] = "a place [x, y], a speed, a facing and a style"

    place: tuple[float, float] = (0.0, 0.0)
    speed: float | None = None
    """m/s; None to arrive at the prompt's end."""
    facing: float | None = None
    """Degrees about z, 0 along +x: how to stand there; None for the way it came."""
    style: str = ""
    """Tags of the library; empty for what suits the speed."""
    origin: tuple[float, ...] = ()
    """As of a behaviour."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_origin(self)
        if len(self.place) != 2 or not np.isfinite(self.place).all():
            raise UserError(f"{self.label} needs a place of two finite numbers.")
        _check_way(self)

    def placed(self, factor: float) -> "Prompt":
        place, origin = point_times(self.place, factor), origin_times(self.origin, factor)
        return with_values(self, place=place, origin=origin)

    def scaled(self, factor: float) -> "Prompt":
        return with_values(self.placed(factor), speed=times(self.speed, factor))

    @classmethod
    def from_fields(cls, fields: dict[str, Any], folder: Path | None) -> "Prompt":
        x, y = fields["place"]
        fields["place"] = (float(x), float(y))
        fields["origin"] = tuple(float(number) for number in fields.get("origin", ()))
        return cls(**with_numbers(fields))


KINDS: dict[str, type[Prompt]] = {
    prompt.kind: prompt
    for prompt in (MotionPrompt, PosePrompt, BehaviourPrompt, PathPrompt, GoToPrompt)
}
