"""Training: buffers, FB and FB-CPR, the trainer. Torch loads with the names that need it."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .agents.fb import FBAgent, FBConfig
    from .agents.fb_cpr import FBcprAgent, FBcprConfig
    from .experience.buffers import DictBuffer, MotionBuffer, TrajectoryBuffer
    from .trainer import TrainConfig, Trainer

__all__ = [
    "DictBuffer",
    "FBAgent",
    "FBConfig",
    "FBcprAgent",
    "FBcprConfig",
    "MotionBuffer",
    "TrainConfig",
    "Trainer",
    "TrajectoryBuffer",
]

__getattr__ = lazy_names(
    __name__,
    {
        "DictBuffer": ".experience.buffers",
        "MotionBuffer": ".experience.buffers",
        "TrajectoryBuffer": ".experience.buffers",
        "FBAgent": ".agents.fb",
        "FBConfig": ".agents.fb",
        "FBcprAgent": ".agents.fb_cpr",
        "FBcprConfig": ".agents.fb_cpr",
        "TrainConfig": ".trainer",
        "Trainer": ".trainer",
    },
)
