"""One expert of half a second, performed once for all tests here."""

import numpy as np
import pytest

from runtime.motion.files import save_motion
from runtime.motion.motion import CONTROL_FPS, Motion
from runtime.training.cloning.experts import build, perform, sources
from runtime.training.cloning.experts.expert_set import ExpertSet


def standing_motion(frames):
    """Stands with bent knees and raises an arm: both feet on the floor, no two sides alike."""
    time = np.arange(frames) / CONTROL_FPS
    qpos = np.zeros((frames, 76))
    qpos[:, 2] = 0.94
    qpos[:, 3:5] = np.sqrt(0.5)
    qpos[:, 7 + 45 + 2] = -0.4 * time
    return Motion(CONTROL_FPS, qpos)


@pytest.fixture(scope="session")
def experts_folder(tmp_path_factory):
    """A folder of experts as a build writes it, of one stretch of 16 frames."""
    motions = tmp_path_factory.mktemp("motions")
    out = tmp_path_factory.mktemp("experts")
    save_motion(standing_motion(16), motions / "lifts_arm.npz")
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        context.setattr(sources, "SHORTEST", 10)
        context.setattr(sources, "TRIES", 0)
        context.setattr(sources, "STARTED", ())
        context.setattr(perform, "EFFORT", perform.Effort(passes=12, polish=0))
        build.build_experts(motions, out)
        again = build.build_experts(motions, out)
    assert len(again) == 1
    return out


@pytest.fixture
def experts(experts_folder):
    return ExpertSet(experts_folder)
