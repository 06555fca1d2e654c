"""Takes of a character as files for an engine, each read back and compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...runtime.errors import UserError
from ...runtime.progress import silent
from ..bodies import is_body
from ..rig import curves
from ..rig.body.armature import require_armature
from ..rig.clip import Clip, Root
from ..rig.clips import playing, sample_clip, takes_of
from ..rig.unkeyed import unkeyed_kept
from . import naming
from .bvh import largest_tree, write_bvh
from .fbx import write_fbx
from .files import checked_folder, replacing
from .gltf import write_glb
from .presets import PRESETS, ExportSettings, Preset
from .readback import Comparison, compare
from .stage import staged
from .usd import write_usd

TOLERANCE_MM = 1.0
"""Above this a file is reported as different from the scene."""


@dataclass(frozen=True)
class WrittenClip:
    """One take in a file."""

    name: str
    frames: int
    fps: float
    seconds: float
    comparison: Comparison


@dataclass(frozen=True)
class WrittenFile:
    path: Path
    preset: str
    bytes: int
    clips: tuple[WrittenClip, ...]
    notes: tuple[str, ...] = ()

    @property
    def error_mm(self) -> float:
        """The largest distance of a joint in the file from where it is in the scene."""
        return max(clip.comparison.error_mm for clip in self.clips)

    def in_words(self) -> str:
        takes = self.clips[0].name if len(self.clips) == 1 else f"{len(self.clips)} takes"
        checked = self.clips[0].comparison
        text = (
            f"{self.path.name}: {takes}, {sum(clip.frames for clip in self.clips)} frames at "
            f"{self.clips[0].fps:g} fps; read back by {checked.reader}, "
            f"largest error {self.error_mm:.3f} mm"
        )
        if self.error_mm > TOLERANCE_MM:
            worst = max(self.clips, key=lambda clip: clip.comparison.error_mm).comparison
            text += f" at '{worst.bone}' in frame {worst.frame}: check the file before you use it"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "path": str(self.path),
            "engine": self.preset,
            "bytes": self.bytes,
            "error_mm": round(self.error_mm, 4),
            "notes": list(self.notes),
            "clips": [
                {
                    "name": clip.name,
                    "frames": clip.frames,
                    "fps": clip.fps,
                    "seconds": round(clip.seconds, 4),
                    "error_mm": round(clip.comparison.error_mm, 4),
                    "worst_bone": clip.comparison.bone,
                    "worst_frame": clip.comparison.frame,
                    "joints_compared": clip.comparison.joints,
                    "frames_compared": clip.comparison.frames,
                    "bones_left_out": list(clip.comparison.left_out),
                    "reader": clip.comparison.reader,
                }
                for clip in self.clips
            ],
        }


def export_takes(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    folder: str | Path,
    settings: ExportSettings,
    hips: str | None = None,
    progress: Callable[..., None] = silent,
) -> tuple[WrittenFile, ...]:
    """Writes the take that plays, or all takes, and reads every file back.

    Scene, selection, mode, frame and Actions stay as they are. A file that
    exists is replaced once the new one is complete and reads back.

    Args:
        hips: the bone that carries the character, needed where the root is to
            be elsewhere; found by the rig's names and structure if not given.

    Raises:
        UserError: one sentence saying what to do; files written before it stay.
    """
    require_armature(armature)
    preset = _preset(settings)
    folder = checked_folder(folder)
    with_mesh = preset.mesh if settings.mesh is None else settings.mesh
    root: Root = settings.root or preset.root
    if preset.format == "amass":
        return _export_amass(context, armature, folder, preset, settings, root)
    if root != "as_is" and hips is None:
        hips = find_hips(armature)
    fps = settings.fps or preset.fps
    clips = []
    actions = _chosen_actions(armature, settings)
    for index, action in enumerate(actions):
        progress(0.3 * index / len(actions), f"Looking at '{action.name}'")
        with playing(context, armature, action):
            clip = sample_clip(context, armature, fps)
        clips.append(clip.with_root(root, hips) if hips else clip)
    together = settings.one_file and preset.holds_many_clips
    groups = [clips] if together else [[clip] for clip in clips]
    names = _file_names(armature, groups, preset, settings, together)
    written = []
    for index, (group, name) in enumerate(zip(groups, names, strict=True)):
        progress(0.3 + 0.7 * index / len(groups), f"Writing '{name}{preset.suffix}'")
        path = folder / f"{name}{preset.suffix}"
        written.append(_export(context, armature, path, preset, group, with_mesh))
    return tuple(written)


def find_hips(armature: bpy.types.Object) -> str:
    """The bone that carries the character; ``UserError`` where none can be told."""
    from ...runtime.skeletons.bone_map import RigMap
    from ..characters.read_rig import detect_rig
    from ..characters.write_action import RETARGET

    action = curves.active_action(armature)
    known = json.loads(action[RETARGET])["map"] if action and RETARGET in action else None
    rig_map = RigMap.from_dict(known) if known else detect_rig(armature)
    hips = rig_map.bones.get("hips")
    if not hips:
        raise UserError(
            f"The hips of '{armature.name}' were not recognised. Export with the root as it is."
        )
    return hips


def _preset(settings: ExportSettings) -> Preset:
    if settings.preset not in PRESETS:
        raise UserError(f"There is no preset '{settings.preset}'. Choose of {', '.join(PRESETS)}.")
    return PRESETS[settings.preset]


def _chosen_actions(
    armature: bpy.types.Object, settings: ExportSettings
) -> Sequence[bpy.types.Action]:
    if settings.all_takes:
        actions = takes_of(armature)
        if not actions:
            raise UserError(f"'{armature.name}' has no takes. Bake one first.")
        return actions
    action = curves.active_action(armature)
    if action is None:
        raise UserError(f"'{armature.name}' plays no Action. Bake a take or choose an Action.")
    return [action]


def _file_names(
    armature: bpy.types.Object,
    groups: Sequence[Sequence[Clip]],
    preset: Preset,
    settings: ExportSettings,
    together: bool,
) -> list[str]:
    return naming.numbered_apart(
        naming.fill(
            settings.template,
            {
                "character": armature.name,
                "take": "takes" if together else group[0].name,
                "engine": preset.key,
                "fps": f"{group[0].fps:g}",
            },
        )
        for group in groups
    )


def _export(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    path: Path,
    preset: Preset,
    clips: Sequence[Clip],
    mesh: bool,
) -> WrittenFile:
    fbx = preset.fbx
    # Some of Blender's exporters and importers show the scene they work on in the window.
    with replacing(path) as partial, unkeyed_kept(context):
        if preset.format == "bvh":
            write_bvh(clips[0], armature, partial)
        else:
            units, upright = (
                (fbx.units_per_metre, fbx.upright) if preset.format == "fbx" else (1.0, False)
            )
            with staged(context, armature, clips, mesh, True, units, upright) as stage:
                if preset.format == "fbx":
                    write_fbx(stage, partial, fbx, deform_bones_only=preset.deform_bones_only)
                elif preset.format == "glb":
                    write_glb(stage, partial, preset.deform_bones_only)
                else:
                    write_usd(stage, partial)
        if not partial.is_file():
            raise OSError(f"{partial} was not made")
        comparisons = compare(context, partial, preset.format, clips)
        size = partial.stat().st_size
    return WrittenFile(
        path,
        preset.key,
        size,
        tuple(
            WrittenClip(clip.name, clip.frames, clip.fps, clip.seconds, comparisons[clip.name])
            for clip in clips
        ),
        _notes(armature, preset, clips[0], comparisons[clips[0].name]),
    )


def _notes(
    armature: bpy.types.Object, preset: Preset, clip: Clip, comparison: Comparison
) -> tuple[str, ...]:
    """What a person should know who did nothing wrong."""
    notes = []
    if preset.key == "unreal" and armature.name == "Armature":
        notes.append(
            "The object is called 'Root' in the file: Unreal drops roots called 'Armature'."
        )
    if preset.format == "bvh" and len(largest_tree(clip.parents)) < len(clip.bones):
        notes.append("Bones beside the main skeleton are left out: a BVH file holds one tree.")
    if preset.deform_bones_only and comparison.left_out:
        notes.append(f"{len(comparison.left_out)} bones that deform nothing are left out.")
    if preset.format == "fbx" and _stretched(clip):
        notes.append(
            "Some bones are stretched unevenly. The file says so, and importers of FBX differ "
            "in how they show it: check those bones in the engine, or use glTF."
        )
    return tuple(notes)


def _stretched(clip: Clip) -> bool:
    """Whether any bone is longer than wide against its rest, as Stretch To makes it."""
    sizes = np.linalg.norm(clip.basis()[..., :3, :3], axis=-2)
    return bool(np.ptp(sizes, axis=-1).max() > 1e-3)


def _export_amass(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    folder: Path,
    preset: Preset,
    settings: ExportSettings,
    root: Root,
) -> tuple[WrittenFile, ...]:
    from ...runtime.motion.formats.amass import read_amass, write_amass
    from ..rig.sample import sample_body

    if not is_body(armature):
        raise UserError(
            "AMASS files hold the poses of a Motivo body only. Choose the body, or another format."
        )
    if root not in ("as_is", "hips", "in_place"):
        raise UserError("AMASS files have their travel on the hips. Choose the root 'hips'.")
    written = []
    actions = _chosen_actions(armature, settings)
    for action, name in zip(
        actions,
        naming.numbered_apart(
            naming.fill(
                settings.template,
                {
                    "character": armature.name,
                    "take": action.name,
                    "engine": preset.key,
                    "fps": f"{settings.fps or preset.fps:g}",
                },
            )
            for action in actions
        ),
        strict=True,
    ):
        with playing(context, armature, action):
            keys = curves.keyed_range(armature)
            if keys is None:
                raise UserError(f"The Action '{action.name}' has no keys. Choose another.")
            motion = sample_body(context, armature, *keys)
        motion = motion.resampled(settings.fps or preset.fps or motion.fps)
        if root == "in_place":
            qpos = motion.qpos.copy()
            qpos[:, :2] = qpos[0, :2]
            motion = replace(motion, qpos=qpos)
        path = folder / f"{name}{preset.suffix}"
        with replacing(path) as partial:
            write_amass(motion, partial)
            again = read_amass(partial)
            size = partial.stat().st_size
        distances = np.linalg.norm(again.positions - motion.positions(), axis=-1)
        frame, joint = np.unravel_index(int(np.argmax(distances)), distances.shape)
        comparison = Comparison(
            "own AMASS reader",
            float(1000.0 * distances.max()),
            again.names[joint],
            int(frame),
            distances.shape[1],
            len(distances),
            (),
        )
        clip = WrittenClip(action.name, motion.frames, motion.fps, motion.seconds, comparison)
        written.append(WrittenFile(path, preset.key, size, (clip,)))
    return tuple(written)
