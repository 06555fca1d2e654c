"""What the actor is asked for: the timeline, rewards, and their latents."""

from .rewards import Reward, mix_rewards, parse_reward
from .tasks import ALL_TASKS, STANDARD_TASKS
from .timeline import (
    BehaviourPrompt,
    GoToPrompt,
    MotionPrompt,
    PathPrompt,
    PosePrompt,
    Prompt,
    Timeline,
)

__all__ = [
    "ALL_TASKS",
    "STANDARD_TASKS",
    "BehaviourPrompt",
    "GoToPrompt",
    "MotionPrompt",
    "PathPrompt",
    "PosePrompt",
    "Prompt",
    "Reward",
    "Timeline",
    "mix_rewards",
    "parse_reward",
]
