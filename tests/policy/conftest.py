"""Small checkpoints in the published form, and their golden outputs."""

from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(params=["model_simple", "model_residual"])
def checkpoint(request):
    """Folder of a golden checkpoint; the test runs with each architecture."""
    return GOLDEN / request.param


@pytest.fixture
def golden(checkpoint):
    with np.load(checkpoint / "golden.npz") as file:
        return dict(file)
