"""The body in motion: stepping, observation, environment. Heavy libraries load when used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..prompts.tasks import ALL_TASKS, STANDARD_TASKS
    from ..training.buffers import MotionBuffer
    from .batch import BodyBatch
    from .environment import HumEnv
    from .observation import observe, observe_states
    from .starts import STATE_INITS
    from .stepping import DivergenceError, control_step, reset
    from .vector import ThreadVectorEnv, make_humenv

_HOMES = {
    "ALL_TASKS": "..prompts.tasks",
    "STANDARD_TASKS": "..prompts.tasks",
    "MotionBuffer": "..training.buffers",
    "BodyBatch": ".batch",
    "HumEnv": ".environment",
    "observe": ".observation",
    "observe_states": ".observation",
    "STATE_INITS": ".starts",
    "DivergenceError": ".stepping",
    "control_step": ".stepping",
    "reset": ".stepping",
    "ThreadVectorEnv": ".vector",
    "make_humenv": ".vector",
}

__all__ = [
    "ALL_TASKS",
    "STANDARD_TASKS",
    "STATE_INITS",
    "BodyBatch",
    "DivergenceError",
    "HumEnv",
    "MotionBuffer",
    "ThreadVectorEnv",
    "control_step",
    "make_humenv",
    "observe",
    "observe_states",
    "reset",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        try:
            return getattr(import_module(_HOMES[name], __name__), name)
        # MuJoCo raises this where MUJOCO_GL names a library that is not there; Python
        # would make "cannot import name" of it.
        except AttributeError as error:
            raise ImportError(f"mujoco cannot be loaded: {error}") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
