"""``python -m runtime experts build``: motions performed by muscles alone, to learn from."""

import argparse
from pathlib import Path

from .terminal import ProgressBar

EXAMPLE = """\
examples:
  python -m runtime experts build --out training_state/experts
  python -m runtime experts build my-motions --out experts --workers 4
  python -m runtime experts build --out training_state/experts --tasks --only raisearms
  python -m runtime experts build --out training_state/experts --lost run/lost.npz
  python -m runtime experts list training_state/experts
  python -m runtime train --preset cpu --experts training_state/experts --out run
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "experts", help="perform motions by muscles alone, as data to learn from", epilog=EXAMPLE
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser(
        "build",
        help="perform the clips of a library or folder, stretch by stretch",
        description="Performs stretches of a few seconds on the body of published policies, in "
        "its own contacts and without help, and checks each in the environment. Kinds of motion "
        "come by turns. A build that was interrupted goes on where it stopped. "
        "Falls are left out and listed.",
    )
    build.add_argument(
        "motions", nargs="?", default="", metavar="MOTIONS",
        help="a library file or a folder of motions (else the library that ships)",
    )  # fmt: skip
    build.add_argument("--out", type=Path, required=True, metavar="DIR")
    build.add_argument("--workers", type=int, default=1, help="processes (1)")
    build.add_argument(
        "--only", action="append", default=[], metavar="PART",
        help="only stretches whose names hold this; may be repeated",
    )  # fmt: skip
    build.add_argument("--limit", type=int, help="end after so many stretches")
    instead = build.add_mutually_exclusive_group()
    instead.add_argument(
        "--tasks",
        action="store_true",
        help="instead: what the library plans for each task of the benchmark",
    )
    instead.add_argument(
        "--lost",
        type=Path,
        metavar="FILE",
        help="instead: back onto the experts of DIR from where a policy was lost (RUN/lost.npz)",
    )
    listing = actions.add_parser("list", help="what became of each stretch")
    listing.add_argument("folder", type=Path, metavar="DIR")


def run(args: argparse.Namespace) -> int:
    return {"build": _build, "list": _list}[args.action](args)


def _build(args: argparse.Namespace) -> int:
    from ..training.cloning.build import build_experts

    with ProgressBar() as bar:
        reports = build_experts(
            args.motions,
            args.out,
            args.workers,
            tuple(args.only),
            args.limit,
            args.lost,
            args.tasks,
            bar,
        )
    return _tell(reports)


def _list(args: argparse.Namespace) -> int:
    from ..training.cloning.build import read_reports

    reports = read_reports(args.folder)
    for report in reports:
        told = report.dropped or f"{report.error_cm:.1f} cm"
        told += f", falls in the {report.cut} frames after these" if report.cut else ""
        print(f"{report.name:45} {report.frames:4d} frames  {', '.join(report.kinds):30} {told}")
    return _tell(reports)


def _tell(reports: list) -> int:
    used = [report for report in reports if not report.dropped]
    mirrored = sum(r.frames for r in used if r.mirror_error_cm is not None)
    frames = sum(report.frames for report in used)
    print(
        f"{len(used)} experts, {frames / 30:.0f} s ({(frames + mirrored) / 30:.0f} s with mirror "
        f"images); {len(reports) - len(used)} left out"
    )
    return 0
