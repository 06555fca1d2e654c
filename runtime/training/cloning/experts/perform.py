"""One stretch performed by the published body's own muscles, and checked in the environment."""

import logging
from itertools import pairwise

import mujoco
import numpy as np

from ....body.kinematics import joint_distance
from ....body.model import shared_model
from ....generation.following import draft_of, takes_of
from ....generation.settings import GenerationSettings
from ....motion.ground_frame import heading, moved
from ....motion.motion import CONTROL_FPS, Motion
from ....performance.physics.bodies import MUSCLES, PublishedBody
from ....performance.physics.dynamics import Dynamics
from ....performance.search.costs import Cost
from ....performance.search.optimiser import Effort, Optimiser, Solution
from ....planning.reference import build_reference
from ....prompts.timeline import BehaviourPrompt, MotionPrompt, Timeline
from ....simulation.stepping import DivergenceError, reset
from .expert import Expert
from .gains import NOISE, SCALES, SHAKES, STAGES, follow, gains_at, mirrored_gains
from .sources import SHORTEST, SHORTEST_BACK, Asked, Job, Return

log = logging.getLogger(__name__)

State = tuple[np.ndarray, np.ndarray]
"""qpos and qvel, of one state or of several."""

EFFORT = Effort(passes=18, polish=0, rescue=0.0)
FALLEN_M = 0.35
"""Mean distance of the joints from the reference, wherever on the floor, beyond which it fell."""
BEFORE_FALL = 20
"""Frames before it in which the fall has begun; what comes before those is kept, if long enough."""
PUSH = np.concatenate([np.zeros(3), np.full(3, 0.06), np.full(69, 0.05)])
PUSH_VELOCITY = np.concatenate([np.full(3, 0.3), np.full(3, 0.6), np.full(69, 0.6)])
"""Deviations of pushed starts: radians of tilt and joints; m/s, rad/s."""


def perform_stretch(clip: np.ndarray, job: Job) -> tuple[Expert, float]:
    """The expert, up to where it falls if it does, and its joints' mean distance in cm.

    clip: qpos (T, 76) of the whole clip. Raises ``DivergenceError`` if the body falls.
    """
    recorded = Motion(CONTROL_FPS, clip[job.first : job.first + job.frames])
    prompt = MotionPrompt(start=0, end=job.frames - 1, source=recorded, placement="world")
    reference = build_reference(Timeline((prompt,))).motion
    rollout = draft_of(reference, GenerationSettings())
    draft = rollout.qpos, rollout.qvel
    # As fast as it pays to begin, unless pushed.
    start = pushed_start(draft[0][0], draft[1][0], job.seed) if job.attempt else None
    if job.upright:
        start = upright_start(draft[0][0])
    return _perform(job, reference, draft, start)


def perform_asked(job: Asked) -> tuple[Expert, float]:
    """As ``perform_stretch``: what the product performs for rewards, one after the other, from the
    upright start.

    Stiff muscles perform the plan first, as the product does: a plan is no performance, and soft
    muscles, that fall off it, do find the way that stiff ones went.
    """
    prompts = (
        BehaviourPrompt(start, end, task, ((task, 1.0),))
        for (start, end), task in zip(pairwise(job.edges), job.tasks, strict=True)
    )
    reference = build_reference(Timeline(tuple(prompts)))
    take = next(takes_of(reference, GenerationSettings(controller="servo"))).motion
    draft = take.qpos, take.velocities()
    return _perform(job, take, draft, upright_start(take.qpos[0]))


def perform_return(expert: Expert, job: Return) -> tuple[Expert, float]:
    """As ``perform_stretch``, the distance being that of the last ten frames: from where a policy
    was lost back onto the rest of an expert."""
    rest = slice(job.first, job.first + job.frames)
    qpos, qvel = expert.qpos[rest], expert.qvel[rest]
    # An expert is a performance without help already: it is its own reference and draft.
    return _perform(job, Motion(CONTROL_FPS, qpos, qvel), (qpos, qvel), (job.qpos, job.qvel))


