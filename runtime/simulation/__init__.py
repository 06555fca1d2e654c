"""The body in motion: stepping, observation, environment. Loads mujoco when used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .observation import observe, observe_states
    from .stepping import DivergenceError, control_step, reset

_HOMES = {
    "observe": "observation",
    "observe_states": "observation",
    "DivergenceError": "stepping",
    "control_step": "stepping",
    "reset": "stepping",
}

__all__ = ["DivergenceError", "control_step", "observe", "observe_states", "reset"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
