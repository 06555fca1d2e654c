"""The simulated body: its figures, its MuJoCo model, its joint names, its kinematics.

``build_model`` and ``make_spec`` need mujoco, which Blender's own process must
never import; they load it when first called for, everything else is NumPy.
"""

from typing import TYPE_CHECKING

from ..lazy import lazy_names
from .figures import BODY_NAMES, JOINT_NAMES, JOINT_RANGES, OFFSETS, PARENTS, load_figures
from .names import BODY_TO_SMPL, SMPL_NAMES, SMPL_TO_BODY

if TYPE_CHECKING:
    from .model import build_model, make_spec

__all__ = [
    "BODY_NAMES",
    "BODY_TO_SMPL",
    "JOINT_NAMES",
    "JOINT_RANGES",
    "OFFSETS",
    "PARENTS",
    "SMPL_NAMES",
    "SMPL_TO_BODY",
    "build_model",
    "load_figures",
    "make_spec",
]

__getattr__ = lazy_names(__name__, {"build_model": ".model", "make_spec": ".model"})
