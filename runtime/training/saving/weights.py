"""The weights of a training run as small files: enough to go on, not exactly where it stopped.

Online networks in half precision under their published names, the normaliser in
full, and how far training had come, in shards no larger than a given size.
Targets, optimizers and the replay buffer are not kept: targets start as equal to
their networks, and replay refills from the policy.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import UserError
from ...policy.architecture import fbcpr_networks, tensor_shapes
from ...policy.checkpoint import check_tensors, read_safetensors
from ...policy.config import CONFIG_NAME, ModelConfig
from ...policy.model import FBcprModel
from .folders import replace_folder, whole_folder
from .state_file import read_state

SHARD_BYTES = 16 * 2**20
COUNTS_NAME = "counts.json"


def save_weights(
    folder: Path,
    model: FBcprModel,
    counts: Mapping[str, Any],
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Writes the folder, whole or not at all. ``counts`` is plain data."""
    tensors = {
        name: tensor.cpu().numpy()
        for name, tensor in model.state_dict().items()
        if not name.startswith("_target_")
    }
    if not all(np.isfinite(array).all() for array in tensors.values()):
        raise UserError(
            "The networks hold numbers that are not finite and were not saved; "
            "go on from the last checkpoint with lower learning rates."
        )
    halves = {
        name: array if name.startswith("_obs_normalizer.") else array.astype(np.float16)
        for name, array in tensors.items()
    }

    def write(part: Path) -> None:
        from safetensors.numpy import save_file

        for number, shard in enumerate(_shards(halves, shard_bytes), start=1):
            save_file(shard, part / f"weights-{number}.safetensors")
        (part / CONFIG_NAME).write_text(model.cfg.to_json(), encoding="utf-8")
        (part / COUNTS_NAME).write_text(json.dumps(dict(counts), indent=1), encoding="utf-8")

    replace_folder(folder, write)


def load_weights(folder: str | Path) -> tuple[FBcprModel, dict[str, Any]]:
    """The model, its targets equal to its networks, and the counts.

    ``folder`` may also be a .npz that ``state_file`` reads. Raises ``UserError`` if
    anything is missing or belongs to another architecture.
    """
    if Path(folder).is_file():
        config, tensors, counts = read_state(Path(folder))
        return model_from(config, tensors), counts
    folder = whole_folder(Path(folder))
    config = ModelConfig.load(folder)
    shards = sorted(folder.glob("weights-*.safetensors"))
    if not shards:
        raise UserError(f"'{folder}' holds no weights-*.safetensors; name a folder of weights.")
    tensors = {}
    for shard in shards:
        tensors |= read_safetensors(shard)
    check_tensors(tensors, tensor_shapes(fbcpr_networks(config), config))
    try:
        counts = json.loads((folder / COUNTS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"'{folder}' has no readable {COUNTS_NAME}.", repr(error)) from error
    return model_from(config, tensors), counts


def model_from(config: ModelConfig, tensors: Mapping[str, np.ndarray]) -> FBcprModel:
    """A model of these float32 tensors, with targets equal to its networks."""
    import torch

    model = FBcprModel(config)
    # A copy: arrays may be read-only views of a file.
    model.load_state_dict({name: torch.tensor(array) for name, array in tensors.items()})
    model.add_targets()
    return model


def _shards(tensors: Mapping[str, np.ndarray], shard_bytes: int) -> list[dict[str, np.ndarray]]:
    """Tensors in order, in groups of at most ``shard_bytes`` (a larger one stands alone)."""
    shards: list[dict[str, np.ndarray]] = [{}]
    room = shard_bytes - _HEADER_ROOM
    for name, array in tensors.items():
        if shards[-1] and array.nbytes > room:
            shards.append({})
            room = shard_bytes - _HEADER_ROOM
        shards[-1][name] = np.ascontiguousarray(array).reshape(array.shape)
        room -= array.nbytes
    return shards


_HEADER_ROOM = 64 * 1024
