"""Experts built: stretches of recorded motion performed by the published body's own muscles.

A stretch is performed by the product's optimiser in the environment's contacts, then by
its feedback in the environment itself, which has no wrench. What falls there is left
out and listed. Everything found is kept at once, so a build goes on where it stopped.
"""

import json
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ....errors import UserError
from ....performance.physics.bodies import PublishedBody
from ....progress import silent
from ....simulation.stepping import DivergenceError
from .catches import Catch, list_catches, perform_caught
from .expert import load_expert
from .gains import cached_gains
from .perform import mirror_error, perform_asked, perform_return, perform_stretch, shaken_error
from .pushes import list_pushes
from .sources import (
    Asked,
    Job,
    Return,
    Source,
    list_asked,
    list_jobs,
    list_named,
    list_returns,
)

log = logging.getLogger(__name__)

AnyJob = Job | Return | Asked | Catch
REPORTS = "reports"
"""Folder of what became of each stretch, beside the experts."""


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
    shaken_cm: float | None = None
    """The same of the expert with noise on its actions (``perform.shaken_error``); None if it was
    built before that was measured."""
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
    lost: str | Path | None = None,
    asked: bool = False,
    pushed: bool = False,
    caught: str | Path | None = None,
    named: Sequence[str] = (),
    progress: Callable[..., None] = silent,
) -> list[ExpertReport]:
    """Performs the stretches of ``motions`` that ``out`` does not know yet; all reports of it.

    motions: see ``Source``. only: clips whose names hold one of these. limit: end after so
    many stretches. lost: perform not clips but returns to the experts of ``out`` from where a
    policy was lost, a file that training writes. asked: perform what the library plans for
    each task of the benchmark. pushed: perform ways back onto the experts of ``out`` that
    stand, from pushes. caught: pushes of a body that stands by this model's pack, caught by what
    its policy can do. named: these stretches of ``motions`` (``sources.list_named``). Raises ``UserError`` for motions that cannot be read.
    """
    out = Path(out)
    (out / REPORTS).mkdir(parents=True, exist_ok=True)
    jobs: Sequence[AnyJob]
    if asked:
        jobs = list_asked(only)
    elif pushed:
        jobs = list_pushes(out, only)
    elif caught is not None:
        jobs = list_catches(caught, only)
    elif named:
        jobs = list_named(Source(motions), named)
    elif lost is not None:
        jobs = list_returns(lost, out)
    else:
        jobs = list_jobs(Source(motions), only)
    jobs = jobs[:limit]
    waiting = [job for job in jobs if not _report_path(out, job.name).is_file()]
    done = len(jobs) - len(waiting)
    progress(done / len(jobs), "")
    for number, report in enumerate(_perform_all(str(motions), out, waiting, workers), start=1):
        told = report.dropped or f"{report.error_cm:.1f} cm"
        progress((done + number) / len(jobs), f"{report.name}: {told} ({report.seconds:.0f} s)")
    return read_reports(out)


def read_reports(out: str | Path) -> list[ExpertReport]:
    """What became of every stretch so far, by name. Raises ``UserError`` for a broken report."""
    reports = []
    for path in sorted((Path(out) / REPORTS).glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            reports.append(ExpertReport(**{**content, "kinds": tuple(content["kinds"])}))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"'{path}' is no report of an expert; remove it, and the next build performs that "
                "stretch again.",
                repr(error),
            ) from error
    return reports


def _report_path(out: Path, name: str) -> Path:
    return out / REPORTS / f"{name}.json"


def _perform_all(
    motions: str, out: Path, jobs: Sequence[AnyJob], workers: int
) -> Iterator[ExpertReport]:
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


def build_expert(motions: str, out: Path, job: AnyJob) -> ExpertReport:
    """Performs one stretch and writes its file and report, or only the report that says why not."""
    started = time.monotonic()
    mirrored = shaken = None
    error, reason, frames = 0.0, "", job.frames
    try:
        if isinstance(job, Return):
            expert, error = perform_return(load_expert(out / f"{job.expert}.npz"), job)
        elif isinstance(job, Asked):
            expert, error = perform_asked(job)
        elif isinstance(job, Catch):
            expert, error = perform_caught(job), 0.0
        else:
            expert, error = perform_stretch(Source(motions).qpos(job.clip), job)
        gains = cached_gains(expert, out, PublishedBody())
        mirrored, shaken = mirror_error(expert, gains), shaken_error(expert, gains)
        expert.save(out / f"{expert.name}.npz")
        frames = expert.frames
    except (UserError, DivergenceError, np.linalg.LinAlgError) as failure:
        reason = str(failure)
        log.info("%s: %s", job.name, reason)
    seconds = time.monotonic() - started
    report = ExpertReport(
        job.name, frames, job.kinds, seconds, error, mirrored, shaken, reason, job.frames - frames
    )
    part = _report_path(out, job.name).with_suffix(".part")
    part.write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    part.replace(_report_path(out, job.name))
    return report
