"""Performs people who touch in one optimisation: each gives way as the other does."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics, joint_distance
from ..cores import available_cores
from ..progress import Progress, silent
from ..scene.description import Grip
from ..scene.people import middle_of
from ..scene.surroundings import Surroundings
from ..simulation.stepping import DivergenceError
from .keeping import LOST_M, KeepBest, still_carried
from .physics.dynamics import Dynamics
from .physics.processes import linearising_processes
from .physics.together import Hold, ServoBodies
from .physics.trajectory import Trajectory
from .recording import Record, records
from .search.costs import Cost
from .search.costs_together import MEETING_FRAMES, CostTogether, Meeting
from .search.optimiser import Effort, Optimiser
from .settings import PerformerSettings

logger = logging.getLogger(__name__)

LONGEST = PerformerSettings.window + PerformerSettings.overlap
"""Frames: what a performer does in one window."""


@dataclass(frozen=True)
class Part:
    """What one of the people is to do, and how they do it where the others are moving obstacles."""

    qpos: np.ndarray
    """(T, 76) of the reference."""
    qvel: np.ndarray
    """(T, 75)"""
    alone: tuple[np.ndarray, np.ndarray]
    """(T, 76), (T, 75)"""
    weights: np.ndarray | None = None
    """(T, 150) multiples of the prices of deviations."""


def perform_together(
    parts: Sequence[Part],
    surroundings: Surroundings,
    grips: Sequence[tuple[int, Grip]] = (),
    strength: float = 1.0,
    progress: Progress = silent,
    effort: Effort | None = None,
) -> list[Record]:
    """What each of the people does by muscles alone, all of them in one simulation.

    ``surroundings`` are what is around them; by each of ``grips`` the first of them and the one of its
    number hold on to each other; they begin in the poses in which they begin alone.
    Raises ``DivergenceError`` where nothing is found that holds without help, ``KeepBest`` where
    the person has seen enough, and ``Cancelled``.
    """
    holds = [_hold(number, person, grip, parts) for number, (person, grip) in enumerate(grips)]
    surroundings = surroundings.gripping(
        {hold.name: (grip.start, grip.stop) for hold, (_, grip) in zip(holds, grips, strict=True)}
    )
    body = ServoBodies(len(parts), strength, surroundings, holds)
    qpos, qvel = (
        np.concatenate([getattr(part, one) for part in parts], axis=1) for one in ("qpos", "qvel")
    )
    begin, speeds = (np.concatenate([part.alone[one] for part in parts], axis=1) for one in (0, 1))
    targets, wrench = body.feed_forward(qpos, qvel)
    around = surroundings.view(0)
    costs = [
        Cost(
            body.alone.model,
            part.qpos,
            part.qvel,
            part.weights,
            surroundings=surroundings,
            around=around,
        )
        for part in parts
    ]
    threads = available_cores()
    with linearising_processes(threads) as processes:
        dynamics = Dynamics(body, targets, threads, around=around, processes=processes)

        def report(position: float, best: Trajectory) -> None:
            if progress(0.95 * position, still_carried(best.control[:, body.layout.force])):
                raise KeepBest(None)

        try:
            cost = CostTogether(
                costs, [_meeting(hold, grip) for hold, (_, grip) in zip(holds, grips, strict=True)]
            )
            optimiser = Optimiser(dynamics, cost, report=report, pose_held=True)
            found = optimiser.solve(None, begin, speeds, wrench[:-1], effort or Effort(rescue=0.0))
        except np.linalg.LinAlgError as error:
            raise DivergenceError(str(error)) from error
        finally:
            dynamics.close()
    path = found.trajectory
    done = records(
        body,
        targets,
        path,
        found.gains.feedback,
        (path.qpos[0], path.qvel[0]),
        {},
        lambda: progress(0.95, still_carried(np.zeros((1, 3)))),
        around,
    )
    for number, (part, one) in enumerate(zip(parts, done, strict=True)):
        lost = float(joint_distance(part.qpos, one.qpos).max())
        if lost > LOST_M:
            raise DivergenceError(f"person {number + 1} is {lost:.2f} m off")
    return done


def _hold(number: int, person: int, grip: Grip, parts: Sequence[Part]) -> Hold:
    """Half-way between the middles of the two bodies in the frame in which it begins, as they then
    lie on each other."""
    middles, frames = [], []
    for body, part in zip((grip.own, grip.theirs), (parts[0], parts[person]), strict=True):
        positions, rotations = forward_kinematics(part.alone[0][[grip.start]])
        index = BODY_NAMES.index(body)
        frames.append((positions[0, index], rotations[0, index]))
        middles.append(positions[0, index] + rotations[0, index] @ middle_of(body))
    between = np.mean(middles, axis=0)
    places = [turn.T @ (between - place) for place, turn in frames]
    # As the first one's lies.
    turns = [np.empty(4), np.empty(4)]
    for result, (_, turn) in zip(turns, frames, strict=True):
        mujoco.mju_mat2Quat(result, (turn.T @ frames[0][1]).ravel())
    bodies = grip.own, grip.theirs
    return Hold(f"grip:{number}", (0, person), bodies, (places[0], places[1]), (turns[0], turns[1]))


def _meeting(hold: Hold, grip: Grip) -> Meeting:
    """They lie on each other when they begin to hold."""
    frames = tuple(range(max(grip.start - MEETING_FRAMES + 1, 0), grip.start + 1))
    first, second = (BODY_NAMES.index(body) for body in hold.bodies)
    return Meeting(frames, hold.people, (first, second), hold.places)
