"""A benchmark for people: JSON, CSV, a table beside the published figures, plots."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..prompts.tasks import STANDARD_TASKS
from .benchmark import Benchmark
from .plots import write_plots

PUBLISHED_TASKS = 45


def write_report(benchmark: Benchmark, out: Path) -> list[Path]:
    """Writes ``results.json``, ``table.md`` and, for each kind measured, a CSV and a plot."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        written = [out / "results.json", out / "table.md"]
        content = {**benchmark.to_dict(), "summary": summarise(benchmark)}
        written[0].write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        written[1].write_text(format_table(benchmark), encoding="utf-8")
        for kind, scores in benchmark.scores.items():
            if scores:
                written.append(_write_csv(scores, out / f"{kind}.csv"))
        return written + write_plots(benchmark, out)
    except OSError as error:
        raise UserError(
            f"The report cannot be written in '{out}' ({error.strerror}); choose another folder.",
            repr(error),
        ) from error


def summarise(benchmark: Benchmark) -> dict[str, dict[str, float]]:
    """Means over all items of each kind: kind -> measure -> mean."""
    summary: dict[str, dict[str, float]] = {}
    for kind, scores in benchmark.scores.items():
        rows = [flat(row) for row in scores.values()]
        if not rows:
            continue
        names = [name for name, value in rows[0].items() if isinstance(value, float | int)]
        summary[kind] = {
            name: float(np.mean([row[name] for row in rows if row.get(name) is not None]))
            for name in names
        }
    return summary


def format_table(benchmark: Benchmark) -> str:
    """What was measured beside what was published, as Markdown."""
    summary = summarise(benchmark)
    settings = benchmark.settings
    lines = [
        f"# {benchmark.model}",
        "",
        f"{settings['episodes']} episodes of {settings['steps']} steps, start "
        f"{settings['state_init']}, {settings['samples']:,} relabelled samples, "
        f"seed {settings['seed']}.",
        "",
    ]
    notes: list[str] = []
    rows: list[tuple[str, float, str]] = []
    if "rewards" in summary:
        tasks = benchmark.scores["rewards"]
        same = set(tasks) == set(STANDARD_TASKS)
        published = "151.68 (FB-CPR), 249.74 (TD3, one policy a task)" if same else "-"
        rows.append(
            (f"return, mean of {len(tasks)} tasks", summary["rewards"]["reward"], published)
        )
        if not same:
            notes.append(
                f"The published return is the mean of the {PUBLISHED_TASKS} standard tasks."
            )
    if "goals" in summary:
        rows.append(("goals: proximity", summary["goals"]["proximity"], "0.68"))
        rows.append(("goals: success", summary["goals"]["success"], "0.48"))
        notes.append("The published figures for goals are of other poses.")
    if "tracking" in summary:
        rows.append(("tracking: EMD", summary["tracking"]["emd"], "1.37 train, 1.39 test"))
        rows.append(("tracking: success", summary["tracking"]["success"], "0.83 train, 0.83 test"))
        notes.append("The published figures for tracking are of motions of AMASS.")
    lines += ["| | here | published |", "|---|---|---|"]
    lines += [f"| {name} | {value:.2f} | {published} |" for name, value, published in rows]
    if notes:
        lines += ["", *notes]
    for kind, columns in _COLUMNS.items():
        scores = benchmark.scores.get(kind)
        if scores:
            lines += ["", f"## {kind.capitalize()}", "", *_rows(scores, columns)]
    return "\n".join(lines) + "\n"


_COLUMNS: dict[str, dict[str, str]] = {
    "rewards": {"reward": "return", "std": "std", "diverged": "diverged"},
    "goals": {"success": "success", "proximity": "proximity", "distance": "distance"},
    "tracking": {
        "emd": "EMD",
        "success": "success",
        "proximity": "proximity",
        "joint_error_world_cm": "world error cm",
        "mpjpe_aligned_mm": "aligned error mm",
        "keyframe_error_cm": "keyframe error cm",
        "skate_share": "skate",
        "foot_penetration_mean_mm": "penetration mm",
        "float_mean_mm": "float mm",
        "jerk_ratio": "jerk ratio",
    },
}


def _rows(scores: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str]) -> list[str]:
    lines = ["| | " + " | ".join(columns.values()) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in scores.items():
        values = [flat(row).get(column) for column in columns]
        cells = ["-" if value is None else f"{value:.3g}" for value in values]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _write_csv(scores: Mapping[str, Mapping[str, Any]], path: Path) -> Path:
    rows = [{"name": name, **flat(row)} for name, row in scores.items()]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without lists, and what stands under ``quality`` beside the rest."""
    plain = {k: v for k, v in row.items() if not isinstance(v, list | dict)}
    return {**plain, **row.get("quality", {})}
