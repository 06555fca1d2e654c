"""All experts of a folder with their mirror images: frames, observations, labels."""

import logging
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from ....body.kinematics import forward_kinematics
from ....body.model import shared_model
from ....body.observation import observe_states
from ....errors import UserError
from ....motion.ground_frame import heading, moved, planar
from ....motion.mirror import mirror_qpos, mirror_qvel
from ....performance.physics.bodies import PublishedBody
from ....simulation.stepping import DivergenceError
from .build import ExpertReport, read_reports
from .expert import Expert, load_expert
from .gains import HEAD, cached_gains, feedback
from .sources import BACK_NAME

log = logging.getLogger(__name__)

_POSITIONS, _SPEEDS = slice(0, 70), slice(214, 286)
CLOSE_CM = 8.0
"""Experts that are farther from themselves when they are shaken fall: one may follow them, but not
go over to them. How far they are from their reference says it only where none was shaken."""
LEAST_SHARE = 0.02
"""Of a blend: what counts less is not worth finding out."""
_SPEED_SECONDS = 0.1
"""A difference of speed weighs as what it is after so long."""
_FALL_SECONDS = 0.3
"""The same of the whole body's beside one that stands: sqrt(height / g), so that it is how far from
its feet the body would have to step (the capture point; Pratt et al. 2006)."""
STANDS, STILL_M_S, UPRIGHT_M = "stand", 0.15, 1.2
"""Kind of the experts all of whose frames count as standing; speed of a body that stands in others,
and height of its head."""


# Metres, radians, m/s and rad/s of a state beside a frame, in the order of ``tangent.difference``.
BESIDE = np.concatenate(
    [np.full(3, 0.02), np.full(3, 0.04), np.full(69, 0.06)]
    + [np.full(3, 0.15), np.full(3, 0.3), np.full(69, 0.8)]
)


