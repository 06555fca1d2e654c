"""Training: buffers, FB and FB-CPR, the trainer. Torch loads with the names that need it."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .buffers import DictBuffer, MotionBuffer, TrajectoryBuffer
    from .fb import FBAgent, FBConfig
    from .fb_cpr import FBcprAgent, FBcprConfig
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
        "DictBuffer": ".buffers",
        "MotionBuffer": ".buffers",
        "TrajectoryBuffer": ".buffers",
        "FBAgent": ".fb",
        "FBConfig": ".fb",
        "FBcprAgent": ".fb_cpr",
        "FBcprConfig": ".fb_cpr",
        "TrainConfig": ".trainer",
        "Trainer": ".trainer",
    },
)
