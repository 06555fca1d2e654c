"""Published checkpoints load whole, answer with the published numbers, and save as they were."""

import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from runtime.errors import UserError
from runtime.policy import FBcprModel, FBModel

SHARED = Path(__file__).parents[2].parent / "shared" / "golden"


def assert_close(result, expected):
    np.testing.assert_allclose(result.numpy(), expected, atol=1e-5, rtol=0)


def test_every_network_agrees_with_the_published_one(checkpoint, golden):
    model = FBcprModel.load(checkpoint)
    obs, z, action = golden["obs"], golden["z"], golden["action"]
    assert_close(model.backward_map(golden["next_obs"]), golden["backward"])
    assert_close(model.forward_map(obs, z, action), golden["forward"])
    assert_close(model.critic(obs, z, action), golden["critic"])
    assert_close(model.discriminator(obs, z), golden["discriminator"])
    assert_close(model.act(obs, z, mean=True), golden["act"])
    assert_close(model.actor(obs, z, model.cfg.actor_std).mean, golden["act"])


def test_every_prompt_gives_the_published_latent(checkpoint, golden):
    model = FBcprModel.load(checkpoint)
    next_obs, reward = torch.from_numpy(golden["next_obs"]), torch.from_numpy(golden["reward"])
    assert_close(model.reward_inference(next_obs, reward), golden["reward_inference"])
    assert_close(model.reward_wr_inference(next_obs, reward), golden["reward_wr_inference"])
    assert_close(model.goal_inference(next_obs[:3]), golden["goal_inference"])
    assert_close(model.tracking_inference(next_obs), golden["tracking_inference"])


def test_reward_inference_does_not_depend_on_the_batch_it_is_cut_into(checkpoint, golden):
    config = json.loads((checkpoint / "config.json").read_text())
    model = FBcprModel({**config, "inference_batch_size": 7})
    model.load_state_dict(FBcprModel.load(checkpoint).state_dict())
    z = model.reward_wr_inference(golden["next_obs"], golden["reward"])
    assert_close(z, golden["reward_wr_inference"])


def test_a_saved_model_is_the_published_form_and_loads_again(checkpoint, golden, tmp_path):
    FBcprModel.load(checkpoint).save(tmp_path / "copy")
    original, copy = (load_file(f / "model.safetensors") for f in (checkpoint, tmp_path / "copy"))
    assert original.keys() == copy.keys()
    for name, tensor in original.items():
        np.testing.assert_array_equal(copy[name], tensor)
        assert copy[name].dtype == tensor.dtype
    published = json.loads((checkpoint / "config.json").read_text())
    assert json.loads((tmp_path / "copy" / "config.json").read_text()) == published
    again = FBcprModel.load(tmp_path / "copy")
    assert_close(again.act(golden["obs"], golden["z"]), golden["act"])


def test_target_networks_in_a_checkpoint_are_kept(tmp_path, checkpoint):
    model = FBcprModel.load(checkpoint)
    model.add_targets()
    model.save(tmp_path)
    names = load_file(tmp_path / "model.safetensors").keys()
    for part in ("backward_map", "forward_map", "critic"):
        assert any(name.startswith(f"_target_{part}.") for name in names)
    assert FBcprModel.load(tmp_path).state_dict().keys() == names


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared golden vectors are not here")
@pytest.mark.parametrize("name", ["update_start", "update_end"])
def test_checkpoints_of_training_load_and_save_with_nothing_left_over(name, tmp_path):
    FBcprModel.load(SHARED / name).save(tmp_path)
    original, copy = (load_file(f / "model.safetensors") for f in (SHARED / name, tmp_path))
    assert original.keys() == copy.keys()
    for key, tensor in original.items():
        np.testing.assert_array_equal(copy[key], tensor)


def test_a_model_is_made_for_inference(checkpoint, golden):
    config = json.loads((checkpoint / "config.json").read_text())
    for model in (FBcprModel.load(checkpoint), FBcprModel(config)):
        assert not model.training
        assert not any(parameter.requires_grad for parameter in model.parameters())
    model = FBcprModel.load(checkpoint)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.train()
    model.act(golden["obs"], golden["z"])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_networks_carry_gradients_when_training_asks(checkpoint, golden):
    model = FBcprModel.load(checkpoint)
    model.requires_grad_(True)
    obs = torch.from_numpy(golden["obs"])
    action = model._actor(obs, torch.from_numpy(golden["z"]))
    model._critic(obs, torch.from_numpy(golden["z"]), action).sum().backward()
    assert all(parameter.grad is not None for parameter in model._actor.parameters())


def test_latents_lie_on_the_sphere_unless_the_model_says_otherwise(checkpoint):
    model = FBcprModel.load(checkpoint)
    z = model.sample_z(50)
    np.testing.assert_allclose(z.norm(dim=1), np.sqrt(model.cfg.archi.z_dim), rtol=1e-5)
    torch.testing.assert_close(model.project_z(3 * z), z)
    config = model.cfg.to_dict()
    config["archi"]["norm_z"] = False
    torch.testing.assert_close(FBcprModel(config).project_z(3 * z), 3 * z)
    torch.testing.assert_close(model.project_z(3 * z.numpy()), model.project_z(3 * z))


def test_a_device_that_is_not_there_is_an_error_in_words(checkpoint):
    for device in ("toaster", "cuda:99"):
        with pytest.raises(UserError, match=f"device '{device}'; use 'cpu'"):
            FBcprModel.load(checkpoint, device)


