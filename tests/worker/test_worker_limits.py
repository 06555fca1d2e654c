"""What keeps a worker from taking the whole computer, and what it says of wheels that are not there."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from runtime import wheels
from runtime.errors import describe

ROOT = Path(__file__).resolve().parents[2]
TAKES_TWO_GIGABYTES = """
import numpy as np
from runtime.errors import describe
from runtime.worker.limits import limit_memory
limit_memory({"MOTIVO_MEMORY_GB": "%s"})
try:
    np.ones(1 << 28)
    print("enough")
except MemoryError as error:
    print(describe(error))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no such limit, Windows another")
@pytest.mark.parametrize(
    ("limit", "said"), [("1", "allow Motivo more"), ("0", "enough"), ("", "enough")]
)
def test_memory_beyond_the_limit_is_refused_in_a_sentence(limit, said):
    command = [sys.executable, "-c", TAKES_TWO_GIGABYTES % limit]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert said in done.stdout


def test_a_limit_that_is_no_number_is_passed_over():
    command = [sys.executable, "-c", TAKES_TWO_GIGABYTES % "much"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "enough" in done.stdout and "is no number" in done.stderr


def test_a_missing_wheel_is_named_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(wheels.platform, "machine", lambda: "x86_64")
    text = describe(ModuleNotFoundError("No module named 'mujoco'", name="mujoco"))
    assert text.startswith("MuJoCo, the physics is missing in Python 3")
    assert "motivo-...-linux-x64.zip" in text
    text = describe(ImportError("DLL load failed", name="scipy.linalg._fblas"))
    assert text.startswith("SciPy, the arithmetic cannot be loaded")
    assert describe(ModuleNotFoundError("No module named 'etils'", name="etils")).startswith(
        "'etils' is missing"
    )
    monkeypatch.setattr(wheels.platform, "machine", lambda: "riscv64")
    assert "there is no zip of Motivo for" in describe(ImportError("x", name="mujoco"))


def test_every_wheel_has_its_words_and_every_zip_its_computer():
    sys.path.insert(0, str(ROOT / "tools" / "building"))
    import build_extension
    from packaging.requirements import Requirement

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert {Requirement(entry).name for entry in groups["runtime"]} == set(wheels.BUNDLED)
    assert set(wheels._ZIPS.values()) == set(build_extension.PLATFORMS)
