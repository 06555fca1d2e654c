"""Takes: motions that were generated and are not baked yet, and how good they are in words."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class TakeSet:
    """The takes of one generation and which of them is looked at."""

    name: str
    start_frame: int
    """Frame of the scene at which they begin."""
    motions: tuple[dict[str, Any], ...]
    """Each as ``Motion.to_dict()`` gives it."""
    chosen: int = 0
    baked_as: str = ""
    """Name of the Action that the chosen one was baked to."""
    asked: str = ""
    """What was asked for (``viewport.asked``): the takes are out of date once that changed."""
    place: tuple[tuple[float, ...], ...] | None = None
    """(4, 4): where in the world they are performed; None for the space of the body's object."""

    @property
    def motion(self) -> dict[str, Any]:
        return self.motions[self.chosen]

    @property
    def title(self) -> str:
        """Name of the chosen take, and of the Action it is baked to."""
        return self.name if len(self.motions) == 1 else f"{self.name} - Take {self.chosen + 1}"

    def scene_frame(self, frame: int, fps: float) -> int:
        """The scene's frame (``fps`` a second) at which the take's frame is shown."""
        return round(self.start_frame + frame * fps / self.motion["fps"])

    def told(self, fps: float) -> list[str]:
        """What is to be known of the chosen take, in sentences; frames are the scene's."""
        from ..runtime.measures.told import sentences

        return sentences(self.motion["metadata"], lambda frame: self.scene_frame(frame, fps))

    @cached_property
    def ghost(self) -> "np.ndarray":
        """(T, 46, 3) metres: the chosen take as lines."""
        return ghost_lines(self.motion["qpos"])


def ghost_lines(qpos: "np.ndarray") -> "np.ndarray":
    """(T, 76) -> (T, 46, 3) metres: a line from each joint's parent to the joint, as two points."""
    import numpy as np

    from ..runtime.body import PARENTS
    from ..runtime.body.kinematics import forward_kinematics

    positions = forward_kinematics(qpos)[0]
    ends = np.stack([positions[:, PARENTS[1:]], positions[:, 1:]], axis=2)
    return ends.reshape(len(qpos), -1, 3).astype(np.float32)
