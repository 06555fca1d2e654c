"""``python -m runtime motions build | pack | unpack``: motion capture made ready for training."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import ProgressBar

if TYPE_CHECKING:
    from ..library.dataset import DatasetReport

EXAMPLE = """\
example:
  python -m runtime motions build mocap --out motions
  python -m runtime train --motions motions --out run
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "motions", help="fit motion capture to the body for training", epilog=EXAMPLE
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser(
        "build",
        help="fit, mirror, judge and list every clip of a folder",
        description="Fits every .bvh and AMASS .npz below DIR to the body, mirrors it, leaves "
        "out bad fits and writes HDF5 files in the published layout with lists for training and "
        "testing. A build that was interrupted goes on where it stopped.",
    )
    build.add_argument("source", type=Path, metavar="DIR")
    build.add_argument("--out", type=Path, required=True, metavar="DIR")
    build.add_argument("--workers", type=int, help="processes (else one for each core)")
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    pack = actions.add_parser("pack", help="put a built folder into one small file")
    pack.add_argument("source", type=Path, metavar="DIR")
    pack.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    unpack = actions.add_parser("unpack", help="make the folder of such a file again")
    unpack.add_argument("source", type=Path, metavar="FILE.npz")
    unpack.add_argument("--out", type=Path, required=True, metavar="DIR")
    unpack.add_argument("--workers", type=int, help="processes (else one for each core)")


def run(args: argparse.Namespace) -> int:
    return {"build": _build, "pack": _pack, "unpack": _unpack}[args.action](args)


def _pack(args: argparse.Namespace) -> int:
    from ..training.packed_motions import pack_motions

    minutes = pack_motions(args.source, args.out)
    size = args.out.stat().st_size / 1e6
    print(f"{args.out}: {minutes:.1f} minutes of motion in {size:.1f} MB")
    return 0


def _unpack(args: argparse.Namespace) -> int:
    from ..training.packed_motions import unpack_motions

    print(f"{args.out}: {unpack_motions(args.source, args.out, args.workers)} clips")
    return 0


def _build(args: argparse.Namespace) -> int:
    from ..library.dataset import build_dataset

    with ProgressBar() as bar:
        report = build_dataset(args.source, args.out, args.workers, bar)
    data = report.to_dict()
    print(json.dumps(data, indent=2) if args.json else _in_words(report, args.out))
    return 0


def _in_words(report: "DatasetReport", out: Path) -> str:
    from ..library.dataset import REPORT

    data = report.to_dict()
    lines = [
        f"{data['clips_used']} clips, {data['minutes']:.1f} minutes "
        f"({data['minutes_with_mirrored']:.1f} with mirror images), "
        f"{data['clips_held_out']} clips held out",
        f"fit: limbs {data['direction_error_deg']:.1f} degrees, joints "
        f"{data['joint_error_cm']:.1f} cm off on average",
        f"feet: {data['skate_share']:.1%} of frames slide, {data['penetration_mm']:.1f} mm "
        "in the floor on average",
        f"it took {data['seconds'] / 60:.1f} minutes; {out / REPORT} tells about each clip",
    ]
    lines += [f"left out {clip.source}: {clip.dropped}" for clip in report.dropped]
    return "\n".join(lines)
