"""How a policy is asked for each kind of prompt: by a reward, a pose to reach or a motion to follow.

A new kind that policies can do is a class and an entry here, and ``policy`` among those who
perform it in ``generation.performers``.
"""

from abc import ABC, abstractmethod
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from ...body.model import shared_model
from ...body.observation import observe_states
from ...errors import UserError
from ...motion.motion import Motion
from ...planning.reference import build_reference, varied
from ...policy import Policy
from ...progress import Progress
from ...prompts.rewards import mix_rewards
from ...prompts.rewards.features import read_features
from ...prompts.timeline import BehaviourPrompt, MotionPrompt, PosePrompt, Prompt, Timeline

SomePrompt = TypeVar("SomePrompt", bound=Prompt)
Rewards = tuple[tuple[str, float], ...]
Known = MutableMapping[Rewards, np.ndarray]
"""Rewards and their weights -> the latent (d,) that was inferred from them."""


@dataclass(frozen=True)
class AskedFor:
    """A prompt with what its latents are inferred from."""

    prompt: Prompt
    """With a clip of another skeleton already fitted, to be kept as metadata."""
    motion: Motion | None = None
    """What a motion or pose prompt asks for, (end - start + 1) frames; None for behaviours."""


class LatentKind(ABC, Generic[SomePrompt]):
    """How latents of one kind of prompt are inferred, and what is told of them."""

    needs_reward_buffer = False
    """Whether the model has to bring states whose rewards are known."""

    def check(self, prompt: SomePrompt) -> None:
        """Raises ``UserError`` for what there is not, before any work is done for it."""

    @abstractmethod
    def read(self, prompt: SomePrompt, progress: Progress) -> AskedFor:
        """Reads, fits and mends what the prompt refers to, by itself.

        Where it stands and faces does not matter to a policy, so it is not joined as for the
        servo. Raises ``UserError`` for sources that cannot be read or fitted.
        """

    @abstractmethod
    def infer(
        self, prompt: SomePrompt, motion: Motion | None, policy: Policy, known: Known
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """The latent (d,), or one for each frame (n, d), and how it was inferred from what.

        ``known`` keeps the latents of rewards from one call to the next.
        """

    def paid(self, prompt: SomePrompt, motion: Motion, actions: np.ndarray) -> dict[str, Any]:
        """What is told of the performance, ``motion`` and its actions (T, 69), as to this prompt."""
        return {}


class FollowedKind(LatentKind[SomePrompt]):
    """Asked for by states of the body: of a motion to follow or a pose to reach."""

    def read(self, prompt: SomePrompt, progress: Progress) -> AskedFor:
        alone = replace(prompt, start=0, end=prompt.end - prompt.start)
        reference = build_reference(Timeline((alone,)), progress)
        kept = replace(reference.timeline.prompts[0], start=prompt.start, end=prompt.end)
        return AskedFor(kept, reference.motion)


class TrackingKind(FollowedKind[MotionPrompt]):
    def infer(
        self, prompt: MotionPrompt, motion: Motion | None, policy: Policy, known: Known
    ) -> tuple[np.ndarray, dict[str, Any]]:
        assert motion is not None
        qvel = motion.qvel if motion.qvel is not None else motion.velocities()
        z = policy.tracking_inference(observe_states(shared_model(), motion.qpos, qvel))
        return z, {"inference": "tracking"}


class GoalKind(FollowedKind[PosePrompt]):
    def infer(
        self, prompt: PosePrompt, motion: Motion | None, policy: Policy, known: Known
    ) -> tuple[np.ndarray, dict[str, Any]]:
        assert motion is not None
        still = np.zeros((1, 75))
        z = policy.goal_inference(observe_states(shared_model(), motion.qpos[-1:], still))[0]
        return z, {"inference": "goal"}


class RewardKind(LatentKind[BehaviourPrompt]):
    needs_reward_buffer = True

    def check(self, prompt: BehaviourPrompt) -> None:
        mix_rewards(prompt.rewards)

    def read(self, prompt: BehaviourPrompt, progress: Progress) -> AskedFor:
        return AskedFor(prompt)

    def infer(
        self, prompt: BehaviourPrompt, motion: Motion | None, policy: Policy, known: Known
    ) -> tuple[np.ndarray, dict[str, Any]]:
        if prompt.rewards not in known:
            z = policy.reward_inference(prompt.rewards)
            if not z.any():
                raise UserError(
                    f"{prompt.label} pays nothing for any of the states the model knows, so it "
                    "cannot be asked for; ask for less, or mix it with another behaviour."
                )
            known[prompt.rewards] = z
        return known[prompt.rewards], {
            "inference": "reward",
            "rewards": [list(pair) for pair in prompt.rewards],
            "states": len(policy.reward_buffer),
        }

    def paid(self, prompt: BehaviourPrompt, motion: Motion, actions: np.ndarray) -> dict[str, Any]:
        """How much is paid on average, divided by the sum of the weights: published rewards give
        0..1."""
        part = slice(max(prompt.start, 1), prompt.end + 1)
        assert motion.qvel is not None
        features = read_features(
            shared_model(), motion.qpos[part], motion.qvel[part], actions[part]
        )
        paid = mix_rewards(prompt.rewards).of(features)
        weights = sum(abs(weight) for _, weight in prompt.rewards)
        return {"mean_reward": float(paid.mean() / max(weights, 1e-9))}


LATENT_KINDS: dict[str, LatentKind[Any]] = {
    "motion": TrackingKind(),
    "pose": GoalKind(),
    "behaviour": RewardKind(),
}
"""By ``Prompt.kind``; others are not for policies."""


def latent_kind_of(prompt: Prompt) -> LatentKind[Any]:
    return LATENT_KINDS[prompt.kind]


def wandering(motion: Motion | None, seed: int, take: int) -> Motion | None:
    """What another take follows: takes after the first wander a little, as those of the servo do."""
    return None if motion is None else varied(motion, seed, take)
