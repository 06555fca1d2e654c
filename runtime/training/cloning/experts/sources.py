"""Which stretches of recorded motion are performed, and in which order.

Clips are cut into stretches of a few seconds. All kinds of motion come by turns, so
that whenever a build is stopped its experts are of all kinds. Clips that are held out
for measuring (``dataset.is_held_out``) are left out.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ....errors import UserError
from ....library import Library, load_library
from ....library.dataset import clip_name, find_clips, is_held_out, motion_id
from ....library.library import NODE_STEP, Stretch
from ....library.tags import names_of, tags_by_name
from ....motion.files import load_motion
from ....motion.formats.archive import read_arrays
from ....motion.motion import CONTROL_FPS
from ....prompts.tasks import STANDARD_TASKS
from .expert import load_expert

LENGTH, SHORTEST = 120, 40
"""Frames of a stretch; what is shorter is not worth it."""
ORDER = (
    *("stand", "walk", "turn", "walk", "sidestep", "stand", "backward", "walk", "run", "walk"),
    *("crouch", "stand", "turn", "sit", "walk", "get up", "walk", "kick", "lie", "walk", "punch"),
    *("stand", "jump", "walk", "crawl", "dance", "carry"),
)
"""Kinds of motion in turns; without standing and walking nothing else is of use."""
CALIBRATION = "Subject_Cal"
"""In the names of takes that are no motion but a pose for the cameras."""
BACK, SHORTEST_BACK = 45, 24
"""Frames of a way back onto an expert: by then a body is on it, or has fallen."""
BACK_NAME = "-back"
"""In the names of those."""
SHARE = 0.25
"""Of a stretch that is of a kind, for it to count as such."""
RECOVERED = ("stand", "walk", "turn", "sidestep", "backward", "crouch")
"""Kinds that are performed from pushed and tilted starts too."""
TRIES = 2
"""Such starts of each stretch."""
START = "start"
"""In the names of those that begin as an episode does."""
STARTED = ("stand", "walk")
"""Kinds that are performed from the upright start of an episode too: prompts begin there."""

BEGUN, BEFORE = (("move-ego-0-0", "move-ego-0-2"),), 60
"""What is asked for after something else, and the frames that each but the last is asked for: from
the start of an episode one walks off otherwise than from standing with the arms down."""


@dataclass(frozen=True)
class Job:
    """A stretch to be performed."""

    clip: str
    first: int
    """Frame of the clip."""
    frames: int
    kinds: tuple[str, ...]
    attempt: int = 0
    """0 begins as the clip does, others beside it: see ``perform.pushed_start``."""
    upright: bool = False
    """Begins as an episode does, upright with arms stretched out to the sides."""

    @property
    def name(self) -> str:
        tail = f"-push{self.attempt}" if self.attempt else ""
        return f"{self.clip}-{self.first}{tail}{f'-{START}' if self.upright else ''}"

    @property
    def seed(self) -> int:
        """Of chance and of the order within a kind, so that neighbours are not alike."""
        return motion_id(self.name) % 2**32


@dataclass(frozen=True)
class Return:
    """The rest of an expert, from a state in which a policy was lost."""

    expert: str
    """Name of its file."""
    kinds: tuple[str, ...]
    first: int
    """Frame of the expert at which the policy was lost."""
    frames: int
    qpos: np.ndarray
    """(76,) where the policy was, moved to where the expert is."""
    qvel: np.ndarray
    """(75,)"""

    @property
    def name(self) -> str:
        digest = hashlib.sha1(self.qpos.tobytes() + self.qvel.tobytes()).hexdigest()[:6]
        return f"{self.expert}{BACK_NAME}{self.first}-{digest}"


@dataclass(frozen=True)
class Asked:
    """What the product performs for reward prompts, one after the other, from the upright start on."""

    tasks: tuple[str, ...]
    kinds: tuple[str, ...] = ("asked",)
    frames: int = 150

    @property
    def name(self) -> str:
        return f"take_{'+'.join(self.tasks)}"

    @property
    def edges(self) -> tuple[int, ...]:
        """Frames between which each is asked for, the first and the last included."""
        first = [number * BEFORE for number in range(len(self.tasks))]
        return (*first, self.frames - 1)


class Source:
    """Recorded clips of the body at 30 frames a second, by name."""

    def __init__(self, motions: str | Path = "") -> None:
        """``motions``: a library file, a folder of motion files, or "" for what ships."""
        path = Path(motions) if motions else None
        self._files: dict[str, Path] = {}
        self._library: Library | None = None
        if path is not None and path.is_dir():
            self._files = {clip_name(file, path): file for file in find_clips(path)}
        else:
            self._library = load_library(path)

    def names(self) -> list[str]:
        return list(self._files) if self._library is None else list(self._library.names)

    def qpos(self, clip: str) -> np.ndarray:
        """(T, 76)."""
        if self._library is None:
            return load_motion(self._files[clip]).resampled(CONTROL_FPS).qpos
        index = self._library.names.index(clip)
        start, stop = self._library.starts[index : index + 2]
        return self._library.qpos(Stretch(int(start), int(stop)))

    def length(self, clip: str) -> int:
        if self._library is None:
            return len(self.qpos(clip))
        index = self._library.names.index(clip)
        return int(np.diff(self._library.starts)[index])

    def kinds(self, clip: str, first: int, frames: int) -> tuple[str, ...]:
        """What is done in a stretch, by its movement where the clips are a library, and by name."""
        found = tags_by_name(clip)
        if self._library is not None:
            index = self._library.names.index(clip)
            node = int(self._library.node_starts[index]) + first // NODE_STEP
            tags = self._library.node_tags[node : node + max(1, frames // NODE_STEP)]
            shares = (tags[:, None] >> np.arange(32) & 1).mean(axis=0)
            found |= sum(1 << bit for bit in np.flatnonzero(shares >= SHARE).tolist())
        return names_of(found)


def list_jobs(source: Source, only: tuple[str, ...] = ()) -> list[Job]:
    """Every stretch in the order to be performed; ``only``: those whose names hold one of these."""
    jobs: list[Job] = []
    for clip in source.names():
        if is_held_out(clip) or CALIBRATION in clip:
            continue
        for first, frames in stretches(source.length(clip)):
            jobs.append(Job(clip, first, frames, source.kinds(clip, first, frames)))
    if not jobs:
        raise UserError("No clip of these motions is long enough, or all are held out.")
    chosen = list(_in_turns(jobs))
    if only:
        chosen = [job for job in chosen if any(part in job.name for part in only)]
        if not chosen:
            raise UserError(f"No stretch that may be performed is called {' or '.join(only)}.")
    return chosen


def list_named(source: Source, named: Sequence[str]) -> list[Job]:
    """Stretches as ``CLIP:FIRST:FRAMES`` names them, ``:start`` behind it for one that begins upright as
    an episode does: where a fixed cut would part what belongs together, such as a spin.

    Raises ``UserError`` for what is no such stretch, and for clips that are held out.
    """
    jobs = []
    for text in named:
        clip, *numbers = text.split(":")
        upright = numbers[-1:] == [START]
        try:
            first, frames = (int(number) for number in (numbers[:-1] if upright else numbers))
        except ValueError as error:
            raise UserError(
                f"'{text}' names no stretch; it is CLIP:FIRST:FRAMES, with ':{START}' behind it for one "
                "that begins upright."
            ) from error
        if clip not in source.names():
            raise UserError(f"These motions hold no clip '{clip}'.")
        if is_held_out(clip):
            raise UserError(f"'{clip}' is held out for measuring and is never performed.")
        length = source.length(clip)
        if first < 0 or frames < SHORTEST or first + frames > length:
            raise UserError(
                f"'{text}' is not within its clip: at least {SHORTEST} of its {length} frames are needed."
            )
        jobs.append(Job(clip, first, frames, source.kinds(clip, first, frames), upright=upright))
    return jobs


def list_asked(only: tuple[str, ...] = ()) -> list[Asked]:
    """A performance for each task of the benchmark, and of what is begun; ``only``: those whose names
    hold one of these."""
    jobs = [Asked((task,)) for task in STANDARD_TASKS] + [Asked(tasks) for tasks in BEGUN]
    return [job for job in jobs if not only or any(part in job.name for part in only)]


def list_returns(lost: str | Path, experts: Path) -> list[Return]:
    """Where a policy was lost (``loop.LOST`` of a run), as far as enough of the expert is left."""
    arrays = read_arrays(Path(lost))
    try:
        rows = list(
            zip(
                *(np.asarray(arrays[name]) for name in ("name", "frame", "qpos", "qvel")),
                strict=True,
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"'{lost}' is no file of states in which a policy was lost.", repr(error)
        ) from error
    jobs = []
    for name, frame, qpos, qvel in rows:
        expert = load_expert(experts / f"{name}.npz")
        left = min(BACK, expert.frames - int(frame))
        if left >= SHORTEST_BACK:
            jobs.append(Return(str(name), expert.kinds, int(frame), left, qpos, qvel))
    return jobs


def stretches(length: int) -> Iterator[tuple[int, int]]:
    """(first, frames) of the parts of a clip, of about equal length."""
    count = max(1, round(length / LENGTH))
    edges = np.linspace(0, length, count + 1).astype(int)
    for first, last in pairwise(edges):
        if last - first >= SHORTEST:
            yield int(first), int(last - first)


def _in_turns(jobs: list[Job]) -> Iterator[Job]:
    """By ``ORDER``; those of no kind come with the standing ones, pushed starts after their own."""
    queues: dict[str, list[Job]] = {kind: [] for kind in dict.fromkeys(ORDER)}
    for job in sorted(jobs, key=lambda job: job.seed):
        known = [kind for kind in queues if kind in job.kinds]
        # The rarest kind: a turning kick is a kick.
        queues[min(known, key=ORDER.count) if known else "stand"].append(job)
    waiting = {kind: iter(_with_pushes(kind, queue)) for kind, queue in queues.items()}
    while waiting:
        for kind in ORDER:
            following = next(waiting[kind], None) if kind in waiting else None
            if following is None:
                waiting.pop(kind, None)
            else:
                yield following


def _with_pushes(kind: str, queue: list[Job]) -> Iterator[Job]:
    """A stretch's own turn, later that from the upright start, then pushed ones."""
    rows: list[tuple[float, Job]] = []
    for place, job in enumerate(queue):
        rows.append((place, job))
        if kind in STARTED:
            rows.append((place + 2.5, replace(job, upright=True)))
        if kind in RECOVERED:
            for attempt in range(1, TRIES + 1):
                rows.append((place + 4 * attempt + 0.5, replace(job, attempt=attempt)))
    yield from (job for _, job in sorted(rows, key=lambda row: row[0]))
