"""``python -m runtime library build | add | list | evaluate``: the motions between the keys."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal.progress import ProgressBar

if TYPE_CHECKING:
    from ..library.build import BuildReport

EXAMPLE = """\
examples:
  python -m runtime library build mocap --out runtime/library/data/library.npz
  python -m runtime library add my-motions --credit "Ann Example, CC BY 4.0"
  python -m runtime library list --tag kick
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "library",
        help="the recorded motions that are found between keys and along paths",
        epilog=EXAMPLE,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser(
        "build",
        help="make a library of a folder of motion capture",
        description="Fits every .bvh and .npz below DIR to the body, describes and joins the "
        "clips and writes them as one file. What does not fit is left out and listed.",
    )
    build.add_argument("source", type=Path, metavar="DIR")
    build.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    build.add_argument(
        "--fits", type=Path, metavar="DIR", help="keep the fits, to go on where a build stopped"
    )
    build.add_argument("--workers", type=int, help="processes (else one for each core)")
    add = actions.add_parser(
        "add",
        help="add a folder of your own motions (BVH, AMASS, takes)",
        description="Adds the motions below DIR to your own library, which holds the one that "
        "ships. MOTIVO_LIBRARY names another folder for it.",
    )
    add.add_argument("source", type=Path, metavar="DIR")
    add.add_argument("--credit", default="", help="whom the motions are to be credited to")
    listing = actions.add_parser("list", help="list the clips, with what is done in them")
    listing.add_argument("--tag", help="only clips with this tag")
    measure = actions.add_parser(
        "evaluate",
        help="measure the in-betweens and behaviours that are planned over the library",
        description="Keyed cases, gaps cut out of recorded clips beside easing, and what plans "
        "earn of the 45 published tasks. Plans are measured, not performances.",
    )
    measure.add_argument("--pairs", type=int, default=20, metavar="N", help="gaps cut out (20)")
    measure.add_argument(
        "--seed", type=int, default=0, metavar="N",
        help="which gaps; weights were chosen on those of 0 (the default), 2 and 3",
    )  # fmt: skip
    measure.add_argument(
        "--kept-aside",
        action="store_true",
        help="gaps on which no weight was chosen, instead of those on which they were",
    )
    measure.add_argument(
        "--perform",
        type=Path,
        metavar="FILE.jsonl",
        help="also perform what is planned for the 45 tasks, without help: hours; each task is a line "
        "of FILE, and one that is there is not done again",
    )
    measure.add_argument(
        "--keys", action="store_true", help="only the keyed cases that `make demo-between` performs"
    )
    measure.add_argument(
        "--perform-keys",
        type=Path,
        metavar="FILE.jsonl",
        help="perform these, without help: minutes; each case is a line of FILE, and one that is "
        "there is not done again",
    )
    measure.add_argument(
        "--takes", type=Path, metavar="DIR", help="with --perform-keys: a folder for the takes"
    )
    measure.add_argument(
        "--paths", action="store_true", help="only how near paths and places are come to"
    )
    measure.add_argument(
        "--tasks", default="", metavar="NAMES", help="only these tasks, with commas between them"
    )
    measure.add_argument("--no-tasks", action="store_true", help="leave the 45 tasks out")
    for action in (build, add, listing, measure):
        action.add_argument("--json", action="store_true", help="print as JSON")


def run(args: argparse.Namespace) -> int:
    return {"build": _build, "add": _add, "list": _list, "evaluate": _evaluate}[args.action](args)


def _build(args: argparse.Namespace) -> int:
    from ..library.build import build_library
    from .terminal.files import check_file

    check_file(args.out)
    with ProgressBar() as bar:
        report = build_library(args.source, args.out, args.fits, args.workers, bar)
    return _tell(report, args)


def _add(args: argparse.Namespace) -> int:
    from ..library.build import add_folder

    with ProgressBar() as bar:
        report = add_folder(args.source, bar, args.credit)
    return _tell(report, args)


