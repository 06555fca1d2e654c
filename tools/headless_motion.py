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
    wanted = parser.add_argument_group("what to write, at least one of")
    wanted.add_argument("--out", type=_out, metavar="FILE", help=f"{', '.join(OUT)}")
    wanted.add_argument(
        "--save-map", type=Path, metavar="FILE", help="which joint plays which part, for --map"
    )
    parser.add_argument(
        "--up", metavar="AXIS", default="", help="which is up: --up=-y, --up=0.1,1,0"
    )
    parser.add_argument("--source-fps", type=float, metavar="N", help="its real frame rate")
    parser.add_argument("--unit", type=float, metavar="M", help="metres per unit of the file")
    parser.add_argument("--person", metavar="NAME", default="", help="armature, Action or number")
    parser.add_argument("--map", type=Path, metavar="FILE", help="a bone map, edited or saved")
    parser.set_defaults(run=run, describe=describe)
    return parser


def run(args: argparse.Namespace) -> dict[str, Any]:
    from motivo_source.runtime.errors import UserError
    from motivo_source.runtime.motion import save_motion
    from motivo_source.runtime.motion.sources.options import SourceOptions
    from motivo_source.runtime.skeletons.bone_map import RigMap

    if args.out is None and args.save_map is None:
        raise UserError("Say what to write: --out FILE, --save-map FILE or both.")
    rig_map = None if args.map is None else RigMap.read(args.map)
    said = SourceOptions(args.up, args.source_fps, args.unit, args.person, rig_map)
    options = said if said.to_dict() else None
    report: dict[str, Any] = {}
    if args.save_map is not None:
        report |= save_map(args.file, options, args.save_map)
    if args.out is None:
        return report
    motion = read_motion(args.file, options)
    save_motion(motion, args.out)
    return report | {
        "out": str(args.out),
        "frames": motion.frames,
        "seconds": motion.seconds,
        "fit": motion.metadata.get("fit", {}),
        "notes": motion.metadata.get("notes", []),
        "warnings": motion.metadata.get("warnings", []),
    }


def describe(report: dict[str, Any]) -> str:
    lines = []
    if "map" in report:
        lines += [f"{report['map']}: {report['bones']}"]
        lines += [report["problem"]] if report["problem"] else []
    if "out" in report:
        lines += [f"{report['out']}: {report['frames']} frames, {report['seconds']:.2f} s"]
    lines += [f"  set right: {note}" for note in report.get("notes", ())]
    lines += [f"  WARNING: {warning}" for warning in report.get("warnings", ())]
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


def save_map(path: Path, options: Any, out: Path) -> dict[str, Any]:
    """Writes what was recognised, parts that were not found with an empty bone."""
    from motivo_source.runtime.errors import UserError
    from motivo_source.runtime.motion.sources.inspection import inspect_clip, inspect_file

    if path.suffix.lower() in SUFFIXES:
        import bpy
        from motivo_source.motivo_addon.characters.motion_scene import read_scene_motion

        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        clip = read_scene_motion(bpy.context, path, options, known=False)
        found = inspect_clip(clip, path.name)
    else:
        found = inspect_file(path, options)
    if found.rig_map is None:
        raise UserError(f"'{path.name}' is a motion of the body; it needs no bone map.")
    try:
        out.write_text(found.rig_map.with_expected().to_json() + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"Cannot write '{out}': {error.strerror}; choose another place.") from error
    return {"map": str(out), "bones": found.rig_map.in_words(), "problem": found.problem}


def _out(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in OUT:
        raise argparse.ArgumentTypeError(f"'{text}' does not end in {' or '.join(OUT)}")
    return path
