"""What is shown while a performance is looked for, and what is kept where none is found.

A draft of the whole motion is there before: it stays wherever nothing better is
found, or was not yet when the person had enough.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..motion.joining import JOIN, join
from ..motion.motion import CONTROL_FPS, Motion
from ..progress import Better, Progress
from .draft.rollout import Rollout
from .physics.tangent import MUSCLES
from .physics.trajectory import Trajectory
from .recording import Record
from .search.ilqg import Gains

LOST_M = 0.35
"""Mean distance of the joints from the reference beyond which a motion is lost: it fell."""
NOTHING_HELD = 0.005
"""Share of weight below which nobody would call a body held."""


class KeepBest(Exception):
    """The person has seen enough. Raised out of the search with the best so far."""

    def __init__(self, best: Trajectory | None) -> None:
        super().__init__("stopped to keep the best so far")
        self.best = best
        """None while there is nothing but the draft."""
        self.gains: Gains | None = None
        """Feedback that holds it, if there is any."""


@dataclass
class Watch:
    """Tells of the search in one stretch of the motion: how far it is, what is still held.

    Called by the optimiser with its position 0..1 and the best so far, as often as it likes.
    """

    progress: Progress
    start: float
    share: float
    """Of the whole: where the stretch begins, and how much of it that is."""
    first: int
    """Its first frame."""
    reference: np.ndarray
    """(n, 76)"""
    draft: np.ndarray
    """(n, 76): what is shown already."""
    allowed: float
    """Share of weight that may stay held."""
    may_keep: bool
    """Whether the best so far is enough if the person says so."""
    _shown: Trajectory | None = None

    def __call__(self, position: float, best: Trajectory) -> None:
        found = best if best.qpos is not self.draft and self._stands(best) else None
        preview = None
        if found is not None and found is not self._shown:
            self._shown, preview = found, Better(found.qpos, self.first)
        fraction = self.start + self.share * 0.95 * position
        if self.progress(fraction, self.text(best), preview) and self.may_keep:
            raise KeepBest(found)

    def text(self, best: Trajectory) -> str:
        """What remains of the wrench, in words short enough for a sidebar."""
        force = best.control[:, MUSCLES : MUSCLES + 3]
        if self.allowed:
            return f"Least help: {100 * _mean_length(force):.0f} % of weight"
        return still_carried(force)

    def _stands(self, best: Trajectory) -> bool:
        """False for a body that was thrown: nobody wants to see or keep that."""
        away = np.linalg.norm(best.qpos[:, :3] - self.reference[:, :3], axis=1)
        return bool((away < LOST_M).all())


def still_carried(force: np.ndarray) -> str:
    """What remains of the wrench (T, n), shares of weight, in words short enough for a sidebar."""
    held = _mean_length(force)
    if held < NOTHING_HELD:
        return "Nothing held; settling the feet"
    return f"Still carried: {max(100 * held, 1):.0f} % of weight"


def _mean_length(force: np.ndarray) -> float:
    return float(np.linalg.norm(force, axis=1).mean())


def cut(record: Record, first: int, end: int) -> Record:
    """The states ``first`` to ``end`` (exclusive) and what acted between them."""
    states, steps = slice(first, end), slice(first, end - 1)
    return Record(
        record.qpos[states],
        record.qvel[states],
        record.contacts[states],
        record.help[steps],
        record.unexplained[steps],
        record.airborne[steps],
        record.torque[steps],
        None if record.loose is None else record.loose[states],
    )


def eased_onto(record: Record, before: np.ndarray) -> Record:
    """The record (n states) led on from frames ``before`` (m, 76) whose last takes its first's place.

    It is no simulation where it is eased: what holds it there was not measured.
    """
    if len(before) < 2 or len(record.qpos) < 2:
        return record
    length = min(JOIN, len(record.qpos) - 1)
    qpos = np.concatenate([before[-1:], join(before, record.qpos[1:], length)])
    own = Motion(CONTROL_FPS, qpos).velocities()
    qvel = record.qvel.copy()
    qvel[: length + 1] = own[: length + 1]
    unexplained, torque = record.unexplained.copy(), record.torque.copy()
    unexplained[:length] = torque[:length] = np.nan
    return replace(record, qpos=qpos, qvel=qvel, unexplained=unexplained, torque=torque)


def unmeasured(record: Record) -> Record:
    """The same without what acted on it beside its help."""
    unknown = np.full(len(record.unexplained), np.nan)
    return replace(record, unexplained=unknown, torque=unknown.copy())


def as_record(draft: Rollout) -> Record:
    """A draft as what a performance falls back on: its help is known, the rest was not looked at."""
    steps = len(draft.assistance)
    unknown = np.full(steps, np.nan)
    airborne = np.zeros(steps, dtype=bool)
    return Record(
        draft.qpos,
        draft.qvel,
        draft.contacts,
        draft.assistance,
        unknown,
        airborne,
        unknown,
        draft.loose,
    )
