"""Published buffers of transitions are read as they are, or refused by what is wrong with them."""

import h5py
import numpy as np
import pytest

from runtime.errors import UserError
from runtime.prompts.inference_buffer import read_transitions

WIDTHS = {"next_qpos": 76, "next_qvel": 75, "action": 69}


def write(path, **changed):
    arrays = {name: np.full((20, width), np.arange(20)[:, None]) for name, width in WIDTHS.items()}
    with h5py.File(path, "w") as file:
        for name, values in {**arrays, **changed}.items():
            file[name] = values
    return path


def test_all_transitions_or_some_without_repetition_in_their_order(tmp_path):
    path = write(tmp_path / "buffer.hdf5")
    whole = read_transitions(path)
    assert {name: values.shape for name, values in whole.items()} == {
        name: (20, width) for name, width in WIDTHS.items()
    }
    some = read_transitions(path, samples=12, seed=3)
    rows = some["action"][:, 0]
    assert len(rows) == 12 and (np.diff(rows) > 0).all()
    assert (some["next_qpos"] == rows[:, None]).all() and (some["next_qvel"] == rows[:, None]).all()
    assert len(read_transitions(path, samples=50)["action"]) == 20


def test_next_states_may_stand_in_a_group(tmp_path):
    path = tmp_path / "buffer.hdf5"
    with h5py.File(path, "w") as file:
        file["next/qpos"], file["next/qvel"] = np.ones((3, 76)), np.full((3, 75), 2.0)
        file["action"] = np.zeros((3, 69))
    read = read_transitions(path)
    assert (read["next_qpos"] == 1).all() and (read["next_qvel"] == 2).all()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"action": np.zeros((20, 60))}, r"action is .* of shape \(20, 60\); .*\(n, 69\)"),
        ({"action": 3.0}, r"action is .* of shape \(\)"),
        ({"action": np.full((20, 69), b"x")}, "action is .*; numbers"),
        ({"next_qvel": np.zeros((7, 75))}, "differ in length: .*next_qvel 7"),
        ({"next_qpos": np.full((20, 76), np.nan)}, "next_qpos holds numbers that are not finite"),
    ],
)
def test_a_buffer_with_broken_arrays_is_refused(tmp_path, changed, said):
    with pytest.raises(UserError, match=said):
        read_transitions(write(tmp_path / "buffer.hdf5", **changed))


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(UserError, match="no file"):
        read_transitions(tmp_path / "none.hdf5")
    (tmp_path / "text.hdf5").write_text("text")
    with pytest.raises(UserError, match="not an HDF5 file"):
        read_transitions(tmp_path / "text.hdf5")
    with h5py.File(tmp_path / "empty.hdf5", "w"):
        pass
    with pytest.raises(UserError, match=r"lacks next_qpos.*found are no arrays"):
        read_transitions(tmp_path / "empty.hdf5")
    path = tmp_path / "damaged.hdf5"
    with h5py.File(write(path), "a") as file:
        del file["action"]
        data = file.create_dataset("action", (20, 69), "f4", chunks=(20, 69), compression="gzip")
        data.id.write_direct_chunk((0, 0), b"no gzip")
    with pytest.raises(UserError, match="damaged"):
        read_transitions(path)
