"""A pipeline puts takes on characters without a window."""

import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from assimp_scene import AssimpScene, needs_assimp
from conftest import ROOT
from motivo_source.motivo_addon.export.presets import PRESETS
from motivo_source.motivo_addon.rig.body.armature import add_body
from motivo_source.runtime.motion import Motion, save_motion

CHARACTERS = Path(__file__).parents[3].parent / "shared" / "characters"
MIXAMO = {
    "pelvis": "mixamorig:Hips",
    "spine1": "mixamorig:Spine",
    "spine2": "mixamorig:Spine1",
    "spine3": "mixamorig:Spine2",
    "neck": "mixamorig:Neck",
    "head": "mixamorig:Head",
} | {
    f"{side}_{joint}": f"mixamorig:{side.title()}{bone}"
    for side in ("left", "right")
    for joint, bone in (
        ("hip", "UpLeg"),
        ("knee", "Leg"),
        ("ankle", "Foot"),
        ("foot", "ToeBase"),
        ("collar", "Shoulder"),
        ("shoulder", "Arm"),
        ("elbow", "ForeArm"),
        ("wrist", "Hand"),
        ("hand", "HandMiddle1"),
    )
}


def _headless(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "headless.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def take(tmp_path):
    """Half a second of a person who stands, sways and walks a little."""
    time = np.arange(45) / 30.0
    qpos = np.zeros((45, 76))
    qpos[:, 1], qpos[:, 2] = -0.8 * time, 0.93
    qpos[:, 3:7] = np.sqrt(0.5) * np.array([1.0, 1.0, 0.0, 0.0])
    qpos[:, 7:] = 0.15 * np.sin(4 * time[:, None] + np.arange(69))
    path = tmp_path / "walk.npz"
    save_motion(Motion(30.0, qpos), path)
    return path


@pytest.fixture
def hero(context, tmp_path):
    """A .blend file with one character of Mixamo's names, turned and half as large."""
    body = _person(context, "Hero")
    body.rotation_euler.z, body.scale = 0.5, (0.5,) * 3
    path = tmp_path / "hero.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def _person(context, name):
    body = add_body(context, name)
    del body.data["motivo_body"]
    for bone in body.data.bones:
        bone.name = MIXAMO[bone.name]
    return body


@needs_assimp
def test_a_take_goes_onto_a_character_and_into_files_for_engines(hero, take, tmp_path):
    out = tmp_path / "clips"
    out.mkdir()
    report, saved = tmp_path / "report.json", tmp_path / "map.json"
    done = _headless(
        "retarget", take, hero, "--engine", "unreal", "--engine", "godot", "--out", out,
        "--report", report, "--save-map", saved, "--root-motion", "object",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(report.read_text())
    assert told["map"]["convention"].startswith("Mixamo") and not told["missing"]
    assert told["error_mm"] < 0.1
    assert {Path(file["path"]).name for file in told["files"]} == {
        "Hero_walk_unreal.fbx",
        "Hero_walk_godot.glb",
    }
    assert all(file["clips"][0]["frames"] == 45 for file in told["files"])
    assert "largest error" in done.stdout and "Mixamo" in done.stdout
    assert "measured: limbs off the take by at most" in done.stdout
    scene = AssimpScene(out / "Hero_walk_godot.glb")
    assert set(scene.parents) >= set(MIXAMO.values())
    # The map that was used does the same again.
    done = _headless("retarget", take, hero, "--map", saved, "--out", out, "--json", "--fps", 60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"][0]["clips"][0]["fps"] == 60


def test_a_vrm_file_is_read_as_it_is(take, hero, tmp_path):
    """Without an add-on for VRM: exported as glTF and renamed, as tools that write VRM do."""
    bpy.ops.wm.open_mainfile(filepath=str(hero))
    bpy.ops.export_scene.gltf(filepath=str(tmp_path / "hero.glb"))
    (tmp_path / "hero.glb").rename(tmp_path / "hero.vrm")
    done = _headless("retarget", take, tmp_path / "hero.vrm", "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rig"].startswith("Mixamo")


@pytest.mark.skipif(not CHARACTERS.is_dir(), reason="needs ../shared/characters")
@pytest.mark.parametrize("name", ["biped_male_mit.fbx", "kaykit_knight_cc0.glb"])
def test_files_from_elsewhere_are_read_and_written(take, tmp_path, name):
    done = _headless(
        "retarget", take, CHARACTERS / name, "--engine", "unity", "--out", tmp_path, "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["error_mm"] < 0.1 and not told["missing"]
    assert Path(told["files"][0]["path"]).is_file()
    quality = told["quality"]
    assert quality["frames"] == 45
    assert quality["legs_deg"] < 5 and quality["arms_deg"] < 3
    assert quality["penetration_mm"] < 10 and 0 <= quality["skate_share"] <= 1


def test_what_cannot_be_done_is_said_in_one_sentence(context, hero, take, tmp_path):
    _person(context, "Villain")
    both = tmp_path / "both.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(both))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mesh.primitive_cube_add()
    none, broken = tmp_path / "none.blend", tmp_path / "broken.glb"
    bpy.ops.wm.save_as_mainfile(filepath=str(none))
    broken.write_bytes(b"glTF, but not really")
    (tmp_path / "map.json").write_text("{}")
    here = ("--out", tmp_path)
    for arguments, words in (
        ((take, hero, "--out", broken / "below"), "cannot be made"),
        ((take, tmp_path / "gone.glb", *here), "There is no file"),
        ((take, broken, *here), "cannot be read"),
        ((take, none, *here), "has no armature"),
        ((take, both, *here), "several armatures: 'Hero', 'Villain'"),
        ((take, both, "--armature", "Nobody", *here), "no armature 'Nobody'"),
        ((take, hero, "--map", tmp_path / "map.json", *here), "not a bone map"),
        ((take, hero, "--template", "{nonsense}", *here), "cannot use '{nonsense}'"),
    ):
        done = _headless("retarget", *arguments)
        assert done.returncode == 1, arguments
        error = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(error) == 1 and words in error[0] and not done.stdout
    chosen = _headless("retarget", take, both, "--armature", "Villain", *here, "--json")
    assert json.loads(chosen.stdout)["armature"] == "Villain"


def test_the_folder_is_made_with_all_above_it(hero, take, tmp_path):
    out = tmp_path / "exported" / "unreal"
    done = _headless("retarget", take, hero, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert [Path(file["path"]).parent for file in json.loads(done.stdout)["files"]] == [out]
    assert [path.suffix for path in out.iterdir()] == [".fbx"]


def test_wrong_use_is_told_apart_and_help_names_every_engine(hero, take, tmp_path):
    assert _headless("retarget", take).returncode == 2
    assert _headless("retarget", take, "hero.obj", "--out", tmp_path).returncode == 2
    wrong = _headless("retarget", take, hero, "--out", tmp_path, "--engine", "maya")
    assert wrong.returncode == 2
    done = _headless("retarget", "--help")
    assert done.returncode == 0
    for key, preset in PRESETS.items():
        assert (key in done.stdout) == (preset.format != "amass")
