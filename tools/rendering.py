"""Pictures of a performance: a strip of frames and a video, with Workbench, without a window."""

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

FLOOR = ((0.78, 0.80, 0.83, 1.0), (0.69, 0.72, 0.76, 1.0))
STRIP_FRAME = (260, 420)
VIDEO_FRAME = (480, 360)
SUPERSAMPLING = 2
"""A still is rendered this many times as wide and as high: without a graphics card each of
Workbench's own samples takes as long as the whole picture, for shadows are made anew."""
FRAME_STEP = 2
"""The video shows every second frame: without a graphics card each takes a quarter of a second."""


class Stage:
    """Floor, light and camera around one armature, in the scene it is in."""

    def __init__(self, scene: bpy.types.Scene, armature: bpy.types.Object) -> None:
        self.scene, self.armature = scene, armature
        camera = bpy.data.cameras.new("Stage Camera")
        camera.lens = 50
        self.camera = bpy.data.objects.new("Stage Camera", camera)
        scene.collection.objects.link(self.camera)
        scene.camera = self.camera
        scene.collection.objects.link(checkered_floor())
        use_workbench(scene)
        self.path, self.view = self._walk()

    def strip(self, frames: Sequence[int]) -> np.ndarray:
        """Renders the frames side by side: (height, width, 4) floats, bottom row first."""
        render = self.scene.render
        render.resolution_x, render.resolution_y = (SUPERSAMPLING * n for n in STRIP_FRAME)
        self.scene.display.render_aa = "FXAA"
        use_stills(self.scene)
        pictures = []
        with tempfile.TemporaryDirectory() as folder:
            for frame in frames:
                self.scene.frame_set(frame)
                self._aim(self.path[frame - self.scene.frame_start])
                render.filepath = str(Path(folder) / f"{frame}.png")
                bpy.ops.render.render(write_still=True)
                pictures.append(smaller(pixels_of(render.filepath), SUPERSAMPLING))
        return np.concatenate(pictures, axis=1)

    def video(self, path: Path) -> None:
        """Renders every ``FRAME_STEP``-th frame of the scene as an MP4, the camera following smoothly."""
        for offset, point in enumerate(_smooth(self.path)):
            self._aim(point)
            self.camera.keyframe_insert("location", frame=self.scene.frame_start + offset)
        render = self.scene.render
        render.resolution_x, render.resolution_y = VIDEO_FRAME
        self.scene.display.render_aa = "FXAA"
        self.scene.frame_step, render.fps_base = FRAME_STEP, render.fps_base * FRAME_STEP
        settings = render.image_settings
        if hasattr(settings, "media_type"):  # 5.0 asks for the medium first
            settings.media_type = "VIDEO"
        settings.file_format = "FFMPEG"
        render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
        render.ffmpeg.constant_rate_factor = "MEDIUM"
        render.filepath = str(path)
        bpy.ops.render.render(animation=True)
        self.scene.frame_step, render.fps_base = 1, render.fps_base / FRAME_STEP
        self.camera.animation_data_clear()

    def _walk(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the pelvis is in every frame (T, 3), and the direction the camera looks from."""
        frames = range(self.scene.frame_start, self.scene.frame_end + 1)
        points = []
        for frame in frames:
            self.scene.frame_set(frame)
            pelvis = self.armature.pose.bones["pelvis"]
            points.append(self.armature.matrix_world @ pelvis.head)
            if frame == self.scene.frame_start:
                facing = self.armature.matrix_world.to_3x3() @ pelvis.matrix.to_3x3().col[2]
        path = np.array(points)
        travel = path[-1, :2] - path[0, :2]
        along = travel if np.linalg.norm(travel) > 0.8 else np.array(facing)[:2]
        angle = math.atan2(along[1], along[0]) - math.radians(48)
        return path, np.array([math.cos(angle), math.sin(angle), 0.16])

    def _aim(self, point: np.ndarray) -> None:
        target = np.array([point[0], point[1], 0.85])
        self.camera.location = target + 3.9 * self.view
        look = Vector(target - np.array(self.camera.location))
        self.camera.rotation_euler = look.to_track_quat("-Z", "Y").to_euler()


def stack_rows(rows: Sequence[np.ndarray], path: Path) -> None:
    """Saves strips, the first on top, as one PNG."""
    pixels = np.concatenate(list(reversed(rows)), axis=0).astype(np.float32)
    image = bpy.data.images.new("strip", pixels.shape[1], pixels.shape[0])
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def pixels_of(path: str) -> np.ndarray:
    """(height, width, 4) floats of an image file, bottom row first."""
    image = bpy.data.images.load(path)
    width, height = image.size
    flat = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(flat)
    bpy.data.images.remove(image)
    return flat.reshape(height, width, 4)


def smaller(picture: np.ndarray, by: int) -> np.ndarray:
    """Means over squares of ``by`` pixels: (height, width, 4) to (height / by, width / by, 4)."""
    height, width, channels = picture.shape
    squares = picture.reshape(height // by, by, width // by, by, channels)
    return np.asarray(squares.mean(axis=(1, 3)))


def use_stills(scene: bpy.types.Scene) -> None:
    """Renders write PNG files."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"


def use_workbench(scene: bpy.types.Scene) -> None:
    """Flat studio light in the colours of the materials."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
    shading.light, shading.color_type = "STUDIO", "MATERIAL"
    shading.studio_light = "paint.sl"
    shading.show_shadows = shading.show_cavity = True
    shading.shadow_intensity = 0.35
    # Of these axes the second one points up.
    scene.display.light_direction = (0.35, 0.82, 0.45)
    if scene.world is None:
        scene.world = bpy.data.worlds.new("World")
    scene.world.color = (0.86, 0.89, 0.92)


def checkered_floor(half: int = 12) -> bpy.types.Object:
    """A checkered floor of one-metre tiles, so that speed and place can be seen."""
    corners = np.arange(-half, half + 1)
    x, y = np.meshgrid(corners, corners, indexing="ij")
    vertices = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    side = len(corners)
    first = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    tiles = np.stack([first, first + side, first + side + 1, first + 1], axis=1)
    mesh = bpy.data.meshes.new("Stage Floor")
    mesh.from_pydata(vertices.tolist(), [], tiles.tolist())
    for number, colour in enumerate(FLOOR):
        material = bpy.data.materials.new(f"Stage Floor {number}")
        material.diffuse_color = colour
        mesh.materials.append(material)
    rows, columns = np.divmod(np.arange(len(tiles)), side - 1)
    mesh.polygons.foreach_set("material_index", ((rows + columns) % 2).astype(np.int32))
    floor = bpy.data.objects.new("Stage Floor", mesh)
    floor.display.show_shadows = False  # an open surface would lie in its own shadow
    return floor


def _smooth(path: np.ndarray, frames: int = 15) -> np.ndarray:
    """A running mean, the ends held, so that the camera glides."""
    padded = np.pad(path, ((frames, frames), (0, 0)), mode="edge")
    kernel = np.ones(2 * frames + 1) / (2 * frames + 1)
    return np.stack([np.convolve(padded[:, k], kernel, "valid") for k in range(3)], axis=1)
