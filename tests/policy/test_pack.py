"""The ONNX pack answers as the checkpoint does, without torch, and says what it lacks."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import load_file, save_file

from runtime.errors import UserError
from runtime.policy import FBcprModel, FBModel, Policy, export_pack
from runtime.policy.onnx_export import NO_LICENCE
from runtime.prompts import parse_reward

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def pack(checkpoint, tmp_path):
    return export_pack(checkpoint, tmp_path / "pack")


@pytest.fixture(scope="module")
def states():
    """Transitions under the names of the published inference buffers."""
    with np.load(GOLDEN / "rewards.npz") as file:
        return {
            "next_qpos": file["qpos"],
            "next_qvel": file["qvel"],
            "action": file["ctrl"],
        }


@pytest.fixture
def buffer(states, tmp_path):
    with h5py.File(tmp_path / "buffer.hdf5", "w") as file:
        for name, values in states.items():
            file[name] = values.astype(np.float32)
    return tmp_path / "buffer.hdf5"


def test_actions_are_those_of_the_published_model(pack, golden):
    policy = Policy.load(pack)
    actions = policy.act(golden["obs"], golden["z"])
    np.testing.assert_allclose(actions, golden["act"], atol=1e-4, rtol=0)
    one = policy.act(golden["obs"][3], golden["z"][3])
    assert one.shape == (69,)
    np.testing.assert_allclose(one, golden["act"][3], atol=1e-4, rtol=0)


def test_one_latent_serves_many_bodies(pack, golden):
    policy = Policy.load(pack)
    same = policy.act(golden["obs"], golden["z"][0])
    repeated = policy.act(golden["obs"], np.repeat(golden["z"][:1], len(golden["obs"]), axis=0))
    np.testing.assert_array_equal(same, repeated)


def test_latents_are_those_of_the_published_model(pack, golden):
    policy, next_obs = Policy.load(pack), golden["next_obs"]
    np.testing.assert_allclose(policy.backward(next_obs), golden["backward"], atol=1e-4)
    goals = policy.goal_inference(next_obs[:3])
    np.testing.assert_allclose(goals, golden["goal_inference"], atol=1e-4)
    np.testing.assert_allclose(policy.goal_inference(next_obs[1]), goals[1], atol=1e-6)
    tracking = policy.tracking_inference(next_obs)
    np.testing.assert_allclose(tracking, golden["tracking_inference"], atol=1e-4)


def test_a_pack_is_valid_onnx_and_has_its_files(pack):
    for name in ("actor.onnx", "backward.onnx"):
        onnx.checker.check_model(onnx.load(pack / name), full_check=False)
    assert sorted(file.name for file in pack.iterdir()) == [
        *("LICENSE", "actor.onnx", "backward.onnx", "config.json")
    ]


def test_packs_are_made_and_run_without_torch(checkpoint, tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from runtime.policy import Policy, export_pack\n"
        f"pack = export_pack({str(checkpoint)!r}, {str(tmp_path / 'pack')!r})\n"
        "print(Policy.load(pack).act(np.zeros(358), np.zeros(32)).shape)"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "(69,)"


def test_reward_prompts_agree_with_the_model_in_torch(checkpoint, buffer, states, tmp_path):
    from runtime.body import build_model
    from runtime.simulation import observe_states

    policy = Policy.load(export_pack(checkpoint, tmp_path / "pack", buffer))
    model, body = FBcprModel.load(checkpoint), build_model()
    arrays = (states["next_qpos"], states["next_qvel"], states["action"])
    next_obs = observe_states(body, *arrays[:2])
    for prompt in ("move-ego-0-2", "0.5 * raisearms-h-h + above(speed, 1, 1)"):
        reward = parse_reward(prompt)(body, *arrays)
        expected = model.reward_wr_inference(next_obs, reward)[0]
        np.testing.assert_allclose(policy.reward_inference(prompt), expected, atol=1e-3)
        expected = model.reward_inference(next_obs, reward)[0]
        z = policy.reward_inference(parse_reward(prompt), weighted=False)
        np.testing.assert_allclose(z, expected, atol=1e-3)
    mix = policy.reward_inference([("move-ego-0-2", 0.5), ("headstand", 2.0)])
    same = policy.reward_inference("0.5 * move-ego-0-2 + 2 * headstand")
    np.testing.assert_allclose(mix, same, atol=1e-5)


def test_the_buffer_that_lies_by_the_checkpoint_is_used(checkpoint, buffer, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(checkpoint, copy)
    (copy / "data").mkdir()
    shutil.copy(buffer, copy / "data" / "buffer_inference_500000.hdf5")
    policy = Policy.load(export_pack(copy, tmp_path / "pack", samples=100))
    assert len(policy.reward_buffer) == 100


def test_the_licence_of_the_checkpoint_goes_along(checkpoint, tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(checkpoint, copy)
    (copy / "LICENSE").write_text("CC BY-NC 4.0")
    assert Policy.load(export_pack(copy, tmp_path / "a")).licence == "CC BY-NC 4.0"
    assert Policy.load(export_pack(copy, tmp_path / "b", licence="GPL")).licence == "GPL"
    assert Policy.load(export_pack(checkpoint, tmp_path / "c")).licence == NO_LICENCE.strip()


@pytest.mark.parametrize("model", ["simple", "residual"])
def test_a_large_actor_is_quantised_and_stays_close(model, tmp_path):
    archi = {
        "z_dim": 64,
        "actor": {"model": model, "hidden_dim": 640, "hidden_layers": 3},
        **{part: {"hidden_dim": 8} for part in ("f", "critic", "b", "discriminator")},
    }
    torch.manual_seed(0)
    torch_model = FBcprModel(obs_dim=358, action_dim=69, archi=archi)
    with np.load(GOLDEN / "physics.npz") as file:
        obs = file["obs"].reshape(-1, 358)
    torch_model._obs_normalizer.running_mean.copy_(torch_model._tensor(obs.mean(axis=0)))
    torch_model._obs_normalizer.running_var.copy_(torch_model._tensor(obs.var(axis=0) + 0.01))
    torch_model.save(tmp_path / "model")
    pack = export_pack(tmp_path / "model", tmp_path / "pack")
    z = torch_model.sample_z(len(obs)).numpy()
    exact = torch_model.act(obs, z).numpy()
    full = Policy.load(pack, precision="fp32").act(obs, z)
    np.testing.assert_allclose(full, exact, atol=1e-4)
    quantised = Policy.load(pack).act(obs, z)
    error = np.abs(quantised - exact)
    assert 0 < error.mean() < 0.02 and error.max() < 0.15
    # The same call gives the same numbers; alone or among others differs by rounding only.
    np.testing.assert_array_equal(Policy.load(pack).act(obs, z), quantised)
    np.testing.assert_allclose(Policy.load(pack).act(obs[5], z[5]), quantised[5], atol=0.1)
    sizes = [(pack / name).stat().st_size for name in ("actor_int8.onnx", "actor.onnx")]
    assert sizes[0] < 0.3 * sizes[1]
    # What was scored in full precision is used so, whatever its size; broken scores say nothing.
    for told, same in (
        ('{"precision": "fp32"}', full),
        ('{"rewards": {}}', quantised),
        ("[", quantised),
    ):
        (pack / "scores.json").write_text(told)
        np.testing.assert_array_equal(Policy.load(pack).act(obs, z), same)


def test_other_shapes_of_networks_export_as_well(tmp_path):
    archi = {
        "z_dim": 6,
        "norm_z": False,
        "f": {"hidden_dim": 8, "num_parallel": 1},
        "actor": {"hidden_dim": 8, "model": "residual", "embedding_layers": 4},
        "b": {"hidden_dim": 8, "hidden_layers": 3, "norm": False},
    }
    model = FBModel(obs_dim=5, action_dim=2, norm_obs=False, seq_length=3, archi=archi)
    model.save(tmp_path / "model")
    policy = Policy.load(export_pack(tmp_path / "model", tmp_path / "pack"))
    rng = np.random.default_rng(0)
    obs, z = rng.normal(size=(9, 5)), rng.normal(size=(9, 6))
    np.testing.assert_allclose(policy.act(obs, z), model.act(obs, z), atol=1e-5)
    np.testing.assert_allclose(policy.goal_inference(obs), model.goal_inference(obs), atol=1e-5)
    np.testing.assert_allclose(
        policy.tracking_inference(obs), model.tracking_inference(obs), atol=1e-5
    )


def test_making_a_pack_again_replaces_it_and_a_failure_leaves_it(checkpoint, tmp_path):
    pack = export_pack(checkpoint, tmp_path / "pack")
    (pack / "actor_int8.onnx").write_bytes(b"left from a larger model")
    export_pack(checkpoint, pack)
    assert not (pack / "actor_int8.onnx").exists()
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    tensors = load_file(broken / "model.safetensors")
    del tensors[
        "_actor.policy.0.bias" if "simple" in checkpoint.name else "_actor.policy.0.mlp.1.bias"
    ]
    save_file(tensors, broken / "model.safetensors")
    with pytest.raises(UserError, match=r"lacks _actor\.policy"):
        export_pack(broken, pack)
    Policy.load(pack)
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []


# --- bad input ---


def test_a_pack_that_lacks_something_names_it(pack):
    policy = Policy.load(pack)
    with pytest.raises(UserError, match=r"has no reward_buffer\.npz"):
        policy.reward_inference("move-ego-0-2")
    with pytest.raises(UserError, match="no quantised actor"):
        Policy.load(pack, precision="int8")
    (pack / "backward.onnx").unlink()
    with pytest.raises(UserError, match=r"no backward\.onnx"):
        Policy.load(pack)


def test_a_damaged_pack_is_refused(pack):
    whole = (pack / "actor.onnx").read_bytes()
    (pack / "actor.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        Policy.load(pack)


def test_networks_that_do_not_fit_the_config_are_refused(pack):
    config = json.loads((pack / "config.json").read_text())
    config["archi"]["z_dim"] = 16
    (pack / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"do not fit its config\.json"):
        Policy.load(pack)


def test_inputs_of_the_wrong_size_are_refused(pack):
    policy = Policy.load(pack)
    with pytest.raises(UserError, match="358"):
        policy.act(np.zeros(214), np.zeros(32))
    with pytest.raises(UserError, match=r"\(32,\) or \(2, 32\)"):
        policy.act(np.zeros((2, 358)), np.zeros((3, 32)))
    with pytest.raises(UserError, match=r"\(frames, 358\)"):
        policy.tracking_inference(np.zeros(358))


@pytest.mark.parametrize("missing", ["next_qpos", "next_qvel", "action"])
def test_a_buffer_that_lacks_an_array_is_refused(buffer, checkpoint, tmp_path, missing):
    with h5py.File(buffer, "a") as file:
        del file[missing]
    with pytest.raises(UserError, match=f"lacks {missing}"):
        export_pack(checkpoint, tmp_path / "pack", buffer)
    assert not (tmp_path / "pack").exists()


def test_a_buffer_of_unequal_lengths_is_refused(buffer, checkpoint, tmp_path, states):
    with h5py.File(buffer, "a") as file:
        del file["action"]
        file["action"] = states["action"][:-1]
    with pytest.raises(UserError, match=r"differ in length.*action 279"):
        export_pack(checkpoint, tmp_path / "pack", buffer)


def test_the_next_state_may_stand_in_a_group(buffer, checkpoint, tmp_path, states):
    with h5py.File(buffer, "w") as file:
        file["action"] = states["action"]
        file["next/qpos"], file["next/qvel"] = states["next_qpos"], states["next_qvel"]
    policy = Policy.load(export_pack(checkpoint, tmp_path / "pack", buffer))
    assert len(policy.reward_buffer) == 280


def test_a_file_that_is_no_hdf5_is_refused(checkpoint, tmp_path):
    (tmp_path / "buffer.hdf5").write_text("text")
    with pytest.raises(UserError, match="not an HDF5 file"):
        export_pack(checkpoint, tmp_path / "pack", tmp_path / "buffer.hdf5")
