"""The command ``motion`` of ``headless.py``: FBX and glTF files as motions of the body."""

import argparse
from pathlib import Path
from typing import Any

SUFFIXES = (".fbx", ".glb", ".gltf", ".vrm")
"""Read by Blender's own importers; others are read without Blender."""
OUT = (".npz", ".bvh", ".hdf5")


def add_parser(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "motion",
        help="fit what somebody in an .fbx, .glb or other motion file does to the body",
        description=(
            "Reads the file with Blender's own importers, takes the Action of an armature as the "
            "source, sets it right as every source is, fits it to the body and writes a motion."
        ),
    )
    parser.add_argument("file", type=Path, help=f"{', '.join(SUFFIXES)}, .bvh or .npz")
    parser.add_argument("--out", type=_out, required=True, metavar="FILE", help=f"{', '.join(OUT)}")
    parser.add_argument("--up", metavar="AXIS", default="", help="which axis is up; as in --up=-y")
    parser.add_argument("--source-fps", type=float, metavar="N", help="its real frame rate")
    parser.add_argument("--unit", type=float, metavar="M", help="metres per unit of the file")
    parser.add_argument("--person", metavar="NAME", default="", help="armature, Action or number")
    parser.add_argument("--map", type=Path, metavar="FILE", help="a bone map saved by the add-on")
    parser.set_defaults(run=run, describe=describe)
    return parser


def run(args: argparse.Namespace) -> dict[str, Any]:
    from motivo_source.runtime.errors import UserError
    from motivo_source.runtime.motion import save_motion
    from motivo_source.runtime.motion.source_options import SourceOptions
    from motivo_source.runtime.skeletons.bone_map import RigMap

    rig_map = None
    if args.map is not None:
        try:
            rig_map = RigMap.from_json(args.map.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"The bone map '{args.map}' cannot be read.", repr(error)) from error
    options = SourceOptions(args.up, args.source_fps, args.unit, args.person, rig_map)
    motion = read_motion(args.file, options if options.to_dict() else None)
    save_motion(motion, args.out)
    return {
        "out": str(args.out),
        "frames": motion.frames,
        "seconds": motion.seconds,
        "fit": motion.metadata.get("fit", {}),
        "notes": motion.metadata.get("notes", []),
        "warnings": motion.metadata.get("warnings", []),
    }


def describe(report: dict[str, Any]) -> str:
    lines = [f"{report['out']}: {report['frames']} frames, {report['seconds']:.2f} s"]
    lines += [f"  set right: {note}" for note in report["notes"]]
    lines += [f"  WARNING: {warning}" for warning in report["warnings"]]
    return "\n".join(lines)


def read_motion(path: Path, options: Any = None) -> Any:
    """A motion of the body from any file, those that only Blender reads included."""
    from motivo_source.runtime.motion import fit_to_body, load_motion

    if path.suffix.lower() not in SUFFIXES:
        return load_motion(path, options=options)
    import bpy
    from motivo_source.motivo_addon.characters.motion_scene import read_scene_motion

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return fit_to_body(read_scene_motion(bpy.context, path, options)).motion


def _out(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in OUT:
        raise argparse.ArgumentTypeError(f"'{text}' does not end in {' or '.join(OUT)}")
    return path
