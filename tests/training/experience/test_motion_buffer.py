"""Motion files in the published layout are read whole, drawn by priority, or refused by name."""

import h5py
import numpy as np
import pytest

from runtime.errors import UserError
from runtime.training import MotionBuffer


def write(path, lengths, first_id=0, change=None):
    """Episodes whose qpos tells their id (column 0) and frame (column 1)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["num_episodes"] = len(lengths)
        for number, length in enumerate(lengths):
            group = file.create_group(f"ep_{number}")
            qpos = np.zeros((length, 76))
            qpos[:, 0], qpos[:, 1] = first_id + number, np.arange(length)
            group["qpos"] = qpos
            group["qvel"] = qpos[:, :75] + 100
            group["observation"] = np.zeros((length, 358), np.float32)
            group["motion_id"] = np.full((length, 1), first_id + number)
            for name in ("terminated", "truncated"):
                group[name] = np.zeros((length, 1), bool)
        if change is not None:
            change(file)
    return path


@pytest.fixture
def motions(tmp_path):
    write(tmp_path / "base" / "walk.hdf5", [30, 50], first_id=10)
    write(tmp_path / "base" / "deep" / "run.hdf5", [20], first_id=40)
    listing = tmp_path / "train.txt"
    listing.write_text("walk.hdf5\n\ndeep/run.hdf5\n")
    return MotionBuffer(listing, base_path=tmp_path / "base", seed=0)


def test_a_list_of_files_is_read_whole(motions):
    assert len(motions) == 3 and motions.frames == 100
    assert motions.get_motion_ids() == [10, 11, 40]
    run = motions.get(40)
    assert run["qpos"].shape == (20, 76) and run["observation"].shape == (20, 358)
    np.testing.assert_array_equal(run["qpos"][:, 1], np.arange(20))
    assert motions.name(11) == "walk/ep_1"


def test_paths_are_taken_directly_as_well(tmp_path):
    paths = [write(tmp_path / f"{name}.hdf5", [12], number) for number, name in enumerate("ab")]
    assert len(MotionBuffer(paths[0])) == 1
    assert len(MotionBuffer(paths)) == 2
    assert len(MotionBuffer(["a.hdf5", "b.hdf5"], base_path=tmp_path, keys=["qpos"])) == 2


def test_ids_that_repeat_give_way_to_positions(tmp_path):
    paths = [write(tmp_path / f"{name}.hdf5", [12], first_id=5) for name in "ab"]
    motions = MotionBuffer(paths)
    assert motions.get_motion_ids() == [0, 1]
    assert motions.name(1) == "b/ep_0"


def test_motions_are_drawn_by_priority_and_frames_uniformly(motions):
    motions.update_priorities([10, 40], [3, 0])
    batch = motions.sample(8000)
    ids, counts = np.unique(batch["motion_id"], return_counts=True)
    np.testing.assert_array_equal(ids, [10, 11])
    assert abs(counts[0] - 6000) < 200
    np.testing.assert_array_equal(batch["qpos"][:, 0], batch["motion_id"])
    frames = np.bincount(batch["qpos"][batch["motion_id"] == 10, 1].astype(int), minlength=30)
    assert len(frames) == 30 and (np.abs(frames - 200) < 70).all()


def test_a_state_to_start_from_is_one_frame(motions):
    qpos, qvel = motions.sample_state(np.random.default_rng(3))
    assert qpos.shape == (76,) and qvel.shape == (75,)
    np.testing.assert_array_equal(qvel[:2], qpos[:2] + 100)


def test_wrong_priorities_and_ids_are_refused(motions):
    for ids, priorities in (
        ([10], [-1]),
        ([10], [np.nan]),
        ([10, 11], [1]),
        ([10, 11, 40], [0] * 3),
    ):
        with pytest.raises(UserError):
            motions.update_priorities(ids, priorities)
    with pytest.raises(UserError, match="no motion 7"):
        motions.get(7)
    np.testing.assert_array_equal(motions.priorities, [1, 1, 1])


def remove(key):
    return lambda file: file.__delitem__(key)


def shorten(key):
    def change(file):
        values = file[key][:-1]
        del file[key]
        file[key] = values

    return change


def narrow(file):
    values = file["ep_0/qpos"][:, :70]
    del file["ep_0/qpos"]
    file["ep_0/qpos"] = values


def not_finite(file):
    file["ep_0/qvel"][3, 3] = np.nan


def turn_into_array(file):
    del file["ep_1"]
    file["ep_1"] = np.zeros(3)


def turn_into_group(file):
    del file["ep_1/qpos"]
    file.create_group("ep_1/qpos")


def turn_into_text(file):
    del file["ep_0/qvel"]
    file["ep_0/qvel"] = np.full((10, 75), b"x")


def break_chunk(file):
    """What is compressed in the file is not what the compression says."""
    del file["ep_0/qpos"]
    data = file.create_dataset("ep_0/qpos", (10, 76), "f8", chunks=(10, 76), compression="gzip")
    data.id.write_direct_chunk((0, 0), b"no gzip")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove("ep_1/qvel"), r"ep_1 of .*walk\.hdf5' lacks qvel; found are motion_id"),
        (remove("ep_1"), r"walk\.hdf5' lacks the episode ep_1"),
        (
            shorten("ep_0/observation"),
            r"arrays of ep_0 .*differ in length: .*observation 9.*qpos 10",
        ),
        (shorten("ep_0/terminated"), r"differ in length"),
        (narrow, r"qpos has shape \(10, 70\); \(frames, 76\) is expected"),
        (not_finite, "qvel holds numbers that are not finite"),
        (lambda file: file.attrs.__delitem__("num_episodes"), "num_episodes, a whole number"),
        (
            lambda file: file.attrs.__setitem__("num_episodes", "two"),
            "num_episodes, a whole number",
        ),
        (turn_into_array, "lacks the episode ep_1"),
        (turn_into_group, "ep_1 of .* lacks qpos"),
        (turn_into_text, "qvel holds .* instead of numbers"),
        (break_chunk, "damaged"),
    ],
)
def test_a_broken_motion_file_is_refused_by_name(tmp_path, change, message):
    path = write(tmp_path / "walk.hdf5", [10, 10], change=change)
    with pytest.raises(UserError, match=message):
        MotionBuffer(path)


def test_files_that_are_not_there_or_something_else_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"no motion file '.*walk\.hdf5'"):
        MotionBuffer(tmp_path / "walk.hdf5")
    (tmp_path / "walk.hdf5").write_text("text")
    with pytest.raises(UserError, match="not an HDF5 file"):
        MotionBuffer(tmp_path / "walk.hdf5")
    (tmp_path / "list.txt").write_text("\n")
    with pytest.raises(UserError, match="is empty"):
        MotionBuffer(tmp_path / "list.txt")
    with pytest.raises(UserError, match="cannot be read"):
        MotionBuffer(tmp_path / "none.txt")
    with pytest.raises(UserError, match="hold no motions"):
        MotionBuffer(write(tmp_path / "empty.hdf5", []))
