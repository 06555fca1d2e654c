"""The command ``retarget`` of ``headless.py``: a take onto a character, into files for engines."""

import argparse
from pathlib import Path
from typing import Any

from headless_motion import read_motion

ENGINES = ("unreal", "unity", "godot", "fbx", "gltf", "bvh", "usd")
"""Presets that hold any character; written out, for wrong use is told without Blender."""

CHARACTERS = (".fbx", ".glb", ".gltf", ".vrm", ".blend")
"""A VRM file is a glTF file: its skeleton and skin are read without an add-on for VRM."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "retarget",
        help="put a take on a character and write it for an engine",
        description=(
            "Recognises the character's rig, transfers the take onto it, holds the feet where "
            "they touch, writes a file for each engine and reads it back."
        ),
    )
    parser.add_argument("take", type=Path, help="motion: .npz, .bvh, .hdf5, .fbx or .glb")
    parser.add_argument("character", type=_character, help=f"{', '.join(CHARACTERS)}")
    parser.add_argument(
        "--engine",
        action="append",
        choices=ENGINES,
        help="may be given several times (default: unreal)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of the files, made if need be",
    )
    parser.add_argument("--armature", metavar="NAME", help="which one, where the file has several")
    parser.add_argument("--map", type=Path, metavar="FILE", help="rig map to use, not detection")
    parser.add_argument("--save-map", type=Path, metavar="FILE", help="write the map that was used")
    parser.add_argument(
        "--root-motion",
        choices=("hips", "bone", "object", "in_place"),
        default="hips",
        help="what carries the character over the ground (default: hips)",
    )
    parser.add_argument(
        "--limbs",
        choices=("fk", "ik"),
        default="fk",
        help="controls that limbs of a control rig follow; both are keyed (default: fk)",
    )
    parser.add_argument("--fps", type=float, help="frame rate of the files (default: the engine's)")
    parser.add_argument("--name", help="name of the take (default: that of its file)")
    parser.add_argument(
        "--template",
        default="{character}_{take}_{engine}",
        help="of the names (default: %(default)s)",
    )
    parser.add_argument("--no-mesh", action="store_true", help="write the skeleton only")
    parser.add_argument("--no-foot-lock", action="store_true", help="leave the feet as they come")
    parser.add_argument(
        "--mute-constraints", action="store_true", help="switch off constraints that are in the way"
    )
    parser.set_defaults(run=run, describe=describe)
    return parser


def describe(report: dict[str, Any]) -> str:
    """The result in lines for a person."""
    found = report["quality"]
    quality = (
        f"limbs off the take by at most {max(found['legs_deg'], found['arms_deg']):.1f} degrees, "
        f"ankles by {found['ankle_cm']:.1f} cm; skate {100 * found['skate_share']:.1f} % "
        f"(take {100 * found['skate_share_source']:.1f} %), skin in the floor "
        f"{found['penetration_mm']:.1f} mm, jerk {found['jerk_ratio']:.2f} of the take's"
    )
    summaries = [file["summary"] for file in report["files"]]
    warnings = [f"WARNING: {warning}" for warning in report["warnings"]]
    return "\n".join([f"rig: {report['rig']}", f"measured: {quality}", *summaries, *warnings])


def run(args: argparse.Namespace) -> dict[str, Any]:
    from motivo_source.runtime.errors import UserError

    if args.fps is not None and not 1 <= args.fps <= 1000:
        raise UserError(f"{args.fps:g} is no frame rate between 1 and 1000. Choose another.")
    if not args.character.is_file():
        raise UserError(f"There is no file '{args.character}'. Choose another character.")
    motion = read_motion(args.take)
    _make_folder(args.out)

    import bpy
    from motivo_source.motivo_addon.characters.action_metrics import measure_retarget
    from motivo_source.motivo_addon.characters.read_rig import detect_rig
    from motivo_source.motivo_addon.characters.write_action import retarget
    from motivo_source.motivo_addon.export.engines import export_takes
    from motivo_source.motivo_addon.export.presets import ExportSettings
    from motivo_source.motivo_addon.rig.body.armature import add_body
    from motivo_source.runtime.retarget.settings import RetargetSettings
    from motivo_source.runtime.skeletons.bone_map import RigMap

    open_character(args.character, args.fps or 30.0)
    character = choose_armature(args.character, args.armature)
    rig_map = RigMap.from_json(_text(args.map)) if args.map else detect_rig(character)
    body = add_body(bpy.context)
    action = retarget(
        bpy.context,
        body,
        motion,
        character,
        rig_map,
        RetargetSettings(
            place="character",
            lock_feet=not args.no_foot_lock,
            limbs=args.limbs,
            mute_constraints=args.mute_constraints,
        ),
        name=args.name or args.take.stem,
        start_frame=1,
    )
    quality = measure_retarget(bpy.context, character, motion)
    if args.save_map:
        _write(args.save_map, rig_map.to_json())
    files = []
    for engine in args.engine or ["unreal"]:
        settings = ExportSettings(
            preset=engine,
            fps=args.fps,
            root=args.root_motion,
            mesh=False if args.no_mesh else None,
            template=args.template,
        )
        hips = rig_map.bones["hips"]
        for file in export_takes(bpy.context, character, args.out, settings, hips):
            files.append({**file.to_dict(), "summary": file.in_words()})
    return {
        "take": str(args.take),
        "character": str(args.character),
        "armature": character.name,
        "out": str(args.out),
        "rig": rig_map.in_words(),
        "map": rig_map.to_dict(),
        "missing": list(rig_map.missing),
        "action": action.name,
        "frames": motion.frames,
        "fps": motion.fps,
        "seconds": motion.seconds,
        "root_motion": args.root_motion,
        "quality": quality.to_dict(),
        "warnings": list(quality.warnings),
        "files": files,
        "error_mm": max(file["error_mm"] for file in files),
        "blender": bpy.app.version_string,
    }


def open_character(path: Path, fps: float) -> None:
    """Makes the file's content the scene, at ``fps``; ``UserError`` if it cannot be read."""
    import bpy
    from motivo_source.runtime.errors import UserError

    kind, target = path.suffix.lower(), str(path.absolute())
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    try:
        if kind == ".blend":
            # Scripts in a file from elsewhere do not run.
            bpy.ops.wm.open_mainfile(filepath=target, load_ui=False, use_scripts=False)
        elif kind == ".fbx":
            _set_rate(bpy.context.scene, fps)
            if "fbx_import" in dir(bpy.ops.wm):
                bpy.ops.wm.fbx_import(filepath=target)
            else:
                bpy.ops.import_scene.fbx(filepath=target)
        else:
            _set_rate(bpy.context.scene, fps)
            bpy.ops.import_scene.gltf(filepath=target)
    except RuntimeError as error:
        raise UserError(
            f"'{path}' cannot be read as a {kind} file. Export it again.", str(error).strip()
        ) from error
    _set_rate(bpy.context.scene, fps)


