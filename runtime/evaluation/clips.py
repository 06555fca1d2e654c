"""Motions to be tracked, with the observations that count as tracking them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..body.model import shared_model
from ..body.observation import observe_states
from ..errors import UserError
from ..motion.files import load_motion
from ..motion.motion import CONTROL_FPS, Motion
from ..motion.motion_buffer import STATE_KEYS, motion_files, read_motions
from ..progress import Part, Progress, silent


@dataclass(frozen=True)
class Clip:
    """A motion at 30 frames a second and what is observed in each of its frames."""

    name: str
    motion: Motion
    observations: np.ndarray
    """(T, 358)."""

    def __post_init__(self) -> None:
        if self.motion.frames < 2:
            raise UserError(f"'{self.name}' has a single frame; tracking needs at least two.")


def load_clips(
    motions: str | Path | Sequence[str | Path],
    base_path: str | Path | None = None,
    progress: Progress = silent,
) -> list[Clip]:
    """All motions of some files, each with a name of its own.

    HDF5 files in the published layout, text files that list them, and whatever
    else ``load_motion`` reads, which is fitted to the body. Relative names are
    looked for in ``base_path`` too.
    """
    files = motion_files(motions, base_path)
    clips: list[Clip] = []
    for number, path in enumerate(files):
        part = Part(progress, number / len(files), (number + 1) / len(files))
        clips += _read_clips(path, part)
        part(1.0, f"Reading {path.name}")
    if not clips:
        raise UserError("There are no motions to track.")
    return list(_with_unique_names(clips))


def _read_clips(path: Path, progress: Progress) -> Iterator[Clip]:
    if path.suffix.lower() not in (".hdf5", ".h5"):
        motion = load_motion(path, progress=progress).resampled(CONTROL_FPS)
        observed = observe_states(shared_model(), motion.qpos, motion.velocities())
        yield Clip(path.stem, motion, observed)
        return
    episodes = read_motions(path, STATE_KEYS)
    for episode, _, arrays in episodes:
        name = path.stem if len(episodes) == 1 else f"{path.stem}/{episode}"
        motion = Motion(CONTROL_FPS, arrays["qpos"], arrays["qvel"], metadata={"source": name})
        yield Clip(name, motion, arrays["observation"].astype(np.float64))


def _with_unique_names(clips: Sequence[Clip]) -> Iterator[Clip]:
    """Files of one name in several folders get numbers, or their scores would be one."""
    seen: Counter[str] = Counter()
    for clip in clips:
        seen[clip.name] += 1
        number = seen[clip.name]
        yield clip if number == 1 else replace(clip, name=f"{clip.name}#{number}")
