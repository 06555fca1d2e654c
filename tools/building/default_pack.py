"""Makes runtime/models/default from a trained model, unless that falls over.

python tools/building/default_pack.py RUN/weights --motions DIR --experts DIR --hours 1.5
python tools/building/default_pack.py RUN/weights --motions DIR --experts DIR --trial --out trial
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from runtime.cli.terminal.progress import ProgressBar  # noqa: E402
from runtime.errors import UserError  # noqa: E402
from runtime.training.cloning.experts.expert_set import ExpertSet  # noqa: E402
from runtime.training.experience.expert import load_motions  # noqa: E402
from runtime.training.saving.weights import load_weights  # noqa: E402
from runtime.training.shipping.release import COMPARED_CLIPS, VISITED, make_pack  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="the folder `weights` of a run")
    parser.add_argument("--motions", type=Path, required=True, help="made by `motions build`")
    parser.add_argument("--out", type=Path, default=ROOT / "runtime" / "models" / "default")
    parser.add_argument(
        "--experts", type=Path, help="made by `experts build`: states to infer from"
    )
    parser.add_argument(
        "--sifted", action="store_true", help="without the experts whose states mislead this model"
    )
    parser.add_argument(
        "--visited",
        type=int,
        help=f"states the policy visits besides (0 with experts, else {VISITED:,})",
    )
    parser.add_argument(
        "--trial", action="store_true", help="write it though it is below the bars, with --out"
    )
    parser.add_argument(
        "--compared",
        type=int,
        default=COMPARED_CLIPS,
        help=f"held-out motions that the servo performs too ({COMPARED_CLIPS})",
    )
    parser.add_argument("--hours", type=float, help="of training on which device, for the card")
    parser.add_argument("--device", default="unknown", help="name for the card")
    parser.add_argument("--episodes", type=int, default=1, help="for each task and pose")
    args = parser.parse_args()
    try:
        model, counts = load_weights(args.weights)
        motions, held_out = load_motions(args.motions)
        hours = counts["seconds"] / 3600 if args.hours is None else args.hours
        method = "FB-CPR, `python -m runtime train --preset short`"
        known = known_names = None
        if args.sifted and not args.experts:
            raise UserError("What is sifted are experts; name their folder with --experts.")
        visited = VISITED if args.visited is None else args.visited
        if args.experts:
            experts = ExpertSet(args.experts)
            known = experts.transitions()
            known_names = experts.transition_names() if args.sifted else None
            visited = args.visited or 0
            method = (
                f"cloning of {experts.seconds:.0f} s performed by trajectory optimisation, and "
                "their mirror images, `python -m runtime train --preset cpu`"
            )
        story = {
            "method": method,
            "updates": f"{counts['updates']:,}",
            "steps of the body": f"{counts['steps']:,}",
            "time": f"{hours:.2f} hours on {args.device}",
            "motions": f"{motions.frames / 1800:.1f} minutes, mirror images included",
        }
        with ProgressBar() as bar:
            assessment = make_pack(
                model,
                motions,
                held_out,
                args.out,
                story,
                args.episodes,
                visited=visited,
                compared=args.compared,
                known=known,
                known_names=known_names,
                trial=args.trial,
                progress=bar,
            )
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.out}: mean reward {assessment.mean_reward:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
