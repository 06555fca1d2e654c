"""The benchmark and its measures. Importing this loads nothing heavy; the names do."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .evaluations import GoalEvaluation, RewardEvaluation, TrackingEvaluation
    from .wrappers import GoalWrapper, RewardWrapper, TrackingWrapper, relabel

_HOMES = {
    "GoalEvaluation": "evaluations",
    "GoalWrapper": "wrappers",
    "RewardEvaluation": "evaluations",
    "RewardWrapper": "wrappers",
    "TrackingEvaluation": "evaluations",
    "TrackingWrapper": "wrappers",
    "relabel": "wrappers",
}

__all__ = [
    "GoalEvaluation",
    "GoalWrapper",
    "RewardEvaluation",
    "RewardWrapper",
    "TrackingEvaluation",
    "TrackingWrapper",
    "relabel",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
