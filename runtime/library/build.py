"""A folder of motion capture -> the one file of the library."""

import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..motion.ground_frame import heading
from ..motion.motion import CONTROL_FPS, Motion
from ..progress import Part, silent
from .features import as_vectors, mirror_points, point_velocities, pose_points
from .joins import extended_joins, find_joins
from .library import FILE_NAME, NODE_STEP, POINT_STEP, Library, Stretch, load_library, user_folder
from .storage import encode_clips, write_archive
from .tags import bits, tags_by_movement, tags_by_name

log = logging.getLogger(__name__)

CREDITS = {
    "cmu": (
        "CMU Graphics Lab Motion Capture Database, mocap.cs.cmu.edu, created with funding "
        "from NSF EIA-0196217"
    ),
    "accad": (
        "Open Motion Project by ACCAD, The Ohio State University, accad.osu.edu, "
        "CC BY 3.0 (creativecommons.org/licenses/by/3.0); fitted to another body"
    ),
}
"""By the first folder below the one that is built from."""
SHORTEST = 16
"""Frames of a clip: half a second."""
FITTING = 0.9
"""Share of the work that the fits are."""


@dataclass(frozen=True)
class SourceClip:
    """A clip of the body for the library."""

    name: str
    qpos: np.ndarray
    """(T, 76) at 30 frames a second."""
    credit: str = ""


@dataclass(frozen=True)
class BuildReport:
    """What became of a folder."""

    clips: int
    minutes: float
    bytes: int
    dropped: tuple[tuple[str, str], ...]
    """(file, why) of the clips that were left out."""


def build_library(
    source: str | Path,
    out: str | Path,
    fits: str | Path | None = None,
    workers: int | None = None,
    progress: Callable[..., None] = silent,
    base: Library | None = None,
    credit: str = "",
) -> BuildReport:
    """Fits every clip below ``source`` (BVH, AMASS, our own .npz) and writes the library ``out``.

    Clips whose limbs point over 10 degrees off or that jump are left out and told.
    ``fits`` is a folder in which the fits are kept, so that a build goes on where it
    stopped; ``base`` a library whose clips come first; ``credit`` of clips whose folder
    has none of its own. Raises ``UserError`` if no clip is usable.
    """
    from .dataset import build_dataset

    source, out = Path(source), Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="motivo-fits-") as scratch:
        folder = Path(fits) if fits is not None else Path(scratch)
        report = build_dataset(
            source, folder, workers, Part(progress, 0.0, FITTING), kept=fits is not None
        )
        clips = clips_of(base) if base is not None else []
        for clip in report.used:
            qpos = _first_episode(folder / f"{clip.name}.hdf5")
            group = clip.name.split("_", 1)[0]
            clips.append(SourceClip(clip.name, qpos, CREDITS.get(group, credit)))
    write_library(clips, out, Part(progress, FITTING, 1.0), base)
    minutes = sum(len(clip.qpos) for clip in clips) / CONTROL_FPS / 60
    dropped = tuple((clip.source, clip.dropped) for clip in report.dropped)
    return BuildReport(len(clips), minutes, out.stat().st_size, dropped)


def add_folder(
    source: str | Path, progress: Callable[..., None] = silent, credit: str = ""
) -> BuildReport:
    """Adds a folder to the person's own library, which the one that ships is part of."""
    base = load_library()
    return build_library(
        source, user_folder() / FILE_NAME, progress=progress, base=base, credit=credit
    )


def add_motions(
    motions: Sequence[SourceClip], progress: Callable[..., None] = silent
) -> BuildReport:
    """Adds motions of the body, such as takes and Actions, to the person's own library.

    Raises ``UserError`` for motions too short to be joined to anything.
    """
    short = [clip.name for clip in motions if len(clip.qpos) < SHORTEST]
    if short or not motions:
        name = short[0] if short else "nothing"
        raise UserError(f"'{name}' is too short for the library; it takes {SHORTEST} frames.")
    base = load_library()
    clips = clips_of(base) + list(motions)
    out = user_folder() / FILE_NAME
    out.parent.mkdir(parents=True, exist_ok=True)
    write_library(clips, out, progress, base)
    kept = load_library(out)
    minutes = kept.frames / CONTROL_FPS / 60
    return BuildReport(kept.clips, minutes, out.stat().st_size, ())


