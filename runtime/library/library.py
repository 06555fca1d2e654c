"""The library: clips and their mirror images as one row of frames, read when first asked for.

Frames 0 to N-1 are the clips one after the other, N to 2N-1 their mirror images
in the same order. Every third frame is a node: what is searched and joined.
"""

import logging
import os
import sys
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..motion.formats.archive import read_arrays
from ..motion.ground_frame import heading, wrapped
from ..motion.mirror import mirror_qpos
from ..motion.motion import CONTROL_FPS
from . import tags as tagging
from .features import as_vectors, mirror_points, point_velocities
from .joins import COST_STEP, NO_JOIN
from .storage import STEPS, decode_frames, from_bytes

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("data") / "library.npz"
FOLDER_VARIABLE = "MOTIVO_LIBRARY"
FILE_NAME = "library.npz"
NODE_STEP = 3
"""Frames from one node to the next: a tenth of a second."""
NODE_SECONDS = NODE_STEP / CONTROL_FPS
POINT_STEP = 2e-3
"""Metres in which the points of the nodes are kept."""


@dataclass(frozen=True)
class Stretch:
    """Frames ``start`` to ``stop`` (not included) of the library, within one clip."""

    start: int
    stop: int

    @property
    def frames(self) -> int:
        return self.stop - self.start


