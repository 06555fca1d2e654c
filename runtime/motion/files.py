"""Motions from files and into files, by suffix."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..progress import silent
from .formats.amass import clip_from_amass, is_amass
from .formats.archive import pickled, read_arrays
from .formats.body_bvh import bvh_to_motion, motion_to_bvh
from .formats.bvh import format_bvh, parse_bvh
from .formats.clip import clip_from_bvh
from .judging.truth import Facts, facts_of_bvh
from .motion import CONTROL_FPS, Motion
from .sources.options import SourceOptions, one_person
from .sources.skeleton import SkeletonClip

READABLE = (".npz", ".bvh", ".hdf5", ".h5")
WRITABLE = (".npz", ".bvh", ".hdf5", ".h5")


def load_motion(
    path: str | Path,
    episode: int | None = None,
    progress: Callable[..., None] = silent,
    options: SourceOptions | None = None,
) -> Motion:
    """Reads a motion of the body, or fits a foreign one to it.

    - ``.npz`` written by ``save_motion``: exactly what was saved.
    - ``.npz`` of AMASS (SMPL, SMPL-H, SMPL-X) and ``.bvh`` of any person:
      fitted to the body, 30 frames a second.
    - ``.bvh`` written by ``save_motion``: the same motion again, no fit.
    - ``.hdf5`` / ``.h5`` in the published layout (groups ``ep_0``, ...):
      ``episode`` says which; it may be left out where there is only one.

    ``options`` say what a file of another skeleton does not tell by itself.

    Raises:
        UserError: one sentence naming the file and what to do.
    """
    path = existing_file(path)
    suffix = path.suffix.lower()
    if suffix in (".hdf5", ".h5"):
        from .formats.hdf5 import read_episode

        return read_episode(path, episode)
    if suffix == ".bvh":
        bvh = parse_bvh(path.read_bytes(), path.name)
        own = bvh_to_motion(bvh)
        if own is not None and options is None:
            return own
        clip = clip_from_bvh(bvh, path.stem, options=options)
        person = one_person(bvh, path.stem, options.person if options else "")[0]
        return _fit(clip, progress, facts_of_bvh(person))
    arrays = read_arrays(path)
    if "qpos" in arrays:
        return _motion_from_arrays(arrays, path)
    if is_amass(arrays):
        return _fit(clip_from_amass(arrays, path.stem, options), progress)
    raise UserError(
        f"'{path.name}' holds neither a motion of Motivo (qpos) nor one of AMASS (poses, trans); "
        "choose another file.",
        f"keys: {sorted(arrays)}",
    )


def save_motion(motion: Motion, path: str | Path) -> None:
    """Writes a motion by suffix: ``.npz`` exactly, ``.bvh`` for other programs, ``.hdf5``.

    Raises:
        UserError: when the suffix is unknown or the place cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITABLE:
        raise UserError(f"Cannot write '{path.name}': the name must end in {_listed(WRITABLE)}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if suffix == ".npz":
            _write_arrays(motion, path)
        elif suffix == ".bvh":
            path.write_text(format_bvh(motion_to_bvh(motion)), encoding="utf-8")
        else:
            from .formats.hdf5 import write_episode

            write_episode(motion, path)
    except OSError as error:
        raise UserError(
            f"Cannot write '{path}': {error.strerror or error}; choose another place.", repr(error)
        ) from error


def existing_file(path: str | Path) -> Path:
    """The path, if it is a file that can be read here by its suffix."""
    path = Path(path)
    if path.is_dir():
        raise UserError(f"'{path}' is a folder; choose a motion file in it.")
    if not path.is_file():
        raise UserError(f"There is no file '{path}'; choose another one.")
    if path.suffix.lower() in (".fbx", ".glb", ".gltf", ".vrm"):
        raise UserError(
            f"'{path.name}' is read by Blender: choose it in a Motion File prompt, or convert it "
            "with tools/headless.py motion."
        )
    if path.suffix.lower() not in READABLE:
        raise UserError(
            f"'{path.name}' is not a motion file; choose one that ends in {_listed(READABLE)}."
        )
    if not path.stat().st_size:
        raise UserError(f"'{path.name}' is empty; export it again.")
    return path


def _fit(clip: SkeletonClip, progress: Callable[..., None], raw: Facts | None = None) -> Motion:
    from .fitting.fit import fit_to_body

    return fit_to_body(clip, progress, raw).motion


def _write_arrays(motion: Motion, path: Path) -> None:
    arrays: dict[str, np.ndarray] = {
        "fps": np.array(motion.fps),
        "qpos": motion.qpos,
        "metadata": np.array(json.dumps(motion.metadata)),
    }
    for key in ("qvel", "contacts"):
        value = getattr(motion, key)
        if value is not None:
            arrays[key] = value
    if motion.scale != 1.0:
        arrays["scale"] = np.array(motion.scale)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _motion_from_arrays(arrays: dict[str, np.ndarray | None], path: Path) -> Motion:
    for key in ("qpos", "qvel", "contacts", "fps", "metadata", "scale"):
        if key in arrays and arrays[key] is None:
            raise pickled(key, path.name)
    plain = {key: value for key, value in arrays.items() if value is not None}
    try:
        metadata = json.loads(str(plain["metadata"])) if "metadata" in plain else {}
        return Motion(
            fps=float(plain["fps"]) if "fps" in plain else CONTROL_FPS,
            qpos=plain["qpos"],
            qvel=plain.get("qvel"),
            contacts=plain.get("contacts"),
            metadata=metadata,
            scale=float(plain.get("scale", 1.0)),
        )
    except UserError as error:
        raise UserError(f"'{path.name}' holds no usable motion: {error}", error.details) from error
    except (ValueError, TypeError) as error:
        raise UserError(
            f"'{path.name}' holds no usable motion; save it again.", repr(error)
        ) from error


def _listed(suffixes: tuple[str, ...]) -> str:
    return ", ".join(suffixes[:-1]) + " or " + suffixes[-1]
