"""States that rewards are inferred from: their features and their B, kept beside the model.

B of a fixed buffer never changes for a given model, and features never change at
all; with both at hand a reward prompt is one evaluation and one product of a
vector and a matrix.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from ..progress import Progress, silent
from .latents import reward_latent
from .rewards import Reward, mix_rewards, parse_reward
from .rewards.features import Features, body_states, features_of, joined

if TYPE_CHECKING:
    import mujoco

BUFFER_NAME = "reward_buffer.npz"

log = logging.getLogger(__name__)

RewardPrompt = str | Reward | Sequence[tuple[str | Reward, float]]
"""A name or expression, a reward, or (name or reward, weight) pairs."""


@dataclass(frozen=True)
class RewardBuffer:
    """Features and B of n states."""

    features: Features
    b: np.ndarray
    """(n, z) float32."""

    def __post_init__(self) -> None:
        if self.b.ndim != 2 or len(self.b) != len(self.features):
            raise UserError(
                f"The reward buffer holds {len(self.features)} states and B of shape "
                f"{self.b.shape}; one row for each state is expected."
            )

    def __len__(self) -> int:
        return len(self.b)

    def infer(self, prompt: RewardPrompt, weighted: bool = True, norm: bool = True) -> np.ndarray:
        """z (z,) of a reward. All zero if it pays nothing for any state, which is logged."""
        rewards = as_prompt(prompt).of(self.features)
        if not np.isfinite(rewards).all():
            raise UserError(
                f"The reward '{prompt}' reads what the model's {BUFFER_NAME} was stored without; "
                "make the model's pack again."
            )
        if not rewards.any():
            log.warning("no state of the buffer is paid by the reward %s", prompt)
        return reward_latent(self.b, rewards, weighted, norm)

    def save(self, folder: str | Path) -> Path:
        """Writes ``reward_buffer.npz`` into the folder, whole or not at all."""
        path = Path(folder) / BUFFER_NAME
        part = path.with_name(BUFFER_NAME + ".part")
        features = self.features.astype(np.float32).to_arrays()
        with part.open("wb") as file:
            np.savez(file, B=self.b.astype(np.float32), **features)
        part.replace(path)
        return path

    @classmethod
    def load(cls, folder: str | Path) -> "RewardBuffer":
        """The inverse of ``save``. ``UserError`` if it is not there or not whole."""
        path = Path(folder) / BUFFER_NAME
        if not path.is_file():
            raise UserError(
                f"The model in '{folder}' has no {BUFFER_NAME}, so it cannot be asked for "
                "behaviours; make its pack again with an inference buffer."
            )
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        # What NumPy reads with (zip, zlib, tokenize) each fails on damage in its own way.
        except Exception as error:
            raise UserError(
                f"'{path}' is damaged; make the model's pack again.", repr(error)
            ) from error
        if "B" not in arrays:
            raise UserError(f"'{path}' lacks B; make the model's pack again.")
        return cls(Features.from_arrays(arrays), arrays["B"])


def as_prompt(prompt: RewardPrompt) -> Reward:
    if isinstance(prompt, Reward):
        return prompt
    return parse_reward(prompt) if isinstance(prompt, str) else mix_rewards(prompt)


def build_reward_buffer(
    model: "mujoco.MjModel",
    qpos: np.ndarray,
    qvel: np.ndarray,
    action: np.ndarray,
    backward: Callable[[np.ndarray], np.ndarray],
    progress: Progress = silent,
) -> RewardBuffer:
    """Reads states qpos (n, 76), qvel (n, 75) reached by actions (n, 69) once.

    ``backward`` maps observations (m, 358) float32 to B (m, z).
    """
    from ..body.observation import observe_bodies

    if not len(qpos) == len(qvel) == len(action):
        raise UserError(
            f"{len(qpos)} qpos, {len(qvel)} qvel and {len(action)} actions do not belong "
            "together; one of each for every state is expected."
        )
    if not len(qpos):
        raise UserError("There are no states to infer rewards from.")
    features, b = [], []
    done = 0
    for states in body_states(model, qpos, qvel):
        count = len(states.gyro)
        features.append(features_of(states, action[done : done + count]).astype(np.float32))
        obs = observe_bodies(states.positions, states.rotations, states.linear, states.angular)
        b.append(np.asarray(backward(obs.astype(np.float32)), dtype=np.float32))
        done += count
        progress(done / len(qpos), "Reading the states of the buffer")
    return RewardBuffer(joined(features), np.concatenate(b))
