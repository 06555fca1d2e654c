"""A model pack from a checkpoint, without torch.

A pack is a folder with ``actor.onnx``, ``backward.onnx``, ``config.json``,
``LICENSE`` and, where the checkpoint comes with states to infer rewards from,
``reward_buffer.npz``. Large actors get ``actor_int8.onnx`` beside the other.
"""

import shutil
from pathlib import Path

import onnx

from ..body.model import shared_model
from ..progress import Part, Progress, silent
from ..prompts.inference_buffer import read_transitions
from ..prompts.reward_buffer import BUFFER_NAME, build_reward_buffer
from .architecture import actor_network, backward_network
from .checkpoint import read_any_checkpoint
from .config import CONFIG_NAME
from .onnx_graph import actor_graph, backward_graph
from .pack import (
    ACTOR_INT8_NAME,
    ACTOR_NAME,
    BACKWARD_NAME,
    LICENCE_NAME,
    PACK_NAMES,
    Policy,
)
from .store import read_record

BUFFER_SAMPLES = 100_000
QUANTISE_FROM = 1_000_000
"""Weights of an actor from which int8 pays; smaller ones are as fast in full precision."""
NO_LICENCE = "No licence came with this checkpoint; ask whoever trained it.\n"


def export_pack(
    checkpoint_dir: str | Path,
    out_dir: str | Path,
    buffer: str | Path | None = None,
    samples: int = BUFFER_SAMPLES,
    licence: str | None = None,
    progress: Progress = silent,
) -> Path:
    """Writes the pack of a checkpoint of FB or FB-CPR and returns its folder.

    buffer: an HDF5 file of transitions in the published layout; else the one under
    the checkpoint's ``data/``, else its ``reward_buffer.npz``, else none.
    samples: how many of its states are kept.
    licence: text for ``LICENSE``; else the checkpoint's own file or record.

    Raises ``UserError`` for a checkpoint that cannot be loaded. The pack is put
    together beside ``out_dir`` and appears there once it is whole.
    """
    checkpoint, out = Path(checkpoint_dir), Path(out_dir)
    config, tensors = read_any_checkpoint(checkpoint)
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        network = actor_network(config)
        onnx.save(actor_graph(config, network, tensors), part / ACTOR_NAME)
        size = sum(array.size for name, array in tensors.items() if name.startswith("_actor."))
        if size >= QUANTISE_FROM:
            onnx.save(actor_graph(config, network, tensors, "int8"), part / ACTOR_INT8_NAME)
        graph = backward_graph(config, backward_network(config), tensors)
        onnx.save(graph, part / BACKWARD_NAME)
        (part / CONFIG_NAME).write_text(config.to_json(), encoding="utf-8")
        (part / LICENCE_NAME).write_text(licence or _licence_of(checkpoint), encoding="utf-8")
        progress(0.2, "The networks are converted")
        _add_reward_buffer(checkpoint, part, buffer, samples, Part(progress, 0.2, 1.0))
        _move_into(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out


def _licence_of(checkpoint: Path) -> str:
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
        if (checkpoint / name).is_file():
            return (checkpoint / name).read_text(encoding="utf-8")
    record = read_record(checkpoint)
    if record is not None and record.licence:
        return f"{record.licence}\n\nFrom {record.source}.\n"
    return NO_LICENCE


def _add_reward_buffer(
    checkpoint: Path, pack: Path, buffer: str | Path | None, samples: int, progress: Progress
) -> None:
    if buffer is None:
        found = sorted((checkpoint / "data").glob("*.hdf5"))
        if not found and (checkpoint / BUFFER_NAME).is_file():
            shutil.copyfile(checkpoint / BUFFER_NAME, pack / BUFFER_NAME)
        if not found:
            return
        buffer = found[0]
    states = read_transitions(buffer, samples)
    build_reward_buffer(
        shared_model(),
        states["next_qpos"],
        states["next_qvel"],
        states["action"],
        Policy.load(pack).backward,
        progress,
    ).save(pack)


def _move_into(part: Path, out: Path) -> None:
    """Puts the finished files where they are looked for; an older pack gives way."""
    out.mkdir(exist_ok=True)
    for name in PACK_NAMES:
        (out / name).unlink(missing_ok=True)
    for file in part.iterdir():
        file.replace(out / file.name)
