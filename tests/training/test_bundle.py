"""Training travels in one folder, and what it sends back is small enough to travel too."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.library.dataset import is_held_out
from runtime.library.library import SHIPPED, load_library
from runtime.motion.formats.hdf5 import write_episodes
from runtime.motion.mirror import mirror_motion
from runtime.training.experience import packed_motions
from runtime.training.experience.expert import load_motions
from runtime.training.experience.packed_motions import pack_motions, unpack_motions
from runtime.training.saving.weights import load_weights

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "building"))
import training_bundle

ABSENT = ("bpy", "dm_control", "huggingface_hub", "matplotlib", "onnx", "onnxruntime", "ot")
"""Packages that a machine for training does not have."""

BLOCKER = f"""
import sys
from importlib.machinery import ModuleSpec

class Absent:
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name.split(".")[0] in {ABSENT} else None
    def create_module(self, spec):
        raise ModuleNotFoundError(spec.name, name=spec.name)
    def exec_module(self, module):
        raise ModuleNotFoundError(module)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture
def built(tmp_path, swaying):
    """Clips with mirror images, as ``motions build`` leaves them."""
    folder = tmp_path / "built"
    folder.mkdir()
    for number in range(3):
        motion = swaying(40, 0.2 * number)
        write_episodes([motion, mirror_motion(motion)], folder / f"clip_{number}.hdf5", number)
    (folder / "train.txt").write_text("clip_0.hdf5\nclip_1.hdf5\n")
    (folder / "test.txt").write_text("clip_2.hdf5\n")
    return folder


def test_packed_motions_arrive_as_they_left(built, tmp_path):
    pack_motions(built, tmp_path / "motions.npz")
    assert unpack_motions(tmp_path / "motions.npz", tmp_path / "again", workers=1) == 3
    for before, after in zip(load_motions(built), load_motions(tmp_path / "again"), strict=True):
        assert [n.split("/") for n in before.names] == [n.split("/") for n in after.names]
        for one, other in zip(before.get_motion_ids(), after.get_motion_ids(), strict=True):
            a, b = before.get(one), after.get(other)
            np.testing.assert_allclose(a["qpos"], b["qpos"], atol=1e-4)
            np.testing.assert_allclose(a["qvel"], b["qvel"], atol=1e-2)
            np.testing.assert_allclose(a["observation"], b["observation"], atol=1e-2)


def test_a_bundle_trains_without_the_packages_that_are_not_there(built, tmp_path):
    bundle = tmp_path / "bundle"
    assert training_bundle.build_bundle(bundle, built, packages=()) < 3
    blocker = tmp_path / "absent"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(BLOCKER)
    environment = {
        **os.environ,
        "PYTHON": sys.executable,
        "PYTHONPATH": str(blocker),
        "WORK": str(tmp_path / "work"),
    }
    command = ["sh", str(bundle / "run.sh"), str(tmp_path / "out"), "0.03"]
    options = ["--preset", "tiny", "--device", "cpu"]
    done = subprocess.run(
        [*command, *options], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    _, first = load_weights(tmp_path / "out" / "weights")
    assert first["updates"] > 0

    again = tmp_path / "next"
    training_bundle.build_bundle(again, built, tmp_path / "out" / "weights", packages=())
    command[1] = str(again / "run.sh")
    done = subprocess.run(
        [*command, *options], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    _, second = load_weights(tmp_path / "out" / "weights")
    assert second["steps"] > first["steps"]


def test_a_bundle_too_large_to_travel_is_refused(built, tmp_path, monkeypatch):
    monkeypatch.setattr(training_bundle, "LIMIT_MIB", 0.01)
    with pytest.raises(UserError, match=r"more than the 0\.01 MiB"):
        training_bundle.build_bundle(tmp_path / "bundle", built, packages=())


def test_a_folder_that_was_not_built_cannot_be_packed(tmp_path):
    with pytest.raises(UserError, match="motions build"):
        pack_motions(tmp_path, tmp_path / "motions.npz")


def test_what_was_not_packed_cannot_be_unpacked(tmp_path):
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 cut")
    for name in ("array.npy", "cut.npz", "none.npz"):
        with pytest.raises(UserError, match="no file of packed motions"):
            unpack_motions(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_library_that_ships_unpacks_into_motions(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(packed_motions, "_write_clip", lambda *job: written.append(job))
    count = unpack_motions(SHIPPED, tmp_path, workers=1)
    library = load_library(SHIPPED)
    assert count == len(written) == library.clips
    assert sum(len(qpos) for _, qpos, _ in written) == library.frames
    held_out = {Path(line).stem for line in (tmp_path / "test.txt").read_text().split()}
    assert held_out == {name for name in library.names if is_held_out(name)}
