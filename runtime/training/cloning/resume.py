"""All of a cloning run, to go on exactly where it stopped on the same machine."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import UserError
from ...policy.model import FBcprModel
from ..saving.checkpoint import (
    PLAIN_NAME,
    TENSORS_NAME,
    check_same,
    optimizer_tensors,
    plain_config,
    restore_optimizers,
)
from ..saving.folders import replace_folder, whole_folder

Trainer = Any
"""``loop.CloningTrainer``, which imports this module."""
_COUNTS = ("updates", "steps", "seconds", "rounds", "began", "best")


def save_cloning(folder: Path, trainer: Trainer) -> None:
    """Writes the folder, whole or not at all."""

    def write(part: Path) -> None:
        from safetensors.torch import save_file

        trainer.model.save(part)
        tensors = {**optimizer_tensors(trainer.optimizers), "random": torch.get_rng_state()}
        # Not a copy of the table: it may be as old as its next update allows.
        tensors["sums"], tensors["latents"] = trainer.sums, trainer.behaviours.latents
        tensors |= {f"average.{i}": mean for i, mean in enumerate(trainer.mean.means)}
        save_file({n: t.contiguous() for n, t in tensors.items()}, part / TENSORS_NAME)
        plain = {
            "config": plain_config(trainer.first_config),
            "experts": trainer.experts.names,
            "samples": trainer.samples.count,
            "transitions": trainer.transitions.count,
            "stale": trainer._stale,
            "rng": trainer.rng.bit_generator.state,
            "able": trainer.needs.able,
            "earned": trainer.needs.earned,
            **{name: getattr(trainer, name) for name in _COUNTS},
        }
        (part / PLAIN_NAME).write_text(json.dumps(plain), encoding="utf-8")
        trainer.samples.save(part / "samples")
        trainer.transitions.save(part / "transitions")

    replace_folder(folder, write)


def save_lost(path: Path, lost: Sequence[tuple[str, int, np.ndarray, np.ndarray]]) -> None:
    """Writes expert, frame, qpos and qvel of states in which a policy was lost, whole or not."""
    names = ("name", "frame", "qpos", "qvel")
    columns = (np.array(column) for column in zip(*lost, strict=True))
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, **dict(zip(names, columns, strict=True)))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(
            f"'{path}' could not be written ({error.strerror or error}); what was saved before "
            "is still there. Make room or choose another folder.",
            repr(error),
        ) from error


def known_experts(folder: Path) -> list[str]:
    """Names of the experts a checkpoint was taken with, in their order."""
    return _plain(whole_folder(Path(folder)))["experts"]


def restore_cloning(folder: Path, trainer: Trainer) -> None:
    """Brings a trainer of the same configuration and experts to where the checkpoint was taken."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = whole_folder(Path(folder))
    plain = _plain(folder)
    try:
        tensors = load_file(folder / TENSORS_NAME)
    except (OSError, SafetensorError) as error:
        raise UserError(f"'{folder}' is not a whole checkpoint.", repr(error)) from error
    check_same(plain["config"], plain_config(trainer.first_config))
    trainer.model.load_state_dict(FBcprModel.load(folder).state_dict())
    restore_optimizers(trainer.optimizers, tensors)
    trainer.sums, trainer._stale = tensors["sums"], plain["stale"]
    trainer.behaviours.latents = tensors["latents"]
    for i, mean in enumerate(trainer.mean.means):
        mean.copy_(tensors[f"average.{i}"])
    trainer.samples.load(folder / "samples", plain["samples"])
    trainer.transitions.load(folder / "transitions", plain["transitions"])
    trainer.rng.bit_generator.state = plain["rng"]
    if not trainer.needs.able:
        # What was measured beside the experts meanwhile is newer than what the checkpoint knows.
        trainer.needs.able = plain["able"]
    trainer.needs.earned = plain["earned"]
    for name in _COUNTS:
        setattr(trainer, name, plain[name])
    torch.set_rng_state(tensors["random"])


def _plain(folder: Path) -> dict:
    try:
        return json.loads((folder / PLAIN_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"'{folder}' is not a whole checkpoint of a cloning run; go on from its weights instead.",
            repr(error),
        ) from error
