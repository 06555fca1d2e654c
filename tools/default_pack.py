"""Makes runtime/models/default from a trained model, unless that falls over.

python tools/default_pack.py RUN/weights --motions DIR --hours 1.5
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.cli.terminal import ProgressBar  # noqa: E402
from runtime.errors import UserError  # noqa: E402
from runtime.training.expert import load_motions  # noqa: E402
from runtime.training.release import make_pack  # noqa: E402
from runtime.training.weights import load_weights  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="the folder `weights` of a run")
    parser.add_argument("--motions", type=Path, required=True, help="made by `motions build`")
    parser.add_argument("--out", type=Path, default=ROOT / "runtime" / "models" / "default")
    parser.add_argument("--hours", type=float, help="of training on which device, for the card")
    parser.add_argument("--device", default="unknown", help="name for the card")
    parser.add_argument("--episodes", type=int, default=10, help="for each task and pose")
    args = parser.parse_args()
    try:
        model, counts = load_weights(args.weights)
        motions, held_out = load_motions(args.motions)
        hours = counts["seconds"] / 3600 if args.hours is None else args.hours
        story = {
            "method": "FB-CPR, `python -m runtime train --preset short`",
            "updates": f"{counts['updates']:,}",
            "steps of the body": f"{counts['steps']:,}",
            "time": f"{hours:.2f} hours on {args.device}",
            "motions": f"{motions.frames / 1800:.1f} minutes, mirror images included",
        }
        with ProgressBar() as bar:
            assessment = make_pack(
                model, motions, held_out, args.out, story, args.episodes, progress=bar
            )
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.out}: mean reward {assessment.mean_reward:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
