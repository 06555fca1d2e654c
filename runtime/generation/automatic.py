"""Which controller performs, when the choice is left to the product.

It goes by what the model was measured to do beside the servo on the same prompts.
Plain data in and out: the panel asks this while it draws, without loading anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..policy.measures import Measures
from .performers import only_usual

MEASURE = "emd"
"""Distance between the poses performed and asked for; smaller is better."""
RETURN = "return"
"""What behaviours earn, mean over the 45 tasks, of ``MOST``; larger is better. Beside it stands
what each task earns, under its name."""
MOST = 300
"""Of these: 1 for each frame of an episode."""
FOLLOWING = {"motion": "motions", "pose": "poses"}
"""Kinds of prompts that are followed frame by frame, and how a sentence calls them."""


@dataclass(frozen=True)
class ControllerChoice:
    """What performs, and why."""

    controller: str
    """Name of one of ``performers.PERFORMERS``."""
    reason: str
    """A sentence for the person."""


def choose_controller(
    kinds: Sequence[str],
    measures: Measures | None,
    installed: bool | None = None,
    rewards: Sequence[str] = (),
) -> ControllerChoice:
    """What serves prompts of these kinds ("motion", "pose", "behaviour", "path", "goto") best.

    ``measures`` are the chosen model's, None if there is no model or it was not
    measured; ``installed`` whether there is one, if that is known beside its measures.
    ``rewards``: names of what behaviours are asked for; where all of them were measured, they
    decide, else the mean over all tasks. One controller performs a whole take, because the body has other
    muscles under each.
    """
    asked = set(kinds)
    if only_usual(asked):
        return ControllerChoice("servo", "Muscles perform recorded steps along the way asked for.")
    present = measures is not None if installed is None else installed
    if "behaviour" in asked and not present:
        return ControllerChoice(
            "servo",
            "Muscles perform recorded motions that are joined; no trained model is installed.",
        )
    earned = _returns(measures, rewards)
    if "behaviour" in asked and earned is not None and earned[0] >= earned[1]:
        return ControllerChoice(
            "servo",
            "Muscles perform joined recordings: as planned, they do what is asked better than the "
            f"trained model ({_share(earned[0])} against {_share(earned[1])}).",
        )
    if asked - set(FOLLOWING):
        only = "A trained model performs: it does behaviours by itself."
        if earned is not None:
            only = (
                "A trained model performs: it does what is asked better than joined recordings "
                f"({_share(earned[1])} against {_share(earned[0])})."
            )
        if not asked & set(FOLLOWING):
            return ControllerChoice("policy", only)
        return ControllerChoice(
            "policy",
            f"{only} It performs the whole take, so it follows the poses and motions too; "
            "generate those by themselves to have them followed closely.",
        )
    compared = {kind: _errors(measures, kind) for kind in FOLLOWING if kind in asked}
    known = {kind: errors for kind, errors in compared.items() if errors is not None}
    worse = [kind for kind, (servo, policy) in known.items() if not policy < servo]
    if worse:
        servo, policy = known[worse[0]]
        return ControllerChoice(
            "servo",
            f"Muscles perform: they follow {FOLLOWING[worse[0]]} more closely than the trained "
            f"model (off by {servo:.2f} against {policy:.2f}).",
        )
    if not known or len(known) < len(compared):
        return ControllerChoice(
            "servo",
            "Muscles perform: no trained model is known to follow keys and motions as closely.",
        )
    kind, (servo, policy) = next(iter(known.items()))
    return ControllerChoice(
        "policy",
        f"A trained model performs: it follows {FOLLOWING[kind]} more closely than muscles "
        f"(off by {policy:.2f} against {servo:.2f}).",
    )


def _share(earned: float) -> str:
    """What was earned of the most that can be."""
    return f"{100 * earned / MOST:.0f} %"


def _errors(measures: Measures | None, kind: str) -> tuple[float, float] | None:
    """Of the servo and of the policy; None if either was not measured."""
    try:
        scores = (measures or {})[kind]
        return float(scores["servo"][MEASURE]), float(scores["policy"][MEASURE])
    except (KeyError, TypeError, ValueError):
        return None


def _returns(measures: Measures | None, rewards: Sequence[str]) -> tuple[float, float] | None:
    """What the library and the policy earn of ``MOST``; None if either was not measured."""
    try:
        scores = (measures or {})["behaviour"]
        library, policy = scores["library"], scores["policy"]
        known = rewards and all(name in library and name in policy for name in rewards)
        names = list(rewards) if known else [RETURN]
        return _mean(library, names), _mean(policy, names)
    except (KeyError, TypeError, ValueError):
        return None


def _mean(scores: Mapping[str, float], names: Sequence[str]) -> float:
    return sum(float(scores[name]) for name in names) / len(names)
