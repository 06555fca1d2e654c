"""What the actor is asked for: the timeline, rewards, and their latents."""

from .rewards import Reward, mix_rewards, parse_reward
from .rewards.classes import (
    ArmsReward,
    CrawlReward,
    CrouchReward,
    HeadstandReward,
    JumpReward,
    LieDownReward,
    LocomotionReward,
    MoveAndRaiseArmsReward,
    RotationReward,
    SitOnGroundReward,
    SplitReward,
    ZeroReward,
    make_from_name,
)
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
    "ArmsReward",
    "BehaviourPrompt",
    "CrawlReward",
    "CrouchReward",
    "GoToPrompt",
    "HeadstandReward",
    "JumpReward",
    "LieDownReward",
    "LocomotionReward",
    "MotionPrompt",
    "MoveAndRaiseArmsReward",
    "PathPrompt",
    "PosePrompt",
    "Prompt",
    "Reward",
    "RotationReward",
    "SitOnGroundReward",
    "SplitReward",
    "Timeline",
    "ZeroReward",
    "make_from_name",
    "mix_rewards",
    "parse_reward",
]
