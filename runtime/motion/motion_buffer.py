"""Recorded motions in the published HDF5 layout, drawn by priority."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import UserError
from ..numerics.sampling import checked_lengths, checked_priorities, draw
from .formats.archive import open_hdf5

log = logging.getLogger(__name__)

STATE_KEYS = ("qpos", "qvel", "observation")
_WIDTHS = {"qpos": 76, "qvel": 75, "observation": 358}

Files = str | Path | Sequence[str | Path]


class MotionBuffer:
    """Motions at 30 frames a second; a motion is drawn by priority, a frame of it uniformly.

    files: HDF5 files, or text files that name one HDF5 file a line; ``base_path``
    is where relative names in such a list (and here) are looked for.
    keys: which arrays of each motion are kept.

    Motions go by the ``motion_id`` of their files; should those repeat or be
    missing, by their position, counted from 0.
    """

    def __init__(
        self,
        files: Files,
        base_path: str | Path | None = None,
        keys: Sequence[str] = STATE_KEYS,
        seed: int | None = None,
    ) -> None:
        if not keys:
            raise UserError("Name at least one array of the motions to keep.")
        self.keys = tuple(keys)
        self._rng = np.random.default_rng(seed)
        episodes: list[dict[str, np.ndarray]] = []
        stored_ids: list[int | None] = []
        names: list[str] = []
        for path in motion_files(files, base_path):
            for name, motion_id, arrays in read_motions(path, self.keys):
                names.append(f"{path.stem}/{name}")
                stored_ids.append(motion_id)
                episodes.append(arrays)
        if not episodes:
            raise UserError("The motion files hold no motions.")
        self.names = tuple(names)
        """File and group of each motion, in order."""
        self._ids = _unique_ids(stored_ids)
        self._position = {motion_id: row for row, motion_id in enumerate(self._ids)}
        self._lengths = np.array([len(next(iter(episode.values()))) for episode in episodes])
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._frames = {key: np.concatenate([e[key] for e in episodes]) for key in self.keys}
        self._priorities = np.ones(len(episodes))

    def __len__(self) -> int:
        """Number of motions."""
        return len(self._ids)

    @property
    def frames(self) -> int:
        """Frames of all motions together."""
        return int(self._lengths.sum())

    @property
    def priorities(self) -> np.ndarray:
        """(motions,) in the order of ``get_motion_ids``."""
        return self._priorities.copy()

    def get_motion_ids(self) -> list[int]:
        return list(self._ids)

    def get(self, motion_id: int) -> dict[str, np.ndarray]:
        """The arrays (T, ...) of one motion."""
        row = self._row(motion_id)
        part = slice(self._starts[row], self._starts[row] + self._lengths[row])
        return {key: values[part] for key, values in self._frames.items()}

    def name(self, motion_id: int) -> str:
        """File and group a motion came from."""
        return self.names[self._row(motion_id)]

    def update_priorities(self, motions_id: ArrayLike, priorities: ArrayLike) -> None:
        """Sets how often the motions with these ids are drawn, in proportion."""
        rows = [self._row(int(motion_id)) for motion_id in np.asarray(motions_id).reshape(-1)]
        updated = self._priorities.copy()
        updated[rows] = checked_priorities(priorities, len(rows))
        if not updated.sum() > 0:
            raise UserError("At least one motion needs a priority above 0.")
        self._priorities = updated

    def sample(
        self, batch_size: int = 1, rng: np.random.Generator | None = None
    ) -> dict[str, np.ndarray]:
        """Frames: the chosen keys as (batch_size, ...) and ``motion_id`` (batch_size,)."""
        rows, frames = self._draw(batch_size, rng or self._rng)
        batch = {key: values[frames] for key, values in self._frames.items()}
        return batch | {"motion_id": np.array(self._ids)[rows]}

    def sample_state(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """qpos (76,) and qvel (75,) of a frame, to start an episode from."""
        missing = [key for key in ("qpos", "qvel") if key not in self.keys]
        if missing:
            raise UserError(f"The motions were read without {' and '.join(missing)}.")
        _, frames = self._draw(1, rng)
        return self._frames["qpos"][frames[0]], self._frames["qvel"][frames[0]]

    def _draw(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = draw(self._priorities, count, rng)
        return rows, self._starts[rows] + rng.integers(self._lengths[rows])

    def _row(self, motion_id: int) -> int:
        if motion_id not in self._position:
            raise UserError(f"There is no motion {motion_id}; there are {len(self)} motions.")
        return self._position[motion_id]


def motion_files(files: Files, base_path: str | Path | None = None) -> list[Path]:
    """The HDF5 files meant by paths and text lists of them; each must exist."""
    base = Path(base_path) if base_path is not None else None
    result: list[Path] = []
    for entry in [files] if isinstance(files, str | Path) else files:
        path = _resolved(Path(entry), base)
        if path.suffix.lower() != ".txt":
            result.append(path)
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"The list of motions '{path}' cannot be read.", repr(error)) from error
        names = [line.strip() for line in lines if line.strip()]
        if not names:
            raise UserError(f"The list of motions '{path}' is empty; name one HDF5 file a line.")
        result += [_resolved(Path(name), base or path.parent) for name in names]
    missing = [path for path in result if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise UserError(
            f"There is no motion file '{missing[0]}'{more}; check base_path.",
            "\n".join(map(str, missing)),
        )
    return result


def read_motions(
    path: Path, keys: Sequence[str]
) -> list[tuple[str, int | None, dict[str, np.ndarray]]]:
    """Name, ``motion_id`` and arrays of each episode of a file.

    Raises ``UserError`` naming file, episode and array for anything that is not
    in the published layout.
    """
    with open_hdf5(path) as file:
        count = file.attrs.get("num_episodes")
        if not isinstance(count, int | np.integer):
            raise UserError(
                f"'{path}' is not a motion file: the attribute num_episodes, a whole number, "
                "is expected."
            )
        return [_read_episode(file, f"ep_{number}", path, keys) for number in range(count)]


def _read_episode(
    file: Any, name: str, path: Path, keys: Sequence[str]
) -> tuple[str, int | None, dict[str, np.ndarray]]:
    import h5py

    where = f"{name} of '{path}'"
    group = file.get(name)
    if not isinstance(group, h5py.Group):
        raise UserError(f"'{path}' lacks the episode {name} that num_episodes counts.")
    missing = [key for key in keys if not isinstance(group.get(key), h5py.Dataset)]
    if missing:
        raise UserError(
            f"{where} lacks {', '.join(missing)}; found are {', '.join(sorted(group)) or 'none'}."
        )
    # All arrays, also those not asked for: a file that is broken is not used in part.
    stored = {key: data for key, data in group.items() if isinstance(data, h5py.Dataset)}
    checked_lengths({key: data for key, data in stored.items() if data.shape}, where)
    arrays = {key: group[key][:] for key in keys}
    for key, values in arrays.items():
        width = _WIDTHS.get(key)
        if width is not None and values.shape[1:] != (width,):
            raise UserError(
                f"In {where} {key} has shape {values.shape}; (frames, {width}) is expected."
            )
        if not len(values):
            raise UserError(f"{where} has no frames.")
        if values.dtype.kind not in "fiub":
            raise UserError(f"In {where} {key} holds {values.dtype} instead of numbers.")
        if not np.isfinite(values).all():
            raise UserError(f"In {where} {key} holds numbers that are not finite.")
    ids = group["motion_id"][:] if "motion_id" in group else ()
    return name, (int(np.ravel(ids)[0]) if len(ids) else None), arrays


def _unique_ids(stored: list[int | None]) -> tuple[int, ...]:
    known = [motion_id for motion_id in stored if motion_id is not None]
    if len(known) == len(stored) and len(set(known)) == len(known):
        return tuple(known)
    log.info("motion ids repeat or are missing; motions are numbered by their position")
    return tuple(range(len(stored)))


def _resolved(path: Path, base: Path | None) -> Path:
    return path if base is None or path.is_absolute() or path.is_file() else base / path
