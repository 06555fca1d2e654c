"""``convert``: a motion from one kind of file into another."""

import argparse
import json
from pathlib import Path
from typing import Any

from .options.sources import add_source_options, source_options

EXAMPLES = """\
examples:
  python -m runtime convert walk.bvh walk.npz          (fitted to the body)
  python -m runtime convert take.npz take.bvh --fps 60
  python -m runtime convert motions.hdf5 third.npz --episode 2
"""


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "convert",
        help="convert a motion file; foreign skeletons are fitted to the body",
        description="Converts between .npz, .bvh and .hdf5. AMASS files and BVH files of any "
        "person are fitted to the body.",
        epilog=EXAMPLES,
    )
    parser.add_argument("input", type=Path, metavar="IN", help=".npz (own, AMASS), .bvh or .hdf5")
    parser.add_argument("output", type=Path, metavar="OUT", help=".npz, .bvh or .hdf5")
    parser.add_argument("--fps", type=frame_rate, help="resample to this frame rate")
    parser.add_argument("--episode", type=int, metavar="N", help="which motion of an .hdf5 file")
    add_source_options(parser)
    parser.add_argument("--json", action="store_true", help="print what was written as JSON")


def run(args: argparse.Namespace) -> int:
    from ..errors import UserError
    from ..motion import load_motion
    from .terminal.files import check_place, save_whole
    from .terminal.progress import ProgressBar

    if args.episode is not None and args.input.suffix.lower() not in (".hdf5", ".h5"):
        raise UserError("--episode is for .hdf5 files; others hold a single motion.")
    check_place(args.output)
    with ProgressBar() as bar:
        motion = load_motion(args.input, args.episode, bar, source_options(args))
        if args.fps is not None:
            motion = motion.resampled(args.fps)
        save_whole([motion], [args.output])
    written = {
        "file": str(args.output),
        "frames": motion.frames,
        "fps": motion.fps,
        "seconds": motion.seconds,
        "notes": motion.metadata.get("notes", []),
        "warnings": motion.metadata.get("warnings", []),
    }
    if args.json:
        print(json.dumps(written, indent=2))
    else:
        print(f"{args.output}: {motion.frames} frames at {motion.fps:g} a second")
        for note in written["notes"]:
            print(f"  set right: {note}")
        for warning in written["warnings"]:
            print(f"  WARNING: {warning}")
    return 0


def frame_rate(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is no frame rate between 0 and 1000")
    return value
