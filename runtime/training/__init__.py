"""Training: buffers, FB and FB-CPR, the trainer. Torch loads with the names that need it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .buffers import DictBuffer, MotionBuffer, TrajectoryBuffer
    from .fb import FBAgent, FBConfig
    from .fb_cpr import FBcprAgent, FBcprConfig
    from .trainer import TrainConfig, Trainer

_HOMES = {
    "DictBuffer": "buffers",
    "MotionBuffer": "buffers",
    "TrajectoryBuffer": "buffers",
    "FBAgent": "fb",
    "FBConfig": "fb",
    "FBcprAgent": "fb_cpr",
    "FBcprConfig": "fb_cpr",
    "TrainConfig": "trainer",
    "Trainer": "trainer",
}

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


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