@dataclass(frozen=True)
class Entry:
    """An expert or its mirror image."""

    expert: Expert
    gains: np.ndarray
    """Of the expert itself, (T-1, 69, 150) float16; also for the mirror image."""
    mirrored: bool
    close: bool = True
    """Whether its feedback is to be relied on."""

    def aligned(
        self, frames: np.ndarray, qpos: np.ndarray, qvel: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """States (n, 76), (n, 75) as seen in the mirror, if this is one, then moved over the
        floor and turned to where the expert is at ``frames`` (n,).

        A policy knows neither place nor heading, so what it is to do must not depend on them.
        """
        if self.mirrored:
            qpos, qvel = mirror_qpos(qpos), mirror_qvel(qvel)
        there = self.expert.qpos[frames]
        turn = heading(there) - heading(qpos)
        placed = moved(qpos, turn, qpos[:, :2], there[:, :2])
        turned = np.array(qvel)
        turned[:, :2] = np.einsum("tij,tj->ti", planar(turn), qvel[:, :2])
        return placed, turned


class ExpertSet:
    """Frames of all entries in one row, an expert's mirror image right after it.

    ``add`` takes up what a build has written since; entries keep their places.
    """

    def __init__(self, folder: str | Path, known: list[str] | None = None) -> None:
        """``known``: names in the order an earlier run had them."""
        self.folder, self.body = Path(folder), PublishedBody()
        self.entries: list[Entry] = []
        self.names: list[str] = []
        self.observation = np.empty((0, 358), np.float32)
        self.starts = np.zeros(1, dtype=np.int64)
        """(E + 1,) first frame of each entry, and the number of all frames."""
        self.stands = np.zeros(0, dtype=bool)
        """(N,) frames from which no step is taken that would catch a body that tips."""
        self._failed: set[str] = set()
        self.add(known)
        if self._failed and not self.entries:
            raise UserError(
                f"None of the {len(self._failed)} experts in '{folder}' can be held by this body; "
                "they are another body's. Build them again in another folder."
            )
        if not self.entries:
            raise UserError(
                f"'{folder}' holds no experts; make some with `python -m runtime experts build`."
            )

    @property
    def frames(self) -> int:
        return int(self.starts[-1])

    def entry_of(self, frames: np.ndarray) -> np.ndarray:
        """(n,) the entries that frames (n,) counted over all belong to."""
        return np.searchsorted(self.starts, frames, side="right") - 1

    @property
    def seconds(self) -> float:
        """Of experts, mirror images not counted."""
        return sum(e.expert.frames for e in self.entries if not e.mirrored) / 30

    def add(self, wanted: list[str] | None = None) -> list[int]:
        """Loads experts not yet here, or only those ``wanted``; returns the new entries' numbers."""
        reports = {report.name: report for report in read_reports(self.folder)}
        names = [path.stem for path in sorted(self.folder.glob("*.npz"))]
        if wanted is not None:
            missing = sorted(set(wanted) - set(names))
            if missing:
                raise UserError(
                    f"'{self.folder}' lacks {missing[0]} and {len(missing) - 1} more of the experts "
                    "this run was begun with; go on from its weights instead."
                )
            names = wanted
        before = len(self.entries)
        observations = [self.observation]
        for name in names:
            if name in self.names or name in self._failed:
                continue
            expert = load_expert(self.folder / f"{name}.npz")
            try:
                gains = cached_gains(expert, self.folder, self.body)
            except (DivergenceError, np.linalg.LinAlgError) as error:
                log.warning("%s is not used: %s", name, error)
                self._failed.add(name)
                continue
            self.names.append(name)
            report = reports.get(name)
            close = report is None or _strayed_cm(report) < CLOSE_CM
            self.entries.append(Entry(expert, gains, False, close))
            if report is not None and report.mirror_error_cm is not None:
                # By mirrored gains it may drift though the expert itself does not.
                image_close = close and report.mirror_error_cm < CLOSE_CM
                self.entries.append(Entry(expert, gains, True, image_close))
        for entry in self.entries[before:]:
            qpos, qvel = self.states(entry)
            observations.append(observe_states(shared_model(), qpos, qvel).astype(np.float32))
        self.observation = np.concatenate(observations)
        self.places, self.tips = places_of(self.observation), tips_of(self.observation)
        added = [_stands(entry.expert) for entry in self.entries[before:]]
        self.stands = np.concatenate([self.stands, *added])
        lengths = [entry.expert.frames for entry in self.entries]
        self.starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return list(range(before, len(self.entries)))

    @staticmethod
    def states(entry: Entry) -> tuple[np.ndarray, np.ndarray]:
        """qpos (T, 76) and qvel (T, 75) of an entry."""
        expert = entry.expert.mirrored() if entry.mirrored else entry.expert
        return expert.qpos, expert.qvel

    def all_states(self) -> tuple[np.ndarray, np.ndarray]:
        """qpos (N, 76) and qvel (N, 75) of all frames."""
        parts = [self.states(entry) for entry in self.entries]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def states_beside(
        self, number: int, times: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Frames (n,) of an entry, counted over all, each so many ``times``, and states (n, 76),
        (n, 75) beside them."""
        qpos, qvel = self.states(self.entries[number])
        frames = np.repeat(np.arange(len(qpos) - 1), times)
        beside = rng.random((len(frames), 1)) * rng.normal(size=(len(frames), 150)) * BESIDE
        moved = qpos[frames]
        for row, change in zip(moved, beside[:, :75], strict=True):
            mujoco.mj_integratePos(shared_model(), row, change, 1.0)
        return self.starts[number] + frames, moved, qvel[frames] + beside[:, 75:]

    def transitions(self) -> dict[str, np.ndarray]:
        """``next_qpos``, ``next_qvel``, ``next_observation``, the ``observation`` and ``action``
        before: all entries' states but the first of each."""
        names = ("next_qpos", "next_qvel", "observation", "action", "next_observation")
        rows: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for number, entry in enumerate(self.entries):
            qpos, qvel = self.states(entry)
            own = self.observation[self.starts[number] : self.starts[number + 1]]
            frames = np.arange(len(qpos) - 1)
            rows["next_qpos"].append(qpos[1:])
            rows["next_qvel"].append(qvel[1:])
            rows["action"].append(self.label(number, frames, qpos[:-1], qvel[:-1]))
            rows["observation"].append(own[:-1])
            rows["next_observation"].append(own[1:])
        return {name: np.concatenate(parts) for name, parts in rows.items()}

    def transition_names(self) -> np.ndarray:
        """(n,) the expert that each row of ``transitions`` belongs to; mirror images have its name."""
        names = [entry.expert.name for entry in self.entries]
        return np.repeat(names, np.diff(self.starts) - 1)

    def label(
        self, number: int, frames: np.ndarray, qpos: np.ndarray, qvel: np.ndarray
    ) -> np.ndarray:
        """Actions (n, 69) that an entry's feedback gives in states (n, 76), (n, 75) at ``frames``."""
        entry = self.entries[number]
        placed = entry.aligned(frames, qpos, qvel)
        actions = feedback(self.body, entry.expert, entry.gains, frames, *placed)
        if not entry.mirrored:
            return actions
        # Targets are angles of joints and mirrored as those are; ranges of two sides differ.
        targets = np.concatenate([np.zeros((len(actions), 6)), self.body.targets(actions)], axis=1)
        return self.body.actions(mirror_qvel(targets)[:, 6:])

    def labels(self, frames: np.ndarray, qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
        """As ``label``, at frames (n,) counted over all entries."""
        actions = np.empty((len(frames), 69))
        entries = self.entry_of(frames)
        for number in np.unique(entries):
            rows = entries == number
            own = frames[rows] - self.starts[number]
            actions[rows] = self.label(int(number), own, qpos[rows], qvel[rows])
        return actions

    def blended_labels(
        self, frames: np.ndarray, shares: np.ndarray, qpos: np.ndarray, qvel: np.ndarray
    ) -> np.ndarray:
        """Actions (n, 69), each the mean of what is right at frames (n, K) by their shares (n, K)."""
        # Among many alike none may count that much: then the largest do.
        least = np.minimum(LEAST_SHARE, shares.max(axis=1, keepdims=True))
        row, place = np.nonzero(shares >= least)
        parts = np.clip(self.labels(frames[row, place], qpos[row], qvel[row]), -1, 1)
        kept = shares[row, place]
        total = np.bincount(row, kept, len(frames))
        actions = np.zeros((len(frames), 69))
        np.add.at(actions, row, (kept / total[row])[:, None] * parts)
        return actions

    def all_distances(self, observation: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """(n, m) metres between observations (n, 358) and frames (m,) counted over all entries."""
        seen, among = places_of(observation), self.places[frames]
        square = squared_distances(seen, among)
        standing = np.flatnonzero(self.stands[frames])
        square[:, standing] += squared_distances(tips_of(observation), self.tips[frames[standing]])
        return np.sqrt(np.maximum(square, 0))

    def distances(self, observation: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """(n,) metres between observations (n, 358) and frames (n,) counted over all entries."""
        apart = np.square(places_of(observation) - self.places[frames]).sum(axis=1)
        tipped = np.square(tips_of(observation) - self.tips[frames]).sum(axis=1)
        return np.sqrt(apart + self.stands[frames] * tipped)


def _strayed_cm(report: ExpertReport) -> float:
    """What an expert that has wandered off its plan does is what it does; held, it is a teacher. But
    a way back that does not end where it should has led nowhere."""
    if report.shaken_cm is None:
        return report.error_cm
    return max(report.shaken_cm, report.error_cm) if BACK_NAME in report.name else report.shaken_cm


def squared_distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n, m) between rows (n, k) and (m, k); rounding may leave less than nothing."""
    return (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T


def _stands(expert: Expert) -> np.ndarray:
    """(T,) bool, see ``ExpertSet.stands``."""
    upright = forward_kinematics(expert.qpos)[0][:, HEAD, 2] > UPRIGHT_M
    still = np.linalg.norm(expert.qvel[:, :2], axis=1) < STILL_M_S
    return upright & (still | (STANDS in expert.kinds))


def places_of(observation: np.ndarray) -> np.ndarray:
    """(n, 142) in which the distance of observations (n, 358) is metres: root mean square of the
    joints' and, a tenth of a second on, of their speeds."""
    parts = observation[:, _POSITIONS], _SPEED_SECONDS * observation[:, _SPEEDS]
    return np.concatenate(parts, axis=1) / np.sqrt(24)


def tips_of(observation: np.ndarray) -> np.ndarray:
    """(n, 2) metres that bodies with observations (n, 358) tip over the floor if no step catches
    them, less what ``places_of`` counts of it."""
    speed = observation[:, _SPEEDS].reshape(len(observation), 24, 3).mean(axis=1)
    return np.sqrt(_FALL_SECONDS**2 - _SPEED_SECONDS**2) * speed[:, :2]
