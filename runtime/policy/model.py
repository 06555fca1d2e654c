"""Published and own models in torch: ``FBModel`` and ``FBcprModel``.

Touati & Ollivier, "Learning One Representation to Optimize All Rewards" (2021);
Tirinzoni et al., "Zero-Shot Whole-Body Humanoid Control via Behavioral
Foundation Models" (2025). A model is made for inference: no gradients, no
dropout of statistics; training reaches for the modules with the underscore.
"""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from ..errors import UserError
from .architecture import TARGETS, Network, fb_networks, fbcpr_networks
from .checkpoint import read_checkpoint, write_checkpoint
from .config import ModelConfig
from .networks import (
    ActionDistribution,
    Actor,
    BackwardMap,
    Discriminator,
    StateActionNetwork,
    initialise,
    on_sphere,
)

Array = torch.Tensor | np.ndarray


class FBModel(nn.Module):
    """Forward-backward representation with a policy for every latent z.

    Methods take tensors or arrays of (batch, size) and return tensors on the
    model's device. Nothing carries gradients unless training asks for it.
    """

    @staticmethod
    def networks(config: ModelConfig) -> dict[str, Network]:
        """What a checkpoint of this class consists of."""
        return fb_networks(config)

    def __init__(self, config: ModelConfig | dict[str, Any] | None = None, **fields: Any) -> None:
        """From a config, its plain form, or its fields as keywords; weights are fresh."""
        super().__init__()
        if not isinstance(config, ModelConfig):
            config = ModelConfig.from_dict({**(config or {}), **fields})
        self.cfg = config
        parts = type(self).networks(config)
        self._backward_map = BackwardMap(parts["backward_map"], config.archi.b.norm)
        self._forward_map = StateActionNetwork(parts["forward_map"])
        self._actor = Actor(parts["actor"])
        if "critic" in parts:
            self._critic = StateActionNetwork(parts["critic"])
            self._discriminator = Discriminator(parts["discriminator"])
        self._obs_normalizer: nn.Module = (
            nn.BatchNorm1d(config.obs_dim, affine=False, momentum=0.01)
            if config.norm_obs
            else nn.Identity()
        )
        self.eval()
        self.requires_grad_(False)
        # On the meta device the weights are yet to come, from a file.
        if self.device.type != "meta":
            initialise(self)
            self.to(config.device)

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    # --- files ---

    @classmethod
    def load(cls, path: str | Path, device: str | torch.device = "cpu") -> Self:
        """A checkpoint folder. ``UserError`` if it is not a whole checkpoint of this class."""
        config, tensors = read_checkpoint(path, cls.networks)
        # The device a model was trained on says nothing about this machine.
        with torch.device("meta"):
            model = cls(replace(config, device="cpu"))
        if any(name.startswith("_target_") for name in tensors):
            model.add_targets()
        weights = {name: torch.from_numpy(array) for name, array in tensors.items()}
        model.load_state_dict(weights, assign=True)
        try:
            return model.requires_grad_(False).to(device)
        # Torch says so too when it was built without that device, or has no room there.
        except (RuntimeError, AssertionError) as error:
            raise UserError(
                f"The model cannot be put on the device '{device}'; use 'cpu'.", repr(error)
            ) from error

    def save(self, output_folder: str | Path) -> None:
        """Writes ``config.json`` and ``model.safetensors`` in the published form."""
        tensors = {name: tensor.cpu().numpy() for name, tensor in self.state_dict().items()}
        write_checkpoint(output_folder, self.cfg, tensors)

    save_pretrained = save

    @classmethod
    def from_pretrained(
        cls, path_or_repo_id: str | Path, device: str | torch.device = "cpu", **options: Any
    ) -> Self:
        """A folder, or the name of a published model, which is downloaded when not yet here.

        ``options`` go to ``runtime.policy.download.fetch_model``.
        """
        if Path(path_or_repo_id).is_dir():
            return cls.load(path_or_repo_id, device)
        from .download import fetch_model

        return cls.load(fetch_model(str(path_or_repo_id), **options), device)

    # --- training ---

    def add_targets(self) -> None:
        """Adds the slow copies that training learns from, equal to their networks."""
        for part in TARGETS:
            if hasattr(self, f"_{part}"):
                target = deepcopy(getattr(self, f"_{part}")).requires_grad_(False)
                setattr(self, f"_target_{part}", target)

    # --- networks ---

    def _tensor(self, array: Array) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=self.device)

    def _normalize(self, obs: Array) -> torch.Tensor:
        obs = self._tensor(obs)
        if obs.shape[-1:] != (self.cfg.obs_dim,):
            raise UserError(
                f"Observations of {self.cfg.obs_dim} numbers are expected, "
                f"not of shape {tuple(obs.shape)}."
            )
        # Inference never moves the statistics, even while a trainer has train() on.
        normalizer = self._obs_normalizer
        if not isinstance(normalizer, nn.BatchNorm1d):
            return obs
        assert normalizer.running_mean is not None and normalizer.running_var is not None
        return (obs - normalizer.running_mean) / torch.sqrt(normalizer.running_var + normalizer.eps)

    @torch.no_grad()
    def backward_map(self, obs: Array) -> torch.Tensor:
        """B(s): (batch, obs) -> (batch, z)."""
        return self._backward_map(self._normalize(obs))

    @torch.no_grad()
    def forward_map(self, obs: Array, z: Array, action: Array) -> torch.Tensor:
        """F(s, z, a): (ensemble, batch, z)."""
        return self._forward_map(self._normalize(obs), self._tensor(z), self._tensor(action))

    @torch.no_grad()
    def actor(self, obs: Array, z: Array, std: float | None = None) -> ActionDistribution:
        """The distribution of actions (batch, action); ``std`` is the model's unless given."""
        mean = self._actor(self._normalize(obs), self._tensor(z))
        std = self.cfg.actor_std if std is None else std
        return ActionDistribution(mean, torch.full_like(mean, std))

    @torch.no_grad()
    def act(self, obs: Array, z: Array, mean: bool = True) -> torch.Tensor:
        """Actions (batch, action): the mean, or a sample around it."""
        distribution = self.actor(obs, z)
        return distribution.mean if mean else distribution.sample()

    # --- latents ---

    def sample_z(self, size: int, device: str | torch.device | None = None) -> torch.Tensor:
        """(size, z) uniform on the sphere."""
        z = torch.randn(size, self.cfg.archi.z_dim)
        return self.project_z(z).to(self.device if device is None else device)

    def project_z(self, z: Array) -> torch.Tensor:
        """(..., z) onto the sphere of radius sqrt(z_dim), if the model's latents live there."""
        z = z if isinstance(z, torch.Tensor) else self._tensor(z)
        return on_sphere(z) if self.cfg.archi.norm_z else z

    @torch.no_grad()
    def reward_inference(
        self, next_obs: Array, reward: Array, weight: Array | None = None
    ) -> torch.Tensor:
        """z (1, z) for rewards (n,) or (n, 1) of the states ``next_obs`` (n, obs).

        ``weight`` of the samples is 1 unless given.
        """
        paid = self._tensor(reward).reshape(-1, 1)
        if weight is not None:
            paid = paid * self._tensor(weight).reshape(-1, 1)
        if len(paid) != len(next_obs):
            raise UserError(
                f"{len(next_obs)} states but {len(paid)} rewards; one for each is expected."
            )
        z = torch.zeros(1, self.cfg.archi.z_dim, device=self.device)
        step = self.cfg.inference_batch_size
        for start in range(0, len(next_obs), step):
            part = slice(start, start + step)
            z += paid[part].T @ self.backward_map(next_obs[part])
        return self.project_z(z)

    @torch.no_grad()
    def reward_wr_inference(self, next_obs: Array, reward: Array) -> torch.Tensor:
        """As ``reward_inference``, samples weighted by softmax(10 reward)."""
        reward = self._tensor(reward).reshape(-1, 1)
        return self.reward_inference(next_obs, reward, torch.softmax(10 * reward, dim=0))

    @torch.no_grad()
    def goal_inference(self, next_obs: Array) -> torch.Tensor:
        """z (n, z) that reaches each state of ``next_obs`` (n, obs)."""
        return self.project_z(self.backward_map(next_obs))

    @torch.no_grad()
    def tracking_inference(self, next_obs: Array) -> torch.Tensor:
        """z (n, z) per step for following the states ``next_obs`` (n, obs).

        Each is the mean of B over the next ``seq_length`` states, fewer at the end.
        """
        b = self.backward_map(next_obs)
        length = self.cfg.seq_length
        return self.project_z(torch.stack([b[t : t + length].mean(dim=0) for t in range(len(b))]))


class FBcprModel(FBModel):
    """FB with conditional policy regularisation: adds the critic and the discriminator."""

    @staticmethod
    def networks(config: ModelConfig) -> dict[str, Network]:
        """What a checkpoint of this class consists of."""
        return fbcpr_networks(config)

    @torch.no_grad()
    def critic(self, obs: Array, z: Array, action: Array) -> torch.Tensor:
        """Q of the discriminator's reward: (ensemble, batch, 1)."""
        return self._critic(self._normalize(obs), self._tensor(z), self._tensor(action))

    @torch.no_grad()
    def discriminator(self, obs: Array, z: Array) -> torch.Tensor:
        """Probability (batch, 1) that a state is one of the motions', under z."""
        return self._discriminator(self._normalize(obs), self._tensor(z))
