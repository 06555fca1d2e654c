"""``python -m runtime motions build | pack | unpack | bones``: motion capture made ready, and its bones."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .options.sources import add_source_options, source_options
from .terminal.progress import ProgressBar

if TYPE_CHECKING:
    from ..library.dataset import DatasetReport
    from ..motion.sources.inspection import Inspection

EXAMPLE = """\
examples:
  python -m runtime motions bones walk.bvh --out bones.json    (then mend bones.json by hand)
  python -m runtime motions bones walk.bvh --map bones.json
  python -m runtime convert walk.bvh walk.npz --map bones.json
  python -m runtime motions build mocap --out motions
  python -m runtime train --motions motions --out run
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "motions", help="fit motion capture for training; show the bones of a file", epilog=EXAMPLE
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
    bones = actions.add_parser(
        "bones",
        help="show which joint of a motion file plays which part, and save that as a bone map",
        description="Looks at FILE without fitting it. The map that --out writes can be edited "
        "(parts that were not found stand in it with an empty bone) and given by --map, here, to "
        "convert and to generate, or loaded in a Motion File prompt.",
    )
    bones.add_argument("source", type=Path, metavar="FILE", help=".bvh or AMASS .npz")
    add_source_options(bones)
    bones.add_argument("--out", type=Path, metavar="MAP.json", help="write the bone map")
    bones.add_argument("--json", action="store_true", help="print all that was found as JSON")


def run(args: argparse.Namespace) -> int:
    return {"build": _build, "pack": _pack, "unpack": _unpack, "bones": _bones}[args.action](args)


def _bones(args: argparse.Namespace) -> int:
    from ..errors import UserError
    from ..motion.sources.inspection import inspect_file
    from .terminal.files import check_file

    found = inspect_file(args.source, source_options(args))
    if found.rig_map is None:
        raise UserError(f"'{args.source.name}' is a motion of the body; it needs no bone map.")
    if args.out is not None:
        check_file(args.out)
        args.out.write_text(found.rig_map.with_expected().to_json() + "\n", encoding="utf-8")
    print(json.dumps(found.to_dict(), indent=2) if args.json else _bones_in_words(found))
    return 0


def _bones_in_words(found: "Inspection") -> str:
    from ..skeletons.human_bones import in_words

    rig_map = found.rig_map
    assert rig_map is not None
    lines = [rig_map.in_words()]
    lines += [
        f"  {in_words(row.role):20} " + (f"{row.bone:28} by {row.origin}" if row.bone else "-")
        for row in rig_map.with_expected().rows
    ]
    unused = [joint for joint in found.joints if joint not in rig_map.bones.values()]
    lines += [f"without a part: {', '.join(unused)}"] if unused else []
    lines += [f"set right: {note}" for note in found.notes]
    return "\n".join([*lines, *([found.problem] if found.problem else [])])


def _pack(args: argparse.Namespace) -> int:
    from ..training.experience.packed_motions import pack_motions

    minutes = pack_motions(args.source, args.out)
    size = args.out.stat().st_size / 1e6
    print(f"{args.out}: {minutes:.1f} minutes of motion in {size:.1f} MB")
    return 0


def _unpack(args: argparse.Namespace) -> int:
    from ..training.experience.packed_motions import unpack_motions

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
