"""Motion files in the layout published with the humanoid: HDF5, one group per episode."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from ...errors import UserError
from ..motion import CONTROL_FPS, Motion


def read_episode(path: Path, episode: int | None = None) -> Motion:
    """Group ``ep_<episode>`` of a motion file, at 30 frames a second.

    ``episode`` may be left out where the file holds one.

    Raises:
        UserError: when the file is not in that layout or has no such episode.
    """
    try:
        with h5py.File(path, "r") as file:
            count = _episode_count(file, path)
            if episode is None and count > 1:
                raise UserError(
                    f"'{path.name}' holds {count} motions; say which one (0 to {count - 1})."
                )
            chosen = 0 if episode is None else episode
            if not 0 <= chosen < count or f"ep_{chosen}" not in file:
                raise UserError(f"'{path.name}' has no motion {chosen}; it holds {count}.")
            group = file[f"ep_{chosen}"]
            if "qpos" not in group:
                raise UserError(f"Motion {chosen} of '{path.name}' has no qpos; export it again.")
            qpos = np.asarray(group["qpos"], dtype=np.float64)
            qvel = np.asarray(group["qvel"], dtype=np.float64) if "qvel" in group else None
    except (OSError, KeyError, TypeError) as error:
        raise UserError(
            f"'{path.name}' cannot be read as HDF5, it is broken or something else; copy it again.",
            repr(error),
        ) from error
    try:
        metadata = {"source": path.name, "episode": chosen}
        return Motion(CONTROL_FPS, qpos, qvel=qvel, metadata=metadata)
    except UserError as error:
        raise UserError(f"Motion {chosen} of '{path.name}': {error}", error.details) from error


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


def _episode_count(file: h5py.File, path: Path) -> int:
    if "num_episodes" not in file.attrs:
        raise UserError(
            f"'{path.name}' is not a motion file (it has no 'num_episodes'); choose another."
        )
    return int(file.attrs["num_episodes"])
