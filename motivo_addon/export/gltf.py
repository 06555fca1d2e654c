"""glTF binaries, written by Blender's exporter, and a small reader to check them with."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ...runtime.errors import UserError
from .stage import Stage

_MAGIC = b"glTF"
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def write_glb(stage: Stage, path: Path, deform_bones_only: bool = False) -> None:
    """Writes what is staged, each NLA track as an animation of its name."""
    if not hasattr(bpy.types, "EXPORT_SCENE_OT_gltf"):
        raise UserError("Enable the add-on 'glTF 2.0 format' in Blender's preferences first.")
    scene = stage.scene
    layer = scene.view_layers[0]
    with (
        _scene_shown(bpy.context.window),
        bpy.context.temp_override(scene=scene, view_layer=layer, collection=scene.collection),
    ):
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            export_format="GLB",
            use_active_scene=True,
            export_animation_mode="NLA_TRACKS",
            export_force_sampling=True,
            export_optimize_animation_size=False,
            export_anim_slide_to_zero=True,
            export_leaf_bone=False,
            export_def_bones=deform_bones_only,
            export_cameras=False,
            export_lights=False,
        )


@contextmanager
def _scene_shown(window: bpy.types.Window | None) -> Iterator[None]:
    """Keeps the window's scene: the exporter shows its own, and no other comes back by itself."""
    shown = window.scene if window else None
    try:
        yield
    finally:
        if window:
            window.scene = shown


@dataclass(frozen=True)
class Glb:
    """Nodes and animations of a .glb file; a reader of its own, independent of Blender's."""

    tree: dict[str, Any]
    binary: bytes

    @classmethod
    def read(cls, path: Path) -> "Glb":
        """Raises ``UserError`` when it is no whole .glb file."""
        data = path.read_bytes()
        try:
            magic, version, length = struct.unpack_from("<4sII", data, 0)
            size, kind = struct.unpack_from("<I4s", data, 12)
            if (magic, version, kind) != (_MAGIC, 2, b"JSON") or length != len(data):
                raise UserError(f"'{path.name}' is no whole .glb file. Export it again.")
            tree = json.loads(data[20 : 20 + size])
            return cls(tree, data[28 + size :])
        except (struct.error, ValueError) as error:
            raise UserError(
                f"'{path.name}' is no whole .glb file. Export it again.", repr(error)
            ) from error

    @property
    def animations(self) -> list[str]:
        return [animation.get("name", "") for animation in self.tree.get("animations", [])]

    def joints(self, animation: str, times: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Names of the nodes (N,) and where they are at times in seconds: (T, N, 3) metres, z up."""
        nodes = self.tree["nodes"]
        channels = {
            (channel["target"]["node"], channel["target"]["path"]): (number, channel["sampler"])
            for number, entry in enumerate(self.tree["animations"])
            if entry.get("name") == animation
            for channel in entry["channels"]
        }
        local = np.stack(
            [self._local(node, index, channels, times) for index, node in enumerate(nodes)], axis=1
        )
        parents = np.full(len(nodes), -1)
        for index, node in enumerate(nodes):
            parents[node.get("children", [])] = index
        world = np.empty_like(local)
        done: set[int] = set()

        def place(index: int) -> None:
            if index in done:
                return
            parent = int(parents[index])
            if parent >= 0:
                place(parent)
            world[:, index] = world[:, parent] @ local[:, index] if parent >= 0 else local[:, index]
            done.add(index)

        for index in range(len(nodes)):
            place(index)
        names = [node.get("name", str(index)) for index, node in enumerate(nodes)]
        return names, world[..., :3, 3] @ _Z_UP.T

    def _local(
        self,
        node: dict[str, Any],
        index: int,
        channels: dict[tuple[int, str], tuple[int, int]],
        times: np.ndarray,
    ) -> np.ndarray:
        """(T, 4, 4): a node in its parent."""
        if "matrix" in node:
            return np.tile(np.reshape(node["matrix"], (4, 4)).T, (len(times), 1, 1))

        def track(path: str, still: list[float]) -> np.ndarray:
            if (index, path) not in channels:
                return np.tile(np.array(node.get(path, still), dtype=float), (len(times), 1))
            return self._sampled(*channels[index, path], path, times)

        places = track("translation", [0.0, 0.0, 0.0])
        turns = Rotation.from_quat(track("rotation", [0.0, 0.0, 0.0, 1.0]))
        sizes = track("scale", [1.0, 1.0, 1.0])
        matrices = np.tile(np.eye(4), (len(times), 1, 1))
        matrices[:, :3, :3] = turns.as_matrix() * sizes[:, None]
        matrices[:, :3, 3] = places
        return matrices

    def _sampled(self, animation: int, sampler: int, path: str, times: np.ndarray) -> np.ndarray:
        entry = self.tree["animations"][animation]["samplers"][sampler]
        keys = self._numbers(entry["input"])[:, 0]
        values = self._numbers(entry["output"])
        if entry.get("interpolation") == "CUBICSPLINE":
            values = values.reshape(len(keys), 3, -1)[:, 1]
        times = np.clip(times, keys[0], keys[-1])
        if entry.get("interpolation") == "STEP" or len(keys) == 1:
            return values[np.clip(np.searchsorted(keys, times, "right") - 1, 0, None)]
        if path == "rotation":
            return Slerp(keys, Rotation.from_quat(values))(times).as_quat()
        return np.stack([np.interp(times, keys, column) for column in values.T], axis=1)

    def _numbers(self, accessor: int) -> np.ndarray:
        """(N, width) of an accessor."""
        entry = self.tree["accessors"][accessor]
        view = self.tree["bufferViews"][entry["bufferView"]]
        kind, width = np.dtype(_COMPONENTS[entry["componentType"]]), _WIDTHS[entry["type"]]
        start = view.get("byteOffset", 0) + entry.get("byteOffset", 0)
        stride = view.get("byteStride", kind.itemsize * width)
        rows = np.ndarray(
            (entry["count"], width), kind, self.binary, start, (stride, kind.itemsize)
        )
        return rows.astype(np.float64)
