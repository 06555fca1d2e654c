"""Everything a run consists of, to go on exactly where it stopped on the same machine.

The folder is a model in the published form that ``FBcprModel.load`` reads, and
beside it optimizers, random generators, bodies, rings and the replay buffer.
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from ...errors import UserError
from ...policy.model import FBcprModel
from ..experience.storage import flattened
from .folders import replace_folder, whole_folder

TENSORS_NAME, PLAIN_NAME, REPLAY_NAME = "training.safetensors", "training.json", "replay"
Optimizers = Mapping[str, torch.optim.Optimizer]

_FREE_TO_CHANGE = (
    "total_steps",
    "capture",
    "priorities_every",
    "priority_motions",
    "score_every",
    "score_motions",
    "checkpoint_minutes",
    "log_seconds",
    "rollouts.threads",
    "score_rounds",
)
"""What may differ from the run that goes on: none of it changes what one step does."""


class Resumable(Protocol):
    """What a checkpoint keeps of a trainer; the counters are in ``_state``."""

    config: Any
    device: torch.device
    model: FBcprModel
    agent: Any
    expert: Any
    rollouts: Any
    replay: Any
    ring: Any
    z: torch.Tensor
    emd: np.ndarray
    steps: int
    updates: int
    seconds: float
    acts_at_random: bool
    learn_from: int
    updates_before: int
    marks: dict[str, int]


def save_checkpoint(folder: Path, trainer: Resumable) -> None:
    """Writes the folder, whole or not at all; the one before it goes once this one is there."""

    def write(part: Path) -> None:
        from safetensors.torch import save_file

        trainer.model.save(part)
        tensors, plain = _state(trainer)
        save_file(tensors, part / TENSORS_NAME)
        (part / PLAIN_NAME).write_text(json.dumps(plain), encoding="utf-8")
        trainer.replay.save(part / REPLAY_NAME)

    replace_folder(folder, write)


def restore_checkpoint(folder: str | Path, trainer: Resumable) -> None:
    """Brings a trainer of the same configuration to where the checkpoint was taken.

    Raises ``UserError`` if the checkpoint is not whole or of another configuration.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = whole_folder(Path(folder))
    try:
        plain = json.loads((folder / PLAIN_NAME).read_text(encoding="utf-8"))
        tensors = load_file(folder / TENSORS_NAME)
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(
            f"'{folder}' is not a whole checkpoint of a training run; "
            "go on from its weights instead.",
            repr(error),
        ) from error
    check_same(plain["config"], plain_config(trainer.config))
    if plain["motions"] != list(trainer.expert.motions.names):
        raise UserError(
            "The checkpoint was made with other motions; resume with the same ones, "
            "or go on from its weights."
        )
    model = FBcprModel.load(folder)
    trainer.model.load_state_dict(model.state_dict())
    _restore(trainer, tensors, plain)
    trainer.replay.load(folder / REPLAY_NAME, plain["replay_count"])


def _state(trainer: Resumable) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    arrays, bodies = trainer.rollouts.state()
    tensors = {f"rollouts.{name}": torch.from_numpy(array) for name, array in arrays.items()}
    tensors |= optimizer_tensors(trainer.agent.optimizers)
    tensors |= {
        "z": trainer.z,
        "ring": trainer.ring.z,
        "ring.written": trainer.ring.written,
        "weights": torch.from_numpy(trainer.expert.weights),
        "emd": torch.from_numpy(trainer.emd),
        "random": torch.get_rng_state(),
    }
    if trainer.device.type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    plain = {
        "config": plain_config(trainer.config),
        "motions": list(trainer.expert.motions.names),
        "bodies": bodies,
        "replay_count": trainer.replay.count,
        "steps": trainer.steps,
        "updates": trainer.updates,
        "seconds": trainer.seconds,
        "acts_at_random": trainer.acts_at_random,
        "learn_from": trainer.learn_from,
        "updates_before": trainer.updates_before,
        "marks": trainer.marks,
    }
    return {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, plain


def _restore(trainer: Resumable, tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> None:
    restore_optimizers(trainer.agent.optimizers, tensors)
    arrays = {
        name.removeprefix("rollouts."): tensor.numpy()
        for name, tensor in tensors.items()
        if name.startswith("rollouts.")
    }
    trainer.rollouts.restore(arrays, plain["bodies"])
    trainer.z = tensors["z"].to(trainer.device)
    trainer.ring.z.copy_(tensors["ring"])
    trainer.ring.written.copy_(tensors["ring.written"])
    trainer.expert.set_weights(tensors["weights"].numpy())
    trainer.emd = np.array(tensors["emd"])
    for name in ("steps", "updates", "seconds", "acts_at_random", "learn_from", "updates_before"):
        setattr(trainer, name, plain[name])
    trainer.marks = plain["marks"]
    torch.set_rng_state(tensors["random"])
    if trainer.device.type == "cuda" and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"])


def optimizer_tensors(optimizers: Optimizers) -> dict[str, torch.Tensor]:
    """What the optimizers remember, by name, number of the parameter and field."""
    return {
        f"optimizer.{name}.{number}.{key}": value
        for name, optimizer in optimizers.items()
        for number, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def restore_optimizers(optimizers: Optimizers, tensors: Mapping[str, torch.Tensor]) -> None:
    """Gives optimizers back what ``optimizer_tensors`` told of them."""
    for name, optimizer in optimizers.items():
        state: dict[int, dict[str, torch.Tensor]] = {}
        prefix = f"optimizer.{name}."
        for key in (key for key in tensors if key.startswith(prefix)):
            number, field = key.removeprefix(prefix).split(".")
            state.setdefault(int(number), {})[field] = tensors[key]
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def plain_config(config: Any) -> dict[str, Any]:
    """A dataclass of settings as JSON has it."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def check_same(stored: dict[str, Any], present: dict[str, Any]) -> None:
    """Raises ``UserError`` for settings that change what one step does."""
    before, now = (flattened(one, joint=".") for one in (stored, present))
    changed = sorted(
        name
        for name in before.keys() | now.keys()
        if name not in _FREE_TO_CHANGE and before.get(name) != now.get(name)
    )
    if changed:
        listed = ", ".join(f"{n} ({before.get(n)} became {now.get(n)})" for n in changed[:3])
        raise UserError(
            f"The checkpoint was made with another configuration: {listed}"
            f"{' and more' if len(changed) > 3 else ''}. Resume with the same one, or go on from "
            "its weights alone.",
            str(changed),
        )
