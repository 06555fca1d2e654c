"""Options of every command that reads motion files: what a file does not tell by itself."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...motion.sources.options import SourceOptions


def add_source_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the motion file does not tell (found out otherwise)")
    group.add_argument(
        "--up",
        metavar="AXIS",
        help="which axis of the file is up, as in --up=-y, or a direction: --up=0.1,1,0",
    )
    group.add_argument("--source-fps", type=float, metavar="N", help="its real frame rate")
    group.add_argument("--unit", type=float, metavar="M", help="metres per unit of the file")
    group.add_argument("--person", metavar="NAME", help="root joint or number of one of several")
    group.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help="a bone map, saved by 'motions bones' or in Blender",
    )


def source_options(args: argparse.Namespace) -> "SourceOptions | None":
    """What was said; None where nothing was. Raises ``UserError``."""
    from ...motion.sources.options import SourceOptions
    from ...skeletons.bone_map import RigMap

    said = (args.up, args.source_fps, args.unit, args.person, args.map)
    if all(value is None for value in said):
        return None
    rig_map = None if args.map is None else RigMap.read(args.map)
    return SourceOptions(args.up or "", args.source_fps, args.unit, args.person or "", rig_map)
