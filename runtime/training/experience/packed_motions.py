"""Motions as one small file, to travel to a machine that trains.

Angles are kept to a ten-thousandth of a radian and places to a tenth of a
millimetre, as differences from frame to frame, which compress to a few
megabytes an hour. Mirror images, velocities and observations are made again on
arrival.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...library.dataset import TEST_LIST, TRAIN_LIST, is_held_out, motion_id
from ...motion.formats.hdf5 import write_episodes
from ...motion.mirror import mirror_motion
from ...motion.motion import CONTROL_FPS, Motion
from ...motion.motion_buffer import MotionBuffer
from ...simulation.batch import available_cores

STEP_M, STEP_RAD, STEP_QUATERNION = 1e-4, 1e-4, 1e-4
_STEPS = np.concatenate([np.full(3, STEP_M), np.full(4, STEP_QUATERNION), np.full(69, STEP_RAD)])


def pack_motions(folder: str | Path, path: str | Path) -> float:
    """Writes the clips of a folder made by ``motions build``; returns their minutes.

    Mirror images are left out: they follow from the clips.
    """
    folder = Path(folder)
    names: list[str] = []
    held_out: list[bool] = []
    parts: list[np.ndarray] = []
    for listed, name in ((False, TRAIN_LIST), (True, TEST_LIST)):
        try:
            lines = (folder / name).read_text(encoding="utf-8").split()
        except OSError as error:
            raise UserError(
                f"'{folder}' has no {name}; make it with `python -m runtime motions build`.",
                repr(error),
            ) from error
        for line in lines:
            motions = MotionBuffer(folder / line, keys=("qpos",))
            parts.append(motions.get(motions.get_motion_ids()[0])["qpos"])
            names.append(Path(line).stem)
            held_out.append(listed)
    if not parts:
        raise UserError(f"'{folder}' lists no motions.")
    arrays = {
        "names": np.array(names),
        "held_out": np.array(held_out),
        "lengths": np.array([len(part) for part in parts]),
        # Joint by joint, which compresses a tenth better than frame by frame.
        "differences": np.concatenate([_differences(part) for part in parts]).T,
    }
    with Path(path).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return sum(len(part) for part in parts) / CONTROL_FPS / 60


def unpack_motions(path: str | Path, folder: str | Path, workers: int | None = None) -> int:
    """Makes the folder of HDF5 files and lists again; returns the number of clips.

    ``path`` may also be a library of motions, such as the one that ships.
    """
    path, folder = Path(path), Path(folder)
    try:
        with np.load(path, allow_pickle=False) as file:
            if "joins" in file:
                names, held_out, parts = _of_library(path)
            else:
                names, held_out = file["names"].tolist(), file["held_out"].tolist()
                ends = np.cumsum(file["lengths"])[:-1]
                parts = np.split(file["differences"].T, ends)
                parts = [np.cumsum(part, axis=0) * _STEPS for part in parts]
    # What NumPy reads with (zip, zlib, tokenize) each fails on damage in its own way.
    except Exception as error:
        raise UserError(f"'{path}' is no file of packed motions.", repr(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(name, part, folder) for name, part in zip(names, parts, strict=True)]
    workers = min(workers or available_cores(), len(jobs))
    if workers > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            list(pool.map(_write_clip, *zip(*jobs, strict=True), chunksize=4))
    else:
        for job in jobs:
            _write_clip(*job)
    for wanted, name in ((False, TRAIN_LIST), (True, TEST_LIST)):
        chosen = [
            f"{clip}.hdf5\n" for clip, held in zip(names, held_out, strict=True) if held == wanted
        ]
        (folder / name).write_text("".join(chosen), encoding="utf-8")
    return len(jobs)


def _differences(qpos: np.ndarray) -> np.ndarray:
    """(T, 76) int32: the first frame, then what each adds to the one before, in steps."""
    steps = np.round(qpos / _STEPS).astype(np.int32)
    return np.diff(steps, axis=0, prepend=np.zeros((1, steps.shape[1]), np.int32))


def _of_library(path: Path) -> tuple[list[str], list[bool], list[np.ndarray]]:
    from ...library import load_library
    from ...library.library import Stretch

    library = load_library(path)
    edges = zip(library.starts[:-1].tolist(), library.starts[1:].tolist(), strict=True)
    parts = [library.qpos(Stretch(start, stop)) for start, stop in edges]
    names = list(library.names)
    return names, [is_held_out(name) for name in names], parts


def _write_clip(name: str, qpos: np.ndarray, folder: Path) -> None:
    motion = Motion(CONTROL_FPS, qpos)
    write_episodes([motion, mirror_motion(motion)], folder / f"{name}.hdf5", motion_id(name))
