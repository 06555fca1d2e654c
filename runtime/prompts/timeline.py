"""The prompt timeline: what the actor is asked to do, and when.

Plain data that the panel edits, the command line reads, the worker receives and
a motion's metadata keeps. Frames are control frames at 30 a second, counted
from 0; ``start`` and ``end`` both belong to the prompt, as in Blender's ranges.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ..body.figures import BODY_NAMES
from ..errors import UserError
from ..motion.motion import Motion
from ..motion.skeleton import SkeletonClip
from ..motion.source_options import SourceOptions
from ..scene.description import Scene
from ..scene.files import load_scene, scene_from_dict, scene_to_dict

Placement = Literal["world", "continue"]
KeyHold = tuple[int, float | None, float]
"""A keyframe, the centimetres by which it may be missed (None: as usual), and its weight."""

LONGEST_FRAMES = 3600 * 30
"""An hour: more than anyone means, and less than what no memory holds."""


@dataclass(frozen=True)
class Prompt:
    """What all prompts have: a range of frames, both ends included, and a name."""

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
    way of the library, 1 the next; gaps that are not named are left to the planner."""
    speed: float = 1.0
    """How many times as fast as the source. ``offset`` and ``keyframes`` count frames after that."""
    mirror: bool = False
    """Left and right exchanged."""
    loop: bool = False
    """Over and over until the prompt's end; otherwise its last pose is held."""
    tolerance_cm: float | None = None
    """By how much its keyframes, or without any all of it, may be missed; None: as usual, 4 cm."""
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


@dataclass(frozen=True)
class PosePrompt(Prompt):
    """Reach a pose and hold it. ``pose`` is a qpos (76,); its x, y and heading are free."""

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


@dataclass(frozen=True)
class BehaviourPrompt(Prompt):
    """Do what a weighted sum of named rewards pays for."""

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


@dataclass(frozen=True)
class GoToPrompt(Prompt):
    """Go to a place on the floor and stand there."""

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


KINDS: dict[str, type[Prompt]] = {
    "motion": MotionPrompt,
    "pose": PosePrompt,
    "behaviour": BehaviourPrompt,
    "path": PathPrompt,
    "goto": GoToPrompt,
}


@dataclass(frozen=True)
class Timeline:
    """Prompts in order of their start. Gaps between them are the generation's to fill."""

    prompts: tuple[Prompt, ...]
    scene: Scene | None = None
    """What is around the body; None for nothing but a flat floor."""

    def __post_init__(self) -> None:
        if not self.prompts:
            raise UserError("There is nothing to perform; add a prompt.")
        ordered = tuple(sorted(self.prompts, key=lambda prompt: (prompt.start, prompt.end)))
        object.__setattr__(self, "prompts", ordered)
        if self.frames > LONGEST_FRAMES:
            raise UserError(
                f"The timeline ends at frame {self.frames - 1}; it must end before frame "
                f"{LONGEST_FRAMES}, which is an hour."
            )

    @property
    def frames(self) -> int:
        """Length in control frames, from frame 0 to the last prompt's end."""
        return max(prompt.end for prompt in self.prompts) + 1

    def to_dict(self) -> dict[str, Any]:
        """Plain data in which motions keep their arrays, for the worker's messages."""
        result: dict[str, Any] = {"fps": 30}
        result["prompts"] = [_prompt_to_dict(prompt) for prompt in self.prompts]
        if self.scene is not None:
            result["scene"] = scene_to_dict(self.scene)
        return result

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), default=_listed)

    @classmethod
    def from_dict(cls, data: dict[str, Any], folder: Path | None = None) -> "Timeline":
        """The inverse of ``to_dict``. Relative file names are taken from ``folder``."""
        entries = data.get("prompts") if isinstance(data, dict) else None
        if not isinstance(entries, list):
            raise UserError('A timeline is an object with a list "prompts".')
        if data.get("fps", 30) != 30:
            raise UserError("A timeline counts frames at 30 a second; 'fps' must be 30.")
        prompts = tuple(_prompt_from_dict(entry, folder) for entry in entries)
        scene = data.get("scene")
        if isinstance(scene, str):
            return cls(prompts, load_scene(folder / scene if folder else Path(scene)))
        return cls(prompts, None if scene is None else scene_from_dict(scene))

    @classmethod
    def from_json(cls, text: str, folder: Path | None = None) -> "Timeline":
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:  # also for numbers too long to be meant
            raise UserError(f"The timeline is not valid JSON: {error}.") from error
        return cls.from_dict(data, folder)


