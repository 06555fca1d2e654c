"""Rotations as the curves of whichever rotation mode a bone or object has."""

import numpy as np
from mathutils import Quaternion

_EULER_ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def rotation_curves(mode: str, wxyz: np.ndarray) -> tuple[str, np.ndarray]:
    """Quaternions (T, 4) without jumps of sign -> property of the mode and its values (T, 3 or 4)."""
    if mode in _EULER_ORDERS:
        return "rotation_euler", _to_euler(wxyz, mode)
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", _to_axis_angle(wxyz)
    return "rotation_quaternion", wxyz


def _to_euler(wxyz: np.ndarray, order: str) -> np.ndarray:
    """(T, 4) -> (T, 3) radians, each frame's angles the ones nearest to the frame before."""
    result = np.empty((len(wxyz), 3))
    euler = None
    for frame, quaternion in enumerate(wxyz):
        turned = Quaternion(quaternion)
        euler = turned.to_euler(order, euler) if euler else turned.to_euler(order)
        result[frame] = euler
    return result


def _to_axis_angle(wxyz: np.ndarray) -> np.ndarray:
    """(T, 4) -> (T, 4) angle and axis, as Blender orders them."""
    pairs = [Quaternion(quaternion).to_axis_angle() for quaternion in wxyz]
    return np.array([(angle, *axis) for axis, angle in pairs])
