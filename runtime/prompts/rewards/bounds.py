"""The least and the most that a reward can pay, as far as its terms tell."""

from collections.abc import Sequence
from itertools import product
from math import inf

from .expressions import Call, Comparison, Expression
from .terms import Constant, Product, Reward, Sum

UNKNOWN = -inf, inf
_SHARES = frozenset({"near", "above", "below", "between"})
"""Functions that give 0 to 1."""

Bounds = tuple[float, float]


def bounds(reward: Reward) -> Bounds:
    """The interval that its values lie in (interval arithmetic; Moore 1966); infinite where a quantity
    of the body's is paid as it is. Published rewards pay 0 to 1."""
    match reward:
        case Constant(value):
            return value, value
        case Sum(terms):
            lows, highs = zip(*map(bounds, terms), strict=True)
            return sum(lows), sum(highs)
        case Product(factors):
            return _multiplied([bounds(factor) for factor in factors])
        case Expression():
            return bounds(reward.root)
        case Comparison():
            return 0.0, 1.0
        case Call(name, arguments):
            return _called(name, [bounds(argument) for argument in arguments])
        case _ if type(reward).__module__.endswith((".expressions", ".quantities")):
            return UNKNOWN
        case _:
            return 0.0, 1.0


def _multiplied(factors: Sequence[Bounds]) -> Bounds:
    low, high = factors[0]
    for other in factors[1:]:
        # Nothing of what is not known is nothing.
        ends = [a * b if a and b else 0.0 for a, b in product((low, high), other)]
        low, high = min(ends), max(ends)
    return low, high


def _called(name: str, arguments: Sequence[Bounds]) -> Bounds:
    if name in _SHARES:
        return 0.0, 1.0
    if name == "abs":
        low, high = arguments[0]
        return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
    chosen = min if name == "min" else max
    lows, highs = zip(*arguments, strict=True)
    return chosen(lows), chosen(highs)
