"""Buffers keep what they are given and draw from it as promised, with and without torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from runtime.errors import UserError
from runtime.training import DictBuffer, TrajectoryBuffer

DEVICES = pytest.mark.parametrize("device", [None, "cpu"])


def numbers(array):
    return np.asarray(array)


def transitions(first, count):
    value = np.arange(first, first + count)
    return {
        "observation": np.stack([value, value + 0.5], axis=1),
        "action": value[:, None],
        "next": {"observation": np.stack([value + 1, value + 1.5], axis=1)},
    }


def episode(number, length):
    time = np.arange(length)
    return {
        "observation": np.stack([np.full(length, number), time], axis=1).astype(np.float32),
        "terminated": (time == length - 1)[:, None],
    }


@DEVICES
def test_a_full_buffer_keeps_the_newest(device):
    buffer = DictBuffer(10, device)
    assert buffer.empty()
    for first in range(0, 24, 4):
        buffer.extend(transitions(first, 4))
    assert len(buffer) == 10
    full = buffer.get_full_buffer()
    np.testing.assert_array_equal(numbers(full["action"])[:, 0], np.arange(14, 24))
    np.testing.assert_array_equal(numbers(full["next"]["observation"])[:, 0], np.arange(15, 25))


@DEVICES
def test_more_than_fits_at_once_leaves_the_last(device):
    buffer = DictBuffer(5, device)
    buffer.extend(transitions(0, 3))
    buffer.extend(transitions(3, 14))
    full = buffer.get_full_buffer()
    np.testing.assert_array_equal(numbers(full["action"])[:, 0], np.arange(12, 17))


@DEVICES
def test_samples_are_whole_rows_of_what_is_there(device):
    buffer = DictBuffer(100, device, seed=1)
    buffer.extend(transitions(0, 20))
    batch = buffer.sample(4000)
    kind = np.ndarray if device is None else torch.Tensor
    assert isinstance(batch["observation"], kind)
    drawn = numbers(batch["action"])[:, 0]
    np.testing.assert_array_equal(numbers(batch["observation"])[:, 0], drawn)
    np.testing.assert_array_equal(numbers(batch["next"]["observation"])[:, 0], drawn + 1)
    counts = np.bincount(drawn, minlength=100)
    assert counts[20:].sum() == 0 and (np.abs(counts[:20] - 200) < 80).all()


@DEVICES
def test_a_seed_repeats_the_samples(device):
    draws = []
    for _ in range(2):
        buffer = DictBuffer(100, device, seed=7)
        buffer.extend(transitions(0, 50))
        draws.append(numbers(buffer.sample(20)["action"]))
    np.testing.assert_array_equal(*draws)


def test_what_does_not_fit_a_buffer_is_refused():
    buffer = DictBuffer(10)
    with pytest.raises(UserError, match="empty"):
        buffer.sample(1)
    with pytest.raises(UserError, match="differ in length: a 3, b 2"):
        buffer.extend({"a": np.zeros(3), "b": np.zeros(2)})
    buffer.extend(transitions(0, 2))
    with pytest.raises(UserError, match="same keys"):
        buffer.extend({"observation": np.zeros((2, 2))})
    with pytest.raises(UserError, match=r"Rows of action have shape \(3,\)"):
        buffer.extend(transitions(0, 2) | {"action": np.zeros((2, 3))})
    assert len(buffer) == 2
    with pytest.raises(UserError, match="capacity"):
        DictBuffer(0)


@DEVICES
def test_slices_are_consecutive_and_inside_one_episode(device):
    buffer = TrajectoryBuffer(
        5, device, seq_length=4, output_key_tp1=("observation", "terminated"), seed=0
    )
    buffer.extend([episode(0, 9), episode(1, 5), episode(2, 30)])
    batch = buffer.sample(4 * 500)
    now = numbers(batch["observation"]).reshape(500, 4, 2)
    after = numbers(batch["next"]["observation"]).reshape(500, 4, 2)
    assert (now[:, :, 0] == now[:, :1, 0]).all() and (after[..., 0] == now[..., 0]).all()
    assert (np.diff(now[..., 1], axis=1) == 1).all()
    np.testing.assert_array_equal(after[..., 1], now[..., 1] + 1)
    # Every start that leaves room is drawn, down to the last frame.
    starts = {number: set(now[now[:, 0, 0] == number, 0, 1]) for number in range(3)}
    assert starts[0] == set(range(5)) and starts[1] == {0} and starts[2] == set(range(26))
    np.testing.assert_array_equal(
        numbers(batch["next"]["terminated"]).reshape(500, 4),
        after[..., 1] == np.array([8, 4, 29])[now[..., 0].astype(int)],
    )


@DEVICES
def test_episodes_are_drawn_by_priority(device):
    buffer = TrajectoryBuffer(5, device, seq_length=1, seed=0)
    buffer.extend([episode(number, 10) for number in range(3)])
    buffer.update_priorities([1, 0, 3])
    drawn = numbers(buffer.sample(4000)["observation"])[:, 0].astype(int)
    counts = np.bincount(drawn, minlength=3)
    assert counts[1] == 0 and abs(counts[2] - 3000) < 150
    buffer.update_priorities([2.0], [1])
    np.testing.assert_array_equal(buffer.priorities, [1, 2, 3])


def test_the_oldest_episodes_and_their_priorities_give_way():
    buffer = TrajectoryBuffer(2, seq_length=2)
    buffer.extend([episode(0, 5), episode(1, 5)])
    buffer.update_priorities([5, 7])
    buffer.extend([episode(2, 5)])
    np.testing.assert_array_equal(buffer.priorities, [7, 1])
    assert set(buffer.sample(200)["observation"][:, 0]) == {1, 2}


def test_what_does_not_fit_a_trajectory_buffer_is_refused():
    buffer = TrajectoryBuffer(3, seq_length=8)
    with pytest.raises(UserError, match="empty"):
        buffer.sample(8)
    with pytest.raises(UserError, match="Episode 1 has 8 steps"):
        buffer.extend([episode(0, 9), episode(1, 8)])
    assert buffer.empty()
    with pytest.raises(UserError, match="Episode 0 lacks observation"):
        buffer.extend([{"qpos": np.zeros((20, 76))}])
    with pytest.raises(UserError, match="differ in length"):
        buffer.extend([{"observation": np.zeros((20, 2)), "action": np.zeros((19, 2))}])
    buffer.extend([episode(0, 20)])
    with pytest.raises(UserError, match="multiple"):
        buffer.sample(12)
    for wrong in ([-1], [np.nan], [0], [1, 2]):
        with pytest.raises(UserError):
            buffer.update_priorities(wrong)


def test_buffers_need_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from runtime.training import DictBuffer, TrajectoryBuffer, MotionBuffer\n"
        "buffer = DictBuffer(4); buffer.extend({'a': np.arange(3)}); print(len(buffer.sample(2)['a']))"
    )
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "2"


@DEVICES
def test_rows_that_would_lose_their_fractions_are_refused(device):
    buffer = DictBuffer(10, device)
    buffer.extend({"reward": np.zeros(3, int), "terminated": np.zeros(3, bool)})
    with pytest.raises(UserError, match=r"reward .* fractions"):
        buffer.extend({"reward": np.full(3, 0.7), "terminated": np.zeros(3, bool)})
    assert len(buffer) == 3
    # What nothing is lost by still goes in.
    buffer.extend({"reward": np.ones(3, np.int8), "terminated": np.ones(3, int)})
    assert numbers(buffer.get_full_buffer()["terminated"]).sum() == 3


def test_a_number_instead_of_rows_is_refused():
    with pytest.raises(UserError, match="reward of the data is a single number"):
        DictBuffer(10).extend({"reward": 3.0})
