"""One thread per process: the tests already use every core, and waiting threads starve the others."""

import os
import sys
from pathlib import Path

import pytest

# Before anything loads NumPy, which reads them once.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MUJOCO_GL", "egl")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Path:
    """The zip for this machine. One test process at a time may build: they share the cache."""
    if sys.platform != "linux":
        pytest.skip("built and installed on Linux only")
    import fcntl

    sys.path.insert(0, str(ROOT / "tools" / "building"))
    import build_extension

    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build_extension.build(
            build_extension.this_platform(), tmp_path_factory.mktemp("zip")
        )
