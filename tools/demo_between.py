"""What the library does between keys, performed without help: a table of all cases, a picture of three.

    python tools/demo_between.py [--strips DIR]

The takes and what is known of them are kept in out/between: what was stopped goes on there.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

FRAMES = 8
SHOWN = ("1.2 m ahead, 1 m left in 2 s", "0.8 m aside in 1.5 s", "1 m backwards in 1.5 s")
ABOUT = """\
# Between keys, performed

Poses keyed apart in place, heading or height, as a person would; what leads from one to the next is
found in the library, and muscles and ground perform it without help. *Frames held*: in which
anything else bears more than a hundredth of the weight. *Keys off*: mean over the joints, of the
key that is missed most. *Sole slips*: how far any corner of a sole moves while it is on the floor,
at most. *CPU s*: of all processes that work on it. `make demo-between` makes this table and the picture
of the README.

*Get up, leaning over the feet*: nobody in the library gets up out of that pose, so the way is made
(`planning/rising.py`): hands push beside the seat, the trunk comes over the feet, legs straighten.
One sits down into it the other way round.

*A jump* flies along the parabola through its keys in the air (`planning/jumping/`). Where a crouch is
keyed so shortly before the top that nobody could rise to it from rest, as animators often do it, the
hips dip below the crouch first and pass it on their way up, from the key before in which the body
stands; the same for a landing. Where feet stand elsewhere in that key, the jump stays eased, and that
is told.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "out" / "between")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    parser.add_argument("--strips", type=Path, metavar="DIR", help="also a strip of every case")
    args = parser.parse_args()
    table = performed(args.folder)
    print(table)
    (args.docs / "between.md").write_text(ABOUT + table + "\n", encoding="utf-8")
    draw(args.folder, SHOWN, args.docs / "between.png")
    if args.strips is not None:
        args.strips.mkdir(parents=True, exist_ok=True)
        for case, take in takes_in(args.folder).items():
            draw(args.folder, (case,), (args.strips / take).with_suffix(".png"))
    return 0


def performed(folder: Path) -> str:
    """The table; performed beside Blender's process: physics stays out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "runtime", "library", "evaluate"]
    command += ["--perform-keys", str(folder / "cases.jsonl"), "--takes", str(folder)]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def takes_in(folder: Path) -> dict[str, str]:
    """Case -> file of its take."""
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["case"]: row["take"] for row in map(json.loads, lines)}


def draw(folder: Path, cases: tuple[str, ...], out: Path) -> None:
    """A row of pictures for each take."""
    import bpy
    import numpy as np
    from source_package import load_source_package

    load_source_package()
    from motivo_source.motivo_addon.rig.bake import bake_motion
    from motivo_source.motivo_addon.rig.body.armature import add_body
    from motivo_source.runtime.motion import Motion
    from rendering import Stage, stack_rows

    from runtime.motion import load_motion

    rows, takes = [], takes_in(folder)
    for case in cases:
        motion = load_motion(folder / takes[case])
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
