"""AMASS files: SMPL poses as axis-angle vectors, one ``.npz`` per motion.

SMPL's rest pose and joint axes are the body's own, so a pose carries over
joint by joint; what differs is the subject's size, the limits of the joints and
the height of the floor, and these the fit settles.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import OFFSETS, PARENTS
from ..body.kinematics import (
    forward_kinematics,
    local_rotations,
    qpos_from_rotations,
    to_rotation,
    to_wxyz,
)
from ..body.names import SMPL_NAMES, SMPL_ORDER
from ..errors import UserError
from .archive import pickled, read_arrays
from .judging import judged, turned
from .motion import Motion
from .skeleton import SkeletonClip
from .source_options import SourceOptions

_RATES = ("mocap_framerate", "mocap_frame_rate", "fps", "frame_rate")
_PLACES = ("trans", "transl", "translation")
_BODY = ("pose_body", "body_pose")
_ROOTS = ("root_orient", "global_orient")
_POSES = (63, 66, 69, 72, 156, 165)
"""Numbers per frame: SMPL body with and without root and hands, SMPL-H, SMPL-X."""

_BODY_JOINTS = 22
"""Joints that SMPL, SMPL-H and SMPL-X have in common, the first of each."""
_SMPLH_JOINTS = 52


def is_amass(keys: Mapping[str, object]) -> bool:
    """Whether an ``.npz`` with these names in it looks like one of AMASS."""
    return "poses" in keys or any(key in keys for key in _BODY)


def clip_from_amass(
    arrays: Mapping[str, np.ndarray | None], name: str, options: SourceOptions | None = None
) -> SkeletonClip:
    """The arrays of an AMASS file -> the joints of an SMPL person, z up.

    Reads ``poses`` (T, 72 or 156 or 165), or ``root_orient`` with ``pose_body``,
    ``trans`` (T, 3) and the frame rate under any of its names. Fingers, face
    and ``betas`` are left out; the person has the body's proportions.

    Raises:
        UserError: naming what is missing or has the wrong shape.
    """
    poses = _poses(arrays, name)
    frames = len(poses)
    key = next((key for key in _PLACES if key in arrays), None)
    notes: tuple[str, ...] = ()
    if key is None:
        translation = np.zeros((frames, 3))
        notes = ("no translation in the file: performed on the spot",)
    else:
        translation = _numbers(arrays, key, name)
    if translation.shape != (frames, 3):
        raise UserError(
            f"In '{name}' trans has shape {translation.shape}, not {(frames, 3)} as its poses "
            "ask for; save the file again with one translation per frame."
        )
    rate = next((key for key in _RATES if key in arrays), None)
    if rate is None:
        raise UserError(f"'{name}' has no frame rate; add 'mocap_framerate' to it.")
    fps = _numbers(arrays, rate, name)
    if fps.size != 1 or fps.ravel()[0] <= 0:
        raise UserError(f"The {rate} of '{name}' is {fps}; it must be one number over zero.")

    turns = np.zeros((frames, 24, 3))
    turns[:, : poses.shape[1] // 3] = poses.reshape(frames, -1, 3)
    order = [SMPL_ORDER.index(joint) for joint in SMPL_NAMES]
    local = to_wxyz(Rotation.from_rotvec(turns[:, order].reshape(-1, 3))).reshape(frames, 24, 4)
    # SMPL turns about its pelvis and moves by ``trans`` from where the pelvis
    # rests, a little below the origin of its template; the body's root is the pelvis itself.
    qpos = qpos_from_rotations(translation + OFFSETS[0], local)
    rest = np.zeros((1, 76))
    rest[0, 3:5] = np.sqrt(0.5)
    positions, rotations = forward_kinematics(qpos)
    rest_positions, rest_rotations = forward_kinematics(rest)
    clip = SkeletonClip(
        names=SMPL_NAMES,
        parents=PARENTS,
        fps=float(fps.ravel()[0]),
        positions=positions,
        rotations=_quaternions(rotations),
        rest_positions=rest_positions[0],
        rest_rotations=_quaternions(rest_rotations)[0],
        name=name,
        notes=notes,
    )
    if options is None:
        return judged(clip)
    if options.fps is not None:
        clip = replace(clip, fps=options.fps)
    turn = options.turn()
    return judged(clip) if turn is None else turned(clip, turn, f"{options.up} taken as up")


def _poses(arrays: Mapping[str, np.ndarray | None], name: str) -> np.ndarray:
    """(T, 3 n) axis-angle numbers, root first, at most 24 joints."""
    if "poses" in arrays:
        poses = _rows(_numbers(arrays, "poses", name))
        if poses.ndim == 2 and poses.shape[1] == 63 and "root_orient" in arrays:
            poses = np.hstack([_numbers(arrays, "root_orient", name), poses])
    else:
        keys = [next((k for k in of if k in arrays), of[0]) for of in (_ROOTS, _BODY)]
        root, body = (_rows(_numbers(arrays, key, name)) for key in keys)
        if root.ndim != 2 or body.ndim != 2 or len(root) != len(body) or root.shape[1] != 3:
            raise UserError(
                f"In '{name}' root_orient {root.shape} and pose_body {body.shape} do not belong "
                "together; they need one row per frame."
            )
        poses = np.hstack([root, body])
    if poses.ndim != 2 or poses.shape[1] not in _POSES:
        raise UserError(
            f"In '{name}' the poses have shape {poses.shape}; SMPL has 72 numbers a frame, "
            "SMPL-H 156 and SMPL-X 165."
        )
    if not len(poses):
        raise UserError(f"'{name}' holds no frames.")
    # Beyond SMPL's 22 joints of the body the models differ (hands, or jaw and
    # eyes); only SMPL's own 72 has its two hands next.
    return poses if poses.shape[1] == 72 else poses[:, :66]


def _rows(values: np.ndarray) -> np.ndarray:
    """(T, J, 3) as (T, 3 J); anything else as it is."""
    return values.reshape(len(values), -1) if values.ndim == 3 and values.shape[2] == 3 else values


def _numbers(arrays: Mapping[str, np.ndarray | None], key: str, name: str) -> np.ndarray:
    if key not in arrays:
        raise UserError(
            f"'{name}' lacks '{key}'; an AMASS file has poses, trans and mocap_framerate."
        )
    value = arrays[key]
    if value is None:
        raise pickled(key, name)
    if value.dtype.kind not in "fiu":
        raise UserError(f"'{key}' in '{name}' holds no numbers.")
    value = value.astype(np.float64)
    if not np.isfinite(value).all():
        raise UserError(f"'{key}' in '{name}' holds numbers that are not finite.")
    return value


def _quaternions(rotations: np.ndarray) -> np.ndarray:
    """(T, 24, 3, 3) -> (T, 24, 4) wxyz."""
    return to_wxyz(Rotation.from_matrix(rotations.reshape(-1, 3, 3))).reshape(-1, 24, 4)


def read_amass(path: str | Path) -> SkeletonClip:
    """Reads an AMASS ``.npz``, never unpickling anything; see ``clip_from_amass``."""
    path = Path(path)
    return clip_from_amass(read_arrays(path), path.stem)


def write_amass(motion: Motion, path: str | Path) -> None:
    """Writes the motion as AMASS has its files, SMPL-H: what reads those reads this.

    ``poses`` (T, 156) axis-angle, root first; ``trans`` (T, 3); ``mocap_framerate``;
    ``gender`` neutral; ``betas`` and ``dmpls`` zero. Fingers are straight: the
    turn of the body's two hands, which SMPL-H has no joint for, stays behind.

    Raises:
        UserError: when the place cannot be written.
    """
    path = Path(path)
    turns = to_rotation(local_rotations(motion.qpos)).as_rotvec().reshape(-1, 24, 3)
    poses = np.zeros((motion.frames, _SMPLH_JOINTS, 3))
    order = [SMPL_NAMES.index(joint) for joint in SMPL_ORDER]
    poses[:, :_BODY_JOINTS] = turns[:, order[:_BODY_JOINTS]]
    try:
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                poses=poses.reshape(motion.frames, -1),
                trans=motion.qpos[:, :3] - OFFSETS[0],
                mocap_framerate=np.array(motion.fps),
                gender=np.array("neutral"),
                betas=np.zeros(16),
                dmpls=np.zeros((motion.frames, 8)),
            )
    except OSError as error:
        raise UserError(
            f"Cannot write '{path}': {error.strerror or error}; choose another place.", repr(error)
        ) from error
