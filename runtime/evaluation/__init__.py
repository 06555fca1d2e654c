"""The benchmark and its measures. Importing this loads nothing heavy; the names do."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .evaluations import GoalEvaluation, RewardEvaluation, TrackingEvaluation
    from .wrappers import GoalWrapper, RewardWrapper, TrackingWrapper, relabel

__all__ = [
    "GoalEvaluation",
    "GoalWrapper",
    "RewardEvaluation",
    "RewardWrapper",
    "TrackingEvaluation",
    "TrackingWrapper",
    "relabel",
]

__getattr__ = lazy_names(
    __name__,
    {
        "GoalEvaluation": ".evaluations",
        "GoalWrapper": ".wrappers",
        "RewardEvaluation": ".evaluations",
        "RewardWrapper": ".wrappers",
        "TrackingEvaluation": ".evaluations",
        "TrackingWrapper": ".wrappers",
        "relabel": ".wrappers",
    },
)
