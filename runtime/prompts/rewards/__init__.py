"""What a state is paid for: features of it, the published rewards, and expressions over both."""

from .parsing import mix_rewards, parse_reward
from .terms import Constant, NamedReward, Product, Reward, Sum, as_reward

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
