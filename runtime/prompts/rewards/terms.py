"""Rewards as values: what a state is paid for, and sums and products of it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...errors import UserError
from .features import Features, read_features
from .forms import RewardForm, find_form, list_forms

if TYPE_CHECKING:
    import mujoco


class Reward(ABC):
    """A number for each state. Rewards add, subtract and multiply, with each other and numbers."""

    @abstractmethod
    def of(self, features: Features) -> np.ndarray:
        """(n,) rewards of n states."""

    def __call__(
        self,
        model: "mujoco.MjModel",
        qpos: np.ndarray,
        qvel: np.ndarray,
        ctrl: np.ndarray,
    ) -> np.ndarray:
        """(n,) rewards of states qpos (n, 76), qvel (n, 75) reached by controls ctrl (n, 69)."""
        return self.of(read_features(model, qpos, qvel, ctrl))

    def compute(self, model: "mujoco.MjModel", data: "mujoco.MjData") -> float:
        """The reward of the one state that ``data`` holds."""
        return float(self(model, data.qpos[None], data.qvel[None], data.ctrl[None])[0])

    def __add__(self, other: "Reward | float") -> "Reward":
        return Sum((self, as_reward(other)))

    def __radd__(self, other: float) -> "Reward":
        return Sum((as_reward(other), self))

    def __sub__(self, other: "Reward | float") -> "Reward":
        return Sum((self, Product((Constant(-1.0), as_reward(other)))))

    def __mul__(self, other: "Reward | float") -> "Reward":
        return Product((self, as_reward(other)))

    def __rmul__(self, other: float) -> "Reward":
        return Product((as_reward(other), self))


@dataclass(frozen=True)
class Constant(Reward):
    value: float

    def of(self, features: Features) -> np.ndarray:
        return np.full(len(features), self.value, dtype=features.calm.dtype)


@dataclass(frozen=True)
class Sum(Reward):
    terms: tuple[Reward, ...]

    def of(self, features: Features) -> np.ndarray:
        result = self.terms[0].of(features)
        for term in self.terms[1:]:
            result = result + term.of(features)
        return result


@dataclass(frozen=True)
class Product(Reward):
    factors: tuple[Reward, ...]

    def of(self, features: Features) -> np.ndarray:
        result = self.factors[0].of(features)
        for factor in self.factors[1:]:
            result = result * factor.of(features)
        return result


@dataclass(frozen=True)
class NamedReward(Reward):
    """One of the published rewards, by its name: ``NamedReward("move-ego-0-2")``."""

    name: str
    form: RewardForm = field(init=False, repr=False, compare=False)
    values: dict[str, str | float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = find_form(self.name)
        if found is None:
            raise UserError(
                f"There is no reward '{self.name}'; write one such as 'move-ego-0-2'.",
                f"Rewards: {list_forms()}",
            )
        object.__setattr__(self, "form", found[0])
        object.__setattr__(self, "values", found[1])

    def of(self, features: Features) -> np.ndarray:
        return self.form.function(features, **self.values)


def as_reward(value: "Reward | float") -> Reward:
    return value if isinstance(value, Reward) else Constant(float(value))
