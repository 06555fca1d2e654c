"""Enabling and disabling the add-on."""

import subprocess
import sys
from pathlib import Path

import addon_utils
import bpy

ROOT = Path(__file__).resolve().parents[3]


def registered_names() -> list[str]:
    return [name for name in dir(bpy.types) if name.upper().startswith("MOTIVO")]


def test_disabling_leaves_nothing_behind_however_often(context, linked_extension):
    for _ in range(2):
        addon_utils.enable(linked_extension, default_set=True)
        assert "MOTIVO_PT_actor" in registered_names()
        assert hasattr(bpy.types.Object, "motivo")
        addon_utils.disable(linked_extension, default_set=True)
        assert registered_names() == []
        assert not hasattr(bpy.types.Object, "motivo")


def test_enabling_loads_no_heavy_library(tmp_path):
    script = f"""
import os, sys
from pathlib import Path
os.environ["BLENDER_USER_RESOURCES"] = {str(tmp_path)!r}
folder = Path({str(tmp_path)!r}) / "extensions" / "user_default"
folder.mkdir(parents=True)
(folder / "motivo").symlink_to({str(ROOT)!r})
import addon_utils
before = set(sys.modules)
addon_utils.enable("bl_ext.user_default.motivo", default_set=True)
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(new & {{"numpy", "scipy", "mujoco", "onnxruntime", "torch", "h5py"}}))
sys.stdout.flush()
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", "import bpy\n" + script], capture_output=True)
    assert done.stdout.decode().splitlines()[-1] == "[]", done.stderr.decode()
