"""A run can go on from the state of another trainer whose networks carry the published names."""

import numpy as np
import pytest
import torch

from runtime.errors import UserError
from runtime.policy import FBcprModel
from runtime.training.presets import humanoid_model
from runtime.training.saving.weights import load_weights


@pytest.fixture
def model():
    """Of the short preset's kind, with statistics that are not those of a fresh one."""
    torch.manual_seed(0)
    made = FBcprModel(humanoid_model(32, z_dim=16, discriminator=64))
    made._obs_normalizer.running_mean.normal_()
    made._obs_normalizer.running_var.uniform_(0.5, 2.0)
    return made


def state_of(model) -> dict:
    networks = {
        name: tensor.numpy().astype(np.float16)
        for name, tensor in model.state_dict().items()
        if not name.startswith("_obs_normalizer.")
    }
    statistics = model._obs_normalizer
    return {
        **networks,
        "mean": statistics.running_mean.numpy(),
        "var": statistics.running_var.numpy(),
        "updates": 120,
        "env_steps": 4_000,
    }


def test_networks_normaliser_and_counts_are_taken_over(model, tmp_path):
    np.savez(tmp_path / "state.npz", **state_of(model))
    taken, counts = load_weights(tmp_path / "state.npz")
    assert taken.cfg.archi == model.cfg.archi and taken.cfg.seq_length == 8
    assert (counts["updates"], counts["steps"]) == (120, 4_000)
    obs, z = torch.randn(6, 358), model.sample_z(6)
    for name in ("act", "forward_map"):
        inputs = (obs, z) if name == "act" else (obs, z, torch.rand(6, 69))
        wanted, got = getattr(model, name)(*inputs), getattr(taken, name)(*inputs)
        torch.testing.assert_close(got, wanted, atol=2e-2, rtol=2e-2)
    torch.testing.assert_close(taken._target_critic.Fs[0].weight, taken._critic.Fs[0].weight)


@pytest.mark.parametrize("damage", ["_actor.embed_s.0.weight", "_critic.Fs.0.weight", "mean"])
def test_a_state_that_lacks_something_is_refused(model, tmp_path, damage):
    state = state_of(model)
    del state[damage]
    np.savez(tmp_path / "state.npz", **state)
    with pytest.raises(UserError):
        load_weights(tmp_path / "state.npz")
