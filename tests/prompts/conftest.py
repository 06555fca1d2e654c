"""The golden states, and their features."""

from pathlib import Path

import numpy as np
import pytest

from runtime.body import build_model
from runtime.prompts.rewards.features import read_features

GOLDEN = Path(__file__).parents[1] / "golden" / "rewards.npz"


@pytest.fixture(scope="session")
def body():
    return build_model()


@pytest.fixture(scope="session")
def states():
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.fixture(scope="session")
def features(body, states):
    return read_features(body, states["qpos"], states["qvel"], states["ctrl"])
