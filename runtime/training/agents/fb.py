"""FB: one representation that holds a good policy for every reward, learned offline.

Touati & Ollivier, "Learning One Representation to Optimize All Rewards" (2021);
Touati, Rapin & Ollivier, "Does Zero-Shot Reinforcement Learning Exist?" (2023).

F(s, z, a) and B(s') factorise how often the policy of z comes to s' after taking
a in s; the policy of z maximises F(s, z, a)·z. ``FBAgent.update`` is one step of
that from top to bottom; ``FBcprAgent`` adds imitation to it.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import torch
from torch import nn

from ...errors import UserError
from ...policy.config import ModelConfig
from ...policy.model import FBModel
from ...policy.networks import ActionDistribution

Batch = dict[str, torch.Tensor]
"""Transitions: observation, action, next_observation, discount (n, 1); z where known."""
Metrics = dict[str, torch.Tensor]
"""Scalars by name, still on the device: reading one waits for the device."""


@dataclass(frozen=True)
class FBConfig:
    """What one update does; the defaults are the published ones for DeepMind Control."""

    model: ModelConfig = field(default_factory=lambda: ModelConfig(obs_dim=24, action_dim=6))
    batch_size: int = 1024
    discount: float = 0.98
    learning_rate_f: float = 1e-4
    learning_rate_b: float = 1e-4
    learning_rate_actor: float = 1e-4
    orthonormality: float = 1.0
    """Weight of the loss that keeps the components of B uncorrelated."""
    implicit_reward: float = 0.0
    """Weight of the Bellman loss on F·z, with the reward that z stands for."""
    goal_ratio: float = 0.5
    """Share of the training z that are states of the batch, encoded."""
    pessimism_fb: float = 0.0
    """How many spreads of the ensemble the target of F B is lowered by."""
    pessimism_actor: float = 0.5
    noise_clip: float = 0.3
    target_rate: float = 0.01
    """How far the targets of F and B move per update."""
    precision: str = "float32"
    """"bfloat16" runs the networks in mixed precision; losses stay in float32."""


class FBAgent:
    """Learns an ``FBModel``. ``model`` is the online networks and their targets."""

    model: FBModel
    config: FBConfig

    def __init__(self, config: FBConfig, model: FBModel | None = None) -> None:
        _check(config)
        self.config = config
        self.model = self._build_model() if model is None else model
        if not hasattr(self.model, "_target_forward_map"):
            self.model.add_targets()
        self.target_forward_map = self.model.get_submodule("_target_forward_map")
        self.target_backward_map = self.model.get_submodule("_target_backward_map")
        self.optimizers = {
            "f": self._adam(self.model._forward_map, config.learning_rate_f),
            "b": self._adam(self.model._backward_map, config.learning_rate_b),
            "actor": self._adam(self.model._actor, config.learning_rate_actor),
        }

    def _build_model(self) -> FBModel:
        return FBModel(self.config.model)

    def _adam(self, network: nn.Module, rate: float) -> torch.optim.Adam:
        network.requires_grad_(True)
        # On CUDA the step count lives on the device, so that a captured update can advance it.
        cuda = self.device.type == "cuda"
        return torch.optim.Adam(network.parameters(), lr=rate, capturable=cuda, fused=True)

    @property
    def device(self) -> torch.device:
        return self.model.device

    # --- one update ---

    def update(self, batch: Batch) -> Metrics:
        """One step on transitions; ``z`` is drawn here, the batch needs none."""
        self.observe_statistics(batch)
        batch = self.normalized(batch)
        with torch.no_grad():
            z = self.sample_training_z(batch["next_observation"])
        metrics = self.learn(batch, z)
        self.move_targets()
        return metrics

    def learn(self, batch: Batch, z: torch.Tensor) -> Metrics:
        """The losses of F, B and the actor at given z; targets stay where they are."""
        return {**self.update_fb(batch, z), **self.update_actor(batch, z)}

    def observe_statistics(self, batch: Batch) -> None:
        """Moves the normaliser towards the mean and variance of the batch."""
        normalizer = self.model._obs_normalizer
        if not isinstance(normalizer, nn.BatchNorm1d):
            return
        assert normalizer.running_mean is not None and normalizer.running_var is not None
        assert normalizer.momentum is not None and normalizer.num_batches_tracked is not None
        for name in ("observation", "next_observation"):
            normalizer.running_mean.lerp_(batch[name].mean(dim=0), normalizer.momentum)
            normalizer.running_var.lerp_(batch[name].var(dim=0), normalizer.momentum)
            normalizer.num_batches_tracked.add_(1)

    def normalized(self, batch: Batch) -> Batch:
        """The batch as the networks see it."""
        names = ("observation", "next_observation")
        return {**batch, **{name: self.model._normalize(batch[name]) for name in names}}

    def sample_training_z(self, next_obs: torch.Tensor) -> torch.Tensor:
        """(n, z): the rewards to learn for, states of the batch and points of the sphere."""
        size = len(next_obs)
        z = self.sample_sphere(size)
        goals = self.encode_goals(next_obs[self.permutation(size)])
        pick = torch.rand(size, 1, device=self.device) < self.config.goal_ratio
        return torch.where(pick, goals, z)

    def encode_goals(self, next_obs: torch.Tensor) -> torch.Tensor:
        """z (n, z) of normalised states."""
        with self.mixed_precision():
            b = self.model._backward_map(next_obs)
        return self.model.project_z(b.float())

    def sample_sphere(self, size: int) -> torch.Tensor:
        """As ``FBModel.sample_z``, drawn on the device."""
        z = torch.randn(size, self.model.cfg.archi.z_dim, device=self.device)
        return self.model.project_z(z)

    def permutation(self, size: int) -> torch.Tensor:
        """A random order. Sorting random numbers needs no synchronisation with the host."""
        return torch.rand(size, device=self.device).argsort()

    def update_fb(self, batch: Batch, z: torch.Tensor) -> Metrics:
        """One step of F and B (equations 6 to 9 of Touati, Rapin & Ollivier)."""
        config, model = self.config, self.model
        obs, next_obs, action = batch["observation"], batch["next_observation"], batch["action"]
        discount = batch["discount"]
        with torch.no_grad(), self.mixed_precision():
            next_action = self.sample_action(next_obs, z)
            target_f = as_ensemble(self.target_forward_map(next_obs, z, next_action)).float()
            target_b = self.target_backward_map(next_obs).float()
            target_m = lowered(target_f @ target_b.T, config.pessimism_fb)

        with self.mixed_precision():
            f = as_ensemble(model._forward_map(obs, z, action)).float()
            b = model._backward_map(next_obs).float()
        m = f @ b.T
        difference = m - discount * target_m
        fb_offdiag = 0.5 * off_diagonal_mean(difference.square()).sum()
        fb_diag = -difference.diagonal(dim1=1, dim2=2).mean(dim=1).sum()
        covariance = b @ b.T
        orth_offdiag = 0.5 * off_diagonal_mean(covariance.square())
        orth_diag = -covariance.diagonal().mean()
        orth_loss = orth_offdiag + orth_diag
        loss = fb_offdiag + fb_diag + config.orthonormality * orth_loss
        metrics = {
            "target_M": target_m.mean(),
            "M1": m[0].mean(),
            "F1": f[0].mean(),
            "B": b.mean(),
            "B_norm": b.norm(dim=-1).mean(),
            "z_norm": z.norm(dim=-1).mean(),
            "fb_diag": fb_diag,
            "fb_offdiag": fb_offdiag,
            "orth_loss": orth_loss,
            "orth_loss_diag": orth_diag,
            "orth_loss_offdiag": orth_offdiag,
        }
        if config.implicit_reward:
            with torch.no_grad():
                next_q = lowered(values(target_f, z), config.pessimism_fb)
                target_q = implicit_reward(b, z) + discount[:, 0] * next_q
            # Half the squared error, summed over the ensemble.
            q_loss = 0.5 * (values(f, z) - target_q).square().mean(dim=1).sum()
            loss = loss + config.implicit_reward * q_loss
            metrics["q_loss"] = q_loss
        self.step(loss, "f", "b")
        metrics["fb_loss"] = loss
        return detached(metrics)

    def update_actor(self, batch: Batch, z: torch.Tensor) -> Metrics:
        """One step of the policy up F·z."""
        obs = batch["observation"]
        with self.mixed_precision():
            action = self.sample_action(obs, z)
            f = as_ensemble(self.model._forward_map(obs, z, action)).float()
        q = lowered(values(f, z), self.config.pessimism_actor)
        loss = -q.mean()
        self.step(loss, "actor")
        return detached({"actor_loss": loss, "Q_fb": q.mean()})

    def move_targets(self) -> None:
        model, rate = self.model, self.config.target_rate
        move_towards(self.target_forward_map, model._forward_map, rate)
        move_towards(self.target_backward_map, model._backward_map, rate)

    # --- pieces ---

    def sample_action(self, obs: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Actions (n, action) of the policy with noise, differentiable in the policy."""
        mean = self.model._actor(obs, z).float()
        std = torch.full_like(mean, self.model.cfg.actor_std)
        return ActionDistribution(mean, std, validate_args=False).sample_action(
            self.config.noise_clip
        )

    def step(self, loss: torch.Tensor, *names: str) -> None:
        """Moves the named networks down the loss, and nothing else.

        Gradients are taken for their parameters only: a loss that passes through
        another network leaves no trace there.
        """
        optimizers = [self.optimizers[name] for name in names]
        parameters = [p for o in optimizers for group in o.param_groups for p in group["params"]]
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        for optimizer in optimizers:
            optimizer.step()

    def mixed_precision(self) -> AbstractContextManager:
        enabled = self.config.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)


