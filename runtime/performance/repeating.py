"""What a reference repeats: what was found for one round of it performs the rounds that follow.

Standing for ten seconds is no new motion every second, and a walk is one step after the
other. Muscle targets and the feedback around a kept pose, or around one period of a walk,
are a controller that goes on for as long as it is asked to; whether it holds is seen in
the plain simulation itself, and from where it does not, the search goes on.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from ..body.kinematics import forward_kinematics, joint_distance
from ..motion.ground_frame import heading, moved, planar
from ..motion.repeats import Repeat
from ..simulation.stepping import DivergenceError
from .keeping import cut
from .physics.bodies import Body
from .physics.tangent import NV
from .physics.trajectory import Trajectory
from .recording import Record, record
from .search.optimiser import Solution


@dataclass(frozen=True)
class RepeatSettings:
    """When a round is repeated, and how well it has to be."""

    shortest: int = 45
    """Frames that have to be saved for it to be worth the trial."""
    settle: int = 18
    """Frames into a kept pose whose state and feedback hold the rest. Fewer hold a body that still
    sways; each is searched for."""
    settle_round: int = 4
    """The same before a round that moves: what is left of another way of moving dies away in it."""
    lead: int = 15
    """Frames before the next movement that are searched for with it: for it a body leans ahead."""
    still_m: float = 2e-4
    """Metres a joint of a kept reference moves in a frame: what mending leaves of a held pose."""
    away_m: float = 0.015
    """Mean distance of the joints from a pose that is held, from which it is not: it leans or
    creeps, and may fall later."""
    away_round_m: float = 0.04
    """The same of a round that moves: what is farther off is another motion."""
    back: int = 15
    """Frames before it is that far off that are thrown away with the rest."""

    def settling(self, repeat: Repeat) -> int:
        return self.settle if repeat.period == 1 else self.settle_round


REPEATING = RepeatSettings()


def kept_poses(qpos: np.ndarray, settings: RepeatSettings = REPEATING) -> list[Repeat]:
    """Where a reference (T, 76) keeps one pose for long."""
    joints = forward_kinematics(qpos)[0]
    still = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1) < settings.still_m
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(int)))
    stretches = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    enough = settings.shortest + settings.settle + settings.lead
    return [Repeat(a, 1, b) for a, b in stretches if b - a >= enough]


def undisturbed(
    qpos: np.ndarray,
    told: Iterable[Repeat],
    struck: Collection[int],
    settings: RepeatSettings = REPEATING,
) -> list[Repeat]:
    """Poses that a reference (T, 76) keeps and rounds it is ``told`` to have, but those in which a
    frame is ``struck`` by a push; each up to where the next movement is led into."""
    every = sorted([*told, *kept_poses(qpos, settings)], key=lambda one: one.first)
    calm = [one for one in every if not any(one.first <= at <= one.last for at in struck)]
    end = len(qpos) - 1
    return [one if one.last >= end else replace(one, last=one.last - settings.lead) for one in calm]


def end_to_repeat(
    first: int, longest: int, repeats: Iterable[Repeat], settings: RepeatSettings = REPEATING
) -> int | None:
    """The frame in which a window from ``first`` is to be left, so that its last round is repeated
    from there on; None if none is done within ``longest`` frames."""
    for one in repeats:
        done = max(one.first, first) + settings.settling(one) + one.period
        if done <= first + longest and one.last - done >= settings.shortest:
            return done
    return None


def repeat_at(
    frame: int, step: int, repeats: Iterable[Repeat], settings: RepeatSettings = REPEATING
) -> Repeat | None:
    """What may be repeated from ``frame`` on, whose window has a whole round before its ``step``."""
    for one in repeats:
        begun = frame - one.period >= one.first + settings.settling(one)
        if begun and one.period <= step and one.last - frame >= settings.shortest:
            return one
    return None


def repeated(
    body: Body,
    targets: np.ndarray,
    solution: Solution,
    step: int,
    start: tuple[np.ndarray, np.ndarray],
    reference: np.ndarray,
    period: int,
    watch: Callable[[], None],
    settings: RepeatSettings = REPEATING,
) -> Record | None:
    """States from ``start`` on, performed by what a ``solution`` does in the round that ends in ``step``.

    ``targets`` (n, 69) as the solution was found with; ``reference`` (N, 76) from the beginning of
    that round on: it tells where on the floor the rounds are. A plain simulation without a wrench, as
    ``record``, of at most the N - ``period`` frames after that round; None if the round does not
    hold for long enough. Raises whatever ``watch`` raises.
    """
    found, frames = solution.trajectory, len(reference) - period
    phase = np.arange(frames) % period
    rows = step - period + phase
    turn, about, place = _placed(reference, period)
    qpos = moved(found.qpos[rows], turn, about, place)
    qvel = found.qvel[rows].copy()
    if period == 1:
        qvel[:] = 0.0
    over_floor = planar(turn)
    qvel[:, :2] = np.einsum("tij,tj->ti", over_floor, qvel[:, :2])
    feedback = solution.gains.feedback[rows[:-1]].copy()
    for columns in (slice(0, 2), slice(NV, NV + 2)):
        # Gains are for differences along the axes that the round was found in.
        feedback[..., columns] = feedback[..., columns] @ over_floor[:-1].transpose(0, 2, 1)
    wanted = Trajectory(qpos, qvel, found.control[rows[:-1]], found.substates[:0])
    try:
        done = record(body, targets[rows], wanted, feedback, start, {}, watch)
    except DivergenceError:
        return None
    limit = settings.away_m if period == 1 else settings.away_round_m
    lost = np.flatnonzero(joint_distance(done.qpos, qpos) > limit)
    if not len(lost):
        return done
    good = int(lost[0]) - settings.back
    return cut(done, 0, good) if good > settings.shortest else None


def _placed(reference: np.ndarray, period: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How the frames of the first round are moved to those of each frame behind it: turns (n,) in
    radians about (n, 2), put onto (n, 2) metres."""
    behind = np.arange(period, len(reference))
    begun = behind // period * period
    angles = heading(reference)
    turn = angles[begun] - angles[0]
    about = np.broadcast_to(reference[0, :2], (len(behind), 2))
    return turn, about, reference[begun, :2]
