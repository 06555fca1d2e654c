"""``python -m runtime benchmark``: how fast this machine runs it, beside the reference's way."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "benchmark",
        help="measure the speed of the control loop, the prompts and the performer",
        description=(
            "Times the control loop and reward prompts on random models of the published sizes, "
            "beside the way the published packages do it (torch, one body, one sample at a time), "
            "and the performer of references beside bare mj_step calls."
        ),
    )
    parser.add_argument(
        "--only",
        choices=("control", "performer"),
        help="the control loop and prompts (needs torch), or the performer of references",
    )
    parser.add_argument(
        "--sizes", nargs="+", choices=("S", "M"), default=["S", "M"], help="models (default both)"
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="best of N (default 7)")
    parser.add_argument(
        "--steps", type=int, default=45, metavar="N", help="of a round (default 45)"
    )
    parser.add_argument(
        "--samples", type=int, default=100_000, metavar="N", help="of the buffer (default 100000)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")


def run(args: argparse.Namespace) -> int:
    from importlib.util import find_spec

    from ..errors import UserError
    from .terminal.files import check_file
    from .terminal.progress import ProgressBar

    if args.json is not None:
        check_file(args.json)
    for name in ("rounds", "steps", "samples"):
        if getattr(args, name) < 1:
            raise UserError(f"--{name} must be at least 1.")
    if args.only != "performer" and find_spec("torch") is None:
        raise UserError(
            "The benchmark compares with torch, which is not installed; install it with: "
            "pip install --group research, or measure with --only performer"
        )
    results: list[dict[str, Any]] = []
    if args.only != "performer":
        from ..evaluation.speed import SpeedSettings, measure_speed

        settings = SpeedSettings(args.steps, args.rounds, args.samples, tuple(args.sizes))
        with ProgressBar() as bar:
            measures = list(measure_speed(settings, bar))
        for measure in measures:
            print(described(measure))
        results += [{**asdict(measure), "ratio": measure.ratio} for measure in measures]
    if args.only != "control":
        from ..performance.speed import measure_performer

        with ProgressBar() as bar:
            speed = measure_performer(bar)
        print("\n".join(speed.lines()))
        results.append(
            {
                "name": "performer",
                **asdict(speed),
                "times_bare": speed.times_bare,
                "parallel_share": speed.parallel_share,
                "rollouts_a_frame": speed.rollouts_a_frame,
            }
        )
    if args.json is not None:
        args.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


def described(measure: Any) -> str:
    """Two lines: the times and their ratio, and what is aimed at."""
    verdict = "reached" if measure.reached else "NOT reached"
    times = f"{in_words(measure.reference)} -> {in_words(measure.here)}"
    note = f" ({measure.note})" if measure.note else ""
    return (
        f"{measure.name:<42} {times:>22}  {measure.ratio:8.1f}x the reference\n"
        f"    {measure.goal}: {verdict}{note}"
    )


def in_words(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.2f} ms"