def _check(config: FBConfig) -> None:
    # Otherwise the covariance of B over the batch has no inverse, and the loss no bounds.
    z_dim, b = config.model.archi.z_dim, config.model.archi.b
    if config.implicit_reward and min(config.batch_size - 1, b.hidden_dim) < z_dim:
        raise UserError(
            f"With implicit_reward, a batch of {config.batch_size} and a B of width "
            f"{b.hidden_dim} are too small for a z of {z_dim} numbers; choose a batch at least "
            "twice as large and B at least as wide as z, or implicit_reward 0."
        )


def as_ensemble(output: torch.Tensor) -> torch.Tensor:
    """(ensemble, n, d), also from the (n, d) of a single network."""
    return output if output.ndim == 3 else output[None]


def values(f: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """Q = F·z: (ensemble, n) from f (ensemble, n, z) and z (n, z)."""
    return (f * z).sum(dim=-1)


def spread(q: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of the members of an ensemble: (ensemble, ...) -> (...)."""
    members = len(q)
    if members == 1:
        return torch.zeros_like(q[0])
    return (q[:, None] - q[None]).abs().sum(dim=(0, 1)) / (members**2 - members)


def lowered(q: torch.Tensor, pessimism: float) -> torch.Tensor:
    """Mean of an ensemble less ``pessimism`` times its spread: (ensemble, ...) -> (...)."""
    return q.mean(dim=0) - pessimism * spread(q) if pessimism else q.mean(dim=0)


def off_diagonal_mean(matrix: torch.Tensor) -> torch.Tensor:
    """Mean of (..., n, n) over what is off the diagonal: (...)."""
    size = matrix.shape[-1]
    diagonal = matrix.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    return (matrix.sum(dim=(-2, -1)) - diagonal) / (size * (size - 1))


def implicit_reward(b: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n,): the reward at states B (n, z) that z (n, z) stands for, B cov(B)^-1 z."""
    covariance = b.T @ b / len(b)
    # solve_ex does not check for singularity, which would wait for the device.
    solved, _ = torch.linalg.solve_ex(covariance, z.T)
    return (b * solved.T).sum(dim=-1)


@torch.no_grad()
def move_towards(target: nn.Module, online: nn.Module, rate: float) -> None:
    parameters: Iterable[torch.Tensor] = target.parameters()
    torch._foreach_lerp_(list(parameters), list(online.parameters()), rate)


def detached(metrics: Metrics) -> Metrics:
    return {name: value.detach() for name, value in metrics.items()}
