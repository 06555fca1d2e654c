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

from ..errors import UserError
from ..motion.motion import Motion
from ..motion.skeleton import SkeletonClip
from ..scene.description import Scene
from ..scene.files import load_scene, scene_from_dict, scene_to_dict

Placement = Literal["world", "continue"]

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

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.anchor and (len(self.anchor) != 76 or not np.isfinite(self.anchor).all()):
            raise UserError(f"{self.label} starts from a pose that is not of 76 finite numbers.")
        if any(frame < 0 for frame in self.keyframes):
            raise UserError(f"{self.label} has a negative keyframe; count them from 0.")
        if not self.source:
            raise UserError(f"{self.label} has no motion; choose a file or keyframes.")
        if self.placement not in get_args(Placement):
            raise UserError(f"{self.label} has the unknown placement '{self.placement}'.")


@dataclass(frozen=True)
class PosePrompt(Prompt):
    """Reach a pose and hold it. ``pose`` is a qpos (76,); its x, y and heading are free."""

    pose: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.pose) != 76 or not np.isfinite(self.pose).all():
            raise UserError(f"{self.label} needs a pose of 76 finite numbers.")
        if not np.any(self.pose[3:7]):
            raise UserError(f"{self.label} has a pose whose root quaternion is zero.")


@dataclass(frozen=True)
class BehaviourPrompt(Prompt):
    """Do what a weighted sum of named rewards pays for."""

    rewards: tuple[tuple[str, float], ...] = ()
    """(name or expression, weight) pairs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.rewards:
            raise UserError(f"{self.label} has no reward; name at least one.")
        for name, weight in self.rewards:
            if not np.isfinite(weight):
                raise UserError(f"{self.label} gives '{name}' a weight that is not finite.")


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

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) < 2:
            raise UserError(f"{self.label} needs a path of at least two points.")
        if not np.isfinite(self.points).all():
            raise UserError(f"{self.label} has a path with a point that is not finite.")
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

    def __post_init__(self) -> None:
        super().__post_init__()
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
        source = result.pop("source")
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
    return PosePrompt(**fields)


def _behaviour_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    fields["rewards"] = tuple((str(name), float(weight)) for name, weight in fields["rewards"])
    return BehaviourPrompt(**fields)


def _path_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    fields["points"] = tuple((float(x), float(y)) for x, y in fields["points"])
    return PathPrompt(**_numbers(fields))


def _goto_prompt(fields: dict[str, Any], folder: Path | None) -> Prompt:
    x, y = fields["place"]
    fields["place"] = (float(x), float(y))
    return GoToPrompt(**_numbers(fields))


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    given = {key: fields[key] for key in ("speed", "facing") if fields.get(key) is not None}
    return {**fields, **{key: float(value) for key, value in given.items()}}


_CONVERT: dict[str, tuple[Callable[[dict[str, Any], Path | None], Prompt], str]] = {
    "motion": (_motion_prompt, "a file (or motion or skeleton), placement and offset"),
    "pose": (_pose_prompt, "a pose of 76 numbers"),
    "behaviour": (_behaviour_prompt, "rewards, a list of [name, weight] pairs"),
    "path": (_path_prompt, "points, a list of [x, y] pairs, a speed, a facing and a style"),
    "goto": (_goto_prompt, "a place [x, y], a speed, a facing and a style"),
}
"""How each kind is read, and of what it consists beside what all have."""