def _listed(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not plain data")


def _prompt_to_dict(prompt: Prompt) -> dict[str, Any]:
    kind = next(kind for kind, cls in KINDS.items() if type(prompt) is cls)
    result = {"kind": kind, **vars(prompt)}
    if isinstance(prompt, MotionPrompt):
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


def _prompt_from_dict(entry: Any, folder: Path | None) -> Prompt:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        raise UserError(f"Each prompt is an object whose 'kind' is one of {known}.", repr(entry))
    fields = {key: value for key, value in entry.items() if key != "kind"}
    convert, form = _CONVERT[kind]
    try:
        for key in ("start", "end", *(["offset"] if "offset" in fields else [])):
            fields[key] = _frame_number(fields[key], key, kind)
        return convert(fields, folder)
    except UserError:
        raise
    except KeyError as error:
        raise UserError(f"A prompt of kind '{kind}' lacks {error}.") from error
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UserError(
            f"A prompt of kind '{kind}' is not well formed; beside start, end and name it has "
            f"{form}.",
            repr(error),
        ) from error


def _frame_number(value: Any, key: str, kind: str) -> int:
    whole = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not whole or not np.isfinite(value) or value != int(value):
        raise UserError(
            f"The '{key}' of a prompt of kind '{kind}' must be a whole number of frames, "
            f"not {str(value)[:40]!r}."
        )
    return int(value)


def _motion_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    keyframes = fields.pop("keyframes", ())
    fields["keyframes"] = tuple(_frame_number(frame, "keyframes", "motion") for frame in keyframes)
    fields["anchor"] = tuple(float(number) for number in fields.pop("anchor", ()))
    fields["between"] = tuple(
        (_frame_number(frame, "between", "motion"), int(choice))
        for frame, choice in fields.pop("between", ())
    )
    fields["held"] = tuple(
        (_frame_number(frame, "held", "motion"), tuple(str(body) for body in bodies))
        for frame, bodies in fields.pop("held", ())
    )
    if "options" in fields:
        fields["options"] = SourceOptions.from_dict(fields["options"])
    fields["holds"] = tuple(
        (_frame_number(frame, "holds", "motion"), *_hold(tolerance, weight))
        for frame, tolerance, weight in fields.pop("holds", ())
    )
    fields = _held(fields)
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
    return MotionPrompt(**fields)


def _pose_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    fields["pose"] = tuple(float(number) for number in fields["pose"])
    return PosePrompt(**_held(fields))


def _hold(tolerance: Any, weight: Any) -> tuple[float | None, float]:
    return None if tolerance is None else float(tolerance), float(weight)


def _held(fields: dict[str, Any]) -> dict[str, Any]:
    tolerance, weight = _hold(fields.get("tolerance_cm"), fields.get("weight", 1.0))
    return {**fields, "tolerance_cm": tolerance, "weight": weight}


def _behaviour_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    fields["rewards"] = tuple((str(name), float(weight)) for name, weight in fields["rewards"])
    fields["origin"] = tuple(float(number) for number in fields.get("origin", ()))
    return BehaviourPrompt(**fields)


def _path_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    fields["points"] = tuple((float(x), float(y)) for x, y in fields["points"])
    fields["toward"] = tuple((float(x), float(y)) for x, y in fields.get("toward", ()))
    fields["closed"] = bool(fields.get("closed", False))
    return PathPrompt(**_numbers(fields))


def _goto_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    x, y = fields["place"]
    fields["place"] = (float(x), float(y))
    fields["origin"] = tuple(float(number) for number in fields.get("origin", ()))
    return GoToPrompt(**_numbers(fields))


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    given = {key: fields[key] for key in ("speed", "facing") if fields.get(key) is not None}
    return {**fields, **{key: float(value) for key, value in given.items()}}


_CONVERT: dict[str, tuple[Callable[[dict[str, Any], Path | None], Prompt], str]] = {
    "motion": (
        _motion_prompt,
        "a file (or motion or skeleton), placement, offset, options, keyframes and holds",
    ),
    "pose": (_pose_prompt, "a pose of 76 numbers, a tolerance_cm and a weight"),
    "behaviour": (_behaviour_prompt, "rewards, a list of [name, weight] pairs"),
    "path": (
        _path_prompt,
        "points, a list of [x, y] pairs, a speed, a facing, a style, closed and toward",
    ),
    "goto": (_goto_prompt, "a place [x, y], a speed, a facing and a style"),
}
"""How each kind is read, and of what it consists beside what all have."""
