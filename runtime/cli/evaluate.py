"""``evaluate``: the published benchmark and the measures of an animator, for one model."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

EXAMPLES = """\
examples:
  python -m runtime evaluate metamotivo-S-1 --rewards --out scores
                                      (the 45 standard tasks)
  python -m runtime evaluate model/ --rewards move-ego-0-2 crouch-0 --out scores
  python -m runtime evaluate model/ --goals --tracking walk.hdf5 run.bvh --out scores

A run that was stopped goes on when started again with the same --out.
"""


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a model on the published benchmark",
        description="Measures a model: returns of named rewards, goals reached, motions tracked.",
        epilog=EXAMPLES,
    )
    parser.add_argument("model", help="checkpoint folder, ONNX pack, or an installed model's name")
    parser.add_argument(
        "--rewards", nargs="*", metavar="TASK", help="the standard tasks, those named, or 'all'"
    )
    parser.add_argument(
        "--goals",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FILE.npz",
        help="the named poses, or those of a file (name -> qpos or observation)",
    )
    parser.add_argument(
        "--tracking", nargs="+", type=Path, metavar="FILE", help="motions, or lists of them (.txt)"
    )
    parser.add_argument("--motion-base", type=Path, metavar="DIR", help="where lists are resolved")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="for all results")
    parser.add_argument(
        "--buffer", type=Path, metavar="FILE", help="data for rewards (else the model's)"
    )
    parser.add_argument("--device", default="cpu", help="of a checkpoint: cpu (default), cuda")
    # What is not given keeps the default of BenchmarkSettings.
    parser.add_argument("--start", dest="state_init", help="Fall (default) or Default")
    parser.add_argument("--episodes", type=int, metavar="N", help="per task and goal (100)")
    parser.add_argument("--steps", type=int, metavar="N", help="of an episode (300)")
    parser.add_argument("--contexts", type=int, metavar="N", help="inferences per task (1)")
    parser.add_argument("--samples", type=int, metavar="N", help="relabelled samples (100000)")
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random (0)")


def run(args: argparse.Namespace) -> int:
    from dataclasses import fields

    from ..errors import UserError
    from ..evaluation.benchmark import BenchmarkSettings, load_model, run_benchmark
    from ..evaluation.clips import load_clips
    from ..evaluation.report import format_table, write_report
    from ..progress import Part
    from ..prompts.tasks import ALL_TASKS, STANDARD_TASKS
    from .terminal.progress import ProgressBar

    if args.rewards is None and args.goals is None and args.tracking is None:
        raise UserError("Say what to measure: --rewards, --goals or --tracking FILES.")
    given = {field.name: getattr(args, field.name, None) for field in fields(BenchmarkSettings)}
    settings = BenchmarkSettings(**{k: v for k, v in given.items() if v is not None})
    tasks = args.rewards or (STANDARD_TASKS if args.rewards is not None else ())
    if list(tasks) == ["all"]:
        tasks = ALL_TASKS
    goals = {} if args.goals is None else read_goals(args.goals)
    loaded = load_model(args.model, args.buffer, args.device)
    with ProgressBar() as bar:
        clips = (
            load_clips(args.tracking, args.motion_base, Part(bar, 0.0, 0.05))
            if args.tracking
            else []
        )
        whole = Part(bar, 0.05 if clips else 0.0, 1.0)
        benchmark = run_benchmark(loaded, args.out, tasks, goals, clips, settings, whole)
    written = write_report(benchmark, args.out)
    print(format_table(benchmark))
    print("\n".join(str(path) for path in written))
    return 0


def read_goals(path: Path) -> "dict[str, np.ndarray]":
    """Goals by name: the library of poses for an empty path, else the arrays of an npz file."""
    import numpy as np

    from ..errors import UserError
    from ..motion.poses import POSES, pose

    if path == Path():
        return {name: pose(name) for name in POSES}
    try:
        with np.load(path, allow_pickle=False) as file:
            goals = {name: file[name] for name in file.files}
    # What NumPy reads with (zip, zlib, tokenize) each fails on damage in its own way.
    except Exception as error:
        raise UserError(
            f"'{path}' cannot be read as goals; an .npz file with a qpos or an observation "
            "for each name is expected.",
            repr(error),
        ) from error
    if not goals:
        raise UserError(f"'{path}' holds no goals.")
    return goals
