"""The body's own BVH: SMPL joint names, centimetres, y up, hinge angles as they are.

The hinges of the model turn one inside the other in the order x, y, z, which is
what channels X, Y, Z mean; so a motion survives the file without a fit.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES, OFFSETS, PARENTS
from ...body.kinematics import continuous_quaternions, to_rotation, to_wxyz
from ...body.names import SMPL_NAMES
from ..motion import Motion
from .bvh import Bvh, BvhJoint
from .clip import Y_TO_Z_UP

_UNIT = 0.01
_POSITION = ("xposition", "yposition", "zposition")
_ROTATION = ("xrotation", "yrotation", "zrotation")
_ENDS = {
    "Head": (0.0, 0.2, 0.0),
    "L_Toe": (0.0, 0.0, 0.07),
    "R_Toe": (0.0, 0.0, 0.07),
    "L_Hand": (0.1, 0.0, 0.0),
    "R_Hand": (-0.1, 0.0, 0.0),
}
"""Metres: where the last bones end, for programs that draw them."""


def motion_to_bvh(motion: Motion) -> Bvh:
    """The motion as a BVH of 24 joints and 5 end sites. Velocities and contacts stay behind."""
    joints: list[BvhJoint] = []
    place: dict[int, int] = {-1: -1}
    for body, (body_name, name) in enumerate(zip(BODY_NAMES, SMPL_NAMES, strict=True)):
        place[body] = len(joints)
        x, y, z = motion.scale * OFFSETS[body] / _UNIT if body else np.zeros(3)
        channels = _ROTATION if body else _POSITION + _ROTATION
        joints.append(BvhJoint(name, place[PARENTS[body]], (x, y, z), channels))
        if body_name in _ENDS:
            x, y, z = motion.scale * np.array(_ENDS[body_name]) / _UNIT
            joints.append(BvhJoint(f"{name}_end", place[body], (x, y, z), ()))
    to_y_up = Y_TO_Z_UP.inv()
    root = (to_y_up * to_rotation(motion.qpos[:, 3:7])).as_euler("XYZ", degrees=True)
    values = np.hstack(
        [
            to_y_up.apply(motion.qpos[:, :3]) / _UNIT,
            np.unwrap(root, period=360, axis=0),
            np.degrees(motion.qpos[:, 7:]),
        ]
    )
    return Bvh(tuple(joints), 1.0 / motion.fps, values)


def bvh_to_motion(bvh: Bvh) -> Motion | None:
    """The motion of a BVH that ``motion_to_bvh`` made; None for any other skeleton.

    None as well where numbers are missing, for that is mended and told as in any other file.
    """
    if np.isnan(bvh.values).any():
        return None
    own = [joint for joint in bvh.joints if joint.channels]
    if tuple(joint.name for joint in own) != SMPL_NAMES:
        return None
    index = {joint.name: position for position, joint in enumerate(own)}
    parents = tuple(
        index[bvh.joints[joint.parent].name] if joint.parent >= 0 else -1 for joint in own
    )
    channels = [_POSITION + _ROTATION] + [_ROTATION] * 23
    offsets = np.array([joint.offset for joint in own]) * _UNIT
    # Of a body of another size they are all longer or shorter alike.
    scale = float((offsets[1:] * OFFSETS[1:]).sum() / (OFFSETS[1:] ** 2).sum())
    scale = 1.0 if abs(scale - 1) < 1e-5 else scale
    if (
        parents != PARENTS
        or [joint.channels for joint in own] != channels
        or not (0.1 < scale < 10 and np.allclose(offsets[1:], scale * OFFSETS[1:], atol=1e-5))
    ):
        return None
    qpos = np.empty((len(bvh.values), 76))
    qpos[:, :3] = Y_TO_Z_UP.apply(bvh.values[:, :3] * _UNIT)
    root = Y_TO_Z_UP * Rotation.from_euler("XYZ", bvh.values[:, 3:6], degrees=True)
    qpos[:, 3:7] = continuous_quaternions(to_wxyz(root))
    qpos[:, 7:] = np.radians(bvh.values[:, 6:])
    return Motion(bvh.fps, qpos, scale=scale)
