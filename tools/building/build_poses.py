"""Makes the pose library: composes every recipe, checks it, paints it, saves it as Blender assets.

    make poses                                   the same
    python tools/building/build_poses.py --sheet FILE    also one picture of all of them

Writes ``runtime/posing/data/poses.json`` and ``motivo_addon/assets``: pictures, the
catalogues, and a .blend of pose assets. Run it with the oldest Blender that is
supported, for that is what every one can open.
"""

import argparse
import json
import math
import sys
import tempfile
import uuid
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rendering
from source_package import ROOT, load_source_package

load_source_package()

from motivo_source.motivo_addon.posing.pose import key_all  # noqa: E402
from motivo_source.motivo_addon.rig.body.armature import add_body  # noqa: E402
from motivo_source.motivo_addon.rig.channels import write_pose  # noqa: E402
from motivo_source.runtime.posing.checking import problems  # noqa: E402
from motivo_source.runtime.posing.composing import compose  # noqa: E402
from motivo_source.runtime.posing.recipes import RECIPES, Recipe  # noqa: E402

ASSETS = ROOT / "motivo_addon" / "assets"
POSES = ROOT / "runtime" / "posing" / "data" / "poses.json"
PICTURE = 160
CATALOGUE = uuid.UUID("5d0f2f3e-6f0c-4c6e-9d63-0b1e5f6f2a00")
"""Catalogues are known by their ids: theirs are named after it."""
HEADER = "VERSION 1\n\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheet", type=Path, help="one picture of all poses")
    parser.add_argument("--only", nargs="*", help="paint these alone, and save nothing")
    parser.add_argument("--turn", type=float, default=35.0, help="where the camera stands")
    arguments = parser.parse_args()
    chosen = arguments.only or list(RECIPES)
    poses = {name: compose(RECIPES[name]) for name in chosen}
    wrong = {name: problems(RECIPES[name], poses[name]) for name in chosen}
    for name, sentences in wrong.items():
        for sentence in sentences:
            print(f"{name}: {sentence}", file=sys.stderr)
    pictures = paint(poses, arguments.turn)
    if arguments.sheet:
        save_sheet(pictures, arguments.sheet)
    if any(wrong.values()):
        return 1
    if not arguments.only:
        save_poses(poses)
        save_assets(poses, pictures)
    return 0


