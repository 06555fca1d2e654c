"""What a BVH file means: metres, z up, joints in the world."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import UserError
from ...skeletons.bone_map import RigMap
from ...skeletons.source_bones import recognise_source
from ..judging.judge import judged
from ..judging.lost import lost_places, lost_poses
from ..judging.on_the_spot import placed_by_feet
from ..judging.upright.bearing import lies_aslant
from ..sources.options import SourceOptions, one_person
from ..sources.skeleton import SkeletonClip, turned
from .bvh import Bvh, read_bvh, stated_rate

log = logging.getLogger(__name__)

UNITS: dict[str, float] = {
    "metre": 1.0,
    "centimetre": 0.01,
    "millimetre": 0.001,
    "inch": 0.0254,
    "decimetre": 0.1,
    "CMU": 0.0254 / 0.45,
}
"""Metres per unit. The original CMU files measure in inches divided by 0.45."""

USUAL_LEG = 0.85
"""Metres from the hip to the ankle of an adult."""

Y_TO_Z_UP = Rotation.from_euler("x", 90, degrees=True)


def read_clip(
    path: str | Path, unit: float | None = None, up: Literal["y", "z"] | None = None
) -> SkeletonClip:
    """Reads a BVH file into metres, z up.

    ``unit`` (metres per unit of the file) and ``up`` are found from the
    skeleton when they are not given: the unit whose legs come nearest to a
    person's, and the axis along which the skeleton stands.

    Raises:
        UserError: naming the file, the line and what to do.
    """
    path = Path(path)
    return clip_from_bvh(read_bvh(path), path.stem, unit, up)


def clip_from_bvh(
    bvh: Bvh,
    name: str,
    unit: float | None = None,
    up: str | None = None,
    options: SourceOptions | None = None,
) -> SkeletonClip:
    """The world-space joints of a BVH file; see ``read_clip``. ``options`` say more."""
    options = options or SourceOptions(up=up or "", unit=unit)
    bvh, people = one_person(bvh, name, options.person)
    if options.fps is not None:
        bvh = replace(bvh, frame_time=1.0 / options.fps)
    names = tuple(joint.name for joint in bvh.joints)
    parents = tuple(joint.parent for joint in bvh.joints)
    rate = stated_rate(bvh.frame_time)[1]
    bvh, notes = _without_empty_frames(bvh)
    if np.isnan(bvh.values).any():
        raise UserError(
            f"No frame of '{name}' is whole, all hold what is no number; export it again."
        )
    notes = bvh.notes + notes + ((rate,) if rate else ())
    translations, local = bvh.local_transforms()
    positions = np.empty_like(translations)
    rest = _offsets_at_rest(bvh, translations)
    world: list[Rotation] = []
    for joint, parent in enumerate(parents):
        if parent < 0:
            positions[:, joint] = translations[:, joint]
            world.append(local[joint])
        else:
            positions[:, joint] = positions[:, parent] + world[parent].apply(translations[:, joint])
            world.append(world[parent] * local[joint])
            rest[joint] += rest[parent]
    marks = _landmarks(names, parents, rest, positions, options.rig_map)
    given_up = options.turn()
    unit = options.unit or _find_unit(rest, parents, marks)
    axis = options.up or _find_up(rest, positions * unit, marks, bvh.fps)
    turn = given_up or (Y_TO_Z_UP if axis == "y" else Rotation.identity())
    notes = people + notes
    log.info("%s: %g m per unit, %s up, %g fps", name, unit, axis, bvh.fps)
    rotations = np.stack([(turn * r).as_quat(scalar_first=True) for r in world], axis=1)
    flat = turn.apply(positions.reshape(-1, 3)).reshape(positions.shape)
    clip = SkeletonClip(
        names=names,
        parents=parents,
        fps=bvh.fps,
        positions=flat * unit,
        rotations=rotations,
        rest_positions=turn.apply(rest) * unit,
        rest_rotations=np.tile(turn.as_quat(scalar_first=True), (len(names), 1)),
        name=name,
        notes=notes,
        rig_map=options.rig_map,
    )
    said = bool(options.up), options.fps is not None
    if clip.bones.has_legs and not _has_places(bvh):
        clip = placed_by_feet(clip, said[0])
    return judged(clip, *said)


def set_right(clip: SkeletonClip, options: SourceOptions | None = None) -> SkeletonClip:
    """A clip that did not come from a BVH file, judged like one: what was said is done first.

    Poses before the motion go, the world is turned upright and levelled, the rate put right.
    """
    options = options or SourceOptions()
    if options.rig_map is not None:
        clip = replace(clip, rig_map=options.rig_map)
    if options.fps is not None:
        clip = replace(clip, fps=options.fps)
    if options.unit is not None:
        metres = options.unit
        clip = replace(
            clip, positions=clip.positions * metres, rest_positions=clip.rest_positions * metres
        )
    turn = options.turn()
    if turn is not None:
        clip = turned(clip, turn, f"{options.up} taken as up")
    return judged(clip, up_said=turn is not None, fps_said=options.fps is not None)


def _offsets_at_rest(bvh: Bvh, translations: np.ndarray) -> np.ndarray:
    """(J, 3) in the file's units: offsets, or where a program wrote none and told the place of the
    joint in each frame, of translations (T, J, 3), the usual one."""
    rest = np.array([joint.offset for joint in bvh.joints], dtype=float)
    untold = ~rest.any(axis=1) & np.array([joint.parent >= 0 for joint in bvh.joints])
    rest[untold] = np.median(translations[:, untold], axis=0)
    return rest


def _has_places(bvh: Bvh) -> bool:
    """Whether the file says where the body is, and not nothing but zeros."""
    columns = [k for k, c in enumerate(c for j in bvh.joints for c in j.channels) if "pos" in c]
    return bool(bvh.values[:, columns].any())


def _without_empty_frames(bvh: Bvh) -> tuple[Bvh, tuple[str, ...]]:
    """Frames in which every channel is zero or one is no number: a tracker had lost the person.

    At the ends they go; inside, the frames around them are joined by straight lines. So are the
    channels of the root's place, or all angles, where only these are zero.
    """
    channels = [c for j in bvh.joints for c in j.channels]
    turns = np.array([k for k, c in enumerate(channels) if "rot" in c], dtype=int)
    root = np.array([k for k, c in enumerate(bvh.joints[0].channels) if "pos" in c], dtype=int)
    empty = ~bvh.values.any(axis=1) | np.isnan(bvh.values).any(axis=1)
    if empty.all() or (~empty).sum() < 2:
        return bvh, ()
    poseless = lost_poses(bvh.values[:, turns], bvh.fps) & ~empty if len(turns) else ~empty & False
    placeless = ~empty & False
    if len(root) == 3:
        size = sum(float(np.linalg.norm(joint.offset)) for joint in bvh.joints[1:]) / 4
        placeless = lost_places(bvh.values[:, root], size, bvh.fps) & ~empty
    if not (empty | poseless | placeless).any():
        return bvh, ()
    gone = empty | placeless
    good = np.flatnonzero(~gone)
    kept = slice(good[0], good[-1] + 1)
    whole = ~(empty | poseless | placeless)
    values = bvh.values.copy()
    for columns, lost in ((np.arange(len(channels)), empty), (turns, poseless), (root, placeless)):
        if lost.any():
            _led_through(values, columns, lost, np.flatnonzero(whole), turns)
    notes = [
        f"{count} {kind}{'s' * (count > 1)} {what}"
        for lost, kind, what in (
            (empty, "empty frame", "left out"),
            (placeless, "frame", "without a place left out"),
            (poseless, "frame", "of another pose inside bridged"),
        )
        if (count := int(lost.sum()))
    ]
    return replace(bvh, values=values[kept]), tuple(notes)


def _led_through(
    values: np.ndarray,
    columns: np.ndarray,
    lost: np.ndarray,
    good: np.ndarray,
    turns: np.ndarray,
) -> None:
    """Sets columns of (T, C) in the ``lost`` frames to straight lines between the ``good``."""
    smooth = values[good].copy()
    smooth[:, turns] = np.unwrap(smooth[:, turns], period=360, axis=0)
    for column in columns:
        values[lost, column] = np.interp(np.flatnonzero(lost), good, smooth[:, column])


def _landmarks(
    names: tuple[str, ...],
    parents: tuple[int, ...],
    rest: np.ndarray,
    positions: np.ndarray,
    rig_map: RigMap | None,
) -> dict[str, int]:
    """SMPL joint -> index, of those recognised, or said by a person's ``rig_map``."""
    poses = [
        points @ Y_TO_Z_UP.as_matrix().T
        for points in (rest, *positions[:: len(positions) // 4 + 1])
    ]
    bones = recognise_source(names, parents, poses, rig_map)
    return {joint: names.index(name) for joint, name in bones.joints.items()}


def _find_unit(rest: np.ndarray, parents: tuple[int, ...], marks: dict[str, int]) -> float:
    def bone(joint: int) -> float:
        return float(np.linalg.norm(rest[joint] - rest[parents[joint]]))

    if "left_hip" in marks and "left_ankle" in marks:
        leg, joint = 0.0, marks["left_ankle"]
        while joint != marks["left_hip"] and parents[joint] >= 0:
            leg += bone(joint)
            joint = parents[joint]
    else:
        # Nothing known by name: the longest chain of a person is about two legs.
        chains = np.zeros(len(parents))
        for joint, parent in enumerate(parents):
            if parent >= 0:
                chains[joint] = chains[parent] + bone(joint)
        leg = float(chains.max()) / 2
    if leg <= 0:
        return 1.0
    return min(UNITS.values(), key=lambda unit: abs(np.log(leg * unit / USUAL_LEG)))


def _has_all_legs(marks: dict[str, int]) -> bool:
    return {f"{s}_{part}" for s in ("left", "right") for part in ("hip", "knee", "ankle")} <= set(
        marks
    )


def _find_up(
    rest: np.ndarray, positions: np.ndarray, marks: dict[str, int], fps: float
) -> Literal["y", "z"]:
    """BVH means y up, but files that come out of z-up programs do not always turn."""
    if not {"left_hip", "right_hip", "left_ankle", "right_ankle"} <= set(marks):
        return "y"
    top = marks.get("neck", marks.get("head", marks["left_hip"]))

    def standing(points: np.ndarray) -> np.ndarray:
        """(..., J, 3) -> (3,): mean direction from the feet to the head."""
        feet = points[..., [marks["left_ankle"], marks["right_ankle"]], :].mean(axis=-2)
        direction = points[..., top, :] - feet
        length = np.linalg.norm(direction, axis=-1, keepdims=True)
        return (direction / np.maximum(length, 1e-9)).reshape(-1, 3).mean(axis=0)

    moving, resting = standing(positions), standing(rest)
    if moving[1] > 0.6 or moving[2] < 0.6 or abs(resting[2]) > 0.9:
        return "z" if abs(resting[2]) > 0.9 and moving[2] > moving[1] else "y"
    # Along z while the rest pose is not: either turned as a whole to z up, or lying. Who lies
    # still on what would be a leaning floor, were y up, lies on one. A level one lies at zero, so
    # the axis with the lowest points nearer to it points up.
    if _has_all_legs(marks) and lies_aslant(positions @ Y_TO_Z_UP.as_matrix().T, marks, fps):
        return "y"
    lowest = np.abs(np.percentile(positions.min(axis=1), 10, axis=0))
    return "z" if lowest[2] < lowest[1] else "y"
