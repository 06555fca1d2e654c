"""Paths, places and behaviours: what the library has for them, from where the body then is."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ...library import load_library
from ...library.library import Library
from ...motion.joining import JOIN, join
from ...prompts.rewards import Reward, mix_rewards
from ...prompts.rewards.bounds import bounds
from ...prompts.timeline import BehaviourPrompt, GoToPrompt, PathPrompt, Prompt
from ..behaviours.planner import plan_behaviour
from ..paths import PathPlan, plan_path, speed_told, standing, style_bits
from ..sequence import held_until
from .planner import LIBRARY_TIGHTNESS, PromptPlanner, Read

SomePrompt = TypeVar("SomePrompt", bound=Prompt)


@dataclass(frozen=True)
class Found:
    """What the library has for a prompt."""

    qpos: np.ndarray
    """(n, 76), its first frame the last one before."""
    label: str
    clips: tuple[str, ...]
    speed_asked: float | None
    speed: float | None
    told: dict[str, Any]


class LibraryPlanner(PromptPlanner[SomePrompt]):
    """Kinds that ask for no frames of their own: the library's are joined to what is there."""

    def begins(self, prompt: SomePrompt) -> tuple[np.ndarray, float]:
        """Place (2,) metres and facing in radians where the body stands that nothing brought here."""
        origin: tuple[float, ...] = getattr(prompt, "origin", ())
        if origin:
            return np.array(origin[:2]), float(np.radians(origin[2]))
        return np.zeros(2), -np.pi / 2

    @abstractmethod
    def find(
        self,
        library: Library,
        before: np.ndarray,
        prompt: SomePrompt,
        frames: int,
        rng: np.random.Generator | None,
        scale: float = 1.0,
    ) -> Found:
        """What goes on from ``before`` (n, 76) for so many ``frames``; told in metres, of which
        a length here has ``scale``."""

    def lay(
        self, qpos: np.ndarray, read: Read[SomePrompt], rng: np.random.Generator | None
    ) -> tuple[np.ndarray, dict[str, Any] | None]:
        prompt = read.prompt
        if len(qpos):
            before = held_until(qpos, max(prompt.start, 1))[: max(prompt.start, 1)]
        else:
            start = standing(*self.begins(prompt))
            before = np.repeat(start[None], max(prompt.start, 1), axis=0)
        found = self.find(
            load_library(), before, prompt, prompt.end + 2 - len(before), rng, read.scale
        )
        onward = found.qpos[1:]
        whole = join(before, onward, JOIN) if len(before) > 1 else onward
        result = held_until(np.concatenate([before, whole]), prompt.end + 1)[: prompt.end + 1]
        told = {"prompt": prompt.name, "first": prompt.start, "last": prompt.end, **found.told}
        told |= {"label": found.label, "clips": list(found.clips)}
        return result, speed_told(found.speed_asked, found.speed) | told

    def tightness(self, prompt: SomePrompt, frames: int) -> np.ndarray:
        return np.full(frames, LIBRARY_TIGHTNESS)


class BehaviourPlanner(LibraryPlanner[BehaviourPrompt]):
    def find(
        self,
        library: Library,
        before: np.ndarray,
        prompt: BehaviourPrompt,
        frames: int,
        rng: np.random.Generator | None,
        scale: float = 1.0,
    ) -> Found:
        # Rewards are of the reference body's lengths: both speeds are told as they are asked for.
        plan = plan_behaviour(library, before, prompt.rewards, frames, rng=rng)
        told: dict[str, Any] = {"note": plan.note} if plan.note else {}
        if plan.loop is not None:
            told |= plan.loop.told(prompt.end + 1 - frames + 1, prompt.end)
        if plan.eased is not None:
            told["eased"] = [prompt.end + 1 - frames + frame for frame in plan.eased]
        return Found(plan.qpos, plan.label, plan.clips, plan.speed_asked, plan.speed, told)

    def reward(self, prompt: BehaviourPrompt) -> tuple[Reward, float] | None:
        mixed = mix_rewards(prompt.rewards)
        _, most = bounds(mixed)
        # What has no top is not climbed to it.
        return (mixed, most) if 0 < most < np.inf else None


def _on_the_way(
    library: Library,
    before: np.ndarray,
    prompt: PathPrompt | GoToPrompt,
    points: np.ndarray,
    frames: int,
    rng: np.random.Generator | None,
    closed: bool = False,
    toward: np.ndarray | None = None,
    scale: float = 1.0,
) -> PathPlan:
    """Along points (n, 2) metres, at the speed and in the style that the prompt asks for."""
    facing = None if prompt.facing is None else float(np.radians(prompt.facing))
    style = style_bits(prompt.style)
    return plan_path(
        library, before[-1], points, prompt.speed, frames, facing, style, closed, toward, rng, scale
    )


class PathPlanner(LibraryPlanner[PathPrompt]):
    def begins(self, prompt: PathPrompt) -> tuple[np.ndarray, float]:
        place = np.array(prompt.points[0])
        ahead = np.array(prompt.toward[0] if prompt.toward else prompt.points[1]) - place
        return place, float(np.arctan2(ahead[1], ahead[0]))

    def find(
        self,
        library: Library,
        before: np.ndarray,
        prompt: PathPrompt,
        frames: int,
        rng: np.random.Generator | None,
        scale: float = 1.0,
    ) -> Found:
        points = np.array(prompt.points)
        toward = np.array(prompt.toward) if prompt.toward else None
        plan = _on_the_way(
            library, before, prompt, points, frames, rng, prompt.closed, toward, scale
        )
        told = {"metres": plan.length, "seconds": plan.seconds}
        return Found(plan.qpos, plan.label, plan.clips, plan.speed_asked, plan.speed, told)


class GoToPlanner(LibraryPlanner[GoToPrompt]):
    def find(
        self,
        library: Library,
        before: np.ndarray,
        prompt: GoToPrompt,
        frames: int,
        rng: np.random.Generator | None,
        scale: float = 1.0,
    ) -> Found:
        plan = _on_the_way(
            library, before, prompt, np.array((prompt.place,)), frames, rng, scale=scale
        )
        return Found(plan.qpos, plan.label, plan.clips, plan.speed_asked, plan.speed, {})
