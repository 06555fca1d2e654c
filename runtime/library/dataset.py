"""Motion capture made ready for training: every clip fitted, mirrored, judged and listed.

A folder made here holds one HDF5 file a clip in the published layout (``ep_0``
the clip, ``ep_1`` its mirror image), ``train.txt`` and ``test.txt`` that list
them, and ``report.json`` that says what became of every clip.
"""

import hashlib
import json
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..motion.motion import Motion
from ..progress import silent
from ..simulation.batch import available_cores

log = logging.getLogger(__name__)

TRAIN_LIST, TEST_LIST, REPORT = "train.txt", "test.txt", "report.json"
SOURCES = (".bvh", ".npz")
REASONS_SHOWN = 3
"""Files whose reasons an error tells; the report has all."""
HELD_OUT_OF = 10
"""One clip of so many is held out, chosen by its name."""
LONGEST_ERROR_DEG = 10.0
"""Mean angle between the limbs of clip and body from which a fit is bad."""
LARGEST_ERROR_CM = 15.0
SHORTEST_FRAMES = 16
STILL_RAD_S, STILL_M = 0.01, 0.02
"""Mean speed of the joints and way of the hips of a clip in which nobody moves; who stands and
waits sways by many times as much."""
FASTEST_RAD_S = 60.0
"""No joint of a person turns faster; a fit that does has jumped."""


Job = tuple[Path, str, Path]
"""What ``fit_clip`` is called with."""


@dataclass(frozen=True)
class ClipReport:
    """What became of one clip."""

    name: str
    source: str
    digest: str
    """Of the source file, so that a changed clip is fitted again."""
    frames: int = 0
    direction_error_deg: float = 0.0
    joint_error_cm: float = 0.0
    skate_share: float = 0.0
    """Share of frames in which a toe on the floor slides."""
    penetration_mm: float = 0.0
    """Mean depth of the lowest foot in the floor."""
    dropped: str = ""
    """Why the clip is not used; empty if it is."""

    @property
    def why(self) -> str:
        """``dropped`` as a sentence that names the file."""
        named = self.dropped if self.source in self.dropped else f"'{self.source}': {self.dropped}"
        return named if named.endswith(".") else named + "."


@dataclass(frozen=True)
class DatasetReport:
    """The whole folder."""

    clips: tuple[ClipReport, ...]
    seconds: float
    """It took."""

    @property
    def used(self) -> tuple[ClipReport, ...]:
        return tuple(clip for clip in self.clips if not clip.dropped)

    @property
    def dropped(self) -> tuple[ClipReport, ...]:
        return tuple(clip for clip in self.clips if clip.dropped)

    def to_dict(self) -> dict[str, Any]:
        """Totals and clips as plain data; means are over frames."""
        used = self.used
        weights = [clip.frames for clip in used]

        def mean(values: Iterable[float]) -> float:
            return float(np.average(list(values), weights=weights)) if used else 0.0

        return {
            "minutes": sum(weights) / 30 / 60,
            "minutes_with_mirrored": 2 * sum(weights) / 30 / 60,
            "clips_used": len(used),
            "clips_dropped": len(self.dropped),
            "clips_held_out": sum(is_held_out(clip.name) for clip in used),
            "direction_error_deg": mean(clip.direction_error_deg for clip in used),
            "joint_error_cm": mean(clip.joint_error_cm for clip in used),
            "skate_share": mean(clip.skate_share for clip in used),
            "penetration_mm": mean(clip.penetration_mm for clip in used),
            "seconds": self.seconds,
            "clips": [asdict(clip) for clip in self.clips],
        }


def is_held_out(name: str) -> bool:
    """By the clip's name alone, so the choice survives clips that come and go."""
    return _number(name) % HELD_OUT_OF == 0


def motion_id(name: str) -> int:
    """The clip's id, by its name; its mirror image has the next one."""
    return 2 * (_number(name) % 2**32)


def _number(name: str) -> int:
    return int(hashlib.sha1(name.encode()).hexdigest(), 16)


def build_dataset(
    source: str | Path,
    out: str | Path,
    workers: int | None = None,
    progress: Callable[..., None] = silent,
    kept: bool = True,
) -> DatasetReport:
    """Fits every clip below ``source`` and writes the folder ``out``.

    Clips already there and unchanged are not fitted again, so a build that was
    interrupted goes on where it stopped. Raises ``UserError`` if no clip is usable;
    it points to the report in ``out`` where that is ``kept``.
    """
    source, out = Path(source), Path(out)
    started = time.monotonic()
    paths = find_clips(source)
    out.mkdir(parents=True, exist_ok=True)
    reports: dict[Path, ClipReport] = {}
    jobs: dict[Path, Job] = {}
    for path in paths:
        name = clip_name(path, source)
        known = _known_report(out, name, path)
        if known is not None:
            reports[path] = known
        else:
            jobs[path] = (path, name, out)
    count = min(workers or available_cores(), len(jobs))
    # Long clips first, or the last one keeps all others waiting.
    order = sorted(jobs, key=lambda path: -path.stat().st_size)
    for path, report in _fit_all([jobs[path] for path in order], count):
        reports[path] = report
        progress(len(reports) / len(paths), path.name)
    whole = DatasetReport(tuple(reports[path] for path in paths), time.monotonic() - started)
    _write_json(whole.to_dict(), out / REPORT)
    if not whole.used:
        raise _nothing_usable(whole, out / REPORT if kept else None)
    _write_lists(whole, out)
    return whole


