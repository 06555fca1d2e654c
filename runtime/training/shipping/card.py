"""The model card: what a model is, how it came about, how good it is and what it cannot do."""

from collections.abc import Mapping
from typing import Any

from ...generation.automatic import RETURN
from .assessment import WISHED, Assessment

LICENCE = """\
The networks in this folder were trained by the Motivo project from scratch.
Anyone may use, change and pass them on, with or without changes, for any
purpose, commercial ones included, free of charge. What is made with them
belongs to whoever made it. They come without any warranty.

They learned from motion capture of
- the Carnegie Mellon University Graphics Lab motion capture database,
  mocap.cs.cmu.edu, created with funding from NSF EIA-0196217;
- the Open Motion Project by ACCAD, The Ohio State University,
  Creative Commons Attribution 3.0.
The motions themselves are not in this folder.
"""
UNABLE = 30.0
"""Of 300: what earns less counts as what the model cannot do."""


def model_card(assessment: Assessment, story: Mapping[str, Any]) -> str:
    """Markdown."""
    lines = ["# The model that ships", ""]
    lines += [f"- {name}: {value}" for name, value in story.items()]
    lines += ["", *_bars(assessment)]
    below = assessment.failures()
    if below:
        lines += ["", "Below the bars for shipping:", "", *(f"- {failure}" for failure in below)]
    missing = assessment.wishes()
    if missing:
        lines += ["", "Not reached yet:", "", *(f"- {wish}" for wish in missing)]
    unable = [f"`{task}`" for task, value in assessment.rewards.items() if value < UNABLE]
    if unable:
        lines += ["", f"It cannot do (less than {UNABLE:.0f} of 300): {', '.join(unable)}."]
    lines += ["", *_figures(assessment), "", *_tasks(assessment)]
    return "\n".join(lines) + "\n"


def _bars(assessment: Assessment) -> list[str]:
    lines = ["| bar | wanted | this model | published S |", "|---|---|---|---|"]
    for bar in WISHED:
        wanted = f"{'at least' if bar.least else 'at most'} {bar.shown(bar.wanted)}"
        value = bar.shown(bar.of(assessment))
        lines.append(f"| {bar.name} | {wanted} | {value} | {bar.published or '-'} |")
    return lines


def _figures(assessment: Assessment) -> list[str]:
    lines = [f"- walks of 10 s without a fall: {assessment.upright_walks:.0%}"]
    lines += [f"- goals, {name}: {value:.3f}" for name, value in assessment.goals.items()]
    lines += [f"- held-out motions, {n}: {v:.3f}" for n, v in assessment.tracking.items()]
    if assessment.tracked_walks is not None:
        walks = "held-out walks tracked without a fall"
        lines += [f"- {walks}: {assessment.tracked_walks:.0%}"]
    for kind, scores in assessment.controllers.items():
        measure = RETURN if RETURN in next(iter(scores.values())) else "emd"
        figures = " and ".join(f"{row[measure]:.2f} by the {who}" for who, row in scores.items())
        said = "return, as planned by the library," if measure == RETURN else "EMD"
        lines += [f"- {said} of {kind} prompts as the product performs them: {figures}"]
    return lines


def _tasks(assessment: Assessment) -> list[str]:
    planned = assessment.controllers.get("behaviour", {}).get("library", {})
    lines = [
        "Mean returns of 300 steps from the upright start; beside them what the library plans, "
        "which is no performance.",
        "",
        "| task | this model | as planned |",
        "|---|---|---|",
    ]
    for task, value in assessment.rewards.items():
        plan = f"{planned[task]:.1f}" if task in planned else "-"
        lines.append(f"| `{task}` | {value:.1f} | {plan} |")
    return lines
