"""Torch modules of the architecture, under the published tensor names.

They carry gradients like any module; ``FBModel`` wraps them for inference and
training uses them as they are.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .architecture import Activation, Block, Layer, Linear, Network, Norm, Stack

_ACTIVATIONS: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "mish": nn.Mish}


class ParallelLinear(nn.Module):
    """Linear layers side by side: (n, batch, inputs) or (batch, inputs) -> (n, batch, outputs)."""

    def __init__(self, parallel: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(parallel, inputs, outputs))
        self.bias = nn.Parameter(torch.empty(parallel, 1, outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim == 2:
            x = x.expand(len(self.weight), *x.shape)
        return torch.baddbmm(self.bias, x, self.weight)


class ParallelNorm(nn.Module):
    """Layer norms side by side: (n, batch, size) or (batch, size) -> (n, batch, size)."""

    def __init__(self, parallel: int, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(parallel, 1, size))
        self.bias = nn.Parameter(torch.zeros(parallel, 1, size))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:]) * self.weight + self.bias


class MlpBlock(nn.Module):
    """Layer norm, linear and (but for the last) mish; a residual block adds its input."""

    def __init__(self, block: Block, parallel: int) -> None:
        super().__init__()
        self.mlp = build_stack(block.layers, parallel)
        self.residual = block.residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.mlp(x) if self.residual else self.mlp(x)


def build_stack(stack: Stack, parallel: int = 0) -> nn.Sequential:
    return nn.Sequential(*(_build_layer(layer, parallel) for layer in stack))


def _build_layer(layer: Layer, parallel: int) -> nn.Module:
    match layer:
        case Linear(inputs, outputs):
            if parallel:
                return ParallelLinear(parallel, inputs, outputs)
            return nn.Linear(inputs, outputs)
        case Norm(size):
            return ParallelNorm(parallel, size) if parallel else nn.LayerNorm(size)
        case Activation(kind):
            return _ACTIVATIONS[kind]()
        case Block():
            return MlpBlock(layer, parallel)


class StackNetwork(nn.Module):
    """The stacks of a ``Network`` as attributes of their names."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        for name, stack in network.stacks.items():
            self.add_module(name, build_stack(stack, network.parallel))


class BackwardMap(StackNetwork):
    """B(s): (batch, obs) -> (batch, z)."""

    net: nn.Sequential

    def __init__(self, network: Network, norm: bool) -> None:
        super().__init__(network)
        self.norm = norm

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        out = self.net(obs)
        return on_sphere(out) if self.norm else out


class StateActionNetwork(StackNetwork):
    """F(s, z, a) and the critic: (n, batch, outputs), or (batch, outputs) for a single network."""

    embed_z: nn.Sequential
    embed_sa: nn.Sequential
    Fs: nn.Sequential

    def forward(self, obs: torch.Tensor, z: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        embedded_z = self.embed_z(torch.cat([obs, z], dim=-1))
        embedded_sa = self.embed_sa(torch.cat([obs, action], dim=-1))
        return self.Fs(torch.cat([embedded_sa, embedded_z], dim=-1))


class Actor(StackNetwork):
    """pi(s, z): the mean action (batch, action), in (-1, 1)."""

    embed_z: nn.Sequential
    embed_s: nn.Sequential
    policy: nn.Sequential

    def forward(self, obs: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        embedded_z = self.embed_z(torch.cat([obs, z], dim=-1))
        embedded_s = self.embed_s(obs)
        return torch.tanh(self.policy(torch.cat([embedded_s, embedded_z], dim=-1)))


class Discriminator(StackNetwork):
    """How much a state looks like one of the motions, under its z."""

    trunk: nn.Sequential

    def logits(self, obs: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """(batch, 1), before the sigmoid."""
        return self.trunk(torch.cat([z, obs], dim=-1))

    def forward(self, obs: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """(batch, 1) probability."""
        return torch.sigmoid(self.logits(obs, z))

    def reward(self, obs: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """(batch, 1): log d - log(1 - d)."""
        d = self(obs, z).clamp(1e-7, 1 - 1e-7)
        return d.log() - (1 - d).log()


class ActionDistribution(torch.distributions.Normal):
    """Normal around the mean action, its samples kept inside the action range."""

    _LIMIT = 1 - 1e-6

    def sample_action(self, clip: float | None = None) -> torch.Tensor:
        """A reparametrised sample; ``clip`` bounds the noise. Gradients pass the final clamp."""
        noise = torch.randn_like(self.loc) * self.scale
        if clip is not None:
            noise = noise.clamp(-clip, clip)
        action = self.loc + noise
        clamped = action.clamp(-self._LIMIT, self._LIMIT)
        return action - action.detach() + clamped.detach()

    def sample(self, sample_shape: Any = ()) -> torch.Tensor:
        with torch.no_grad():
            return super().sample(sample_shape).clamp(-self._LIMIT, self._LIMIT)


def on_sphere(z: torch.Tensor) -> torch.Tensor:
    """(..., d) scaled to length sqrt(d)."""
    return z.shape[-1] ** 0.5 * functional.normalize(z, dim=-1)


def initialise(module: nn.Module) -> None:
    """Orthogonal weights, zero biases; relu gain for ensemble layers."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, ParallelLinear):
            gain = nn.init.calculate_gain("relu")
            for weight in layer.weight.data:
                nn.init.orthogonal_(weight, gain)
            nn.init.zeros_(layer.bias)
