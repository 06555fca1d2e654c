"""Motivo's Blender side without a window, for pipelines.

With the bpy wheel:      python tools/headless.py bake take.npz --out take.fbx
With Blender itself:     blender -b -P tools/headless.py -- bake take.npz --out take.fbx
A character of your own: ... retarget take.npz hero.glb --engine unreal --out folder
FBX or glTF as motion:   ... motion walk.fbx --out walk.npz

(Blender itself needs the extension installed, it brings SciPy.)
Exit codes: 0 done, 1 could not be done (one sentence says why), 2 wrong use.
"""

import argparse
import contextlib
import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import headless_motion
import headless_retarget
from source_package import load_source_package

SUFFIXES = (".fbx", ".glb", ".blend")


def main(arguments: list[str]) -> int:
    load_source_package()
    args = _parser().parse_args(arguments)
    started = time.perf_counter()
    try:
        from motivo_source.runtime.errors import UserError

        with _output_on_stderr():
            report = args.run(args)
            report["seconds_taken"] = round(time.perf_counter() - started, 3)
            if args.report:
                _write_report(args.report, report)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"error: {_missing_module(error)}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(report))
    else:
        print(args.describe(report))
    return 0


def _describe_bake(report: dict[str, Any]) -> str:
    return f"{report['out']}: {report['frames']} frames, {report['seconds']:.2f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="headless.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_bake(commands)
    _add_report_options(headless_retarget.add_parser(commands))
    _add_report_options(headless_motion.add_parser(commands))
    return parser


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write that JSON to a file")


def _add_bake(commands: Any) -> None:
    parser = commands.add_parser(
        "bake",
        help="put a take on the body and write it as .fbx, .glb or .blend",
        description="Adds the body to an empty scene, bakes the take onto it and writes the file.",
    )
    parser.add_argument("take", type=Path, help="motion: .npz, .bvh or .hdf5")
    parser.add_argument(
        "--out", type=_output_file, required=True, metavar="FILE", help=f"{', '.join(SUFFIXES)}"
    )
    parser.add_argument("--name", help="name of the Action (default: that of the take's file)")
    parser.add_argument(
        "--fps", type=_frame_rate, default=30.0, help="frame rate of the scene (default: 30)"
    )
    parser.add_argument("--start-frame", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument("--no-mesh", action="store_true", help="write the armature only")
    _add_report_options(parser)
    parser.set_defaults(run=_bake, describe=_describe_bake)


def _output_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"'{text}' does not end in {' or '.join(SUFFIXES)}")
    return path


def _frame_rate(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 1 <= float(text) <= 1000:
            return float(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no frame rate between 1 and 1000")


def _bake(args: argparse.Namespace) -> dict[str, Any]:
    from motivo_source.runtime.errors import UserError

    if not args.out.absolute().parent.is_dir():
        raise UserError(f"There is no folder '{args.out.absolute().parent}'. Make it first.")
    motion = headless_motion.read_motion(args.take)

    import bpy
    from motivo_source.motivo_addon.rig.bake import bake_motion
    from motivo_source.motivo_addon.rig.body.armature import add_body

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.fps = round(args.fps)
    scene.render.fps_base = scene.render.fps / args.fps
    body = add_body(bpy.context)
    action = bake_motion(bpy.context, body, motion, args.name or args.take.stem, args.start_frame)
    scene.frame_start, scene.frame_end = (round(frame) for frame in action.frame_range)
    scene.frame_set(scene.frame_start)
    if args.no_mesh:
        for child in body.children:
            bpy.data.objects.remove(child)
    _write_scene(bpy.context, body, args.out)
    return {
        "take": str(args.take),
        "out": str(args.out),
        "frames": motion.frames,
        "fps": motion.fps,
        "seconds": motion.seconds,
        "action": action.name,
        "bytes": args.out.stat().st_size,
        "blender": bpy.app.version_string,
    }


def _write_scene(context: Any, body: Any, path: Path) -> None:
    import bpy
    from motivo_source.motivo_addon.export.fbx import export_fbx
    from motivo_source.runtime.errors import UserError

    kind, target = path.suffix.lower(), str(path.absolute())
    try:
        if kind == ".fbx":
            export_fbx(context, body, path)
        elif kind == ".glb":
            bpy.ops.export_scene.gltf(
                filepath=target, export_format="GLB", export_anim_slide_to_zero=True
            )
        else:
            bpy.ops.wm.save_as_mainfile(filepath=target, compress=True)
    except RuntimeError as error:
        raise UserError(f"'{path}' could not be written: {str(error).strip()}") from error


def _write_report(path: Path, report: dict[str, Any]) -> None:
    from motivo_source.runtime.errors import UserError

    try:
        path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"The report could not be written to '{path}': {error.strerror}") from error


def _missing_module(error: ModuleNotFoundError) -> str:
    if error.name == "bpy":
        return "Blender is missing. Install the bpy wheel or run this with 'blender -b -P'."
    return (
        f"The Python package '{error.name}' is missing. Install the Motivo extension in this "
        "Blender, or the package in this Python."
    )


@contextlib.contextmanager
def _output_on_stderr() -> Iterator[None]:
    """Blender and its exporters talk on stdout, from C as well; that is for the result alone."""
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(stdout, 1)
        os.close(stdout)


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    try:
        status = main(own)
    except SystemExit as usage:  # argparse's help and wrong use
        status = int(usage.code or 0)
    except Exception:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender 4.2 may crash while the interpreter is taken down around it.
    os._exit(status)
