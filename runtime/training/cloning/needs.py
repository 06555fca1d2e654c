"""What a policy is asked for most: what its teacher can do and it cannot yet.

Asked for all alike, it practises what it can already, and what no expert leads to. So
of the behaviours the one is drawn the more often, the more of what the teacher earns
the policy still lacks, measured in its own roll-outs.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...evaluation.rollouts import EPISODE_STEPS

FILE = "teaching.json"
"""Beside the experts: what ``teaching.teach`` found, returns by task."""
KEPT = 0.7
"""Share of the running mean of what a policy earns that stays at each roll-out."""
LEAST = 0.05
"""Need, of at most 1, of what the policy can do already: it must not be lost again."""


class Needs:
    """A running mean of what a policy earns, beside what its teacher does."""

    def __init__(self, able: Mapping[str, float]) -> None:
        """able: mean reward a step by task, as far as known; the need of others is in the middle."""
        self.able = dict(able)
        """What the teacher earns."""
        self.earned: dict[str, float] = {}

    def follow(self, earned: Mapping[str, float]) -> None:
        """Takes in the mean rewards a step of a roll-out by task."""
        for task, paid in earned.items():
            before = self.earned.get(task, paid)
            self.earned[task] = KEPT * before + (1 - KEPT) * paid

    def shares(self, tasks: Sequence[str]) -> np.ndarray:
        """(K,) how often each of the tasks is to be asked for; they sum to 1."""
        need = np.array([self._need(task) for task in tasks])
        return need / need.sum() if len(need) else need

    def _need(self, task: str) -> float:
        able = self.able.get(task, 0.5)
        return max(LEAST, able - self.earned.get(task, 0.0))


def save_able(folder: Path, returns: Mapping[str, float]) -> None:
    """Keeps a teacher's returns of 300 steps beside its experts, whole or not at all."""
    part = folder / f"{FILE}.part"
    try:
        part.write_text(json.dumps(dict(returns), indent=1) + "\n", encoding="utf-8")
        part.replace(folder / FILE)
    except OSError as error:
        raise UserError(
            f"'{folder / FILE}' could not be written ({error.strerror or error}); make room there.",
            repr(error),
        ) from error


def load_able(folder: Path) -> dict[str, float]:
    """Mean rewards a step by task; empty if nobody has measured the teacher of these experts."""
    path = Path(folder) / FILE
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(task): float(value) / EPISODE_STEPS for task, value in content.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UserError(
            f"'{path}' cannot be read; measure the teacher again with "
            f"`python -m runtime experts teach {folder}`, or remove the file.",
            repr(error),
        ) from error
