"""How sure a way through the library is, and how near to what is likely it is kept where it is not."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ShrinkageSettings:
    """When a way through the library is brought nearer to the mean of others and of easing.

    Chosen on the gaps cut out of recordings by ``in_betweens.TUNED_SEEDS``, 60 of them: many
    settings near these do as well.
    """

    going_m_s: float = 0.5
    """From key to key: who goes faster steps, and steps of several people do not mix. Mixed, 2 m ahead
    in 2 s skates in 12 % of what is performed, else in 3."""
    compared: int = 6
    """Ways that one is compared with."""
    near: float = 0.5
    """Metres by which these may cost more."""
    certain: float = 0.6
    """Share of its way from easing by which the others may be away from it, and it is sure."""
    gain: float = 3.0
    """How fast doubt beyond that brings it nearer to what is likely."""
    most: float = 0.9
    """How near at most."""
    cheap: float = 0.45
    """Metres: what costs less is right in any case."""
    dear: float = 0.65
    """Metres: what costs more is taken to be as doubtful as it looks."""
    usual: float = 1.0
    """Metres that a metre is worth by which a way is away from the others: the dearer, the more what
    most of them do is taken before what costs least."""
    eased: float = 0.7
    """Share of easing in what is likely, beside the mean of the other ways."""
    likely: float = 0.15
    """Metres by which another way may cost more for a third of the weight in that mean."""


SHRINKAGE = ShrinkageSettings()


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Metres: mean distance of joints (T, 24, 3)."""
    return float(np.linalg.norm(one - other, axis=-1).mean())


def shrinkage(
    distances: np.ndarray,
    away: list[float],
    costs: list[float],
    clips: list[int],
    settings: ShrinkageSettings = SHRINKAGE,
) -> list[float]:
    """0..1 for each of n ways, cheapest first: how much of what is likely to mix into it.

    ``distances`` (n, n) metres from one to another, ``away`` (n,) from easing. Where the ways
    agree on a detour from easing, a person will have made it. Where they are as far from each
    other as from easing, none of them is known to be right, and the mean of what is likely is
    nearer to life (shrinkage, James and Stein 1961). Mirror images of the same of ``clips``
    say nothing of each other: a turn may go either way.
    """
    result = []
    for row, (cost, own) in enumerate(zip(costs, clips, strict=True)):
        others = [
            column
            for column, (price, clip) in enumerate(zip(costs, clips, strict=True))
            if clip != own and price < cost + settings.near
        ][: settings.compared]
        share = 0.0
        if others and cost > settings.cheap:
            spread = float(distances[row, others].mean())
            unsure = spread / max(away[row], 1e-3) - settings.certain
            dear = min((cost - settings.cheap) / (settings.dear - settings.cheap), 1.0)
            share = dear * float(np.clip(settings.gain * unsure, 0, settings.most))
        result.append(share)
    return result


def unusual(
    distances: np.ndarray, costs: list[float], settings: ShrinkageSettings = SHRINKAGE
) -> np.ndarray:
    """(n,) metres of cost by which ways, ``distances`` (n, n) metres apart, are dearer for not being
    what others do; nothing where the cheapest of ``costs`` is right in any case."""
    if len(costs) < 2 or min(costs) <= settings.cheap:
        return np.zeros(len(costs))
    return np.asarray(settings.usual * distances.sum(axis=1) / (len(costs) - 1))


def likelihoods(costs: np.ndarray, settings: ShrinkageSettings = SHRINKAGE) -> np.ndarray:
    """(n,) weights of ways by their costs (n,) in metres."""
    if not len(costs):
        return np.zeros(0)
    return np.asarray(np.exp((costs.min() - costs) / settings.likely))
