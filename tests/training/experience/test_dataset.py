"""A folder of motion capture becomes a folder to train on, and says what it left out."""

import json

import h5py
import numpy as np
import pytest

from runtime.errors import UserError
from runtime.library import dataset
from runtime.library.dataset import build_dataset, is_held_out
from runtime.motion import Motion, save_motion
from runtime.motion.mirror import mirror_motion
from runtime.training.experience.expert import load_motions


@pytest.fixture
def capture(tmp_path, swaying):
    """Three usable clips, one too short, one that jumps."""
    source = tmp_path / "capture"
    (source / "more").mkdir(parents=True)
    for number in range(3):
        save_motion(swaying(30 + number), source / f"clip_{number}.npz")
    save_motion(swaying(5), source / "more" / "blink.npz")
    jump = swaying(30).qpos.copy()
    jump[15:, 7] += 3.0
    save_motion(Motion(30.0, jump), source / "more" / "jump.npz")
    return source


def test_clips_come_with_their_mirror_images_in_the_published_layout(capture, tmp_path, swaying):
    out = tmp_path / "motions"
    report = build_dataset(capture, out, workers=1)
    assert [clip.name for clip in report.used] == ["clip_0", "clip_1", "clip_2"]
    original = swaying(30)
    with h5py.File(out / "clip_0.hdf5") as file:
        assert file.attrs["num_episodes"] == 2
        np.testing.assert_allclose(file["ep_0/qpos"], original.qpos, atol=1e-12)
        np.testing.assert_allclose(file["ep_1/qpos"], mirror_motion(original).qpos, atol=1e-12)
        assert file["ep_0/observation"].shape == (30, 358)
        ids = {int(file[f"ep_{i}/motion_id"][0, 0]) for i in range(2)}
    with h5py.File(out / "clip_1.hdf5") as file:
        ids |= {int(file[f"ep_{i}/motion_id"][0, 0]) for i in range(2)}
    assert len(ids) == 4, "motion ids are unique over all files"


def test_what_is_left_out_is_named_with_the_reason(capture, tmp_path):
    report = build_dataset(capture, tmp_path / "motions", workers=1)
    reasons = {clip.name: clip.dropped for clip in report.dropped}
    assert reasons.keys() == {"more_blink", "more_jump"}
    assert "5 frames" in reasons["more_blink"]
    assert "jumped" in reasons["more_jump"]
    told = json.loads((tmp_path / "motions" / "report.json").read_text())
    assert told["clips_used"] == 3 and told["clips_dropped"] == 2
    assert told["minutes"] == pytest.approx((30 + 31 + 32) / 1800)


def test_held_out_clips_are_chosen_by_name_and_never_trained_on(capture, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "is_held_out", lambda name: name == "clip_1")
    build_dataset(capture, tmp_path / "motions", workers=1)
    train, test = load_motions(tmp_path / "motions")
    assert {name.split("/")[0] for name in train.names} == {"clip_0", "clip_2"}
    assert {name.split("/")[0] for name in test.names} == {"clip_1"}


def test_about_one_clip_in_ten_is_held_out():
    share = np.mean([is_held_out(f"clip_{number}") for number in range(4000)])
    assert 0.08 < share < 0.12


def test_an_interrupted_build_goes_on_where_it_stopped(capture, tmp_path, swaying):
    out = tmp_path / "motions"
    first = build_dataset(capture, out, workers=1)
    written = (out / "clip_0.hdf5").stat().st_mtime_ns
    (out / "clip_1.hdf5").unlink()
    save_motion(swaying(40), capture / "clip_2.npz")
    second = build_dataset(capture, out, workers=1)
    assert (out / "clip_0.hdf5").stat().st_mtime_ns == written
    assert (out / "clip_1.hdf5").is_file()
    assert [clip.frames for clip in second.used] == [30, 31, 40]
    assert [clip.name for clip in second.clips] == [clip.name for clip in first.clips]


@pytest.mark.parametrize("content", [None, "empty", "unusable"])
def test_without_a_usable_clip_there_is_a_clear_error(tmp_path, content):
    source = tmp_path / "capture"
    if content:
        source.mkdir()
    if content == "unusable":
        (source / "broken.bvh").write_text("HIERARCHY of nothing")
    with pytest.raises(UserError, match=r"no folder|no motion files|could be used"):
        build_dataset(source, tmp_path / "out", workers=1)
