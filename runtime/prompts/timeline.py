"""The prompt timeline: what the actor is asked to do, and when.

Plain data that the panel edits, the command line reads, the worker receives and
a motion's metadata keeps. Frames are control frames at 30 a second, counted
from 0; ``start`` and ``end`` both belong to the prompt, as in Blender's ranges.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..body.size import BodySize
from ..errors import UserError
from ..scene.description import Scene
from ..scene.files import load_scene, scene_from_dict, scene_to_dict
from .fields import frame_number
from .kinds import (
    KINDS,
    TOLERANCES_CM,
    WEIGHTS,
    BehaviourPrompt,
    GoToPrompt,
    KeyHold,
    MotionPrompt,
    PathPrompt,
    Placement,
    PosePrompt,
    Prompt,
)

__all__ = [
    "KINDS",
    "LONGEST_FRAMES",
    "TOLERANCES_CM",
    "WEIGHTS",
    "BehaviourPrompt",
    "GoToPrompt",
    "KeyHold",
    "MotionPrompt",
    "PathPrompt",
    "Placement",
    "PosePrompt",
    "Prompt",
    "Timeline",
]

LONGEST_FRAMES = 3600 * 30
"""An hour: more than anyone means, and less than what no memory holds."""


@dataclass(frozen=True)
class Timeline:
    """Prompts in order of their start. Gaps between them are the generation's to fill."""

    prompts: tuple[Prompt, ...]
    scene: Scene | None = None
    """What is around the body; None for nothing but a flat floor."""
    body: BodySize | None = None
    """How tall and heavy the body is; None for the reference body."""

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
        result["prompts"] = [prompt.to_dict() for prompt in self.prompts]
        if self.scene is not None:
            result["scene"] = scene_to_dict(self.scene)
        if self.body is not None:
            result["body"] = self.body.to_dict()
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
        scene, body = data.get("scene"), data.get("body")
        around: Scene | None = None
        if isinstance(scene, str):
            around = load_scene(folder / scene if folder else Path(scene))
        elif scene is not None:
            around = scene_from_dict(scene, folder)
        return cls(prompts, around, None if body is None else BodySize.from_dict(body))

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


def _prompt_from_dict(entry: Any, folder: Path | None) -> Prompt:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        raise UserError(f"Each prompt is an object whose 'kind' is one of {known}.", repr(entry))
    fields = {key: value for key, value in entry.items() if key != "kind"}
    try:
        for key in ("start", "end", *(["offset"] if "offset" in fields else [])):
            fields[key] = frame_number(fields[key], key, kind)
        return KINDS[kind].from_fields(fields, folder)
    except UserError:
        raise
    except KeyError as error:
        raise UserError(f"A prompt of kind '{kind}' lacks {error}.") from error
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UserError(
            f"A prompt of kind '{kind}' is not well formed; beside start, end and name it has "
            f"{KINDS[kind].form}.",
            repr(error),
        ) from error
