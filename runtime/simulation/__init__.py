"""The body in motion: stepping, observation, environment. Heavy libraries load when used."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from ..body.observation import observe, observe_states
    from ..motion.motion_buffer import MotionBuffer
    from ..prompts.tasks import ALL_TASKS, STANDARD_TASKS
    from .batch import BodyBatch
    from .environment import HumEnv
    from .starts import STATE_INITS
    from .stepping import DivergenceError, control_step, reset
    from .vector import ThreadVectorEnv, make_humenv

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

__getattr__ = lazy_names(
    __name__,
    {
        "ALL_TASKS": "..prompts.tasks",
        "STANDARD_TASKS": "..prompts.tasks",
        "MotionBuffer": "..motion.motion_buffer",
        "BodyBatch": ".batch",
        "HumEnv": ".environment",
        "observe": "..body.observation",
        "observe_states": "..body.observation",
        "STATE_INITS": ".starts",
        "DivergenceError": ".stepping",
        "control_step": ".stepping",
        "reset": ".stepping",
        "ThreadVectorEnv": ".vector",
        "make_humenv": ".vector",
    },
)
