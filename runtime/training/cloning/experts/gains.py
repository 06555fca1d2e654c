"""What to do beside an expert: linear feedback around its states, by one pass.

The pass is the optimiser's own backward recursion along the expert's states. Its
gains depend on prices and dynamics only, so that neither reference nor draft is
needed. Contacts are a little wider than the body's own there: in those the
derivative of a foot that is about to land knows nothing of the floor.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import mujoco
import numpy as np

from ....body.figures import BODY_NAMES
from ....body.kinematics import forward_kinematics, joint_distance
from ....motion.mirror import mirror_qvel
from ....performance.physics.bodies import MUSCLES, PublishedBody
from ....performance.physics.dynamics import Dynamics
from ....performance.physics.linearisation import FINE
from ....performance.physics.tangent import difference
from ....performance.physics.trajectory import Trajectory
from ....performance.search.costs import Cost, CostScales
from ....performance.search.ilqg import Problem
from ....performance.search.schedule import stage_at
from ....simulation.stepping import DivergenceError, control_step, reset
from .expert import Expert

log = logging.getLogger(__name__)

SCALES = CostScales(
    root_position_m=0.06,
    root_rotation_rad=0.12,
    hinge_rad=0.25,
    root_velocity_m_s=0.5,
    root_spin_rad_s=1.0,
    hinge_velocity_rad_s=4.0,
    target_rad=0.5,
)
"""The published body's muscles are six times as soft as the servo's: it follows less closely."""
STAGES = (0.85, 0.8, 0.9, 0.97)
"""Of the schedule: contacts 3 to 12 mm wide and no wrench to speak of.
Nearly always the first holds the expert, shaken too; else the next is tried."""
HOLDS_M = 0.1
"""Metres that the joints may be off on average, in the worst frame."""
LYING_M = 0.4
"""Height of the head below which a body lies: with so many contacts, linear feedback throws it about
under the least noise, and its targets alone bring it to rest."""
HEAD = BODY_NAMES.index("Head")
NOISE, SHAKES = 0.05, 3
"""Standard deviation added to the actions of an expert that is shaken, and how often it is."""
AFTER = 15
"""Frames behind its end, all like the last one: an expert's last gains must still hold the body up,
and where nothing comes after, letting go is cheapest."""
GAINS = "gains_shaken"
"""Folder beside the experts where gains wait; not kept, for they are found again in seconds. Named
after how they are found: those of another method do not count."""


def find_gains(expert: Expert, body: PublishedBody, threads: int = 1) -> np.ndarray:
    """(T-1, 69, 150) float16 rad per unit of ``tangent.difference`` to the expert's states: the
    first that hold the expert though its actions are noisy, or those that do best.

    Raises ``DivergenceError`` if none are found that hold the expert without noise.
    """
    best, least = None, np.inf
    for gains in _candidates(expert, body, threads):
        if not np.isfinite(gains).all() or _strayed(body, expert, gains) > HOLDS_M:
            continue
        shaken = max(_strayed(body, expert, gains, seed) for seed in range(SHAKES))
        if best is None or shaken < least:
            best, least = gains, shaken
        if least < HOLDS_M:
            break
    if best is None:
        raise DivergenceError("no feedback was found that holds the expert")
    return best


def _candidates(expert: Expert, body: PublishedBody, threads: int) -> Iterator[np.ndarray]:
    """Gains of each stage, then, for who lies, of the first with none in the frames in which the body lies."""
    first = None
    for position in STAGES:
        gains = gains_at(position, expert, body, threads)
        first = gains if first is None else first
        yield gains
    lying = forward_kinematics(expert.qpos)[0][:-1, HEAD, 2] < LYING_M
    if first is not None and lying.any():
        yield np.where(lying[:, None, None], np.float16(0), first)


def _strayed(
    body: PublishedBody, expert: Expert, gains: np.ndarray, seed: int | None = None
) -> float:
    """Metres the joints are off on average in the worst frame, followed by gains; with a ``seed``,
    noise on its actions."""
    rng = None if seed is None else np.random.default_rng(seed)
    try:
        qpos, _, _ = follow(body, expert, gains, noise=NOISE, rng=rng)
    except DivergenceError:
        return np.inf
    return float(joint_distance(qpos, expert.qpos).max())


def gains_at(position: float, expert: Expert, body: PublishedBody, threads: int = 1) -> np.ndarray:
    """The same of one stage of the schedule, whether they hold or not."""
    stage = stage_at(position)
    body.set_contact(stage.contact)
    frames = expert.frames + AFTER
    qpos = np.concatenate([expert.qpos, np.repeat(expert.qpos[-1:], AFTER, axis=0)])
    qvel = np.concatenate([expert.qvel, np.repeat(expert.qvel[-1:], AFTER, axis=0)])
    targets = np.concatenate([expert.targets, np.repeat(expert.targets[-1:], AFTER + 1, axis=0)])
    # Coarser, a walk that noise on its actions takes 2 cm off is taken 13 cm off.
    dynamics = Dynamics(body, targets, threads, FINE)
    try:
        cost = Cost(body.model, qpos, qvel, None, SCALES)
        problem = Problem(dynamics, cost)
        problem.control_weights[:, MUSCLES:] = 1 / stage.wrench**2
        control = np.zeros((frames - 1, MUSCLES + 6))
        substates = np.stack(
            [dynamics.step(qpos[[t]], qvel[[t]], control[[t]], t)[0] for t in range(frames - 1)]
        )
        path = Trajectory(qpos, qvel, control, substates)
        gains = problem.backward(path, list(dynamics.linearise(path)), 0.0)
    finally:
        dynamics.close()
    with np.errstate(over="ignore"):
        return gains.feedback[: expert.frames - 1, :MUSCLES].astype(np.float16)


def cached_gains(expert: Expert, folder: Path, body: PublishedBody) -> np.ndarray:
    """The gains of an expert of a folder, found and written beside it if they are not there."""
    path = folder / GAINS / f"{expert.name}.npy"
    if path.is_file():
        try:
            gains = np.load(path, allow_pickle=False)
            if gains.shape == (expert.frames - 1, MUSCLES, 150):
                return gains
        except (OSError, ValueError) as error:
            log.info("'%s' is found again: %s", path, error)
    gains = find_gains(expert, body)
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, gains)
    part.replace(path)
    return gains


def feedback(
    body: PublishedBody,
    expert: Expert,
    gains: np.ndarray,
    frames: np.ndarray,
    qpos: np.ndarray,
    qvel: np.ndarray,
) -> np.ndarray:
    """Actions (n, 69) for states (n, 76), (n, 75) at frames (n,) of an expert."""
    model = body.plain
    away = difference(model, qpos, qvel, expert.qpos[frames], expert.qvel[frames])
    change = np.einsum("nij,nj->ni", gains[frames].astype(np.float32), away)
    return body.actions(expert.targets[frames] + change)


def follow(
    body: PublishedBody,
    expert: Expert,
    gains: np.ndarray,
    start: tuple[np.ndarray, np.ndarray] | None = None,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The environment's own simulation, without a wrench, along an expert by its feedback.

    From its first state, or from ``start``; with ``noise``, the standard deviation of what ``rng``
    adds to the actions. Returns qpos (T, 76), qvel (T, 75) and the
    actions (T-1, 69); raises ``DivergenceError``.
    """
    model, data = body.plain, mujoco.MjData(body.plain)
    reset(model, data, *(start or (expert.qpos[0], expert.qvel[0])))
    qpos, qvel = np.empty_like(expert.qpos), np.empty_like(expert.qvel)
    actions = np.empty((expert.frames - 1, MUSCLES))
    for frame in range(expert.frames):
        qpos[frame], qvel[frame] = data.qpos, data.qvel
        if frame < len(actions):
            here = np.array([frame])
            actions[frame] = feedback(body, expert, gains, here, data.qpos[None], data.qvel[None])[
                0
            ]
            if noise and rng is not None:
                actions[frame] = np.clip(actions[frame] + noise * rng.normal(size=MUSCLES), -1, 1)
            control_step(model, data, actions[frame])
    return qpos, qvel, actions


def mirrored_gains(gains: np.ndarray) -> np.ndarray:
    """The same (T-1, 69, 150) around ``expert.mirrored()``: M_u K M_x.

    A mirror changes places and signs; those of differences are those of velocities.
    """
    image = mirror_qvel(np.arange(1.0, 76.0)[None])[0]
    order, signs = np.abs(image).astype(int) - 1, np.sign(image).astype(gains.dtype)
    rows, row_signs = order[6:] - 6, signs[6:, None]
    columns = np.concatenate([order, order + len(order)])
    return gains[:, rows][:, :, columns] * row_signs * np.concatenate([signs, signs])
