"""Who performs a timeline: the registry of performers.

A new performer is an entry here and a module that makes its takes; the command line, the
panel, the automatic choice and ``generate`` read the entry. Plain data: the panel asks it while
it draws, so what performs is loaded when it is used.
"""

from dataclasses import dataclass

AUTOMATIC = "automatic"
"""In place of a name: whoever serves the prompts best, see ``automatic``."""


@dataclass(frozen=True)
class PerformerKind:
    """One way to perform."""

    name: str
    """In settings, metadata and on the command line."""
    label: str
    description: str
    """For the panel and the command line."""
    number: int
    """What files of Blender keep for it; never given to another."""
    performs: frozenset[str]
    """Kinds of prompts, as ``Prompt.kind``."""
    home: str
    """Module of this package whose ``perform`` it is."""
    needs_model: bool = False
    """Whether a trained model has a part in it."""
    own_muscles: bool = False
    """Whether its muscles are those that the model was trained with; they take no quality, strength
    or help."""


_KINDS = (
    PerformerKind(
        "servo",
        "Muscles",
        "Muscles that follow the pose asked for; needs no model",
        0,
        frozenset({"motion", "pose", "behaviour", "path", "goto"}),
        "following",
    ),
    PerformerKind(
        "policy",
        "Trained Model",
        "A model that learned to move: performs behaviours, and poses and keys more loosely",
        1,
        frozenset({"motion", "pose", "behaviour"}),
        "trained.policy_takes",
        needs_model=True,
        own_muscles=True,
    ),
    PerformerKind(
        "refined",
        "Trained Model, Refined",
        "A model decides what to do, and muscles do it again cleanly; takes minutes",
        2,
        frozenset({"motion", "pose", "behaviour"}),
        "trained.refined",
        needs_model=True,
    ),
)
PERFORMERS: dict[str, PerformerKind] = {kind.name: kind for kind in _KINDS}
"""By name; the first is what performs where nothing speaks for another."""
USUAL = _KINDS[0]
TRAINED = next(kind for kind in _KINDS if kind.needs_model)
"""Who performs with a model that a person chose."""


def only_usual(kinds: set[str]) -> set[str]:
    """Those of these kinds of prompts that no trained model performs."""
    trained = [kind.performs for kind in _KINDS if kind.needs_model]
    return kinds.difference(*trained) if trained else set()