def _perform(
    job: Job | Return | Asked, reference: Motion, draft: State, start: State | None
) -> tuple[Expert, float]:
    body = PublishedBody()
    back = isinstance(job, Return)
    solution, targets = _solve(body, reference, draft, start)
    found = solution.trajectory
    pulled = targets[:-1] + found.control[:, :MUSCLES]
    planned = Expert(job.name, job.kinds, found.qpos, found.qvel, pulled)
    (qpos, qvel, actions), fallen = _held(body, planned, solution, reference)
    kept = job.frames
    if fallen < job.frames:
        kept = fallen - BEFORE_FALL
        if kept < (SHORTEST_BACK if back else SHORTEST):
            raise DivergenceError(f"fell at frame {fallen}")
        log.info("%s fell at frame %d; what came before is kept", job.name, fallen)
    # A way back has come back if its end is on the expert, wherever on the floor.
    told = slice(kept - 10 if back else 0, kept)
    error = 100 * float(joint_distance(qpos[told], reference.qpos[told], placed=not back).mean())
    targets = body.targets(actions[: kept - 1])
    return Expert(job.name, job.kinds, qpos[:kept], qvel[:kept], targets), error


def _held(
    body: PublishedBody, planned: Expert, solution: Solution, reference: Motion
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], int]:
    """What ``follow`` returns by the feedback that holds the planned motion longest, and the frame
    in which it falls, or how many there are.

    The solution's own is found in hard contacts, where a foot that is about to land does not
    feel the floor; softer ones may hold what that lets fall.
    """
    best, longest = None, -1
    for position in (None, *STAGES[:2]):
        gains = solution.gains.feedback[:, :MUSCLES]
        if position is not None:
            gains = gains_at(position, planned, body)
        try:
            done = follow(body, planned, gains)
        except DivergenceError:
            continue
        away = joint_distance(done[0], reference.qpos, placed=False) > FALLEN_M
        lasted = int(away.argmax()) if away.any() else len(away)
        if lasted > longest:
            best, longest = done, lasted
        if not away.any():
            break
    if best is None:
        raise DivergenceError("no feedback holds it")
    return best, longest


def _solve(
    body: PublishedBody,
    reference: Motion,
    draft: State,
    start: State | None,
) -> tuple[Solution, np.ndarray]:
    """The optimiser's solution without any help, and the targets that its controls are added to."""
    targets, wrench = body.feed_forward(reference.qpos, reference.velocities())
    dynamics = Dynamics(body, targets, threads=1)
    try:
        cost = Cost(body.model, reference.qpos, reference.velocities(), None, SCALES)
        solution = Optimiser(dynamics, cost).solve(start, *draft, wrench[:-1], EFFORT)
    finally:
        dynamics.close()
    return solution, targets


def mirror_error(expert: Expert, gains: np.ndarray) -> float | None:
    """Centimetres by which the mirror image is off, followed by the mirrored gains."""
    image = expert.mirrored()
    try:
        qpos, _, _ = follow(PublishedBody(), image, mirrored_gains(gains))
    except DivergenceError:
        return None
    if joint_distance(qpos, image.qpos, placed=False).max() > FALLEN_M:
        return None
    return 100 * float(joint_distance(qpos, image.qpos).mean())


def pushed_start(qpos: np.ndarray, qvel: np.ndarray, seed: int) -> State:
    """A state beside (76,), (75,): tilted, its joints bent a little, and moving."""
    rng = np.random.default_rng(seed)
    moved = qpos.copy()
    mujoco.mj_integratePos(shared_model(), moved, rng.normal(size=75) * PUSH, 1.0)
    return moved, qvel + rng.normal(size=75) * PUSH_VELOCITY


def upright_start(qpos: np.ndarray) -> State:
    """How episodes begin, moved and turned to where a state (76,) is."""
    model = shared_model()
    data = mujoco.MjData(model)
    reset(model, data)
    start = data.qpos[None].copy()
    turn = heading(qpos[None]) - heading(start)
    placed = moved(start, turn, start[:, :2], qpos[None, :2])
    return placed[0], data.qvel.copy()


def shaken_error(expert: Expert, gains: np.ndarray) -> float:
    """Centimetres by which the expert is off, in the middle one of ``SHAKES``, with noise on its
    actions.

    Who mostly falls so is no teacher: a policy never does quite what it is told. A body that
    diverges counts as a metre off.
    """
    body = PublishedBody()
    strayed = []
    for seed in range(SHAKES):
        rng = np.random.default_rng(seed)
        try:
            qpos, _, _ = follow(body, expert, gains, noise=NOISE, rng=rng)
        except DivergenceError:
            strayed.append(100.0)
        else:
            strayed.append(100 * float(joint_distance(qpos, expert.qpos, placed=False).mean()))
    return float(np.median(strayed))
