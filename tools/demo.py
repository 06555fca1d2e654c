"""The whole product once: zip, install, key or choose a motion, generate, bake, export, render.

    python tools/demo.py                    keys a small sequence and performs it
    python tools/demo.py --motion walk.bvh  performs the motion of a file

Drives the installed extension through its own operators, as the panel does.
Writes demo.fbx, demo.blend, demo.png (a strip of frames) and demo.mp4.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "bl_ext.user_default.motivo"

# Frame, pose of the library, metres gone forward. The pelvis passes over the
# standing foot, so that the feet that stand do so in one place.
KEYS = (
    (1, "stand", 0.0),
    (12, "stand", 0.0),
    (34, "crouch", 0.0),
    (46, "crouch", 0.0),
    (68, "stand", 0.0),
    (88, "reach", 0.0),
    (100, "reach", 0.0),
    (120, "stand", 0.0),
    (130, "passing", 0.08),
    (142, "step", 0.2),
    (160, "step", 0.2),
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--motion", type=Path, help="BVH or AMASS file to perform")
    parser.add_argument("--out", type=Path, default=ROOT / "out")
    parser.add_argument("--seconds", type=float, default=20.0, help="of the motion, at most")
    args = parser.parse_args()
    if args.motion is not None and not args.motion.is_file():
        parser.error(f"there is no file {args.motion}")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="motivo-demo-") as folder:
        os.environ["BLENDER_USER_RESOURCES"] = folder
        archive = build_zip(Path(folder))
        failed = perform(archive, args)
        sys.stdout.flush()
    return failed


def build_zip(folder: Path) -> Path:
    """The extension for this platform, built and validated by Blender's own tool."""
    command = [
        sys.executable,
        str(ROOT / "tools" / "building" / "build_extension.py"),
        "--out",
        str(folder),
    ]
    subprocess.run(command, check=True, cwd=ROOT)
    return next(folder.glob("*.zip"))


def perform(archive: Path, args: argparse.Namespace) -> int:
    """Everything that happens inside Blender."""
    import bpy

    clock = Clock()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.extensions.package_install_files(
        repo="user_default", filepath=str(archive), enable_on_install=True
    )
    if PACKAGE not in bpy.context.preferences.addons:
        print("The zip was not installed.", file=sys.stderr)
        return 1
    clock.lap("install the zip")
    scene = bpy.context.scene
    scene.render.fps = 30
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    keyed = None
    if args.motion is None:
        key_poses(body)
        keyed = body.animation_data.action
        bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    else:
        bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
        choose_file(body.motivo.prompts[0], args.motion, args.seconds)
    prompt = body.motivo.prompts[0]
    scene.frame_start, scene.frame_end = prompt.start, prompt.end
    clock.lap("key" if args.motion is None else "choose the file")
    bpy.ops.motivo.generate()
    clock.lap("generate")
    bpy.ops.motivo.bake()
    clock.lap("bake")
    bpy.ops.motivo.export_fbx(filepath=str(args.out / "demo.fbx"))
    clock.lap("export FBX")
    bpy.ops.wm.save_as_mainfile(filepath=str((args.out / "demo.blend").resolve()))
    take = take_of(body)
    render(scene, body, keyed, args.out)
    clock.lap("render")
    report(take, clock, scene)
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    return 0


def key_poses(body) -> None:
    """Keys the sequence on the body's bones, as a person does with I in pose mode."""
    poses = importlib.import_module(f"{PACKAGE}.runtime.motion.poses")
    bake = importlib.import_module(f"{PACKAGE}.motivo_addon.rig.bake")
    names = importlib.import_module(f"{PACKAGE}.runtime.body").SMPL_NAMES
    for frame, name, forward in KEYS:
        qpos = poses.pose(name)
        qpos[1] -= forward  # at heading zero the person faces -y
        location, rotations = bake.pose_channels(body, qpos[None])
        body.pose.bones["pelvis"].location = location[0]
        body.pose.bones["pelvis"].keyframe_insert("location", frame=frame)
        for bone, rotation in zip(names, rotations[0], strict=True):
            body.pose.bones[bone].rotation_quaternion = rotation
            body.pose.bones[bone].keyframe_insert("rotation_quaternion", frame=frame)


def choose_file(prompt, path: Path, seconds: float) -> None:
    """The prompt performs the file from its start, for its own length or ``seconds``."""
    import bpy

    client = importlib.import_module(f"{PACKAGE}.motivo_addon.client")
    bpy.ops.motivo.choose_motion_file(filepath=str(path.resolve()))
    client.session().wait()  # the worker reads how long the motion is
    prompt.end = min(prompt.end, prompt.start - 1 + int(seconds * 30))


def take_of(body) -> dict:
    """What the baked Action remembers of its take."""
    bake = importlib.import_module(f"{PACKAGE}.motivo_addon.rig.bake")
    return bake.take_of(body.animation_data.action)


def render(scene, body, keyed, out: Path) -> None:
    """The strip (what was keyed above what was performed) and the video."""
    import numpy as np
    from rendering import Stage, stack_rows

    curves = importlib.import_module(f"{PACKAGE}.motivo_addon.rig.curves")
    body.show_in_front = False
    stage = Stage(scene, body)
    frames = np.linspace(scene.frame_start, scene.frame_end, 8).round().astype(int).tolist()
    rows, performed = [], body.animation_data.action
    if keyed is not None:
        curves.assign(body, keyed)
        rows.append(stage.strip(frames))
        curves.assign(body, performed)
    rows.append(stage.strip(frames))
    stack_rows(rows, out / "demo.png")
    stage.video(out / "demo.mp4")


class Clock:
    """Seconds spent on each step."""

    def __init__(self) -> None:
        self.laps: list[tuple[str, float]] = []
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps.append((name, now - self._last))
        self._last = now


def report(take: dict, clock: Clock, scene) -> None:
    """The table of quality and speed."""
    seconds = (scene.frame_end - scene.frame_start) / 30
    print(f"\nQuality ({seconds:.1f} s of motion)")
    for name, value in take["metadata"]["measures"].items():
        # Held stretches and flights are lists of frames.
        if isinstance(value, int | float):
            print(f"  {name:<42}{value:10.3f}")
        elif value:
            print(f"  {name:<42}  {value}")
    print("\nSpeed")
    for name, lap in clock.laps:
        print(f"  {name:<42}{lap:10.2f} s")


if __name__ == "__main__":
    status = main()
    # Blender as a module ends untidily; everything is written by now.
    sys.stdout.flush()
    os._exit(status)
