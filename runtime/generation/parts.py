"""Parts of a performance, one after the other, as one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..performance.draft.rollout import Rollout
from ..performance.keeping import as_record, cut
from ..performance.recording import Record
from ..performance.windows import Performance, joined


def cut_to(performed: Rollout | Performance, frames: int, at: int = 0) -> Rollout | Performance:
    """The first ``frames`` of it; all of what ends earlier. It begins at frame ``at`` of the whole,
    over which its remarks count."""
    if isinstance(performed, Rollout):
        return Rollout(
            performed.qpos[:frames],
            performed.qvel[:frames],
            performed.contacts[:frames],
            performed.assistance[: frames - 1],
        )
    last = at + frames - 1
    return replace(
        joined([cut(_record(performed), 0, frames)]),
        drafted=tuple((first, min(end, last)) for first, end in performed.drafted if first < last),
        stopped=performed.stopped,
        unpushed=tuple(frame for frame in performed.unpushed if frame < last),
    )


def joined_parts(parts: list[Rollout | Performance]) -> Rollout | Performance:
    """Parts of which each begins in the last state of the one before it."""
    rollouts = [part for part in parts if isinstance(part, Rollout)]
    if len(rollouts) == len(parts):
        return Rollout(
            _states([part.qpos for part in rollouts]),
            _states([part.qvel for part in rollouts]),
            _states([part.contacts for part in rollouts]),
            np.concatenate([part.assistance for part in rollouts]),
        )
    return replace(joined([_record(part) for part in parts]), **_remarks(parts))


def _states(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([parts[0]] + [part[1:] for part in parts[1:]])


def _record(part: Rollout | Performance) -> Record:
    if isinstance(part, Rollout):
        return as_record(part)
    names = ("qpos", "qvel", "contacts", "help", "unexplained", "airborne", "torque")
    return Record(*(getattr(part, name) for name in names))


def _remarks(parts: Sequence[Rollout | Performance]) -> dict[str, Any]:
    """What is told of them beside their states; where a draft follows, that."""
    drafted, first = [], 0
    for part in parts:
        last = first + len(part.qpos) - 1
        drafted += [(first, last)] if isinstance(part, Rollout) else list(part.drafted)
        first = last
    performed = [part for part in parts if isinstance(part, Performance)]
    return {
        "drafted": tuple(drafted),
        "stopped": any(part.stopped for part in performed),
        "unpushed": tuple(frame for part in performed for frame in part.unpushed),
    }
