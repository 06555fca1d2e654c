"""Motion files in the layout published with the humanoid: HDF5, one group per episode."""

import re
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from ...errors import UserError
from ..motion import CONTROL_FPS, Motion

_EPISODE = re.compile(r"ep_(\d+)")
_WIDTH = 76
_VELOCITIES = 75
_MOST_FRAMES = 1_000_000
"""Nine hours: what says more than that is broken, or is cut into pieces better."""
_FARTHEST_M = 1e5
_MOST_TURNED = 20.0
"""Radians: no joint of a body turns three times; degrees do."""


def read_episode(path: Path, episode: int | None = None) -> Motion:
    """Group ``ep_<episode>`` of a motion file, at 30 frames a second.

    ``episode`` may be left out where the file holds one.

    Raises:
        UserError: when the file is not in that layout, has no such episode, or one that is no
            motion of the body.
    """
    try:
        with h5py.File(path, "r") as file:
            chosen = _chosen(_episodes(file, path), episode, path)
            group = file[f"ep_{chosen}"]
            if not isinstance(group, h5py.Group) or "qpos" not in group:
                raise UserError(f"Motion {chosen} of '{path.name}' has no qpos; export it again.")
            qpos = _numbers(group, "qpos", chosen, path)
            if "qvel" in group:
                qvel = _numbers(group, "qvel", chosen, path, (len(qpos), _VELOCITIES))
            else:
                qvel = None
    except UserError:
        raise
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            f"'{path.name}' cannot be read as HDF5, it is broken or something else; copy it again.",
            repr(error),
        ) from error
    try:
        metadata = {"source": path.name, "episode": chosen}
        motion = Motion(CONTROL_FPS, qpos, qvel=qvel, metadata=metadata)
    except UserError as error:
        raise UserError(f"Motion {chosen} of '{path.name}': {error}", error.details) from error
    if np.abs(motion.qpos[:, :3]).max() > _FARTHEST_M:
        raise UserError(
            f"Motion {chosen} of '{path.name}' is not in metres: it goes farther than {_FARTHEST_M:g} m."
        )
    turned = float(np.abs(motion.qpos[:, 7:]).max())
    if turned > _MOST_TURNED:
        raise UserError(
            f"Motion {chosen} of '{path.name}' turns joints by {turned:.3g} radians; if these are degrees, save radians."
        )
    return motion


def _episodes(file: h5py.File, path: Path) -> list[int]:
    """Numbers of the episodes there are, whatever the file says of their number."""
    if "num_episodes" not in file.attrs:
        raise UserError(
            f"'{path.name}' is not a motion file (it has no 'num_episodes'); choose another."
        )
    found = sorted(int(name[1]) for name in map(_EPISODE.fullmatch, file) if name)
    if not found:
        raise UserError(f"'{path.name}' holds no motion (no group 'ep_…'); choose another file.")
    return found


def _chosen(episodes: list[int], episode: int | None, path: Path) -> int:
    if episode is None and len(episodes) > 1:
        raise UserError(
            f"'{path.name}' holds {len(episodes)} motions; say which one "
            f"({episodes[0]} to {episodes[-1]})."
        )
    chosen = episodes[0] if episode is None else episode
    if chosen not in episodes:
        raise UserError(f"'{path.name}' has no motion {chosen}; it holds {len(episodes)}.")
    return chosen


def _numbers(
    group: h5py.Group, name: str, number: int, path: Path, shape: tuple[int, int] | None = None
) -> np.ndarray:
    """(T, K) float64; of what kind and how many they are is looked at before any of it is read.

    ``shape`` is what they must have, where that is known.
    """
    found = group[name]
    if not isinstance(found, h5py.Dataset) or found.dtype.kind not in "fiu":
        raise UserError(
            f"Motion {number} of '{path.name}' has a {name} that holds no numbers; export it again."
        )
    if name == "qpos" and (found.ndim != 2 or found.shape[1] != _WIDTH):
        raise UserError(
            f"Motion {number} of '{path.name}' has qpos of shape {found.shape}; the humanoid's "
            f"is (frames, {_WIDTH}). Give the motion of another body as BVH or AMASS."
        )
    if found.ndim and found.shape[0] > _MOST_FRAMES:
        raise UserError(
            f"Motion {number} of '{path.name}' holds {found.shape[0]} frames, more than "
            f"{_MOST_FRAMES}; cut it in pieces."
        )
    if shape is not None and found.shape != shape:
        wrong = f"{name} has shape {found.shape}, not {shape}."
        raise UserError(f"Motion {number} of '{path.name}': {wrong}")
    return np.asarray(found, dtype=np.float64)


def write_episode(motion: Motion, path: Path) -> None:
    """One motion as a file of one episode, resampled to 30 frames a second."""
    write_episodes([motion], path)


def write_episodes(motions: Sequence[Motion], path: Path, first_id: int = 0) -> None:
    """Motions as the episodes of one file, resampled to 30 frames a second.

    ``motion_id`` counts up from ``first_id``. The observations are MuJoCo's, so
    this is the one writer that needs mujoco.
    """
    from ...body.model import shared_model
    from ...body.observation import observe_states

    with h5py.File(path, "w") as file:
        file.attrs["num_episodes"] = len(motions)
        for number, motion in enumerate(motions):
            # The published layout knows one body.
            motion = motion.resampled(CONTROL_FPS).of_scale(1.0)
            qvel = motion.velocities()
            frames = motion.frames
            group = file.create_group(f"ep_{number}")
            group["qpos"], group["qvel"] = motion.qpos, qvel
            group["observation"] = observe_states(shared_model(), motion.qpos, qvel)
            group["motion_id"] = np.full((frames, 1), first_id + number, dtype=np.int64)
            group["terminated"] = np.zeros((frames, 1), dtype=bool)
            group["truncated"] = np.arange(frames)[:, None] == frames - 1
