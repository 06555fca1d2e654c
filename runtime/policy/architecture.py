"""The networks as plain data: which layers, in which order, under which tensor names.

Torch modules, the ONNX graphs and the check of a checkpoint are all made from
these descriptions, so there is one place that knows the architecture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .config import ActorConfig, ModelConfig


@dataclass(frozen=True)
class Linear:
    inputs: int
    outputs: int


@dataclass(frozen=True)
class Norm:
    """Layer norm with weight and bias, eps 1e-5."""

    size: int


@dataclass(frozen=True)
class Activation:
    kind: Literal["tanh", "relu", "mish"]


@dataclass(frozen=True)
class Block:
    """Layers in a row; a residual block adds its input to its output."""

    layers: tuple["Linear | Norm | Activation", ...]
    residual: bool


Layer = Linear | Norm | Activation | Block
Stack = tuple[Layer, ...]

TANH, RELU, MISH = Activation("tanh"), Activation("relu"), Activation("mish")


@dataclass(frozen=True)
class Network:
    """Named stacks, ``parallel`` networks side by side (0: one plain network)."""

    stacks: dict[str, Stack]
    parallel: int = 0


def backward_network(config: ModelConfig) -> Network:
    b = config.archi.b
    net = _mlp(config.obs_dim, b.hidden_dim, b.hidden_layers, config.archi.z_dim)
    return Network({"net": net})


def discriminator_network(config: ModelConfig) -> Network:
    d = config.archi.discriminator
    return Network(
        {"trunk": _mlp(config.obs_dim + config.archi.z_dim, d.hidden_dim, d.hidden_layers, 1)}
    )


def actor_network(config: ModelConfig) -> Network:
    cfg, obs, z = config.archi.actor, config.obs_dim, config.archi.z_dim
    return Network(
        {
            "embed_z": _embedding(obs + z, cfg),
            "embed_s": _embedding(obs, cfg),
            "policy": _trunk(cfg, config.action_dim),
        }
    )


def forward_network(config: ModelConfig) -> Network:
    return _state_action_network(config, "f", config.archi.z_dim)


def critic_network(config: ModelConfig) -> Network:
    return _state_action_network(config, "critic", 1)


def _state_action_network(config: ModelConfig, part: str, outputs: int) -> Network:
    cfg, obs = getattr(config.archi, part), config.obs_dim
    return Network(
        {
            "embed_z": _embedding(obs + config.archi.z_dim, cfg),
            "embed_sa": _embedding(obs + config.action_dim, cfg),
            "Fs": _trunk(cfg, outputs),
        },
        # A single network is stored as plain layers.
        parallel=cfg.num_parallel if cfg.num_parallel > 1 else 0,
    )


def _mlp(inputs: int, hidden: int, layers: int, outputs: int) -> Stack:
    return (
        *(Linear(inputs, hidden), Norm(hidden), TANH),
        *((Linear(hidden, hidden), RELU) * (layers - 1)),
        Linear(hidden, outputs),
    )


def _embedding(inputs: int, cfg: ActorConfig) -> Stack:
    hidden, between = cfg.hidden_dim, cfg.embedding_layers - 2
    if cfg.model == "residual":
        return (
            _block(inputs, hidden),
            *((_block(hidden, hidden, residual=True),) * between),
            _block(hidden, hidden // 2),
        )
    return (
        *(Linear(inputs, hidden), Norm(hidden), TANH),
        *((Linear(hidden, hidden), RELU) * between),
        *(Linear(hidden, hidden // 2), RELU),
    )


def _trunk(cfg: ActorConfig, outputs: int) -> Stack:
    hidden = cfg.hidden_dim
    if cfg.model == "residual":
        return (
            *((_block(hidden, hidden, residual=True),) * cfg.hidden_layers),
            Block((Norm(hidden), Linear(hidden, outputs)), residual=False),
        )
    return (*((Linear(hidden, hidden), RELU) * cfg.hidden_layers), Linear(hidden, outputs))


def _block(inputs: int, outputs: int, residual: bool = False) -> Block:
    return Block((Norm(inputs), Linear(inputs, outputs), MISH), residual)


TARGETS = ("backward_map", "forward_map", "critic")
"""The networks of which training keeps a slow copy, under ``_target_`` and the same name."""


def fb_networks(config: ModelConfig) -> dict[str, Network]:
    """The parts of an ``FBModel`` by name, as in tensor names without the underscore."""
    return {
        "backward_map": backward_network(config),
        "forward_map": forward_network(config),
        "actor": actor_network(config),
    }


def fbcpr_networks(config: ModelConfig) -> dict[str, Network]:
    """The parts of an ``FBcprModel``."""
    return {
        **fb_networks(config),
        "critic": critic_network(config),
        "discriminator": discriminator_network(config),
    }


def tensor_shapes(
    networks: dict[str, Network], config: ModelConfig, targets: bool = False
) -> dict[str, tuple[int, ...]]:
    """Every tensor a checkpoint of these networks holds, with its shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    for part, network in networks.items():
        prefixes = [f"_{part}"]
        if targets and part in TARGETS:
            prefixes.append(f"_target_{part}")
        for prefix in prefixes:
            for name, stack in network.stacks.items():
                shapes |= _stack_shapes(f"{prefix}.{name}", stack, network.parallel)
    if config.norm_obs:
        shapes["_obs_normalizer.running_mean"] = (config.obs_dim,)
        shapes["_obs_normalizer.running_var"] = (config.obs_dim,)
        shapes["_obs_normalizer.num_batches_tracked"] = ()
    return shapes


def _stack_shapes(prefix: str, stack: Stack, parallel: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for name, layer in named_layers(prefix, stack):
        if isinstance(layer, Linear):
            plain = (layer.outputs, layer.inputs)
            shapes[f"{name}.weight"] = (parallel, *plain[::-1]) if parallel else plain
            shapes[f"{name}.bias"] = (parallel, 1, layer.outputs) if parallel else (layer.outputs,)
        elif isinstance(layer, Norm):
            size = (parallel, 1, layer.size) if parallel else (layer.size,)
            shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = size
    return shapes


def named_layers(prefix: str, stack: Stack) -> Iterator[tuple[str, Linear | Norm | Activation]]:
    """Each layer with the prefix of its tensors' names, blocks opened."""
    for index, layer in enumerate(stack):
        if isinstance(layer, Block):
            for inner, part in enumerate(layer.layers):
                yield f"{prefix}.{index}.mlp.{inner}", part
        else:
            yield f"{prefix}.{index}", layer
