"""A walk and a get-up on three characters, for three engines.

    python tools/demo_retarget.py

Performs the recordings in ../shared/mocap with physics, puts them on the
characters in ../shared/characters, renders them side by side with the body
(demo_retarget.png: a row for each, the body first), measures each against the
body (demo_retarget.json), writes files for Unreal, Unity and Godot and prints
how far each is off when it is read back. Without ../shared it performs a few keyed
poses on bodies that are renamed and resized.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
RECORDINGS = {"Walk": "Male1_B3_Walk.bvh", "Get Up": "Male1_A10_LieToCrouch.bvh"}
ENGINES = ("unreal", "unity", "godot")
COLUMNS = 5
CELL = (210, 230)
"""Pixels of one character in one frame."""
LANE = 12.0
"""Metres from one character to the next: none is in another's picture."""
COLOURS = (
    (0.86, 0.52, 0.30, 1.0),
    (0.30, 0.52, 0.72, 1.0),
    (0.55, 0.62, 0.34, 1.0),
    (0.62, 0.42, 0.62, 1.0),
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "out")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="motivo-demo-") as folder:
        os.environ["BLENDER_USER_RESOURCES"] = folder
        return show(perform_all(Path(folder)), args.out)


def perform_all(folder: Path) -> dict[str, Path]:
    """The takes, performed by the command line as a pipeline would."""
    sources = {name: SHARED / "mocap" / "accad" / file for name, file in RECORDINGS.items()}
    if not all(path.is_file() for path in sources.values()):
        sources = {"Reach": _keyed(folder / "keyed.npz")}
    takes = {}
    for name, path in sources.items():
        takes[name] = folder / f"{name}.npz"
        command = [
            sys.executable,
            "-m",
            "runtime",
            "generate",
            "--quality",
            "draft",
            "--motion",
            path,
        ]
        subprocess.run(
            [*map(str, command), "--out", str(takes[name])],
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
    return takes


def _keyed(path: Path) -> Path:
    """A few poses of the library, one after the other, as a motion."""
    import numpy as np

    sys.path.insert(0, str(ROOT))
    from runtime.motion import Motion, save_motion
    from runtime.motion.poses import pose

    poses = np.stack([pose(name) for name in ("stand", "crouch", "stand", "reach", "stand")])
    save_motion(Motion(1.2, poses).resampled(30.0), path)
    return path


def show(takes: dict[str, Path], out: Path) -> int:
    """Everything that happens inside Blender."""
    import bpy
    import numpy as np
    from source_package import load_source_package

    load_source_package()
    from motivo_source.motivo_addon.characters.action_metrics import measure_retarget
    from motivo_source.motivo_addon.export.engines import TOLERANCE_MM
    from motivo_source.motivo_addon.rig.body.armature import add_body
    from motivo_source.runtime.motion import load_motion
    from motivo_source.runtime.retarget.metrics import HEADINGS, UNITS, RetargetMetrics
    from rendering import stack_rows

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    characters = load_characters()
    body = add_body(bpy.context)
    body.show_in_front = False
    troupe = [body, *characters]
    for armature, colour in zip(troupe, COLOURS, strict=True):
        _paint(armature, colour)
    heights = [height_of(armature) for armature in troupe]
    rows: list[list[Any]] = [[] for _ in troupe]
    written = []
    measured: dict[tuple[str, str], RetargetMetrics] = {}
    transferred: dict[tuple[str, str], str] = {}
    for name, path in takes.items():
        motion = load_motion(path)
        print(f"\n{name}: {motion.frames} frames at {motion.fps:g} fps")
        camera = line_up(troupe, motion)
        took = put_on(body, characters, motion, name)
        for row, pictures in zip(rows, strip(troupe, camera, motion.frames, heights), strict=True):
            row += pictures
        for character, seconds in zip(characters, took, strict=True):
            measured[name, character.name] = measure_retarget(bpy.context, character, motion)
            transferred[name, character.name] = f"{motion.frames:5} frames in {seconds:.2f} s"
            written += export(character, out)
    stack_rows([np.concatenate(row, axis=1) for row in rows], out / "demo_retarget.png")
    worst = max(file.error_mm for file in written)
    # At the end: Blender's exporters have been talking all the time.
    print(f"\n{'':29}{HEADINGS}\n{'':29}{UNITS}")
    for (take, character_name), found in measured.items():
        line = f"  {take:12}{character_name:15}{found.in_words}"
        print(line + transferred[take, character_name])
    table = {f"{take} {who}": found.to_dict() for (take, who), found in measured.items()}
    (out / "demo_retarget.json").write_text(json.dumps(table, indent=1), encoding="utf-8")
    print("\nRead back:")
    for file in written:
        print(f"  {file.in_words()}")
    print(f"\n{out / 'demo_retarget.png'}\n{len(written)} files, largest error {worst:.3f} mm")
    return int(worst > TOLERANCE_MM)


def load_characters() -> list[Any]:
    """The three files as they are imported; stand-ins where these are missing."""
    import bpy

    folder = SHARED / "characters"
    paths = sorted(p for p in folder.glob("*") if p.suffix in (".fbx", ".glb"))
    if not paths:
        return _stand_ins()
    found = []
    for path in paths:
        before = set(bpy.data.objects)
        if path.suffix == ".glb":
            bpy.ops.import_scene.gltf(filepath=str(path))
        else:
            bpy.ops.wm.fbx_import(filepath=str(path))
        new = set(bpy.data.objects) - before
        armature = next(thing for thing in new if thing.type == "ARMATURE")
        armature.name = path.stem.removesuffix("_mit").removesuffix("_cc0")
        for thing in new:
            # Shapes that the importer draws bones with, and weapons one on top of the other.
            held = thing.parent_bone.startswith("handslot")
            thing.hide_render = held or not (thing == armature or thing.parent)
        found.append(armature)
    return found


def _stand_ins() -> list[Any]:
    """Bodies of other sizes under other rigs' names."""
    import bpy
    from motivo_source.motivo_addon.rig.body.armature import add_body
    from motivo_source.runtime.body import SMPL_NAMES

    found = []
    for number, (prefix, scale) in enumerate((("a:", 0.7), ("b:", 1.0), ("c:", 1.2))):
        body = add_body(bpy.context, f"Stand-in {number + 1}")
        for name in SMPL_NAMES:
            body.data.bones[name].name = prefix + name
        del body.data["motivo_body"]
        body.scale = (scale,) * 3
        body.show_in_front = False
        found.append(body)
    return found


def _paint(armature: Any, colour: tuple[float, ...]) -> None:
    """One flat colour for all meshes of a character: textures may be missing."""
    import bpy

    material = bpy.data.materials.new(f"{armature.name} colour")
    material.diffuse_color = colour
    for thing in _meshes(armature):
        for slot in thing.material_slots:
            slot.link, slot.material = "OBJECT", material
        if not thing.material_slots:
            thing.data.materials.append(material)


def line_up(troupe: list[Any], motion: Any) -> Any:
    """Puts all side by side as the camera sees them, and the camera before them."""
    import bpy
    import numpy as np
    from mathutils import Matrix

    for armature in troupe:
        armature.animation_data_clear()
        for bone in armature.pose.bones:
            bone.matrix_basis.identity()
    travel = motion.qpos[-1, :2] - motion.qpos[0, :2]
    ahead = math.atan2(travel[1], travel[0]) if np.linalg.norm(travel) > 0.8 else -math.pi / 2
    angle = ahead + math.radians(52)
    view = np.array([math.cos(angle), math.sin(angle), 0.22])
    right = np.array([-view[1], view[0], 0.0])
    for lane, armature in enumerate(troupe):
        place = right * LANE * (lane - (len(troupe) - 1) / 2)
        size = armature.matrix_world.to_scale()
        turn = armature.matrix_world.to_quaternion()
        armature.matrix_world = Matrix.LocRotScale(place, turn, size)
    scene = bpy.context.scene
    camera = scene.camera or _camera(scene)
    camera["view"] = view.tolist()
    bpy.context.view_layer.update()
    return camera


def _camera(scene: Any) -> Any:
    import bpy
    from rendering import checkered_floor, use_workbench

    data = bpy.data.cameras.new("Camera")
    data.lens = 50
    camera = bpy.data.objects.new("Camera", data)
    scene.collection.objects.link(camera)
    scene.collection.objects.link(checkered_floor(30))
    scene.camera = camera
    use_workbench(scene)
    return camera


def put_on(body: Any, characters: list[Any], motion: Any, name: str) -> list[float]:
    """Seconds that the transfer took, for each character."""
    import bpy
    from motivo_source.motivo_addon.characters.read_rig import detect_rig
    from motivo_source.motivo_addon.characters.write_action import retarget
    from motivo_source.motivo_addon.rig.bake import bake_motion
    from motivo_source.runtime.retarget.settings import RetargetSettings

    bake_motion(bpy.context, body, motion, f"{name} (source)")
    settings = RetargetSettings(place="source", mute_constraints=True)
    seconds = []
    for character in characters:
        rig_map = detect_rig(character)
        # In its own lane, but the way the source goes, whichever way it was imported.
        here = body.location.copy()
        body.location = character.matrix_world.translation
        started = time.perf_counter()
        retarget(
            bpy.context, body, motion, character, rig_map, settings, f"{character.name} {name}", 1
        )
        seconds.append(time.perf_counter() - started)
        body.location = here
        print(f"  {character.name}: {rig_map.in_words()}")
    return seconds


def height_of(armature: Any) -> float:
    """Metres, at rest, of what is seen."""
    from mathutils import Vector

    corners = [
        (thing.matrix_world @ Vector(corner)).z
        for thing in _meshes(armature)
        if not thing.hide_render
        for corner in thing.bound_box
    ]
    return max(corners) - min(corners)


def _meshes(armature: Any) -> list[Any]:
    import bpy

    return [
        thing
        for thing in bpy.data.objects
        if thing.type == "MESH"
        and (
            thing.parent == armature
            or any(m.type == "ARMATURE" and m.object == armature for m in thing.modifiers)
        )
    ]


def strip(troupe: list[Any], camera: Any, frames: int, heights: list[float]) -> list[list[Any]]:
    """For each character pictures of some frames, all as large as the others."""
    import bpy
    import numpy as np
    from mathutils import Vector
    from rendering import pixels_of, use_stills

    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = CELL
    scene.display.render_aa = "8"
    use_stills(scene)
    view = Vector(camera["view"])
    camera.rotation_euler = (-view).to_track_quat("-Z", "Y").to_euler()
    pictures: list[list[Any]] = [[] for _ in troupe]
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "cell.png")
        for frame in np.linspace(1, frames, COLUMNS).round().astype(int).tolist():
            scene.frame_set(frame)
            for armature, height, row in zip(troupe, heights, pictures, strict=True):
                hips = carrier_of(armature)
                middle = armature.matrix_world @ hips.head
                camera.location = Vector((middle.x, middle.y, 0.45 * height)) + 2.0 * height * view
                bpy.ops.render.render(write_still=True)
                row.append(pixels_of(scene.render.filepath))
    return pictures


def carrier_of(armature: Any) -> Any:
    from motivo_source.motivo_addon.export.engines import find_hips

    return armature.pose.bones[find_hips(armature)]


def export(character: Any, out: Path) -> list[Any]:
    import bpy
    from motivo_source.motivo_addon.export.engines import export_takes
    from motivo_source.motivo_addon.export.presets import ExportSettings

    written = []
    for engine in ENGINES:
        settings = ExportSettings(preset=engine, template="{take}_{engine}")
        written += export_takes(bpy.context, character, out, settings)
    return written


if __name__ == "__main__":
    status = main()
    # Blender as a module ends untidily; everything is written by now.
    sys.stdout.flush()
    os._exit(status)