def paint(poses: dict[str, np.ndarray], turn: float) -> dict[str, np.ndarray]:
    """Name -> (height, width, 4) floats, bottom row first: the body on a floor, seen askance."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    body = add_body(bpy.context)
    scene = bpy.context.scene
    camera = bpy.data.cameras.new("Camera")
    camera.lens = 60
    eye = bpy.data.objects.new("Camera", camera)
    scene.collection.objects.link(eye)
    scene.camera = eye
    scene.collection.objects.link(rendering.checkered_floor())
    rendering.use_workbench(scene)
    rendering.use_stills(scene)
    scene.display.render_aa = "8"
    scene.render.resolution_x = scene.render.resolution_y = PICTURE
    seat = _seat(scene)
    painted = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, qpos in poses.items():
            write_pose(body, qpos)
            bpy.context.view_layer.update()
            height = RECIPES[name].seat if name in RECIPES else 0.0
            seat.hide_render = not height
            seat.location = (qpos[0], qpos[1], height - 0.025)
            _aim(eye, body, turn)
            scene.render.filepath = str(Path(folder) / f"{name}.png")
            bpy.ops.render.render(write_still=True)
            painted[name] = rendering.pixels_of(scene.render.filepath)
    return painted


def _seat(scene: bpy.types.Scene) -> bpy.types.Object:
    half = np.array([0.22, 0.22, 0.025])
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new("Seat")
    mesh.from_pydata(corners.tolist(), [], faces)
    seat = bpy.data.objects.new("Seat", mesh)
    scene.collection.objects.link(seat)
    return seat


def _aim(eye: bpy.types.Object, body: bpy.types.Object, turn: float) -> None:
    """The camera so far away that the whole body is seen."""
    points = np.array([body.matrix_world @ bone.tail for bone in body.pose.bones])
    points = np.concatenate([points, [body.matrix_world @ bone.head for bone in body.pose.bones]])
    low, high = points.min(axis=0) - 0.08, points.max(axis=0) + 0.08
    low[2] = 0.0
    middle = (low + high) / 2
    radius = np.linalg.norm(high - low) / 2
    angle = math.radians(-90 + turn)
    view = np.array([math.cos(angle), math.sin(angle), 0.32])
    distance = max(float(radius), 0.75) / math.sin(eye.data.angle / 2) * 0.98
    eye.location = middle + distance * view / np.linalg.norm(view)
    look = bpy_vector(middle - np.array(eye.location))
    eye.rotation_euler = look.to_track_quat("-Z", "Y").to_euler()


def bpy_vector(values: np.ndarray):
    from mathutils import Vector

    return Vector(values.tolist())


def save_sheet(pictures: dict[str, np.ndarray], path: Path, columns: int = 8) -> None:
    """All pictures in rows, in their order."""
    images = list(pictures.values())
    blank = np.ones_like(images[0])
    images += [blank] * (-len(images) % columns)
    rows = [
        np.concatenate(images[first : first + columns], axis=1)
        for first in range(0, len(images), columns)
    ]
    rendering.stack_rows(rows, path)


def save_poses(poses: dict[str, np.ndarray]) -> None:
    entries = {
        name: {**_words(RECIPES[name]), "qpos": np.round(qpos, 5).tolist()}
        for name, qpos in poses.items()
    }
    POSES.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items()]
    POSES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _words(recipe: Recipe) -> dict[str, object]:
    return {
        "label": recipe.label,
        "group": recipe.group,
        "about": recipe.about,
        "seat": recipe.seat,
    }


def save_assets(poses: dict[str, np.ndarray], pictures: dict[str, np.ndarray]) -> None:
    folder = ASSETS / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in pictures.items():
        rendering.stack_rows([pixels], folder / f"{name}.png")
    groups = {recipe.group: catalogue_id(recipe.group) for recipe in RECIPES.values()}
    lines = [f"{number}:Motivo/{group}:Motivo-{group}" for group, number in groups.items()]
    (ASSETS / "blender_assets.cats.txt").write_text(HEADER + "\n".join(lines) + "\n")
    write_blend(poses, pictures, groups)


def catalogue_id(group: str) -> str:
    return str(uuid.uuid5(CATALOGUE, group))


def write_blend(
    poses: dict[str, np.ndarray], pictures: dict[str, np.ndarray], groups: dict[str, str]
) -> None:
    """A .blend with one Action of one frame for each pose, marked as an asset."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    body = add_body(bpy.context)
    bpy.context.scene.frame_set(1)
    actions = set()
    for name, qpos in poses.items():
        recipe = RECIPES[name]
        action = bpy.data.actions.new(recipe.label)
        body.animation_data_create().action = action
        write_pose(body, qpos)
        key_all(bpy.context, body)
        action.asset_mark()
        details = action.asset_data
        details.catalog_id, details.author = groups[recipe.group], "Motivo"
        details.description, details.license = recipe.about, "GPL-3.0-or-later"
        for tag in (recipe.group, *recipe.label.split()):
            details.tags.new(tag, skip_if_exists=True)
        pixels = np.ascontiguousarray(pictures[name], dtype=np.float32)
        preview = action.preview_ensure()
        preview.image_size = pixels.shape[1], pixels.shape[0]
        preview.image_pixels_float.foreach_set(pixels.ravel())
        actions.add(action)
    bpy.data.libraries.write(
        str(ASSETS / "motivo_poses.blend"), actions, fake_user=True, compress=True
    )


if __name__ == "__main__":
    sys.exit(main())
