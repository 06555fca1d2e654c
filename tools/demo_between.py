"""A picture of what the library does: between two keys, along a path, a behaviour after another.

python tools/demo_between.py [--quality draft] [--out docs/between.png]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

FRAMES = 8
STAND_APART_M = 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quality", default="draft", help="of the performance (draft)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "between.png")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motivo-between-") as folder:
        takes = performed(Path(folder), args.quality)
        draw(takes, args.out)
    return 0


def timelines() -> dict:
    """What is asked for, by the name of its file."""
    import numpy as np

    from runtime.motion import Motion
    from runtime.planning.evaluation import eased
    from runtime.planning.paths import standing
    from runtime.prompts import BehaviourPrompt, MotionPrompt, PathPrompt, Timeline

    start, end = standing(np.zeros(2), 0.0), standing(np.array([STAND_APART_M, 0.0]), 0.0)
    keys = Motion(30.0, eased(start, end, 60))
    corner = ((0.0, 0.0), (2.5, 0.0), (2.5, 2.5))
    return {
        "keys": MotionPrompt(0, 60, "keys", keys, "world", keyframes=(0, 60)),
        "path": PathPrompt(0, 150, "path", corner, None, 180.0),
        "walk-then-sit": (
            BehaviourPrompt(0, 75, "walk", (("move-ego-0-1.4", 1.0),)),
            BehaviourPrompt(76, 190, "sit", (("sitonground", 1.0),)),
        ),
    } | {"Timeline": Timeline}


def performed(folder: Path, quality: str) -> list:
    """The takes, performed beside Blender's process: physics stays out of it."""
    from runtime.motion import load_motion

    asked = timelines()
    timeline = asked.pop("Timeline")
    motions = []
    for name, prompts in asked.items():
        prompts = prompts if isinstance(prompts, tuple) else (prompts,)
        source, take = folder / f"{name}.json", folder / f"{name}.npz"
        source.write_text(timeline(prompts).to_json(), encoding="utf-8")
        command = [sys.executable, "-m", "runtime", "generate", str(source), "--out", str(take)]
        subprocess.run([*command, "--quality", quality], check=True, cwd=ROOT)
        motions.append(load_motion(take))
    return motions


def draw(motions: list, out: Path) -> None:
    """A row of pictures for each take."""
    import bpy
    import numpy as np
    from source_package import load_source_package

    load_source_package()
    from motivo_source.motivo_addon.rig.armature import add_body
    from motivo_source.motivo_addon.rig.bake import bake_motion
    from motivo_source.runtime.motion import Motion
    from rendering import Stage, stack_rows

    rows = []
    for motion in motions:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        scene = bpy.context.scene
        scene.render.fps = 30
        body = add_body(bpy.context)
        bake_motion(bpy.context, body, Motion.from_dict(motion.to_dict()), "Take")
        body.show_in_front = False
        scene.frame_start, scene.frame_end = 1, motion.frames
        frames = np.linspace(1, motion.frames, FRAMES).round().astype(int).tolist()
        rows.append(Stage(scene, body).strip(frames))
    stack_rows(rows, out)


if __name__ == "__main__":
    status = main()
    # Blender as a module ends untidily; everything is written by now.
    sys.stdout.flush()
    os._exit(status)
