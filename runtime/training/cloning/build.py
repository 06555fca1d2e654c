"""Experts built: stretches of recorded motion performed by the published body's own muscles.

A stretch is performed by the product's optimiser in the environment's contacts, then by
its feedback in the environment itself, which has no wrench. What falls there is left
out and listed. Everything found is kept at once, so a build goes on where it stopped.
"""

import json
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ...body.kinematics import forward_kinematics
from ...errors import UserError
from ...generation.settings import GenerationSettings
from ...generation.takes import draft_of
from ...motion.motion import CONTROL_FPS, Motion
from ...performance.bodies import PublishedBody
from ...performance.costs import Cost
from ...performance.dynamics import Dynamics
from ...performance.optimiser import Effort, Optimiser, Solution, WildStartError
from ...planning.reference import build_reference
from ...progress import silent
from ...prompts.timeline import MotionPrompt, Timeline
from ...simulation.stepping import DivergenceError
from .expert import Expert
from .gains import SCALES, cached_gains, follow, mirrored_gains
from .sources import SHORTEST, Job, Source, list_jobs

log = logging.getLogger(__name__)

REPORTS = "reports"
"""Folder of what became of each stretch, beside the experts."""
EFFORT = Effort(passes=18, polish=0)
FALLEN_M = 0.35
"""Mean distance of the joints from the reference, wherever on the floor, beyond which it fell."""
BEFORE_FALL = 20
"""Frames before it in which the fall has begun; what comes before those is kept, if long enough."""
PUSH = np.concatenate([np.zeros(3), np.full(3, 0.06), np.full(69, 0.05)])
PUSH_VELOCITY = np.concatenate([np.full(3, 0.3), np.full(3, 0.6), np.full(69, 0.6)])
"""Deviations of pushed starts: radians of tilt and joints; m/s, rad/s."""


@dataclass(frozen=True)
class ExpertReport:
    """What became of a stretch."""

    name: str
    frames: int
    kinds: tuple[str, ...]
    seconds: float
    """It took."""
    error_cm: float = 0.0
    """Mean distance of the joints from the reference, in the world."""
    mirror_error_cm: float | None = None
    """The same of the mirror image, followed by the mirrored gains; None if that fell."""
    dropped: str = ""
    """Why there is no expert of it; empty if there is."""
    cut: int = 0
    """Frames of its end in which the body fell, and that are left out."""


def build_experts(
    motions: str | Path,
    out: str | Path,
    workers: int = 1,
    only: tuple[str, ...] = (),
    limit: int | None = None,
    progress: Callable[..., None] = silent,
) -> list[ExpertReport]:
    """Performs the stretches of ``motions`` that ``out`` does not know yet; all reports of it.

    motions: see ``Source``. only: clips whose names hold one of these. limit: end after so
    many stretches. Raises ``UserError`` for motions that cannot be read.
    """
    out = Path(out)
    (out / REPORTS).mkdir(parents=True, exist_ok=True)
    jobs = list_jobs(Source(motions), only)[:limit]
    waiting = [job for job in jobs if not _report_path(out, job.name).is_file()]
    done = len(jobs) - len(waiting)
    progress(done / len(jobs), "")
    for number, report in enumerate(_perform_all(str(motions), out, waiting, workers), start=1):
        told = report.dropped or f"{report.error_cm:.1f} cm"
        progress((done + number) / len(jobs), f"{report.name}: {told} ({report.seconds:.0f} s)")
    return read_reports(out)


