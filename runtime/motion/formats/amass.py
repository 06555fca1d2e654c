"""AMASS files: SMPL poses as axis-angle vectors, one ``.npz`` per motion.

SMPL's rest pose and joint axes are the body's own, so a pose carries over
joint by joint; what differs is the subject's size, the limits of the joints and
the height of the floor, and these the fit settles.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ...body.figures import OFFSETS, PARENTS
from ...body.kinematics import (
    forward_kinematics,
    local_rotations,
    qpos_from_rotations,
    to_rotation,
    to_wxyz,
)
from ...body.names import SMPL_NAMES, SMPL_ORDER
from ...errors import UserError
from ..judging.judge import judged
from ..judging.on_the_spot import placed_by_feet
from ..motion import Motion
from ..sources.options import SourceOptions
from ..sources.skeleton import SkeletonClip, turned
from .amass_people import WIDTHS, chosen, people_of
from .archive import pickled, read_arrays

_RATES = ("mocapframerate", "fps", "framerate", "mocapfps", "videofps", "samplingrate")
_TIMES = ("frametime", "dt")
"""How rates, and seconds a frame, are called, without case and underscores."""
_PLACES = (
    *("trans", "transl", "translation", "smpl_trans", "root_trans", "root_translation", "Th"),
    *("root_pos", "root_position", "positions", "position", "translations", "smpl_transl"),
)
_OF_JOINTS = ("positions", "position")
"""Of those, what others call the places of all joints."""
_WHOLE = (
    *("poses", "smpl_poses", "fullpose", "full_pose", "pose", "thetas"),
    *("theta", "smpl_pose", "smplx_poses", "smplh_poses", "pose_params", "body_poses"),
)
_BODY = ("pose_body", "body_pose", "poses_body")
_ROOTS = ("root_orient", "global_orient", "poses_root", "Rh")
_SLOWEST = 0.5
"""Frames a second under which a rate is a time."""
_UNITS = (1.0, 0.01, 0.001, 0.0254)
"""Metres that translations are counted in: SMPL's own, and what converters make of it."""
_STANDS = ("left_ankle", "right_ankle", "left_foot", "right_foot")

_BODY_JOINTS = 22
"""Joints that SMPL, SMPL-H and SMPL-X have in common, the first of each."""
_SMPLH_JOINTS = 52


def is_amass(keys: Mapping[str, object]) -> bool:
    """Whether an ``.npz`` with these names in it looks like one of AMASS."""
    whole = (*_WHOLE, *_BODY)
    return any(key in keys for key in whole) or len(people_of(dict.fromkeys(keys), whole)) > 1


