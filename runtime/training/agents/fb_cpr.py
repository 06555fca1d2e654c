"""FB-CPR: FB learned online, its policies drawn towards unlabelled motions.

Tirinzoni et al., "Zero-Shot Whole-Body Humanoid Control via Behavioral
Foundation Models" (2025). A discriminator tells states of the motions from
states of the policy, each under the z it belongs to; a critic adds up its
reward, and the policy is pulled up both F·z and that critic.
"""

from dataclasses import dataclass, field

import torch
from torch.nn import functional

from ...policy.config import ModelConfig
from ...policy.model import FBcprModel
from .fb import (
    Batch,
    FBAgent,
    FBConfig,
    Metrics,
    as_ensemble,
    detached,
    lowered,
    move_towards,
    spread,
    values,
)


@dataclass(frozen=True)
class FBcprConfig(FBConfig):
    """What one update does; the defaults are the published ones for the humanoid."""

    model: ModelConfig = field(
        default_factory=lambda: ModelConfig(obs_dim=358, action_dim=69, seq_length=8)
    )
    learning_rate_b: float = 1e-5
    learning_rate_critic: float = 1e-4
    learning_rate_discriminator: float = 1e-5
    orthonormality: float = 100.0
    implicit_reward: float = 0.1
    expert_ratio: float = 0.6
    """Share of the training z that are motions, encoded."""
    goal_ratio: float = 0.2
    relabel_ratio: float = 0.8
    """Share of the transitions whose z is replaced by a training z."""
    regularization: float = 0.01
    """Weight of the critic in the policy's loss, in units of mean |F·z|."""
    gradient_penalty: float = 10.0
    pessimism_critic: float = 0.5
    target_rate_critic: float = 0.005


