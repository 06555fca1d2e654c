"""References, and the drafts that physical performances start from."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.prompts import MotionPrompt, Timeline


def _keyed(keys: list[tuple[int, np.ndarray]]) -> MotionPrompt:
    """Sparse keys (frame, qpos (76,)) with curves that do not overshoot, as animators leave them."""
    frames = tuple(frame for frame, _ in keys)
    qpos = PchipInterpolator(frames, np.stack([pose for _, pose in keys]))(
        np.arange(frames[-1] + 1)
    )
    return MotionPrompt(0, frames[-1], "keys", Motion(30, qpos), "world", keyframes=frames)


@pytest.fixture(scope="session")
def keyed_prompt():
    """``keyed_prompt(keys)``: a prompt of sparse keys."""
    return _keyed


@pytest.fixture(scope="session")
def perform():
    """``perform(keys, **settings)``: the physical take of keys."""

    def performed(keys: list[tuple[int, np.ndarray]], **settings) -> Motion:
        timeline = Timeline((_keyed(keys),))
        return generate(timeline, GenerationSettings(controller="servo", **settings))[0]

    return performed


@pytest.fixture(scope="session")
def moved():
    """``moved(name, up, forward)``: a library pose somewhere else, in metres."""

    def make(name: str, up: float = 0.0, forward: float = 0.0) -> np.ndarray:
        qpos = pose(name).copy()
        qpos[2] += up
        qpos[1] -= forward
        return qpos

    return make