def _tell(report: "BuildReport", args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps({**vars(report), "dropped": dict(report.dropped)}, indent=2))
        return 0
    print(f"{report.clips} clips, {report.minutes:.1f} minutes, {report.bytes / 1e6:.1f} MB")
    for name, why in report.dropped:
        print(f"left out {name}: {why}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from ..errors import UserError
    from ..library import load_library
    from ..library.tags import TAGS, names_of
    from ..motion.motion import CONTROL_FPS

    if args.tag is not None and args.tag not in TAGS:
        raise UserError(f"There is no tag '{args.tag}'; there are {', '.join(TAGS)}.")
    library = load_library()
    rows = []
    for clip, name in enumerate(library.names):
        tags = names_of(int(library.clip_tags[clip]))
        if args.tag is None or args.tag in tags:
            frames = int(library.starts[clip + 1] - library.starts[clip])
            rows.append((name, frames / CONTROL_FPS, tags, library.credit_of(clip)))
    if args.json:
        keys = ("name", "seconds", "tags", "credit")
        print(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2))
        return 0
    for name, seconds, tags, _ in rows:
        print(f"{name:40} {seconds:6.1f} s  {', '.join(tags)}")
    print("\n".join(("", *library.credits)))
    return 0


def _perform(args: argparse.Namespace) -> int:
    from ..evaluation.plans.planned_tasks import perform_tasks, table_of
    from ..prompts import parse_reward
    from ..prompts.tasks import STANDARD_TASKS
    from .terminal.files import check_file

    tasks = [name.strip() for name in args.tasks.split(",") if name.strip()] or STANDARD_TASKS
    for task in tasks:
        parse_reward(task)
    if not args.perform.exists():
        check_file(args.perform)
    with ProgressBar() as bar:
        rows = perform_tasks(args.perform, tasks, progress=bar)
    print(json.dumps(rows, indent=2) if args.json else table_of(rows))
    return 0


def _keys(args: argparse.Namespace) -> int:
    from ..evaluation.plans.keyed_cases import perform_cases, planned_table, table_of
    from .terminal.files import check_file

    if args.perform_keys is None:
        print(planned_table())
        return 0
    if not args.perform_keys.exists():
        check_file(args.perform_keys)
    with ProgressBar() as bar:
        rows = perform_cases(args.perform_keys, args.takes, progress=bar)
    print(json.dumps(rows, indent=2) if args.json else table_of(rows))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    import numpy as np

    from ..evaluation.plans.in_betweens import (
        CUT_SEED_ASIDE,
        KEPT_ASIDE,
        score_cut_out,
        score_keyed,
        score_tasks,
        table_of_gaps,
    )
    from ..library import load_library
    from ..prompts.tasks import STANDARD_TASKS

    if args.perform is not None:
        return _perform(args)
    if args.keys or args.perform_keys is not None:
        return _keys(args)
    if args.paths:
        from ..evaluation.plans.path_cases import paths_table

        print(paths_table())
        return 0
    tasks_asked = [name.strip() for name in args.tasks.split(",") if name.strip()]
    library = load_library()
    if args.kept_aside:
        keyed = score_keyed(library, KEPT_ASIDE)
        pairs = score_cut_out(library, args.pairs, CUT_SEED_ASIDE)
    else:
        keyed, pairs = score_keyed(library), score_cut_out(library, args.pairs, args.seed)
    with ProgressBar() as bar:
        tasks = (
            {}
            if args.no_tasks
            else score_tasks(library, tasks_asked or STANDARD_TASKS, progress=bar)
        )
    if args.json:
        data = {"keyed": [vars(s) for s in keyed], "pairs": [vars(s) for s in pairs]}
        print(json.dumps({**data, "tasks": tasks}, indent=2))
        return 0
    print(table_of_gaps([*keyed, *pairs]))
    if tasks:
        print("\n| task | planned, of 300 |\n|---|---|")
        for task, earned in tasks.items():
            print(f"| {task} | {earned:.1f} |")
        print(f"| mean | {np.mean(list(tasks.values())):.1f} |")
    return 0
