"""A pipeline without a window gets files, exit codes and figures it can rely on."""

import json
import subprocess
import sys

import bpy
import numpy as np
import pytest
from assimp_scene import AssimpScene, needs_assimp
from conftest import ROOT
from motivo_source.motivo_addon.rig import curves
from motivo_source.motivo_addon.rig.bake import contacts_of
from motivo_source.runtime.motion import save_motion


def _headless(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "headless.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def take(motion, tmp_path):
    path = tmp_path / "walk.npz"
    save_motion(motion, path)
    return path


@needs_assimp
@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_a_take_becomes_a_file_with_the_same_joints(motion, take, tmp_path, suffix):
    out = tmp_path / f"walk{suffix}"
    done = _headless("bake", take, "--out", out, "--json", "--name", "Walk")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["frames"], report["fps"], report["action"]) == (90, 30.0, "Walk")
    scene = AssimpScene(out)
    for index in (0, 13, 44, 70, 89):
        np.testing.assert_allclose(scene.joints(index / 30), motion.positions()[index], atol=1e-3)


def test_a_take_becomes_a_blend_file_that_plays_it(motion, take, tmp_path, joints_in_world):
    out = tmp_path / "walk.blend"
    report = tmp_path / "report.json"
    done = _headless("bake", take, "--out", out, "--fps", "24", "--report", report)
    assert done.returncode == 0, done.stderr
    assert "90 frames" in done.stdout
    assert json.loads(report.read_text())["out"] == str(out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    body = bpy.data.objects["Motivo Body"]
    assert curves.active_action(body).name == "walk"
    np.testing.assert_array_equal(contacts_of(curves.active_action(body)), motion.contacts)
    assert (bpy.context.scene.render.fps, bpy.context.scene.frame_end) == (24, 72)
    np.testing.assert_allclose(
        joints_in_world(bpy.context, body, 1 + 24), motion.positions()[30], atol=1e-5
    )


def test_what_cannot_be_done_is_said_in_one_sentence(take, tmp_path):
    for arguments, words in (
        (("bake", tmp_path / "none.npz", "--out", tmp_path / "a.fbx"), "There is no file"),
        (("bake", take, "--out", tmp_path / "missing" / "a.fbx"), "There is no folder"),
    ):
        done = _headless(*arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("error: ") and words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1 and not done.stdout


def test_wrong_use_is_told_apart_and_help_is_there(take, tmp_path):
    assert _headless().returncode == 2
    assert _headless("bake", take, "--out", tmp_path / "a.obj").returncode == 2
    assert _headless("bake", take, "--out", tmp_path / "a.fbx", "--fps", "0").returncode == 2
    for arguments in (["--help"], ["bake", "--help"]):
        done = _headless(*arguments)
        assert done.returncode == 0 and "bake" in done.stdout