class Library:
    """Clips of the body at 30 frames a second, with what is known about them."""

    def __init__(self, arrays: dict[str, np.ndarray], name: str = "") -> None:
        self.path_name = name
        try:
            self.names: tuple[str, ...] = tuple(str(n) for n in arrays["names"])
            self.credits: tuple[str, ...] = tuple(str(c) for c in arrays["credits"])
            self._clip_credit = arrays["clip_credit"]
            self.clip_tags = arrays["clip_tags"].astype(np.int64)
            lengths = arrays["lengths"].astype(np.int64)
            self._first = arrays["first"]
            self._root = from_bytes(arrays["root"], 7)
            self._hinge_bytes = arrays["hinges"]
            self._points = arrays["points"]
            self._node_tags = arrays["node_tags"].astype(np.int64)
            self._joins = arrays["joins"]
            self._join_costs = arrays["join_costs"]
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"'{name}' is no library of motions of this version; build it again with "
                "`python -m runtime library build`.",
                repr(error),
            ) from error
        self.starts = np.concatenate([[0], np.cumsum(lengths)])
        """(C+1,) first frame of each clip."""
        self.frames = int(self.starts[-1])
        """Frames of all clips, mirror images not counted."""
        node_counts = -(-lengths // NODE_STEP)
        self.node_starts = np.concatenate([[0], np.cumsum(node_counts)])
        """(C+1,) first node of each clip."""
        self.node_count = int(self.node_starts[-1])
        """Nodes of all clips, mirror images not counted."""

    @property
    def clips(self) -> int:
        return len(self.names)

    @cached_property
    def _hinges(self) -> np.ndarray:
        return from_bytes(self._hinge_bytes, 69)

    # --- frames ---

    def clip_of(self, frames: np.ndarray | int) -> np.ndarray:
        """Clip of each frame, mirrored or not."""
        return np.searchsorted(self.starts, np.asarray(frames) % self.frames, side="right") - 1

    def qpos(self, stretch: Stretch) -> np.ndarray:
        """(n, 76) frames of a stretch, where and as its clip has them."""
        mirrored = stretch.start >= self.frames
        start = stretch.start - self.frames * mirrored
        clip = int(self.clip_of(start))
        first, last = int(self.starts[clip]), int(self.starts[clip + 1])
        stop = start + stretch.frames
        if not first <= start < stop <= last:
            raise ValueError(f"{stretch} does not lie within one clip")
        root = decode_frames(self._first[clip, :, :7], self._root[:, first:stop])
        hinges = decode_frames(self._first[clip, :, 7:], self._hinges[:, first:stop])
        qpos = np.concatenate([root, hinges], axis=1)[start - first :] * STEPS
        qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
        return mirror_qpos(qpos) if mirrored else qpos

    def name_of(self, frame: int) -> str:
        """The clip a frame is of, for a person."""
        name = self.names[int(self.clip_of(frame))]
        return f"{name} (mirrored)" if frame >= self.frames else name

    def credit_of(self, clip: int) -> str:
        """Whom a clip's motion is to be credited to."""
        return self.credits[int(self._clip_credit[clip])]

    # --- nodes: arrays over the nodes of the clips, then of their mirror images ---

    @cached_property
    def node_frames(self) -> np.ndarray:
        """(2M,) frame of each node."""
        parts = [
            np.arange(start, stop, NODE_STEP)
            for start, stop in zip(self.starts[:-1], self.starts[1:], strict=True)
        ]
        once = np.concatenate(parts)
        return np.concatenate([once, once + self.frames])

    @cached_property
    def node_clips(self) -> np.ndarray:
        """(2M,) clip of each node; those of mirror images count on from the last clip."""
        once = np.repeat(np.arange(self.clips), np.diff(self.node_starts))
        return np.concatenate([once, once + self.clips])

    @cached_property
    def node_stop(self) -> np.ndarray:
        """(2M,) first node after the clip of each node."""
        once = np.repeat(self.node_starts[1:], np.diff(self.node_starts))
        return np.concatenate([once, once + self.node_count])

    @cached_property
    def _node_root(self) -> np.ndarray:
        """(M, 7)."""
        parts = []
        for clip in range(self.clips):
            part = slice(int(self.starts[clip]), int(self.starts[clip + 1]))
            root = decode_frames(self._first[clip, :, :7], self._root[:, part])
            parts.append(root[::NODE_STEP] * STEPS[:7])
        return np.concatenate(parts)

    @cached_property
    def node_place(self) -> np.ndarray:
        """(2M, 2) metres: where on the floor of its clip the pelvis is."""
        once = self._node_root[:, :2]
        return np.concatenate([once, once * [-1, 1]])

    @cached_property
    def node_heading(self) -> np.ndarray:
        """(2M,) radians."""
        once = heading(np.pad(self._node_root, ((0, 0), (0, 69))))
        return np.concatenate([once, wrapped(np.pi - once)])

    @cached_property
    def node_points(self) -> np.ndarray:
        """(2M, 12, 3) metres: see ``features.POINTS``."""
        once = self._points.astype(np.float32) * np.float32(POINT_STEP)
        return np.concatenate([once, mirror_points(once)])

    @cached_property
    def node_velocities(self) -> np.ndarray:
        """(2M, 12, 3) m/s of the points."""
        count = self.node_count
        once = point_velocities(
            self.node_points[:count],
            self.node_place[:count].astype(np.float32),
            self.node_heading[:count].astype(np.float32),
            NODE_SECONDS,
            self.node_starts,
        )
        return np.concatenate([once, mirror_points(once)])

    @cached_property
    def node_vectors(self) -> np.ndarray:
        """(2M, d) whose distances are those of poses and speeds, in metres."""
        return as_vectors(self.node_points, self.node_velocities)

    @cached_property
    def node_tags(self) -> np.ndarray:
        """(2M,) bits of ``tags.TAGS``."""
        return np.concatenate([self._node_tags, self._node_tags])

    @cached_property
    def node_special(self) -> np.ndarray:
        """(2M,) bool: kicks, punches, dances, loads, skips: what nobody does unasked."""
        special = tagging.bits("kick", "punch", "dance", "carry", "crawl", "jump")
        named = np.array([tagging.tags_by_name(name) & special for name in self.names]) > 0
        once = np.repeat(named, np.diff(self.node_starts))
        once |= (self._node_tags & special) > 0
        return np.concatenate([once, once])

    @cached_property
    def joins(self) -> np.ndarray:
        """(2M, 8) nodes each node can go over into, -1 where there are fewer."""
        once = self._joins.astype(np.int64)
        other = np.where(once == NO_JOIN, NO_JOIN, (once + self.node_count) % (2 * self.node_count))
        return np.concatenate([once, other])

    @property
    def stored_joins(self) -> tuple[np.ndarray, np.ndarray]:
        """(M, 8) each: joins and costs as the file has them, to build a larger library of."""
        return self._joins, self._join_costs

    @cached_property
    def join_costs(self) -> np.ndarray:
        """(2M, 8) metres: how far apart the poses are that are joined, speeds included."""
        once = self._join_costs.astype(np.float32) * np.float32(COST_STEP)
        return np.concatenate([once, once])

    def describe(self, start_node: int, stop_node: int) -> str:
        """A word for what is done between two nodes of one clip."""
        part = self.node_tags[start_node : max(stop_node, start_node + 1)]
        return tagging.main_tag(part)


def user_folder() -> Path:
    """Where a person's own library lies: ``MOTIVO_LIBRARY``, or the system's place for data."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "motivo" / "library"


def load_library(path: str | Path | None = None) -> Library:
    """The library in ``path``; else the person's own, which holds the one that ships, else that.

    Raises ``UserError`` when there is none or it cannot be read.
    """
    if path is None:
        own = user_folder() / FILE_NAME
        path = own if own.is_file() else SHIPPED
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"There is no library of motions at '{path}'; install Motivo again or build one "
            "with `python -m runtime library build FOLDER`."
        )
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(path: Path, stamp: int) -> Library:
    arrays = {k: v for k, v in read_arrays(path).items() if v is not None}
    return Library(arrays, path.name)