class FBcprAgent(FBAgent):
    """Learns an ``FBcprModel`` from replayed transitions and slices of motions."""

    model: FBcprModel
    config: FBcprConfig

    def __init__(self, config: FBcprConfig, model: FBcprModel | None = None) -> None:
        super().__init__(config, model)
        self.target_critic = self.model.get_submodule("_target_critic")
        self.optimizers |= {
            "critic": self._adam(self.model._critic, config.learning_rate_critic),
            "discriminator": self._adam(
                self.model._discriminator, config.learning_rate_discriminator
            ),
        }

    def _build_model(self) -> FBcprModel:
        return FBcprModel(self.config.model)

    # --- one update ---

    def update(self, batch: Batch, expert: Batch | None = None) -> Metrics:
        """One step on transitions with the z they were rolled out with, and on motions.

        ``expert``: observation and next_observation (n, obs) of slices of
        ``seq_length`` consecutive frames, one slice after the other.
        """
        metrics, _ = self.update_with_z(batch, expert)
        return metrics

    def update_with_z(
        self, batch: Batch, expert: Batch | None = None
    ) -> tuple[Metrics, torch.Tensor]:
        """As ``update``; also the z (n, z) that were trained, for the next rollouts."""
        if expert is None:
            raise TypeError("FB-CPR learns from motions too: pass `expert`")
        self.observe_statistics(batch)
        batch, expert = self.normalized(batch), self.normalized(expert)
        with torch.no_grad():
            expert_z = self.encode_expert(expert["next_observation"])
            z = self.mix_training_z(batch["next_observation"], expert_z, batch["z"])
        metrics = self.learn_imitating(batch, z, expert, expert_z)
        self.move_targets()
        return metrics, z

    def learn_imitating(
        self, batch: Batch, z: torch.Tensor, expert: Batch, expert_z: torch.Tensor
    ) -> Metrics:
        """All losses at given z; targets stay where they are."""
        return {
            **self.update_discriminator(batch, expert, expert_z),
            **self.update_fb(batch, z),
            **self.update_critic(batch, z),
            **self.update_actor(batch, z),
        }

    def encode_expert(self, next_obs: torch.Tensor) -> torch.Tensor:
        """z (n, z) of normalised motion frames, the same throughout each slice."""
        length = self.model.cfg.seq_length
        with self.mixed_precision():
            b = self.model._backward_map(next_obs).float()
        b = b.unflatten(0, (-1, length)).mean(dim=1)
        return self.model.project_z(b).repeat_interleave(length, dim=0)

    def mix_training_z(
        self, next_obs: torch.Tensor, expert_z: torch.Tensor, rollout_z: torch.Tensor
    ) -> torch.Tensor:
        """(n, z): motions, states of the batch, points of the sphere, and some as rolled out."""
        config, size = self.config, len(next_obs)
        z = self.sample_sphere(size)
        goals = self.encode_goals(next_obs[self.permutation(size)])
        pick = torch.rand(size, 1, device=self.device)
        z = torch.where(pick < config.expert_ratio + config.goal_ratio, goals, z)
        z = torch.where(pick < config.expert_ratio, expert_z[self.permutation(size)], z)
        relabel = torch.rand(size, 1, device=self.device) < config.relabel_ratio
        return torch.where(relabel, z, rollout_z)

    def update_discriminator(self, batch: Batch, expert: Batch, expert_z: torch.Tensor) -> Metrics:
        """One step of telling motions from rollouts, each with the z it belongs to."""
        obs, expert_obs, z = batch["observation"], expert["observation"], batch["z"]
        network = self.model._discriminator
        with self.mixed_precision():
            expert_logits = network.logits(expert_obs, expert_z).float()
            train_logits = network.logits(obs, z).float()
        expert_loss = -functional.logsigmoid(expert_logits).mean()
        train_loss = functional.softplus(train_logits).mean()
        loss = expert_loss + train_loss
        metrics = {
            "disc_loss": loss,
            "disc_expert_loss": expert_loss,
            "disc_train_loss": train_loss,
        }
        if self.config.gradient_penalty:
            penalty = self.gradient_penalty(obs, z, expert_obs, expert_z)
            metrics["disc_gradient_penalty"] = penalty
            loss = loss + self.config.gradient_penalty * penalty
        self.step(loss, "discriminator")
        return detached(metrics)

    def gradient_penalty(
        self, obs: torch.Tensor, z: torch.Tensor, expert_obs: torch.Tensor, expert_z: torch.Tensor
    ) -> torch.Tensor:
        """Mean squared distance to 1 of the gradient's norm, between rollouts and motions."""
        share = torch.rand(len(obs), 1, device=self.device)
        between_obs = (share * expert_obs + (1 - share) * obs).requires_grad_()
        between_z = (share * expert_z + (1 - share) * z).requires_grad_()
        # In float32 throughout: second derivatives do not survive bfloat16.
        logits = self.model._discriminator.logits(between_obs, between_z)
        gradients = torch.autograd.grad(logits.sum(), (between_obs, between_z), create_graph=True)
        return (torch.cat(gradients, dim=1).norm(dim=1) - 1).square().mean()

    def update_critic(self, batch: Batch, z: torch.Tensor) -> Metrics:
        """One step of the critic of the discriminator's reward."""
        model = self.model
        obs, next_obs, action = batch["observation"], batch["next_observation"], batch["action"]
        with torch.no_grad():
            # In float32: bfloat16 rounds a probability near 1 to 1, which pays infinitely.
            reward = model._discriminator.reward(obs, z)
        with torch.no_grad(), self.mixed_precision():
            next_action = self.sample_action(next_obs, z)
            next_q = as_ensemble(self.target_critic(next_obs, z, next_action)).float()
            uncertainty = spread(next_q)
            mean_next_q = next_q.mean(dim=0)
            lowered_q = mean_next_q - self.config.pessimism_critic * uncertainty
            target = reward + batch["discount"] * lowered_q
        with self.mixed_precision():
            q = as_ensemble(model._critic(obs, z, action)).float()
        loss = 0.5 * (q - target).square().mean(dim=(1, 2)).sum()
        self.step(loss, "critic")
        return detached(
            {
                "target_Q": target.mean(),
                "Q1": q.mean(),
                "mean_next_Q": mean_next_q.mean(),
                "unc_Q": uncertainty.mean(),
                "critic_loss": loss,
                "mean_disc_reward": reward.mean(),
            }
        )

    def update_actor(self, batch: Batch, z: torch.Tensor) -> Metrics:
        """One step of the policy up F·z and, weighted, up the critic."""
        config, obs = self.config, batch["observation"]
        with self.mixed_precision():
            action = self.sample_action(obs, z)
            f = as_ensemble(self.model._forward_map(obs, z, action)).float()
            q = as_ensemble(self.model._critic(obs, z, action)).float()
        q_fb = lowered(values(f, z), config.pessimism_actor)
        q_discriminator = lowered(q, config.pessimism_actor)
        weight = config.regularization * q_fb.abs().mean().detach()
        loss = -q_fb.mean() - weight * q_discriminator.mean()
        self.step(loss, "actor")
        return detached(
            {
                "actor_loss": loss,
                "Q_fb": q_fb.mean(),
                "Q_discriminator": q_discriminator.mean(),
            }
        )

    def move_targets(self) -> None:
        super().move_targets()
        rate = self.config.target_rate_critic
        move_towards(self.target_critic, self.model._critic, rate)
