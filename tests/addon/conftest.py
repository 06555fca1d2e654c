"""Blender as a module, once per process: run these tests by themselves.

python -m pytest tests/addon
"""

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Blender reads this at import; the tests must not see or change the person's own settings.
os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="motivo-blender-"))
# Nor depend on the model that ships: they say themselves which models there are.
os.environ.setdefault("MOTIVO_DEFAULT_MODEL", tempfile.mkdtemp(prefix="motivo-no-model-"))
sys.path.insert(0, str(ROOT / "tools"))

import bpy  # noqa: E402  isort:skip - it brings addon_utils
import addon_utils  # noqa: E402
import numpy as np  # noqa: E402
from mathutils import Quaternion  # noqa: E402
from source_package import load_source_package  # noqa: E402

load_source_package()

_status = 0


def pytest_sessionfinish(exitstatus: int) -> None:
    global _status
    _status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    # Blender 4.2 crashes and 4.5 hangs when the interpreter is taken down around it.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_status)


GOLDEN = ROOT / "tests" / "golden"
EXTENSION = "bl_ext.user_default.motivo"


@pytest.fixture(scope="session")
def linked_extension() -> str:
    """The source tree as an installed extension that is not enabled; its name as a module."""
    folder = Path(os.environ["BLENDER_USER_RESOURCES"]) / "extensions" / "user_default"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "motivo"
    if not link.exists():
        link.symlink_to(ROOT)
    return EXTENSION


@pytest.fixture
def addon(context, linked_extension):
    """The add-on enabled in an empty file: its package, whose modules hang on it."""
    addon_utils.enable(linked_extension, default_set=True)
    # A second's work each; what muscles and ground do alone is told in tests/performance.
    bpy.context.preferences.addons[linked_extension].preferences.default_quality = "draft"
    yield importlib.import_module(f"{linked_extension}.motivo_addon")
    addon_utils.disable(linked_extension, default_set=True)


@pytest.fixture
def context() -> bpy.types.Context:
    """An empty file at 30 frames a second."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    return bpy.context


@pytest.fixture
def body(context):
    from motivo_source.motivo_addon.rig.body.armature import add_body

    return add_body(context)


@pytest.fixture
def actor(addon):
    """A body whose left arm is keyed to rise and sink within 20 frames, and the prompt to do so."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    return body


MAKE_PACK = """
import sys
from pathlib import Path

import h5py
import numpy as np
from runtime.policy import export_pack

golden, folder = Path(sys.argv[1]), Path(sys.argv[2])
with np.load(golden / "rewards.npz") as states, h5py.File(folder / "buffer.hdf5", "w") as file:
    for name, key in (("next_qpos", "qpos"), ("next_qvel", "qvel"), ("action", "ctrl")):
        file[name] = states[key].astype(np.float32)
export_pack(golden / "model_simple", folder / "tiny", folder / "buffer.hdf5", licence="CC BY-NC 4.0")
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A small random model with a reward buffer, made beside Blender: physics stays out of it."""
    folder = tmp_path_factory.mktemp("pack")
    command = [sys.executable, "-c", MAKE_PACK, str(GOLDEN), str(folder)]
    subprocess.run(command, check=True, cwd=ROOT)
    return folder / "tiny"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Where the worker looks for installed models; there are none."""
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def installed(pack, store):
    """A model installed under the name "mine"."""
    command = [sys.executable, "-m", "runtime", "models", "import", str(pack), "--name", "mine"]
    subprocess.run([*command, "--licence", "CC BY-NC 4.0"], check=True, cwd=ROOT)


@pytest.fixture
def motion():
    """Three seconds that turn about all axes, run away from the origin and bend every joint."""
    from motivo_source.runtime.motion import Motion
    from scipy.spatial.transform import Rotation

    time = np.arange(90) / 30.0
    qpos = np.zeros((90, 76))
    qpos[:, 0] = 2.0 * time
    qpos[:, 1] = np.sin(time)
    qpos[:, 2] = 0.9 + 0.2 * np.cos(3 * time)
    upright = Rotation.from_euler("x", 90, degrees=True)
    # More than a whole turn: quaternions must go on, not flip.
    turn = Rotation.from_euler("ZX", np.stack([3.0 * time, 0.8 * np.sin(2 * time)], axis=1))
    qpos[:, 3:7] = (turn * upright).as_quat(scalar_first=True)
    phase = np.arange(69)
    qpos[:, 7:] = 0.7 * np.sin(2.0 * time[:, None] + phase)
    contacts = np.random.default_rng(0).random((90, 6)) < 0.5
    metadata = {"prompts": ["walk"], "seed": 3}
    return Motion(fps=30.0, qpos=qpos, contacts=contacts, metadata=metadata)


@pytest.fixture
def joints_in_world():
    """A function: the body's joints (24, 3) in the world at a frame of the scene, as Blender has them."""
    from motivo_source.runtime.body import SMPL_NAMES

    def look(context, armature, frame: float) -> np.ndarray:
        whole = int(np.floor(frame))
        context.scene.frame_set(whole, subframe=frame - whole)
        seen = armature.evaluated_get(context.evaluated_depsgraph_get())
        return np.array([seen.matrix_world @ seen.pose.bones[name].head for name in SMPL_NAMES])

    return look


@pytest.fixture
def rigify(context):
    """The control rig of the basic human, as Blender's own generator makes it."""
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_basic_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    rig = metarig.data.rigify_target_rig
    yield rig
    addon_utils.disable("rigify", default_set=True)
