"""Reading and writing a checkpoint folder: ``config.json`` and ``model.safetensors``.

Without torch: the ONNX pack is made from the arrays this returns. Pickles are
never opened, whatever they are called.
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import UserError
from .architecture import Network, fb_networks, fbcpr_networks, tensor_shapes
from .config import CONFIG_NAME, ModelConfig

WEIGHTS_NAME = "model.safetensors"
PICKLE_SUFFIXES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt")
_PICKLE_STARTS = (b"\x80", b"PK\x03\x04")
_HEADER_LIMIT = 100_000_000

Networks = Callable[[ModelConfig], dict[str, Network]]


def read_checkpoint(
    folder: str | Path, networks: Networks
) -> tuple[ModelConfig, dict[str, np.ndarray]]:
    """Config and tensors by name, checked against the architecture the config describes.

    Floats come as float32. ``_target_*`` tensors are there if the file has them.
    Raises ``UserError`` for anything but a complete, finite checkpoint of ``networks``.
    """
    config = ModelConfig.load(folder)
    tensors = read_safetensors(Path(folder) / WEIGHTS_NAME)
    targets = any(name.startswith("_target_") for name in tensors)
    check_tensors(tensors, tensor_shapes(networks(config), config, targets))
    return config, tensors


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a safetensors file, floats as float32."""
    from safetensors import SafetensorError, safe_open

    check_is_safetensors(path)
    tensors: dict[str, np.ndarray] = {}
    try:
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118 (safe_open is no mapping)
                tensor = file.get_tensor(name)
                floating = tensor.dtype.kind == "f" or tensor.dtype.name == "bfloat16"
                tensors[name] = tensor.astype(np.float32, copy=False) if floating else tensor
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise _damaged(path, error) from error
    return tensors


def list_tensors(path: Path) -> list[str]:
    """Names of the tensors in a safetensors file."""
    from safetensors import SafetensorError, safe_open

    check_is_safetensors(path)
    try:
        with safe_open(path, framework="numpy") as file:
            return list(file.keys())
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception | None = None) -> UserError:
    return UserError(
        f"'{path.name}' is damaged or not a safetensors file; download the model again.",
        repr(error) if error else "",
    )


def check_is_safetensors(path: Path) -> None:
    """Looks at the first bytes only. Raises ``UserError`` for a pickle or anything else."""
    if not path.is_file():
        folder = path.parent
        found = sorted(p.name for p in folder.glob("*") if p.suffix.lower() in PICKLE_SUFFIXES)
        if found:
            raise UserError(
                f"'{folder}' holds its weights as a pickle ({found[0]}), which is never opened "
                f"because it can run any program; {WEIGHTS_NAME} is expected."
            )
        raise UserError(f"'{folder}' is not a model: it has no {WEIGHTS_NAME}.")
    with path.open("rb") as file:
        start = file.read(9)
    length = int.from_bytes(start[:8], "little")
    fits = 2 <= length <= min(_HEADER_LIMIT, path.stat().st_size - 8) and start[8:] == b"{"
    if fits:
        return
    if start.startswith(_PICKLE_STARTS):
        raise UserError(
            f"'{path.name}' is a pickle under another name, which is never opened because it "
            "can run any program; a safetensors file is expected."
        )
    raise _damaged(path)


def check_tensors(tensors: dict[str, np.ndarray], expected: dict[str, tuple[int, ...]]) -> None:
    """Raises ``UserError`` if tensors are missing, too many, misshapen or not finite."""
    missing = sorted(expected.keys() - tensors.keys())
    if missing:
        raise UserError(
            f"The checkpoint lacks {_listed(missing)}, which config.json calls for.",
            f"missing: {missing}",
        )
    extra = sorted(tensors.keys() - expected.keys())
    if extra:
        raise UserError(
            f"The checkpoint holds {_listed(extra)}, which config.json does not call for.",
            f"extra: {extra}",
        )
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise UserError(
                f"In the checkpoint {name} has shape {tensors[name].shape}; "
                f"by config.json {shape} is expected."
            )
        # A float's sum is finite only if all are, unless huge; then look at each.
        values = tensors[name]
        if not math.isfinite(float(values.sum())) and not np.isfinite(values).all():
            raise UserError(
                f"In the checkpoint {name} holds numbers that are not finite; "
                "finite weights are expected."
            )
    variance = tensors.get("_obs_normalizer.running_var")
    if variance is not None and (variance < 0).any():
        raise UserError(
            "In the checkpoint _obs_normalizer.running_var holds negative numbers; "
            "variances of at least 0 are expected."
        )


def write_checkpoint(
    folder: str | Path, config: ModelConfig, tensors: dict[str, np.ndarray]
) -> None:
    """Writes the two files; each appears whole or not at all."""
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (WEIGHTS_NAME + ".part")
    save_file({name: np.asarray(array, order="C") for name, array in tensors.items()}, part)
    part.replace(folder / WEIGHTS_NAME)
    part = folder / (CONFIG_NAME + ".part")
    part.write_text(config.to_json(), encoding="utf-8")
    part.replace(folder / CONFIG_NAME)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more tensors"


def read_any_checkpoint(folder: str | Path) -> tuple[ModelConfig, dict[str, np.ndarray]]:
    """A checkpoint of FB-CPR, or of FB, which lacks the critic and the discriminator."""
    names = list_tensors(Path(folder) / WEIGHTS_NAME)
    whole = any(name.startswith(("_critic.", "_discriminator.")) for name in names)
    return read_checkpoint(folder, fbcpr_networks if whole else fb_networks)