def write_library(
    clips: Sequence[SourceClip],
    out: Path,
    progress: Callable[..., None] = silent,
    base: Library | None = None,
) -> None:
    """Describes, joins and packs clips of the body. The last clip of a name counts.

    Joins among the clips of ``base``, if they come first and are all there as they were,
    are taken from it: that is what takes the time.
    """
    replaced = base is not None and {clip.name for clip in clips[base.clips :]} & set(base.names)
    if replaced or (base is not None and len(clips) == base.clips):
        base = None
    clips = list({clip.name: clip for clip in clips}.values())
    if not clips:
        raise UserError("No clip is left for the library; give a folder with motion files.")
    credits = sorted({clip.credit for clip in clips})
    qpos = [_centred(clip.qpos) for clip in clips]
    points, vectors, mirrored, tags, owner = [], [], [], [], []
    for index, frames in enumerate(qpos):
        every = pose_points(frames)
        turn = heading(frames)
        nodes = slice(None, None, NODE_STEP)
        velocity = point_velocities(every, frames[:, :2], turn, 1 / CONTROL_FPS)[nodes]
        points.append(every[nodes])
        vectors.append((every[nodes], velocity))
        mirrored.append((mirror_points(every[nodes]), mirror_points(velocity)))
        movement = tags_by_movement(
            every[nodes], frames[nodes, :2], turn[nodes], NODE_STEP / CONTROL_FPS
        )
        tags.append(_node_tags(tags_by_name(clips[index].name), movement))
        owner.append(np.full(len(every[nodes]), index))
    progress(0.1, "Finding joins")
    found = (
        np.concatenate([as_vectors(*pair) for pair in vectors]),
        np.concatenate([as_vectors(*pair) for pair in mirrored]),
        np.concatenate(owner),
    )
    if base is None:
        joins, costs = find_joins(*found)
    else:
        joins, costs = extended_joins(*base.stored_joins, *found)
    arrays = {
        "names": np.array([clip.name for clip in clips]),
        "credits": np.array(credits),
        "clip_credit": np.array([credits.index(clip.credit) for clip in clips], np.uint8),
        "clip_tags": np.array([np.bitwise_or.reduce(part) for part in tags], np.uint32),
        "lengths": np.array([len(frames) for frames in qpos], np.int32),
        **encode_clips(qpos),
        "points": np.round(np.concatenate(points) / POINT_STEP).astype(np.int16),
        "node_tags": np.concatenate(tags).astype(np.uint32),
        "joins": joins,
        "join_costs": costs,
    }
    write_archive(arrays, out)
    progress(1.0, "Done")


def clips_of(library: Library) -> list[SourceClip]:
    """The clips of a library again, to build another that holds them."""
    result = []
    for index, name in enumerate(library.names):
        frames = Stretch(int(library.starts[index]), int(library.starts[index + 1]))
        result.append(SourceClip(name, library.qpos(frames), library.credit_of(index)))
    return result


def clip_of_motion(motion: Motion, name: str, credit: str = "") -> SourceClip:
    """A motion of the body, such as a take or an Action, as a clip."""
    return SourceClip(name, motion.of_scale(1.0).resampled(CONTROL_FPS).qpos, credit)


def _node_tags(named: int, movement: np.ndarray) -> np.ndarray:
    """A name tells what a clip is about; where the body just stands or walks it does not hold."""
    busy = bits("kick", "punch", "dance", "crawl", "carry", "get up")
    result = movement | (named & busy)
    low = bits("crouch", "lie", "crawl", "sit")
    rising = (movement & low) > 0
    return np.where(rising, result, result & ~bits("get up"))


def _centred(qpos: np.ndarray) -> np.ndarray:
    result = np.array(qpos, dtype=np.float64)
    result[:, :2] -= (result[:, :2].min(axis=0) + result[:, :2].max(axis=0)) / 2
    return result


def _first_episode(path: Path) -> np.ndarray:
    from ..motion.formats.hdf5 import read_episode

    return read_episode(path, 0).qpos