def clip_from_amass(
    arrays: Mapping[str, np.ndarray | None], name: str, options: SourceOptions | None = None
) -> SkeletonClip:
    """The arrays of an AMASS file -> the joints of an SMPL person, z up.

    Reads ``poses`` (T, 72 or 156 or 165), or ``root_orient`` with ``pose_body``,
    ``trans`` (T, 3) and the frame rate under any of their names, as axis-angle vectors or
    as matrices (T, J, 3, 3). Fingers, face and ``betas`` are left out; the person has the
    body's proportions. Without a translation it is found by the feet that stand.

    Raises:
        UserError: naming what is missing or has the wrong shape.
    """
    options = options or SourceOptions()
    people = people_of(arrays, (*_WHOLE, *_BODY))
    if options.rig_map is not None or (options.person and len(people) == 1):
        raise UserError(
            f"'{name}' is an SMPL file of one person whose joints are known; leave out --map "
            "and --person."
        )
    arrays, others = chosen(people, options.person, name)
    poses, degrees = _in_radians(_poses(arrays, name))
    frames = len(poses)
    key = next((key for key in _PLACES if _is_place(key, arrays)), None)
    translation = np.zeros((frames, 3)) if key is None else _numbers(arrays, key, name)
    if translation.size == 3 * frames and translation.ndim == 3:
        translation = translation.reshape(frames, 3)  # a batch of one, or a person of one a frame
    elif translation.shape == (3, frames) and frames != 3:
        translation = translation.T
    if translation.ndim == 2 and abs(len(translation) - frames) == 1:
        # One more or one fewer is no reason to refuse: both begin together.
        frames = min(len(translation), frames)
        translation, poses = translation[:frames], poses[:frames]
    if "smpl_scaling" in arrays:
        translation = translation / _numbers(arrays, "smpl_scaling", name).ravel()[0]
    if translation.shape != (frames, 3):
        raise UserError(
            f"In '{name}' trans has shape {translation.shape}, not {(frames, 3)} as its poses "
            "ask for; save the file again with one translation per frame."
        )
    fps = _rate(arrays, name, options)

    poses, translation, lost = _without_lost_frames(poses, translation, name)
    frames = len(poses)
    turns = np.zeros((frames, 24, 3))
    turns[:, : poses.shape[1] // 3] = poses.reshape(frames, -1, 3)
    order = [SMPL_ORDER.index(joint) for joint in SMPL_NAMES]
    local = to_wxyz(Rotation.from_rotvec(turns[:, order].reshape(-1, 3))).reshape(frames, 24, 4)
    # SMPL turns about its pelvis and moves by ``trans`` from where the pelvis
    # rests, a little below the origin of its template; the body's root is the pelvis itself.
    qpos = qpos_from_rotations(np.zeros((frames, 3)) + OFFSETS[0], local)
    rest = np.zeros((1, 76))
    rest[0, 3:5] = np.sqrt(0.5)
    positions, rotations = forward_kinematics(qpos)
    unit, notes = (options.unit or 1.0, ()) if options.unit else _unit_of(translation, positions)
    rest_positions, rest_rotations = forward_kinematics(rest)
    clip = SkeletonClip(
        names=SMPL_NAMES,
        parents=PARENTS,
        fps=fps,
        positions=positions + unit * translation[:, None],
        rotations=_quaternions(rotations),
        rest_positions=rest_positions[0],
        rest_rotations=_quaternions(rest_rotations)[0],
        name=name,
        notes=(*others, *degrees, *lost, *notes),
    )
    turn = options.turn()
    if turn is not None:
        clip = turned(clip, turn, f"{options.up} taken as up")
    if key is None:
        clip = placed_by_feet(clip, up_said=turn is not None)
    return judged(clip, up_said=turn is not None, fps_said=options.fps is not None)


def _without_lost_frames(
    poses: np.ndarray, translation: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Poses (T, 3 n) and places (T, 3) without frames that are all zero or hold what is no number.

    At the ends they go; inside, joints turn evenly from the frame before to the one after.
    """
    values = np.hstack([poses, translation])
    lost = ~values.any(axis=1) | ~np.isfinite(values).all(axis=1)
    if lost.all() and np.isfinite(values).all():
        return poses, translation, ()  # somebody who stands in the rest pose all the time
    good = np.flatnonzero(~lost)
    if len(good) < 2 and lost.any():
        raise UserError(f"No two frames of '{name}' hold numbers; save it again.")
    if not lost.any():
        return poses, translation, ()
    inside = np.arange(good[0], good[-1] + 1)
    turns = poses.reshape(len(poses), -1, 3)
    bridged = np.stack(
        [
            Slerp(good, Rotation.from_rotvec(turns[good, joint]))(inside).as_rotvec()
            for joint in range(turns.shape[1])
        ],
        axis=1,
    )
    places = np.stack(
        [np.interp(inside, good, translation[good, axis]) for axis in range(3)], axis=1
    )
    count = int(lost.sum())
    return (
        bridged.reshape(len(inside), -1),
        places,
        (f"{count} empty frame{'s' * (count > 1)} left out",),
    )


def _in_radians(poses: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Poses (T, 3 n), and a note if they were in degrees: nobody turns a joint twice about."""
    angles = np.linalg.norm(poses.reshape(len(poses), -1, 3), axis=2)
    if not np.isfinite(angles).any() or np.nanpercentile(angles, 95) < 4 * np.pi:
        return poses, ()
    return np.radians(poses), ("angles taken as degrees",)


def _is_place(key: str, arrays: Mapping[str, np.ndarray | None]) -> bool:
    """Whether an array tells where the body is: not one of zeros, left empty, nor places of joints."""
    values = arrays.get(key)
    if values is None:
        return key in arrays
    joints = key in _OF_JOINTS and values.ndim == 3 and 1 not in values.shape[:2]
    empty = values.dtype.kind in "fiu" and values.ndim and len(values) > 1 and not values.any()
    return not joints and not empty


def _rate(arrays: Mapping[str, np.ndarray | None], name: str, options: SourceOptions) -> float:
    if options.fps is not None:
        return options.fps
    plain = {key.lower().replace("_", ""): key for key in arrays}
    rate = next((plain[key] for key in (*_RATES, *_TIMES) if key in plain), None)
    if rate is None:
        raise UserError(
            f"'{name}' has no frame rate; say it (--source-fps, or Frame Rate in the prompt), or "
            "add 'mocap_framerate' to the file."
        )
    fps = _numbers({rate: _as_number(arrays[rate])}, rate, name)
    if fps.size != 1 or not np.isfinite(fps).all() or fps.ravel()[0] <= 0:
        raise UserError(f"The {rate} of '{name}' is {fps}; it must be one number over zero.")
    said = float(fps.ravel()[0])
    # Some write seconds a frame.
    return 1.0 / said if said < _SLOWEST else said


def _as_number(value: np.ndarray | None) -> np.ndarray | None:
    """A rate that was stored as text."""
    if value is not None and value.dtype.kind in "SU" and value.size == 1:
        with suppress(ValueError):
            return np.array(float(value.astype(str).ravel()[0]))
    return value


def _unit_of(translation: np.ndarray, positions: np.ndarray) -> tuple[float, tuple[str, ...]]:
    """Metres per unit of (T, 3), and a note: those in which feet that stand do not slide.

    ``positions`` (T, 24, 3) metres: the person at the origin.
    """
    if len(translation) < 8 or not np.ptp(translation, axis=0).any():
        return 1.0, ()
    feet = positions[:, [SMPL_NAMES.index(joint) for joint in _STANDS]]

    def sliding(unit: float) -> float:
        steps = np.linalg.norm(np.diff(feet + unit * translation[:, None], axis=0), axis=2)
        return float(np.median(steps.min(axis=1)))

    slides = {unit: sliding(unit) for unit in _UNITS}
    best = min(slides, key=lambda unit: slides[unit])
    if best == 1.0 or slides[best] > 0.2 * slides[1.0] or slides[1.0] < 0.02:
        return 1.0, ()
    return best, (f"translation taken as {best:g} m per unit",)


def _poses(arrays: Mapping[str, np.ndarray | None], name: str) -> np.ndarray:
    """(T, 3 n) axis-angle numbers, root first, at most 24 joints."""
    whole = next((key for key in _WHOLE if key in arrays), None)
    if whole is not None:
        poses = _rows(_numbers(arrays, whole, name))
        root = next((key for key in _ROOTS if key in arrays), None)
        if poses.ndim == 2 and poses.shape[1] in (63, 69, 153) and root is not None:
            poses = np.hstack([_rows(_numbers(arrays, root, name)), poses])
        elif poses.ndim == 2 and root is not None and not poses[:, :3].any():
            # The root stands by itself, its place among the others is left empty.
            turns = _rows(_numbers(arrays, root, name))
            if turns.shape == poses[:, :3].shape:
                poses = np.hstack([turns, poses[:, 3:]])
    else:
        keys = [next((k for k in of if k in arrays), of[0]) for of in (_ROOTS, _BODY)]
        given = [_numbers(arrays, key, name) for key in keys]
        if all(values.ndim > 2 and len(values) == 1 for values in given):
            given = [values[0] for values in given]  # a batch of one
        root_turns, body = (_rows(values) for values in given)
        alike = root_turns.ndim == body.ndim == 2 and len(root_turns) == len(body)
        if not alike or root_turns.shape[1] != 3:
            raise UserError(
                f"In '{name}' root_orient {root_turns.shape} and pose_body {body.shape} do not "
                "belong together; they need one row per frame."
            )
        poses = np.hstack([root_turns, body])
    if poses.ndim != 2 or poses.shape[1] not in WIDTHS:
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
    """(T, J, 3), (T, J, 3, 3) and the same in a batch of one as (T, 3 J); others as they are."""
    if values.ndim >= 4 and values.shape[-2:] == (3, 3):
        turns = values[0] if values.ndim == 5 and len(values) == 1 else values
        if turns.ndim == 4 and np.allclose(np.linalg.det(turns), 1.0, atol=0.05):
            vectors = Rotation.from_matrix(turns.reshape(-1, 3, 3)).as_rotvec()
            return vectors.reshape(len(turns), -1)
    flat = values.ndim in (2, 3) and values.shape[-1] % 9 == 0 and len(values) > 0
    if flat and values.size // len(values) // 3 in WIDTHS:
        turns = values.reshape(len(values), -1, 3, 3)
        if np.allclose(np.linalg.det(turns), 1.0, atol=0.05):
            return _rows(turns)
    batched = values.ndim == 4 or (values.ndim == 3 and values.shape[2] in WIDTHS)
    values = values[0] if batched and len(values) == 1 else values
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
    return value.astype(np.float64)


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
    ``gender`` neutral; ``betas`` and ``dmpls`` zero, so that bodies of other sizes become the reference
    body's. Fingers are straight: the
    turn of the body's two hands, which SMPL-H has no joint for, stays behind.

    Raises:
        UserError: when the place cannot be written.
    """
    path, motion = Path(path), motion.of_scale(1.0)
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
