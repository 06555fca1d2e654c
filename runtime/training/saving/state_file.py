"""The state of a run of another trainer, in one .npz, as something to go on from.

It holds online networks under their published names in half precision, ``mean``
and ``var`` of the normaliser, and counts. The architecture is read off the shapes.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import UserError
from ...motion.formats.archive import read_arrays
from ...policy.architecture import fbcpr_networks, tensor_shapes
from ...policy.checkpoint import check_tensors
from ...policy.config import (
    ActorConfig,
    ArchitectureConfig,
    BackwardConfig,
    DiscriminatorConfig,
    EnsembleConfig,
    ModelConfig,
)

SEQUENCE = 8
"""Frames of a training slice, which no shape tells; that of all published models."""
_NETWORKS = ("_backward_map.", "_forward_map.", "_actor.", "_critic.", "_discriminator.")


def read_state(path: Path) -> tuple[ModelConfig, dict[str, np.ndarray], dict[str, Any]]:
    """Config, float32 tensors by published name, and counts.

    Raises ``UserError`` for anything but the state of a simple FB-CPR model.
    """
    arrays = {name: array for name, array in read_arrays(path).items() if array is not None}
    tensors = {
        name: array.astype(np.float32)
        for name, array in arrays.items()
        if name.startswith(_NETWORKS)
    }
    try:
        config = _config_of(tensors)
        counts = {"steps": int(arrays["env_steps"]), "updates": int(arrays["updates"])}
        tensors["_obs_normalizer.running_mean"] = arrays["mean"].astype(np.float32)
        tensors["_obs_normalizer.running_var"] = arrays["var"].astype(np.float32)
    except (KeyError, IndexError, TypeError) as error:
        raise UserError(
            f"'{path}' is no state of a training run; it should hold networks under their "
            "published names, mean, var, updates and env_steps.",
            repr(error),
        ) from error
    tensors["_obs_normalizer.num_batches_tracked"] = np.array(counts["updates"], np.int64)
    check_tensors(tensors, tensor_shapes(fbcpr_networks(config), config))
    return config, tensors, {**counts, "seconds": 0.0}


def _config_of(tensors: dict[str, np.ndarray]) -> ModelConfig:
    width, obs_dim = tensors["_actor.embed_s.0.weight"].shape
    action_dim = tensors["_forward_map.embed_sa.0.weight"].shape[1] - obs_dim
    z_dim = tensors["_actor.embed_z.0.weight"].shape[1] - obs_dim
    return ModelConfig(
        obs_dim=obs_dim,
        action_dim=action_dim,
        seq_length=SEQUENCE,
        archi=ArchitectureConfig(
            z_dim=z_dim,
            f=EnsembleConfig(hidden_dim=width),
            critic=EnsembleConfig(hidden_dim=width),
            actor=ActorConfig(hidden_dim=width),
            b=BackwardConfig(hidden_dim=tensors["_backward_map.net.0.weight"].shape[0]),
            discriminator=DiscriminatorConfig(
                hidden_dim=tensors["_discriminator.trunk.0.weight"].shape[0]
            ),
        ),
    )