def read_reports(out: str | Path) -> list[ExpertReport]:
    """What became of every stretch so far, by name."""
    reports = []
    for path in sorted((Path(out) / REPORTS).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        reports.append(ExpertReport(**{**content, "kinds": tuple(content["kinds"])}))
    return reports


def _report_path(out: Path, name: str) -> Path:
    return out / REPORTS / f"{name}.json"


def _perform_all(motions: str, out: Path, jobs: list[Job], workers: int) -> Iterator[ExpertReport]:
    if workers <= 1:
        for job in jobs:
            yield build_expert(motions, out, job)
        return
    # Fresh processes: forking one that has threads can hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(build_expert, motions, out, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def build_expert(motions: str, out: Path, job: Job) -> ExpertReport:
    """Performs one stretch and writes its file and report, or only the report that says why not."""
    started = time.monotonic()
    mirror_error = None
    error, reason, frames = 0.0, "", job.frames
    try:
        expert, error = perform_stretch(Source(motions).qpos(job.clip), job)
        mirror_error = _mirror_error(expert, cached_gains(expert, out, PublishedBody()))
        expert.save(out / f"{expert.name}.npz")
        frames = expert.frames
    except (UserError, DivergenceError, np.linalg.LinAlgError) as failure:
        reason = str(failure)
        log.info("%s: %s", job.name, reason)
    seconds = time.monotonic() - started
    report = ExpertReport(
        job.name, frames, job.kinds, seconds, error, mirror_error, reason, job.frames - frames
    )
    part = _report_path(out, job.name).with_suffix(".part")
    part.write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    part.replace(_report_path(out, job.name))
    return report


def perform_stretch(clip: np.ndarray, job: Job) -> tuple[Expert, float]:
    """The expert, up to where it falls if it does, and its joints' mean distance in cm.

    clip: qpos (T, 76) of the whole clip. Raises ``DivergenceError`` if the body falls.
    """
    recorded = Motion(CONTROL_FPS, clip[job.first : job.first + job.frames])
    prompt = MotionPrompt(start=0, end=job.frames - 1, source=recorded, placement="world")
    reference = build_reference(Timeline((prompt,))).motion
    draft = draft_of(reference, GenerationSettings())
    body = PublishedBody()
    start = draft.qpos[0], draft.qvel[0]
    if job.attempt:
        start = pushed_start(*start, job.seed)
    solution, targets = _solve(body, reference, (draft.qpos, draft.qvel), start)
    found = solution.trajectory
    pulled = targets[:-1] + found.control[:, :69]
    planned = Expert(job.name, job.kinds, found.qpos, found.qvel, pulled)
    gains = solution.gains.feedback[:, :69]
    qpos, qvel, actions = follow(body, planned, gains)
    fallen = np.flatnonzero(_error_m(qpos, reference.qpos, placed=False) > FALLEN_M)
    kept = job.frames
    if len(fallen):
        kept = int(fallen[0]) - BEFORE_FALL
        if kept < SHORTEST:
            raise DivergenceError(f"fell at frame {fallen[0]}")
        log.info("%s fell at frame %d; what came before is kept", job.name, fallen[0])
    error = 100 * float(_error_m(qpos[:kept], reference.qpos[:kept]).mean())
    targets = body.targets(actions[: kept - 1])
    return Expert(job.name, job.kinds, qpos[:kept], qvel[:kept], targets), error


def _solve(
    body: PublishedBody,
    reference: Motion,
    draft: tuple[np.ndarray, np.ndarray],
    start: tuple[np.ndarray, np.ndarray],
) -> tuple[Solution, np.ndarray]:
    """The optimiser's solution without any help, and the targets that its controls are added to."""
    targets, wrench = body.feed_forward(reference.qpos, reference.velocities())
    dynamics = Dynamics(body, targets, threads=1)
    try:
        cost = Cost(body.model, reference.qpos, reference.velocities(), None, SCALES)
        given = (start, *draft, wrench[:-1], EFFORT)
        try:
            return Optimiser(dynamics, cost).solve(*given), targets
        except WildStartError as error:
            log.info("%s; in narrower contacts", error)
            return Optimiser(dynamics, cost, narrow=True).solve(*given), targets
    finally:
        dynamics.close()


def _mirror_error(expert: Expert, gains: np.ndarray) -> float | None:
    """Centimetres by which the mirror image is off, followed by the mirrored gains."""
    image = expert.mirrored()
    try:
        qpos, _, _ = follow(PublishedBody(), image, mirrored_gains(gains))
    except DivergenceError:
        return None
    if _error_m(qpos, image.qpos, placed=False).max() > FALLEN_M:
        return None
    return 100 * float(_error_m(qpos, image.qpos).mean())


def pushed_start(qpos: np.ndarray, qvel: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A state beside (76,), (75,): tilted, its joints bent a little, and moving."""
    import mujoco

    from ...body.model import shared_model

    rng = np.random.default_rng(seed)
    moved = qpos.copy()
    mujoco.mj_integratePos(shared_model(), moved, rng.normal(size=75) * PUSH, 1.0)
    return moved, qvel + rng.normal(size=75) * PUSH_VELOCITY


def _error_m(qpos: np.ndarray, reference: np.ndarray, placed: bool = True) -> np.ndarray:
    """(T,) metres: mean distance of the joints; not ``placed``, wherever on the floor they are."""
    apart = forward_kinematics(qpos)[0] - forward_kinematics(reference)[0]
    if not placed:
        apart[..., :2] -= apart[:, :1, :2]
    return np.linalg.norm(apart, axis=-1).mean(axis=1)
