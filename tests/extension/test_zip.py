"""The zip a person downloads: what is in it, and that Blender installs it and it works."""

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "building"))

import build_extension  # noqa: E402


def wheel_names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as content:
        return [Path(name).name for name in content.namelist() if name.endswith(".whl")]


def test_the_manifest_names_every_wheel_and_one_platform(archive):
    with zipfile.ZipFile(archive) as content:
        manifest = tomllib.loads(content.read("blender_manifest.toml").decode())
    assert sorted(Path(wheel).name for wheel in manifest["wheels"]) == sorted(wheel_names(archive))
    assert manifest["platforms"] == [build_extension.this_platform().name]


def test_each_supported_python_gets_its_physics(archive):
    for tag in ("cp311", "cp313"):
        assert any(name.startswith(f"mujoco-3.3.7-{tag}") for name in wheel_names(archive))


@pytest.mark.parametrize("package", ["numpy", "torch", "gymnasium", "bpy"])
def test_what_is_blenders_own_or_for_research_stays_out(archive, package):
    assert not [name for name in wheel_names(archive) if name.lower().startswith(f"{package}-")]


def test_the_manifest_keeps_to_blenders_rules():
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    assert manifest["id"] == "motivo"
    assert len(manifest["tagline"]) < 64 and manifest["tagline"][-1] not in ".!?"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert "blender" not in manifest["name"].lower()
    assert set(manifest["permissions"]) == {"files", "network"}


def test_a_wheel_nobody_pinned_is_noticed(archive):
    """The check that the wheels are complete can fail."""
    target = build_extension.this_platform()
    wheels = build_extension.download_wheels(target, "3.11")
    requirements = build_extension.bundled_requirements(target, "3.11")
    environment = build_extension.marker_environment(target, "3.11")
    without = [wheel for wheel in wheels if not wheel.name.startswith("etils-")]
    lacking = build_extension.lacking_dependencies(without, requirements, environment)
    assert lacking == {"etils"}


SCRIPT = """
import os, sys
import bpy
try:
    name = "bl_ext.user_default.motivo"
    bpy.ops.extensions.package_install_files(
        repo="user_default", filepath=sys.argv[1], enable_on_install=True)
    assert name in bpy.context.preferences.addons
    bpy.context.scene.render.fps = 30
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame in (1, 15):
        body.pose.bones["left_knee"].keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    bpy.ops.motivo.generate()
    bpy.ops.motivo.bake()
    paths = sys.modules[name + ".motivo_addon.connection"].search_paths()
    # The worker's physics come from the zip, not from where this test runs.
    assert "extensions" in str(paths[0]), paths
    print("frames", int(body.animation_data.action.frame_range[1]))
    bpy.ops.preferences.addon_disable(module=name)
    status = 0
except BaseException:
    import traceback
    traceback.print_exc()
    status = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
"""


def test_blender_installs_the_zip_and_performs_with_it(archive, tmp_path):
    # A Blender that has nothing but its NumPy, as it comes: the physics must be the zip's.
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in ("bpy", "numpy"):
        for part in Path(find_spec(name).origin).parents[1].glob(f"{name}*"):
            (packages / part.name).symlink_to(part)
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path / "user"),
        "PYTHONPATH": str(packages),
    }
    done = subprocess.run(
        [sys.executable, "-S", "-c", SCRIPT, str(archive)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "frames 15" in done.stdout
