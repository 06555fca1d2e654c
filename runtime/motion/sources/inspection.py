"""What a motion file holds, told without fitting it: length, bones, what was set right."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...skeletons.bone_map import RigMap
from ...skeletons.source_bones import LEGS, require_legs
from ..files import existing_file, load_motion
from ..formats.amass import clip_from_amass, is_amass
from ..formats.archive import read_arrays
from ..formats.body_bvh import bvh_to_motion
from ..formats.bvh import read_bvh
from ..formats.clip import clip_from_bvh
from ..motion import CONTROL_FPS, Motion
from .options import SourceOptions
from .skeleton import SkeletonClip


@dataclass(frozen=True)
class Inspection:
    """A motion file as a person is told of it before anything is fitted."""

    frames: int
    """At 30 a second."""
    fps: float
    """Of the file, or as was said."""
    seconds: float
    skeleton: str
    """Whose joint names they are; "Motivo" for the body's own."""
    notes: tuple[str, ...] = ()
    """What was set right."""
    rig_map: RigMap | None = None
    """Which joint plays which part; None for the body's own, which need no map."""
    joints: tuple[str, ...] = ()
    """All joints of the file, to choose from."""
    problem: str = ""
    """Why it cannot be fitted as it is: the legs are not known, so that a map has to say them."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data; ``map`` and ``joints`` only where there is a map to be shown."""
        told: dict[str, Any] = {
            "frames": self.frames,
            "fps": self.fps,
            "seconds": self.seconds,
            "skeleton": self.skeleton,
            "notes": list(self.notes),
            "problem": self.problem,
        }
        if self.rig_map is not None:
            told |= {"map": self.rig_map.to_dict(), "joints": list(self.joints)}
        return told


def inspect_file(path: Path, options: SourceOptions | None = None) -> Inspection:
    """Looks at a motion file; raises ``UserError`` if it cannot be read at all."""
    path = existing_file(path)
    options = options or SourceOptions()
    read: Motion | SkeletonClip
    if path.suffix.lower() == ".bvh":
        bvh = read_bvh(path)
        own = None if options.to_dict() else bvh_to_motion(bvh)
        read = own or clip_from_bvh(bvh, path.stem, options=options)
    elif path.suffix.lower() == ".npz" and is_amass(arrays := read_arrays(path)):
        read = clip_from_amass(arrays, path.stem, options)
    else:
        read = load_motion(path)
    if isinstance(read, SkeletonClip):
        return inspect_clip(read, path.name)
    return Inspection(_control_frames(read.frames, read.fps), read.fps, read.seconds, "Motivo")


def inspect_clip(clip: SkeletonClip, label: str) -> Inspection:
    """The same of a clip that is read already; ``label`` is what its file is called.

    Raises ``UserError`` where no map could name the legs: there are too few joints for them.
    """
    problem = ""
    try:
        require_legs(clip.bones, label)
    except UserError as error:
        if len(clip.names) < len(LEGS):
            raise
        problem = str(error)
    return Inspection(
        frames=_control_frames(clip.frames, clip.fps),
        fps=clip.fps,
        seconds=(clip.frames - 1) / clip.fps,
        skeleton=clip.bones.skeleton,
        notes=tuple(clip.notes),
        rig_map=clip.bones.rig_map,
        joints=tuple(clip.names),
        problem=problem,
    )


def _control_frames(frames: int, fps: float) -> int:
    return int((frames - 1) / fps * CONTROL_FPS + 1e-6) + 1
