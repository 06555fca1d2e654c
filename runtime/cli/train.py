"""``python -m runtime train``: FB-CPR and cloning on the humanoid, FB on DeepMind Control."""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError

if TYPE_CHECKING:
    from ..training.progress_log import Report
    from ..training.trainer import TrainConfig

PRESETS = ("published", "short", "tiny", "cpu", "dmc-walker", "dmc-walker-small")

EXAMPLES = """\
examples:
  python -m runtime train --preset short --motions motions --out run --minutes 9
  python -m runtime train --preset short --motions motions --out run --weights run/weights
  python -m runtime train --preset published --motions motions --out run --resume
  python -m runtime train --preset short --motions motions --baseline 20
  python -m runtime train --preset cpu --experts experts --out run --minutes 120
  python -m runtime train --preset cpu --experts experts --out run --schedule schedule.json
  python -m runtime train --preset cpu --experts experts --out wide --weights run/weights \\
      --set agent.model.archi.actor.hidden_dim=1024
  python -m runtime train --preset dmc-walker --out walker --set updates=100000
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("train", help="train a policy", epilog=EXAMPLES)
    parser.add_argument("--preset", choices=PRESETS, default="short")
    parser.add_argument("--motions", type=Path, help="a folder made by `motions build`")
    parser.add_argument("--experts", type=Path, help="cpu: a folder made by `experts build`")
    parser.add_argument("--out", type=Path, default=Path("run"), help="folder of the run")
    parser.add_argument("--minutes", type=float, help="end cleanly after so long")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--torch-threads", type=int, help="threads of torch on a CPU")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change one setting, such as agent.learning_rate_f=3e-4; may be repeated",
    )
    parser.add_argument(
        "--schedule",
        type=Path,
        metavar="FILE",
        help="cpu: which settings hold until which update, and where the run ends",
    )
    parser.add_argument("--data", type=Path, help="dmc-walker: a folder in the ExoRL layout")
    onward = parser.add_mutually_exclusive_group()
    onward.add_argument(
        "--resume", action="store_true", help="go on exactly where the run in --out stopped"
    )
    onward.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        help="go on from the weights of an earlier run, or from a state.npz of the same networks",
    )
    parser.add_argument(
        "--baseline",
        type=float,
        metavar="SECONDS",
        help="only measure: steps and updates a second, beside a plain loop",
    )


def run(args: argparse.Namespace) -> int:
    import torch

    # Warnings of a run that lasts hours must be seen when they come.
    logging.getLogger("runtime.training").setLevel(logging.WARNING)
    if args.torch_threads:
        torch.set_num_threads(args.torch_threads)
    # TF32 on the tensor cores; losses agree to three digits, which is enough to learn from.
    torch.set_float32_matmul_precision("high")
    device = _device(args.device)
    if args.schedule is not None and args.preset != "cpu":
        raise UserError("Only the preset cpu takes a --schedule.")
    if args.preset.startswith("dmc-"):
        return _run_control_suite(args, device)
    if args.preset == "cpu":
        return _run_cloning(args)
    return _run_humanoid(args, device)


def _run_humanoid(args: argparse.Namespace, device: str) -> int:
    from ..training.experience.expert import load_motions
    from ..training.presets import PRESETS as CONFIGS
    from ..training.presets import with_settings
    from ..training.progress_log import ProgressLog
    from ..training.saving.checkpoint import restore_checkpoint
    from ..training.saving.weights import load_weights
    from ..training.trainer import CHECKPOINT, Trainer

    config: TrainConfig = with_settings(CONFIGS[args.preset], args.set)
    if args.motions is None:
        raise UserError("Training needs motions: pass --motions, made by `motions build`.")
    motions, held_out = load_motions(args.motions)
    if args.baseline is not None:
        return _measure(config, motions, args.baseline, device)
    model, counts = (None, None) if args.weights is None else load_weights(args.weights)
    progress = ProgressLog(args.out)
    trainer = Trainer(config, motions, held_out, args.out, device, model, counts, _told(progress))
    try:
        if args.resume:
            restore_checkpoint(args.out / CHECKPOINT, trainer)
        trainer.run(args.minutes)
    finally:
        trainer.close()
        progress.close()
    print(f"{trainer.updates:,} updates from {trainer.steps:,} steps are in {args.out}")
    return 0


def _run_cloning(args: argparse.Namespace) -> int:
    from ..training.cloning.config import CloningConfig
    from ..training.cloning.experts.expert_set import ExpertSet
    from ..training.cloning.loop import CHECKPOINT, CloningTrainer
    from ..training.cloning.resume import known_experts, restore_cloning
    from ..training.cloning.schedule import Schedule, load_schedule
    from ..training.cloning.widening import widened
    from ..training.presets import with_settings
    from ..training.progress_log import ProgressLog
    from ..training.saving.weights import load_weights

    config = with_settings(CloningConfig(), args.set)
    if args.experts is None:
        raise UserError("Cloning needs experts: pass --experts, made by `experts build`.")
    if args.baseline is not None or args.motions is not None or args.data is not None:
        raise UserError("The preset cpu takes no --baseline, --motions or --data.")
    schedule = Schedule() if args.schedule is None else load_schedule(args.schedule)
    schedule.check(config)
    checkpoint = args.out / CHECKPOINT
    experts = ExpertSet(args.experts, known_experts(checkpoint) if args.resume else None)
    model, counts = (None, None) if args.weights is None else load_weights(args.weights)
    wide = config.agent.model.archi.actor.hidden_dim
    if model is not None and wide > model.cfg.archi.actor.hidden_dim:
        model = widened(model, wide)
    progress = ProgressLog(args.out)
    try:
        trainer = CloningTrainer(
            config, experts, args.out, _told(progress), model, counts, schedule
        )
        if args.resume:
            restore_cloning(checkpoint, trainer)
        else:
            trainer.begin()
        trainer.run(args.minutes)
    finally:
        progress.close()
    print(f"{trainer.updates:,} updates on {experts.seconds:.0f} s of experts are in {args.out}")
    return 0


def _run_control_suite(args: argparse.Namespace, device: str) -> int:
    from ..training.presets import with_settings
    from ..training.progress_log import ProgressLog
    from ..training.walker.offline import SMALL_WALKER, WALKER, train_offline

    if args.resume or args.weights or args.baseline or args.motions:
        raise UserError(
            f"{args.preset} learns from data that lies still; it takes no --resume, --weights, "
            "--baseline or --motions."
        )
    preset = WALKER if args.preset == "dmc-walker" else SMALL_WALKER
    config = with_settings(preset, args.set)
    progress = ProgressLog(args.out)
    try:
        scores = train_offline(config, args.out, args.data, args.minutes, device, _told(progress))
    finally:
        progress.close()
    print(json.dumps(scores, indent=2))
    return 0


def _measure(config: "TrainConfig", motions: Any, seconds: float, device: str) -> int:
    from ..training.throughput import measure_throughput

    rates = measure_throughput(config, motions, seconds, device)
    for name in ("trainer", "plain_loop"):
        steps, updates = rates[name]["steps_per_second"], rates[name]["updates_per_second"]
        print(f"{name.replace('_', ' '):10}  {steps:9.0f} steps/s  {updates:8.1f} updates/s")
    print(f"ratio       {rates['steps_ratio']:9.2f}          {rates['updates_ratio']:8.2f}")
    return 0


def _told(progress: "Report") -> "Report":
    """Keeps every record and prints it."""
    from ..training.progress_log import in_one_line

    def report(record: dict[str, Any]) -> None:
        progress(record)
        print(in_one_line(record), flush=True)

    return report


def _device(name: str) -> str:
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("There is no CUDA device here; use --device cpu.")
    if name not in ("cpu", "cuda"):
        raise UserError(f"There is no device '{name}'; use auto, cpu or cuda.")
    return name
