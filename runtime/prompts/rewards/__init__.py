"""What a state is paid for: features of it, the published rewards, and expressions over both."""

from .parsing import (
    Constant,
    NamedReward,
    Product,
    Reward,
    Sum,
    as_reward,
    mix_rewards,
    parse_reward,
)

__all__ = [
    "Constant",
    "NamedReward",
    "Product",
    "Reward",
    "Sum",
    "as_reward",
    "mix_rewards",
    "parse_reward",
]