def test_sampled_actions_scatter_around_the_mean_inside_the_range(checkpoint, golden):
    torch.manual_seed(0)
    model = FBcprModel.load(checkpoint)
    obs, z = golden["obs"][:1].repeat(4000, 0), golden["z"][:1].repeat(4000, 0)
    samples = model.act(obs, z, mean=False)
    assert samples.abs().max() <= 1 - 1e-6
    clear = np.abs(golden["act"][0]) < 0.2  # of the ends of the range, where samples are clamped
    np.testing.assert_allclose(samples.mean(dim=0)[clear], golden["act"][0, clear], atol=0.02)
    np.testing.assert_allclose(samples.std(dim=0)[clear], 0.2, atol=0.02)


def test_fb_without_discriminator_saves_and_loads(tmp_path):
    archi = {
        "z_dim": 6,
        "f": {"hidden_dim": 8, "num_parallel": 1},
        "actor": {"hidden_dim": 8, "model": "residual", "embedding_layers": 3},
        "b": {"hidden_dim": 8, "hidden_layers": 2},
    }
    model = FBModel(obs_dim=5, action_dim=2, norm_obs=False, archi=archi)
    model.save(tmp_path)
    assert not any("normalizer" in name for name in load_file(tmp_path / "model.safetensors"))
    again = FBModel.load(tmp_path)
    obs, z = torch.randn(3, 5), model.sample_z(3)
    torch.testing.assert_close(again.act(obs, z), model.act(obs, z))
    assert again.forward_map(obs, z, torch.zeros(3, 2)).shape == (3, 6)


def test_sequence_length_is_one_and_unknown_fields_are_ignored_in_a_config(checkpoint):
    config = json.loads((checkpoint / "config.json").read_text())
    del config["seq_length"]
    config["archi"]["f"]["compile"] = True
    model = FBcprModel({**config, "invented": 3})
    assert model.cfg.seq_length == 1


# --- bad input ---


@pytest.fixture
def spoilt(tmp_path, checkpoint):
    """A copy of a checkpoint and its tensors, to be damaged and written back."""
    folder = tmp_path / "model"
    folder.mkdir()
    shutil.copy(checkpoint / "config.json", folder)
    tensors = load_file(checkpoint / "model.safetensors")

    def write():
        save_file(tensors, folder / "model.safetensors")
        return folder

    return tensors, write


def test_a_missing_tensor_is_named(spoilt):
    tensors, write = spoilt
    del tensors["_discriminator.trunk.5.bias"]
    with pytest.raises(UserError, match=r"lacks _discriminator\.trunk\.5\.bias"):
        FBcprModel.load(write())


def test_an_extra_tensor_is_named(spoilt):
    tensors, write = spoilt
    tensors["_actor.other.weight"] = np.zeros(3, np.float32)
    with pytest.raises(UserError, match=r"_actor\.other\.weight.*does not call for"):
        FBcprModel.load(write())


def test_a_wrong_shape_is_named_with_the_one_expected(spoilt):
    tensors, write = spoilt
    tensors["_backward_map.net.0.weight"] = np.zeros((32, 300), np.float32)
    with pytest.raises(UserError, match=r"net\.0\.weight has shape \(32, 300\).*\(32, 358\)"):
        FBcprModel.load(write())


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(spoilt, number):
    tensors, write = spoilt
    name = next(name for name in tensors if name.startswith("_actor.policy"))
    tensors[name].flat[1] = number
    with pytest.raises(UserError, match=r"_actor.*not finite"):
        FBcprModel.load(write())


@pytest.mark.parametrize("dimension", ["obs_dim", "action_dim"])
def test_a_config_without_dimensions_names_what_is_missing(spoilt, dimension):
    _, write = spoilt
    folder = write()
    config = json.loads((folder / "config.json").read_text())
    del config[dimension]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=dimension):
        FBcprModel.load(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"obs_dim": "wide", "action_dim": 69}',
        '{"obs_dim": 0, "action_dim": 1}',
        '{"obs_dim": NaN, "action_dim": 69}',
        '{"obs_dim": 358, "action_dim": 69, "seq_length": Infinity}',
        '{"obs_dim": 358, "action_dim": 69, "actor_std": NaN}',
        '{"obs_dim": 358, "action_dim": 69, "actor_std": -0.2}',
    ],
)
def test_a_config_that_is_no_config_is_refused(spoilt, text):
    _, write = spoilt
    folder = write()
    (folder / "config.json").write_text(text)
    with pytest.raises(UserError, match=r"config\.json"):
        FBcprModel.load(folder)


class Bomb:
    """Leaves a mark if it is ever unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt", "pytorch_model.bin"])
@pytest.mark.parametrize("write", [pickle.dump, torch.save])
def test_a_pickle_is_never_opened(tmp_path, checkpoint, name, write):
    shutil.copy(checkpoint / "config.json", tmp_path)
    mark = tmp_path / "opened"
    with (tmp_path / name).open("wb") as file:
        write(Bomb(mark), file)
    with pytest.raises(UserError, match=r"pickle.*safetensors.*expected"):
        FBcprModel.load(tmp_path)
    assert not mark.exists()


def test_a_cut_file_is_refused(spoilt):
    _, write = spoilt
    folder = write()
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        FBcprModel.load(folder)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"config\.json"):
        FBcprModel.load(tmp_path)


def test_observations_of_the_wrong_size_are_refused(checkpoint):
    with pytest.raises(UserError, match="358"):
        FBcprModel.load(checkpoint).goal_inference(np.zeros((2, 214)))


def test_importing_policies_and_prompts_loads_no_heavy_library():
    code = (
        "import sys, runtime.policy, runtime.prompts;"
        "print([m for m in ('torch', 'onnxruntime', 'onnx', 'mujoco') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
