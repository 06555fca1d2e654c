"""FBX and glTF files as motions without a window: who moves in them is chosen, fitted and told."""

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from motivo_source.runtime.motion import load_motion
from moving_files import written


def headless(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "headless.py"), "motion", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_what_somebody_in_a_file_does_becomes_a_motion(context, tmp_path, suffix):
    path, asked = written(context, tmp_path, suffix, people=2)
    out = tmp_path / "walk.npz"
    done = headless(path, "--out", out, "--person", "Person2", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["warnings"] == [] and abs(report["frames"] - asked.frames) <= 2
    got = load_motion(out)
    count = min(got.frames, asked.frames)
    # By joints alone: the same limbs, two metres beside where the first person goes.
    ours, theirs = (motion.positions()[:count] for motion in (got, asked))
    off = (ours - ours[:, :1]) - (theirs - theirs[:, :1])
    assert np.linalg.norm(off, axis=-1).mean() < 0.03
    assert got.qpos[0, 0] - asked.qpos[0, 0] == pytest.approx(2.0, abs=0.1)
    way = np.linalg.norm(got.qpos[count - 1, :2] - got.qpos[0, :2])
    assert way == pytest.approx(0.8 * (count - 1) / 30, abs=0.1)


def test_without_a_name_the_others_are_told(context, tmp_path):
    path, _ = written(context, tmp_path, ".glb", people=2)
    done = headless(path, "--out", tmp_path / "walk.bvh")
    assert done.returncode == 0, done.stderr
    assert "set right: Person1 of 2 (Person1, Person2)" in done.stdout


def test_what_cannot_be_read_is_said_in_one_sentence(context, tmp_path):
    path, _ = written(context, tmp_path, ".glb", animated=False)
    broken = tmp_path / "broken.fbx"
    broken.write_bytes(b"Kaydara nothing")
    out = tmp_path / "walk.npz"
    for arguments, words in (
        ((path,), "Nobody in 'people.glb' moves"),
        ((broken,), "export it again"),
        ((tmp_path / "none.fbx",), "There is no file"),
        ((path, "--up", "w"), "'w' is no axis"),
        ((path, "--map", tmp_path / "none.json"), "cannot be read"),
    ):
        done = headless(*arguments, "--out", out)
        assert done.returncode == 1 and not done.stdout
        assert done.stderr.splitlines()[-1].startswith("error: ") and words in done.stderr
    assert headless(path, "--out", tmp_path / "walk.fbx").returncode == 2
    assert not out.exists()
