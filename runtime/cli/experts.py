"""``python -m runtime experts build``: motions performed by muscles alone, to learn from."""

import argparse
from pathlib import Path

from ..errors import UserError
from ..policy.measures import DEFAULT_FOLDER
from .terminal.progress import ProgressBar

EXAMPLE = """\
examples:
  python -m runtime experts build --out training_state/experts
  python -m runtime experts build my-motions --out experts --workers 4
  python -m runtime experts build --out training_state/experts --tasks --only raisearms
  python -m runtime experts build --out training_state/experts --lost run/lost.npz
  python -m runtime experts build --out training_state/experts --pushed --only Stand-93
  python -m runtime experts build --out training_state/experts --caught
  python -m runtime experts build --out training_state/experts --stretch cmu_salsa_22:715:135
  python -m runtime experts list training_state/experts
  python -m runtime experts teach training_state/experts
  python -m runtime experts teach training_state/experts --task move-ego-0-2 --episodes 16
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
        help="instead: what the product performs for each task of the benchmark",
    )
    instead.add_argument(
        "--lost",
        type=Path,
        metavar="FILE",
        help="instead: back onto the experts of DIR from where a policy was lost (RUN/lost.npz)",
    )
    instead.add_argument(
        "--pushed",
        action="store_true",
        help="instead: back onto the experts of DIR that stand, pushed into five directions",
    )
    instead.add_argument(
        "--caught",
        nargs="?",
        const=DEFAULT_FOLDER,
        metavar="PACK",
        help="instead: pushes caught by what the policy of a pack (else the model that ships) can do",
    )
    instead.add_argument(
        "--stretch",
        action="append",
        default=[],
        metavar="CLIP:FIRST:FRAMES[:start]",
        help="instead: this stretch of a clip (from the upright start of an episode); may be repeated",
    )
    listing = actions.add_parser("list", help="what became of each stretch")
    listing.add_argument("folder", type=Path, metavar="DIR")
    teaching = actions.add_parser(
        "teach",
        help="what the experts alone earn of each behaviour: what a policy can learn from them",
        description="Performs behaviours from the upright start by the blended feedback of the "
        "experts, with noise on all actions, and prints what each earns. Of all behaviours the "
        "returns are kept beside the experts: training asks its policy most for what its teacher "
        "can do and it cannot yet.",
    )
    teaching.add_argument("folder", type=Path, metavar="DIR")
    teaching.add_argument(
        "--task", action="append", default=[], metavar="REWARD",
        help="only this behaviour, and keep nothing; may be repeated",
    )  # fmt: skip
    teaching.add_argument(
        "--before", default="", metavar="REWARD",
        help="with --task: what is done for two seconds first, such as standing, move-ego-0-0",
    )  # fmt: skip
    teaching.add_argument("--episodes", type=int, default=2, help="of each behaviour (2)")
    teaching.add_argument("--seconds", type=float, default=8.0, help="of each episode (8)")
    teaching.add_argument(
        "--noise", type=float, default=0.1, help="standard deviation added to the actions (0.1)"
    )


def run(args: argparse.Namespace) -> int:
    return {"build": _build, "list": _list, "teach": _teach}[args.action](args)


def _build(args: argparse.Namespace) -> int:
    from ..training.cloning.experts.build import build_experts

    with ProgressBar() as bar:
        reports = build_experts(
            args.motions,
            args.out,
            args.workers,
            tuple(args.only),
            args.limit,
            args.lost,
            args.tasks,
            args.pushed,
            args.caught,
            args.stretch,
            bar,
        )
    return _tell(reports)


def _list(args: argparse.Namespace) -> int:
    from ..training.cloning.experts.build import read_reports

    reports = read_reports(args.folder)
    for report in reports:
        told = report.dropped or f"{report.error_cm:.1f} cm"
        told += f", falls in the {report.cut} frames after these" if report.cut else ""
        print(f"{report.name:45} {report.frames:4d} frames  {', '.join(report.kinds):30} {told}")
    return _tell(reports)


def _teach(args: argparse.Namespace) -> int:
    from ..training.cloning.behaviours import TASKS, Behaviours
    from ..training.cloning.experts.expert_set import ExpertSet
    from ..training.cloning.needs import save_able
    from ..training.cloning.teaching import teach

    if args.episodes < 1 or args.seconds <= 0 or args.noise < 0:
        raise UserError("At least one episode of some length, with noise of 0 or more, is needed.")
    if args.before and not args.task:
        raise UserError("--before needs a --task that is to follow on it.")
    first = (args.before,) if args.before else ()
    among = tuple(dict.fromkeys((*args.task, *first))) or TASKS
    behaviours = Behaviours(ExpertSet(args.folder), among)
    with ProgressBar() as bar:
        found = teach(
            behaviours, args.task or TASKS, args.episodes, round(30 * args.seconds), args.noise,
            args.before, progress=bar,
        )  # fmt: skip
    print(f"{'behaviour':28} return of 300  share lasted  to the end")
    for row in sorted(found, key=lambda row: -row.returned):
        print(f"{row.task:28} {row.returned:13.0f} {row.lasted:13.2f} {row.whole:11.2f}")
    if not args.task:
        save_able(args.folder, {row.task: round(row.returned, 1) for row in found})
    return 0


def _tell(reports: list) -> int:
    used = [report for report in reports if not report.dropped]
    mirrored = sum(r.frames for r in used if r.mirror_error_cm is not None)
    frames = sum(report.frames for report in used)
    print(
        f"{len(used)} experts, {frames / 30:.0f} s ({(frames + mirrored) / 30:.0f} s with mirror "
        f"images); {len(reports) - len(used)} left out"
    )
    return 0
