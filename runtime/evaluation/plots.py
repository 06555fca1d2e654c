"""Plots of a benchmark."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .benchmark import Benchmark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOR = "#3b6ea5"
PUBLISHED_EMD = 1.39


def write_plots(benchmark: Benchmark, out: Path) -> list[Path]:
    """A picture for each kind that was measured: returns, goals, tracking."""
    written = []
    makers = {"rewards": _rewards, "goals": _goals, "tracking": _tracking}
    for kind, make in makers.items():
        if benchmark.scores.get(kind):
            path = out / f"{kind}.png"
            make(benchmark).savefig(path, dpi=120)
            written.append(path)
    return written


def _rewards(benchmark: Benchmark) -> "Figure":
    scores = benchmark.scores["rewards"]
    names = list(scores)
    figure, (axes,) = _figure(len(names), 1)
    bars = [scores[name]["reward"] for name in names]
    axes.barh(names, bars, xerr=[scores[name]["std"] for name in names], color=COLOR)
    axes.set_xlabel(f"return over {benchmark.settings['steps']} steps (mean and std of episodes)")
    _title(axes, benchmark)
    return figure


def _goals(benchmark: Benchmark) -> "Figure":
    scores = benchmark.scores["goals"]
    names = list(scores)
    figure, panels = _figure(len(names), 2)
    for axes, measure in zip(panels, ("proximity", "success"), strict=True):
        axes.barh(names, [scores[name][measure] for name in names], color=COLOR)
        axes.set_xlim(0, 1)
        axes.set_xlabel(measure)
    panels[1].set_yticklabels([])
    _title(panels[0], benchmark)
    return figure


def _tracking(benchmark: Benchmark) -> "Figure":
    scores = benchmark.scores["tracking"]
    names = sorted(scores, key=lambda name: scores[name]["emd"])
    figure, panels = _figure(len(names), 2)
    panels[0].barh(names, [scores[name]["emd"] for name in names], color=COLOR)
    panels[0].axvline(PUBLISHED_EMD, color="0.3", linestyle="--", label="published mean (AMASS)")
    panels[0].legend(loc="lower right", fontsize=7)
    panels[0].set_xlabel("EMD")
    errors = [scores[name]["quality"]["joint_error_world_cm"] for name in names]
    panels[1].barh(names, errors, color=COLOR)
    panels[1].set_yticklabels([])
    panels[1].set_xlabel("mean joint error in the world, cm")
    _title(panels[0], benchmark)
    return figure


def _figure(bars: int, panels: int) -> "tuple[Figure, Sequence[Axes]]":
    # A Figure of its own, not pyplot's: that keeps global state and wants a display.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 + 3 * panels, 1.4 + 0.2 * bars), layout="constrained")
    axes = [figure.add_subplot(1, panels, number + 1) for number in range(panels)]
    for one in axes:
        one.invert_yaxis()
        one.tick_params(axis="y", labelsize=7)
    return figure, axes


def _title(axes: "Axes", benchmark: Benchmark) -> None:
    axes.set_title(benchmark.model, loc="left", fontsize=9)
