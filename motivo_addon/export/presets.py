"""What each engine wants of a file, as data. Never imports bpy, and nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .naming import DEFAULT_TEMPLATE

if TYPE_CHECKING:
    from ..rig.clip import Root

Format = Literal["fbx", "glb", "bvh", "amass", "usd"]

SUFFIXES: dict[Format, str] = {
    "fbx": ".fbx",
    "glb": ".glb",
    "bvh": ".bvh",
    "amass": ".npz",
    "usd": ".usdc",
}

FRAME_RATES = (24, 30, 60)


@dataclass(frozen=True)
class FbxSettings:
    """How an FBX is written; names as Blender's exporter has them."""

    axis_forward: str = "-Z"
    axis_up: str = "Y"
    upright: bool = False
    """Turn bones and meshes themselves into the file's axes, so that no node is turned for it."""
    units_per_metre: float = 1.0
    """100: the numbers in the file are centimetres."""
    apply_scale_options: str = "FBX_SCALE_ALL"
    """So: no factor of 100 on the objects, the file states its unit instead."""
    primary_bone_axis: str = "Y"
    secondary_bone_axis: str = "X"
    mesh_smooth_type: str = "FACE"


@dataclass(frozen=True)
class Preset:
    """One place that files go to."""

    key: str
    label: str
    description: str
    format: Format
    fbx: FbxSettings = FbxSettings()
    fps: float | None = 30.0
    """None: that of the scene."""
    root: Root = "as_is"
    mesh: bool = True
    deform_bones_only: bool = False
    """Leave out controls: bones that neither deform anything nor carry one that does."""

    @property
    def suffix(self) -> str:
        return SUFFIXES[self.format]

    @property
    def holds_many_clips(self) -> bool:
        """Whether a file can have several takes in it."""
        return self.format in ("fbx", "glb")


PRESETS: dict[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset(
            "unreal",
            "Unreal Engine",
            "FBX in centimetres with Unreal's own axes; the character faces +Y there as its mannequin",
            "fbx",
            # Z up, front -Y is what Unreal converts every file to: this way nothing is
            # left to convert. Blender calls the same axes "forward Y".
            FbxSettings(
                axis_forward="Y",
                axis_up="Z",
                units_per_metre=100.0,
                apply_scale_options="FBX_SCALE_NONE",
            ),
            deform_bones_only=True,
        ),
        Preset(
            "unity",
            "Unity",
            "FBX in metres, y up, without the turn by -90 degrees and the factor of 100 on the root",
            "fbx",
            FbxSettings(upright=True, apply_scale_options="FBX_SCALE_UNITS"),
            deform_bones_only=True,
        ),
        Preset(
            "godot",
            "Godot",
            "glTF binary, the format that Godot reads best",
            "glb",
            deform_bones_only=True,
        ),
        Preset("fbx", "FBX", "FBX for other programs, as Blender writes it by default", "fbx"),
        Preset("gltf", "glTF", "glTF binary (.glb) for the web and other programs", "glb"),
        Preset("bvh", "BVH", "Skeleton and motion only, in centimetres", "bvh", mesh=False),
        Preset(
            "amass",
            "AMASS",
            "SMPL poses (.npz) for research; from a Motivo body only",
            "amass",
            mesh=False,
        ),
        Preset("usd", "USD", "Universal Scene Description with skeleton and skin", "usd"),
    )
}


@dataclass(frozen=True)
class ExportSettings:
    """What a person chose. None: as the preset has it."""

    preset: str = "unreal"
    fps: float | None = None
    root: Root | None = None
    mesh: bool | None = None
    all_takes: bool = False
    """Every take of the character, not only the one it plays."""
    one_file: bool = False
    """All of them in one file, where the format can hold several."""
    template: str = DEFAULT_TEMPLATE
