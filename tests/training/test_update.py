"""One update of FB and FB-CPR does what the published algorithm does, number for number."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from runtime.errors import UserError
from runtime.policy import FBcprModel, FBModel
from runtime.policy.config import ArchitectureConfig, BackwardConfig, ModelConfig
from runtime.training import FBAgent, FBConfig, FBcprAgent, FBcprConfig
from runtime.training.agents.fb import implicit_reward, lowered, off_diagonal_mean, spread

GOLDEN = Path(__file__).parents[1] / "golden"
B_PARTS = ("_backward_map", "_forward_map")


@pytest.fixture
def golden():
    with np.load(GOLDEN / "update.npz") as file:
        arrays = {name: file[name] for name in file.files}
    metrics = json.loads(str(arrays.pop("metrics")))
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return tensors, metrics


@pytest.fixture
def agent():
    """As the golden update was made: no noise on the actions, no gradient penalty."""
    model = FBcprModel.load(GOLDEN / "update_start")
    return FBcprAgent(FBcprConfig(model=model.cfg, noise_clip=0.0, gradient_penalty=0.0), model)


def batches(tensors):
    train = {
        "observation": tensors["obs"],
        "next_observation": tensors["next_obs"],
        "action": tensors["action"],
        "discount": tensors["discount"],
        "z": tensors["train_z"],
    }
    expert = {
        "observation": tensors["expert_obs"],
        "next_observation": tensors["expert_next_obs"],
    }
    return train, expert


def test_motions_are_encoded_slice_by_slice(agent, golden):
    tensors, _ = golden
    z = agent.encode_expert(tensors["expert_next_obs"])
    torch.testing.assert_close(z, tensors["expert_z"], rtol=0, atol=1e-5)


def test_one_update_has_the_golden_losses_and_leads_to_the_golden_parameters(agent, golden):
    tensors, expected = golden
    train, expert = batches(tensors)
    metrics = agent.learn_imitating(train, tensors["z"], expert, tensors["expert_z"])
    assert metrics.keys() == expected.keys()
    for name, value in expected.items():
        assert float(metrics[name]) == pytest.approx(value, rel=1e-3), name
    end = FBcprModel.load(GOLDEN / "update_end").state_dict()
    for name, parameter in agent.model.state_dict().items():
        torch.testing.assert_close(parameter, end[name], rtol=0, atol=1e-5, msg=name)
    start = FBcprModel.load(GOLDEN / "update_start").state_dict()
    moved = [name for name in end if not torch.equal(start[name], end[name])]
    assert any("_actor" in name for name in moved)


def test_fb_without_imitation_takes_the_same_step_of_f_and_b(golden):
    tensors, expected = golden
    train, _ = batches(tensors)
    whole = FBcprModel.load(GOLDEN / "update_start")
    model = FBModel(whole.cfg)
    model.add_targets()
    model.load_state_dict(
        {name: value for name, value in whole.state_dict().items() if name in model.state_dict()}
    )
    config = FBConfig(
        model=whole.cfg,
        noise_clip=0.0,
        orthonormality=100.0,
        implicit_reward=0.1,
        learning_rate_b=1e-5,
    )
    metrics = FBAgent(config, model).update_fb(train, tensors["z"])
    assert float(metrics["fb_loss"]) == pytest.approx(expected["fb_loss"], rel=1e-5)
    end = FBcprModel.load(GOLDEN / "update_end").state_dict()
    for name, parameter in model.state_dict().items():
        if name.startswith(B_PARTS):
            torch.testing.assert_close(parameter, end[name], rtol=0, atol=1e-6, msg=name)


def test_a_whole_update_moves_targets_slowly_and_statistics_with_the_rollouts_only(agent, golden):
    tensors, _ = golden
    train, expert = batches(tensors)
    # Raw observations far from the statistics, motions further still.
    train = {**train, "observation": train["observation"] + 3}
    expert = {name: value + 1000 for name, value in expert.items()}
    before = {name: value.clone() for name, value in agent.model.state_dict().items()}
    agent.update(train, expert)
    after = agent.model.state_dict()
    for part, rate in (("forward_map", 0.01), ("backward_map", 0.01), ("critic", 0.005)):
        for name in (n for n in before if n.startswith(f"_target_{part}.")):
            online = name.replace("_target_", "_", 1)
            expected = before[name] + rate * (after[online] - before[name])
            torch.testing.assert_close(after[name], expected, msg=name)
    mean = before["_obs_normalizer.running_mean"]
    for name in ("observation", "next_observation"):
        mean = 0.99 * mean + 0.01 * train[name].mean(0)
    torch.testing.assert_close(after["_obs_normalizer.running_mean"], mean)
    assert int(after["_obs_normalizer.num_batches_tracked"]) == 2


def test_training_latents_are_mixed_in_the_configured_shares():
    model = ModelConfig.from_dict(
        {"obs_dim": 5, "action_dim": 2, "seq_length": 1, "archi": {"z_dim": 8}}
    )
    agent = FBcprAgent(FBcprConfig(model=model))
    size = 20_000
    expert_z = agent.sample_sphere(1).expand(size, -1)
    rollout_z = agent.sample_sphere(1).expand(size, -1)
    goal = torch.randn(1, 5).expand(size, -1)
    goal_z = agent.encode_goals(goal)
    with torch.no_grad():
        z = agent.mix_training_z(goal, expert_z, rollout_z)

    def share(of):
        return float((z - of).norm(dim=1).lt(1e-4).float().mean())

    assert share(rollout_z) == pytest.approx(0.2, abs=0.02)
    assert share(expert_z) == pytest.approx(0.8 * 0.6, abs=0.02)
    assert share(goal_z) == pytest.approx(0.8 * 0.2, abs=0.02)
    torch.testing.assert_close(z.norm(dim=1), torch.full((size,), 8**0.5))


def test_the_gradient_penalty_is_nothing_where_the_slope_is_one():
    model = ModelConfig.from_dict({"obs_dim": 3, "action_dim": 1, "archi": {"z_dim": 2}})
    agent = FBcprAgent(FBcprConfig(model=model))
    linear = torch.nn.Linear(5, 1)
    torch.nn.init.constant_(linear.weight, 5**-0.5)
    agent.model._discriminator.trunk = torch.nn.Sequential(linear)
    arguments = [torch.randn(16, size) for size in (3, 2, 3, 2)]
    assert agent.gradient_penalty(*arguments).item() == pytest.approx(0, abs=1e-10)
    torch.nn.init.constant_(linear.weight, 3 * 5**-0.5)
    assert agent.gradient_penalty(*arguments).item() == pytest.approx(4, rel=1e-4)


def test_a_step_of_one_network_leaves_no_gradient_in_another(agent, golden):
    tensors, _ = golden
    train, _ = batches(tensors)
    agent.update_actor(train, tensors["z"])
    assert all(p.grad is None for p in agent.model._forward_map.parameters())
    assert all(p.grad is not None for p in agent.model._actor.parameters())


def test_in_mixed_precision_a_sure_discriminator_still_pays_finitely(agent, golden):
    tensors, _ = golden
    train, expert = batches(tensors)
    mixed = FBcprAgent(replace(agent.config, precision="bfloat16"), agent.model)
    with torch.no_grad():
        mixed.model._discriminator.trunk[-1].bias.fill_(30.0)
    metrics = mixed.update(train, expert)
    assert all(torch.isfinite(value) for value in metrics.values())
    assert 10 < float(metrics["mean_disc_reward"]) < 20
    assert all(torch.isfinite(p).all() for p in mixed.model.parameters())


def test_the_policy_climbs_f_z():
    """With F, B held, steps of the actor raise the value the policy expects."""
    torch.manual_seed(0)
    model = ModelConfig.from_dict(
        {
            "obs_dim": 4,
            "action_dim": 2,
            "norm_obs": False,
            "archi": {"z_dim": 6, "f": {"hidden_dim": 32}, "actor": {"hidden_dim": 32}},
        }
    )
    agent = FBAgent(replace(FBConfig(model=model), learning_rate_actor=1e-3))
    batch = {"observation": torch.randn(128, 4)}
    z = agent.sample_sphere(128)
    first = float(agent.update_actor(batch, z)["Q_fb"])
    for _ in range(100):
        last = float(agent.update_actor(batch, z)["Q_fb"])
    assert last > first + 0.5


def test_spread_is_the_mean_difference_over_ordered_pairs():
    q = torch.tensor([[1.0], [3.0], [7.0]])
    assert float(spread(q)) == pytest.approx((2 + 6 + 4) * 2 / 6)
    assert float(lowered(q, 0.5)) == pytest.approx(11 / 3 - 2)
    assert float(spread(q[:1])) == 0
    assert float(off_diagonal_mean(torch.tensor([[9.0, 1.0], [3.0, 9.0]]))) == 2


def test_the_implicit_reward_of_z_recovers_a_reward_linear_in_b():
    """z = E[r B] of a reward r = B·w stands for exactly that reward."""
    b = torch.randn(200, 6, dtype=torch.float64)
    w = torch.randn(6, dtype=torch.float64)
    reward = b @ w
    z = (reward[:, None] * b).mean(0).expand(200, -1)
    torch.testing.assert_close(implicit_reward(b, z), reward)


@pytest.mark.parametrize(("batch", "width"), [(256, 256), (1024, 128)])
def test_what_leaves_the_implicit_reward_undefined_is_refused(batch, width):
    archi = ArchitectureConfig(z_dim=256, b=BackwardConfig(hidden_dim=width))
    model = ModelConfig(obs_dim=5, action_dim=2, archi=archi)
    config = FBConfig(model=model, batch_size=batch)
    with pytest.raises(UserError, match=f"a batch of {batch} and a B of width {width}"):
        FBAgent(replace(config, implicit_reward=0.1))
    FBAgent(config)