def _fit_all(jobs: list[Job], workers: int) -> Iterator[tuple[Path, ClipReport]]:
    if workers <= 1:
        for job in jobs:
            yield job[0], fit_clip(*job)
        return
    # Fresh processes: forking one that has threads can hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = {pool.submit(fit_clip, *job): job[0] for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def find_clips(source: Path) -> list[Path]:
    """Every motion file below a folder, in a fixed order."""
    if not source.is_dir():
        raise UserError(f"There is no folder '{source}'; name one with motion files.")
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SOURCES)
    if not paths:
        raise UserError(f"'{source}' holds no motion files ({' or '.join(SOURCES)}).")
    return paths


def clip_name(path: Path, source: Path) -> str:
    """Its place below the folder as one word, such as ``cmu_07_01``."""
    return "_".join(path.relative_to(source).with_suffix("").parts)


def fit_clip(path: Path, name: str, out: Path) -> ClipReport:
    """Fits one clip and writes it and its mirror image, or says why not."""
    from ..motion.formats.hdf5 import write_episodes
    from ..motion.mirror import mirror_motion

    report = ClipReport(name, path.name, _digest(path))
    target = out / f"{name}.hdf5"
    try:
        motion, errors = _fitted(path)
        report = ClipReport(
            name, path.name, report.digest, motion.frames, *errors, *_foot_errors(motion)
        )
        reason = why_dropped(report, motion)
    except UserError as error:
        reason = str(error)
    if reason:
        target.unlink(missing_ok=True)
        report = ClipReport(**{**asdict(report), "dropped": reason})
    else:
        part = target.with_suffix(".hdf5.part")
        write_episodes([motion, mirror_motion(motion)], part, motion_id(name))
        part.replace(target)
    _write_json(asdict(report), _report_path(out, name))
    return report


def why_dropped(report: ClipReport, motion: Motion) -> str:
    """A sentence about what is wrong with a fit, or nothing."""
    if motion.frames < SHORTEST_FRAMES:
        return f"only {motion.frames} frames long, at least {SHORTEST_FRAMES} are needed"
    if report.direction_error_deg > LONGEST_ERROR_DEG:
        return f"its limbs point {report.direction_error_deg:.1f} degrees off on average"
    if report.joint_error_cm > LARGEST_ERROR_CM:
        return f"its joints are {report.joint_error_cm:.1f} cm off on average"
    fastest = float(np.abs(motion.velocities()[:, 6:]).max())
    if fastest > FASTEST_RAD_S:
        return f"a joint turns at {fastest:.0f} rad/s, it must have jumped"
    if is_still(motion.qpos):
        return "nothing moves in it: a still pose, as of a calibration"
    return ""


def is_still(qpos: np.ndarray) -> bool:
    """Whether somebody holds one pose through all frames (T, 76) at 30 a second."""
    turning = np.abs(np.diff(qpos[:, 7:], axis=0)).mean() * 30
    way = np.ptp(qpos[:, :2], axis=0).max()
    return bool(turning < STILL_RAD_S and way < STILL_M)


def _fitted(path: Path) -> tuple[Motion, tuple[float, float]]:
    """The motion, and its direction (degrees) and joint error (cm)."""
    from ..motion.files import load_motion

    motion = load_motion(path)
    fit = motion.metadata.get("fit", {})
    motion = motion.resampled(30.0)
    return motion, (fit.get("direction_error_deg", 0.0), fit.get("joint_error_cm", 0.0))


def _foot_errors(motion: Motion) -> tuple[float, float]:
    from ..body.support_points import lowest_points
    from ..measures.quality import FEET, penetration_mm, skate_share

    depth = penetration_mm(lowest_points(motion.qpos)[:, FEET])
    return skate_share(motion.positions(), motion.fps), float(depth.mean())


def _known_report(out: Path, name: str, path: Path) -> ClipReport | None:
    """What an earlier build found about this very clip, if its file is still there."""
    try:
        report = ClipReport(**json.loads(_report_path(out, name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # none yet, or of another version: the clip is fitted again
    if report.digest != _digest(path):
        return None
    whole = report.dropped or (out / f"{name}.hdf5").is_file()
    return report if whole else None


def _nothing_usable(report: DatasetReport, told_in: Path | None) -> UserError:
    """Says why of the first few clips."""
    reasons = [clip.why for clip in report.clips]
    sentences = [f"None of the {len(reasons)} clips could be used.", *reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        sentences.append(f"And {len(reasons) - REASONS_SHOWN} more.")
    if told_in is not None:
        sentences.append(f"'{told_in}' has every reason.")
    return UserError(" ".join(sentences), "\n".join(reasons))


def _write_lists(report: DatasetReport, out: Path) -> None:
    for name, held_out in ((TRAIN_LIST, False), (TEST_LIST, True)):
        lines = [
            f"{clip.name}.hdf5\n" for clip in report.used if is_held_out(clip.name) == held_out
        ]
        part = out / (name + ".part")
        part.write_text("".join(lines), encoding="utf-8")
        part.replace(out / name)


def _report_path(out: Path, name: str) -> Path:
    return out / "clips" / f"{name}.json"


def _write_json(data: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
