"""Draws how a cloning run went: python tools/measuring/training_curve.py RUN --out docs/cloning.png"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from runtime.errors import UserError  # noqa: E402
from runtime.training.progress_log import LOG_NAME  # noqa: E402

PANELS = (
    ("losses", ("clone_loss",), "mean squared error of actions", "log"),
    ("losses", ("expert_seconds",), "seconds of experts, without mirror images", "linear"),
    (
        "rollouts",
        ("lasted_following", "lasted_holding", "lasted_asked"),
        "share of a try before it is lost",
        None,
    ),
    ("scores", ("followed", "share"), "experts followed to the end; share of frames", None),
    ("scores", ("move-ego-0-0", "move-ego-0-2", "raisearms-h-h"), "return, of 300", "linear"),
)
"""Kind of record, names, what the numbers are, scale of the axis (None: 0 to 1)."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png")
    args = parser.parse_args()
    try:
        lines = (args.run / LOG_NAME).read_text(encoding="utf-8").splitlines()
        draw([json.loads(line) for line in lines], args.out)
    except (OSError, UserError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def draw(records: list[dict], path: Path) -> None:
    """One panel below the other, over the updates."""
    from matplotlib.figure import Figure

    known = {(record["kind"], name) for record in records for name in record}
    shown = [panel for panel in PANELS if any((panel[0], name) in known for name in panel[1])]
    if not shown:
        raise UserError("The run has told nothing yet that could be drawn.")
    figure = Figure(figsize=(7, 2.1 * len(shown)), layout="constrained")
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (kind, names, title, scale) in zip(panels, shown, strict=True):
        for name in names:
            rows = [r for r in records if r["kind"] == kind and name in r]
            axes.plot([r["updates"] for r in rows], [r[name] for r in rows], ".-", label=name)
        if scale is None:
            axes.set_ylim(0, 1)
        else:
            axes.set_yscale(scale)
        axes.set_title(title, fontsize=9)
        axes.grid(alpha=0.3)
        if len(names) > 1:
            axes.legend(fontsize=7)
    panels[-1].set_xlabel("updates")
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    sys.exit(main())
