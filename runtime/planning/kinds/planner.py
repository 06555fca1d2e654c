"""What is asked of a kind of prompt so that a reference can be laid out of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from ...progress import Progress
from ...prompts.rewards import Reward
from ...prompts.timeline import Prompt
from ...scene.description import Scene
from ...scene.ground import Ground

SomePrompt = TypeVar("SomePrompt", bound=Prompt)
NO_FRAMES = np.empty((0, 76))
LIBRARY_TIGHTNESS = 0.5
"""How closely behaviours and paths from the library are followed, beside keys and recordings."""
BETWEEN_TIGHTNESS = 0.02
"""The same of what leads from key to key, flights too: it was warped, and feet need some freedom. Of 2 m
ahead, 4 m ahead and half a turn between keys, toes skate in 8.3, 5.0 and 6.7 % of the frames at 0.12, in
6.7, 4.0 and 0.0 at this; at 0.01 soles that go 1.2 m ahead and 1 m left slip by 2.1 cm instead of 1."""
EASED_TIGHTNESS = 0.02
"""The same of what leads into a pose that is kept: nobody recorded it, and the body is to find its
own way down. At 0.5 sitting down on the floor is held up for 165 frames of 300."""


@dataclass(frozen=True)
class Followed:
    """A recording that a prompt performs as it is."""

    name: str
    start: int
    """Frame of the timeline at which it begins."""
    qpos: np.ndarray
    """(n, 76) as recorded, wherever that was."""
    notes: tuple[str, ...] = ()
    """What was set right when it was read."""
    warnings: tuple[str, ...] = ()
    """What its fit does otherwise than the file."""


@dataclass(frozen=True)
class Read(Generic[SomePrompt]):
    """A prompt with what it brings along, before it is known where the body then is."""

    prompt: SomePrompt
    """As it is kept in the timeline: skeletons of others are fitted."""
    frames: np.ndarray = field(default_factory=NO_FRAMES.copy)
    """(n, 76) to be performed; none of what is planned from where the body then is."""
    raw: np.ndarray = field(default_factory=NO_FRAMES.copy)
    """(n, 76) as it was asked for, before anything is mended."""
    keyed: Mapping[int, np.ndarray] = field(default_factory=dict)
    """Frame of the timeline -> joints (24, 3) in metres of its keys, where these have places."""
    followed: Followed | None = None
    choices: tuple[dict[str, Any], ...] = ()
    """What was taken from the library between its keys."""
    levels: np.ndarray | None = None
    """(n,) metres that its frames are to stand higher than they are told, as its keys were posed
    there; None where the ground alone says."""
    scale: float = 1.0
    """Metres in one of its lengths, see ``body.size``."""


@dataclass(frozen=True)
class Hold:
    """How closely a prompt is to be met."""

    prices: np.ndarray
    """(n,) times its usual price that it costs to miss each of its frames."""
    tolerances_cm: Mapping[int, float]
    """Frame of the timeline -> centimetres by which it may be missed."""


class PromptPlanner(ABC, Generic[SomePrompt]):
    """One kind of prompt; what a kind has nothing to say about is left as it is here."""

    def read(
        self,
        prompt: SomePrompt,
        progress: Progress,
        scene: Scene | None,
        ground: Ground | None,
        rng: np.random.Generator | None,
    ) -> Read[SomePrompt]:
        """Reads its sources; ``ground`` is that of the ``scene``. ``rng`` takes other ones of the library, almost as good.

        Raises ``UserError`` for sources that cannot be read or fitted.
        """
        progress(1.0)
        return Read(prompt)

    @abstractmethod
    def lay(
        self, qpos: np.ndarray, read: Read[SomePrompt], rng: np.random.Generator | None
    ) -> tuple[np.ndarray, dict[str, Any] | None]:
        """The frames so far (T, 76), continued to its end, and what was chosen for it if anything."""

    def asked(self, qpos: np.ndarray, read: Read[SomePrompt]) -> dict[int, np.ndarray]:
        """Frame of the timeline -> joints (24, 3) in metres that it asks for, after ``qpos``."""
        return {}

    def keyed(
        self,
        read: Read[SomePrompt],
        mended: np.ndarray,
        keyed: Mapping[int, np.ndarray],
        asked: Mapping[int, np.ndarray],
    ) -> Mapping[int, np.ndarray]:
        """Its keys as they are to be met in the mended motion (T, 76), beside those of all."""
        return keyed

    def hold(self, prompt: SomePrompt) -> Hold | None:
        """How closely it is met; None: as usual."""
        return None

    def reward(self, prompt: SomePrompt) -> tuple[Reward, float] | None:
        """What its frames are paid for, and what a frame can earn at best."""
        return None

    def tightness(self, prompt: SomePrompt, frames: int) -> np.ndarray:
        """(frames,) 0..1: how tightly its frames are followed."""
        return np.ones(frames)

    def anchored(self, prompt: SomePrompt) -> bool:
        """Whether it says, as the first prompt, where the body stands."""
        return False