def choose_armature(path: Path, name: str | None) -> Any:
    """The armature of the file; ``UserError`` where there is none, or several and no choice."""
    import bpy
    from motivo_source.motivo_addon.bodies import is_body
    from motivo_source.runtime.errors import UserError

    found = {
        candidate.name: candidate
        for candidate in bpy.context.scene.objects
        if candidate.type == "ARMATURE" and not is_body(candidate)
    }
    names = ", ".join(f"'{other}'" for other in sorted(found))
    if name is not None:
        if name not in found:
            have = f"It has {names}." if found else "It has none."
            raise UserError(f"'{path.name}' has no armature '{name}'. {have}")
        return found[name]
    if not found:
        raise UserError(f"'{path.name}' has no armature. Choose a character with a skeleton.")
    if len(found) > 1:
        raise UserError(f"'{path.name}' has several armatures: {names}. Choose with --armature.")
    return next(iter(found.values()))


def _set_rate(scene: Any, fps: float) -> None:
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = scene.render.fps / fps


def _character(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in CHARACTERS:
        raise argparse.ArgumentTypeError(f"'{text}' does not end in {' or '.join(CHARACTERS)}")
    return path


def _make_folder(path: Path) -> None:
    from motivo_source.runtime.errors import UserError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder '{path.absolute()}' cannot be made: {error.strerror}. Choose another."
        ) from error


def _text(path: Path) -> str:
    from motivo_source.runtime.errors import UserError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The rig map '{path}' cannot be read. Choose another.") from error


def _write(path: Path, text: str) -> None:
    from motivo_source.runtime.errors import UserError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"'{path}' could not be written: {error.strerror}") from error
