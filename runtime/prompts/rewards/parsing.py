"""Rewards by name, by expression over quantities, and in mixes."""

from collections.abc import Iterable

import numpy as np

from ...errors import UserError
from .expressions import parse_expression
from .forms import find_form
from .terms import NamedReward, Reward, Sum


def parse_reward(text: str) -> Reward:
    """A reward from its name, or from an expression over names and quantities.

    ``parse_reward("move-ego-0-2")``,
    ``parse_reward("0.7 * raisearms-h-h + 0.3 * near(speed, 1.5, 0.5)")``.
    Raises ``UserError`` for unknown names and errors of syntax.
    """
    name = text.strip()
    if find_form(name) is not None:
        return NamedReward(name)
    return parse_expression(text)


def mix_rewards(weighted: Iterable[tuple[str | Reward, float]]) -> Reward:
    """The weighted sum of named rewards, as a ``BehaviourPrompt`` holds them."""
    terms: list[Reward] = []
    for reward, weight in weighted:
        if not np.isfinite(weight):
            raise UserError(f"The weight of the reward '{reward}' is not a number.")
        terms.append(weight * (parse_reward(reward) if isinstance(reward, str) else reward))
    if not terms:
        raise UserError("There is no reward; name at least one.")
    return Sum(tuple(terms))
