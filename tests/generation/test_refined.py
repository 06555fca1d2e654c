"""What a policy decided is handed to the optimiser, which starts from its states."""

import json

import numpy as np
import pytest

from runtime.generation import GenerationSettings, generate
from runtime.generation.performers import PERFORMERS
from runtime.generation.trained import refined
from runtime.performance.windows import Performance
from runtime.progress import Cancelled, silent
from runtime.prompts import BehaviourPrompt, Timeline

FRAMES = 16
WALK = (("move-ego-0-2", 1.0),)


@pytest.fixture
def asked(monkeypatch):
    """The optimiser does as it was told, and what it was told is kept."""
    calls = []

    def perform(target, reference, draft, settings, progress):
        calls.append((target, draft))
        progress(1.0)
        still = np.zeros(target.frames - 1)
        return Performance(
            target.qpos, target.velocities(), draft.contacts, still, still, still > 0,
            np.zeros((target.frames - 1, 69)),
        )  # fmt: skip

    monkeypatch.setattr(refined, "perform_physically", perform)
    return calls


def make(pack, progress=silent, **settings):
    walk = Timeline((BehaviourPrompt(0, FRAMES - 1, "walk", WALK),))
    return generate(walk, GenerationSettings(model=str(pack), **settings), progress)


def test_the_optimiser_starts_from_the_policys_own_states(pack, asked):
    decided = make(pack, controller="policy", takes=2)
    performed = make(pack, controller="refined", takes=2)
    assert len(asked) == len(performed) == 2
    for (target, draft), alone, motion in zip(asked, decided, performed, strict=True):
        np.testing.assert_array_equal(draft.qpos, alone.qpos)
        np.testing.assert_array_equal(draft.qvel, alone.qvel)
        assert not draft.assistance.any()
        # Feet are put right, the rest stays where the policy had it.
        assert np.abs(target.qpos[:, :2] - alone.qpos[:, :2]).max() < 0.1
        assert motion.frames == FRAMES
        assert motion.metadata["settings"]["controller"] == "refined"
        assert motion.metadata["latents"] == alone.metadata["latents"]
        assert motion.metadata["decided"] == alone.metadata["measures"]
        assert motion.metadata["licence"].startswith("CC BY-NC")
        assert "help_max" in motion.metadata["measures"] or "help" in motion.metadata
        json.dumps(motion.metadata)


def test_it_can_be_cancelled_while_it_is_refined(pack, asked):
    def stop(fraction, text="", preview=None):
        if fraction > refined.DECIDING + 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        make(pack, stop, controller="refined")


def test_it_performs_what_the_policy_performs():
    assert PERFORMERS["refined"].performs == PERFORMERS["policy"].performs
