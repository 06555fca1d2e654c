"""Episodes in the layout of ExoRL: one .npz each, with a row for every observation.

Row t of ``observation`` and ``physics`` is the state at time t, row t of
``action``, ``reward`` and ``discount`` what led to it (row 0 of those means
nothing). Yarats et al., "Don't Change the Algorithm, Change the Data" (2022).
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...errors import UserError

log = logging.getLogger(__name__)

KEYS = ("observation", "action", "physics", "discount")


def write_episode(folder: Path, number: int, episode: Mapping[str, np.ndarray]) -> Path:
    """Writes one episode, whole or not at all, under the name ExoRL would give it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"episode_{number:06d}_{len(episode['action']) - 1}.npz"
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **episode)
    part.replace(path)
    return path


def read_episode(path: Path) -> dict[str, np.ndarray]:
    """The arrays of one episode. Raises ``UserError`` unless it is whole and finite."""
    try:
        with np.load(path, allow_pickle=False) as file:
            episode = {key: np.asarray(file[key], dtype=np.float32) for key in KEYS}
            episode["physics"] = np.asarray(file["physics"], dtype=np.float64)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise UserError(
            f"'{path}' is not an episode in the ExoRL layout ({', '.join(KEYS)} are expected).",
            repr(error),
        ) from error
    lengths = {len(array) for array in episode.values()}
    if len(lengths) != 1 or lengths.pop() < 2:
        raise UserError(f"The arrays of '{path}' differ in length or hold no transition.")
    for key, array in episode.items():
        if not np.isfinite(array).all():
            raise UserError(f"The {key} of '{path}' is not finite; leave the episode out.")
    return episode


def as_transitions(episode: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """An episode of n + 1 rows as n transitions; see ``read_transitions``."""
    return {
        "observation": episode["observation"][:-1],
        "next_observation": episode["observation"][1:],
        "action": episode["action"][1:],
        "discount": episode["discount"][1:].reshape(-1, 1),
        "next_physics": episode["physics"][1:],
    }


def read_transitions(folder: str | Path, limit: int | None = None) -> dict[str, np.ndarray]:
    """Up to ``limit`` transitions of all episodes below a folder, in order.

    observation, next_observation (n, obs), action (n, action), discount (n, 1)
    float32, and next_physics (n, state) float64 to relabel rewards from.
    """
    folder = Path(folder)
    paths = sorted(folder.rglob("*.npz")) if folder.is_dir() else []
    if not paths:
        raise UserError(f"'{folder}' holds no episodes (*.npz); name a folder in the ExoRL layout.")
    parts: list[dict[str, np.ndarray]] = []
    count = 0
    for path in paths:
        parts.append(as_transitions(read_episode(path)))
        count += len(parts[-1]["action"])
        if limit is not None and count >= limit:
            break
    if limit is not None and count < limit:
        log.info("'%s' holds %d transitions, fewer than the %d asked for", folder, count, limit)
    return {key: np.concatenate([part[key] for part in parts])[:limit] for key in parts[0]}
