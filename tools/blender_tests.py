"""python tools/blender_tests.py [pytest's arguments]: the tests of the add-on, in one Blender.

Blender 4.2 dies now and then, some 300 or 890 tests into a whole run: a segmentation fault as it
frees the evaluated copy of a data-block (``BKE_lib_override_library_free`` under
``deg_evaluate_on_refresh``) while its own glTF exporter or importer works in a scene beside the
person's. No test does it by itself, nor its file, with freed memory overwritten. So where
the process ends by a signal that is told loudly, and a second Blender does the test it died in,
those that failed and those that are left: what crashes again, or fails, fails.

The run itself is pytest with this file as a plugin, which writes down the tests that have ended.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1] / "tests" / "addon"
ENDED = "MOTIVO_ENDED_TESTS"
"""Variable with the path of a file: a line for each test that passed or was skipped."""
NOTHING_LEFT = int(pytest.ExitCode.NO_TESTS_COLLECTED)


def run(arguments: list[str]) -> int:
    """The exit status of pytest."""
    with tempfile.TemporaryDirectory(prefix="motivo-tests-") as folder:
        paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            ENDED: str(Path(folder) / "ended.txt"),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        plugin = Path(__file__).stem
        named = any(Path(one.partition("::")[0]).exists() for one in arguments)
        where = [] if named else [str(TESTS)]
        command = [sys.executable, "-m", "pytest", "-p", plugin, *arguments, *where]
        status = subprocess.run(command, env=environment).returncode
        if status < 0:
            name = signal.Signals(-status).name
            print(f"\nBLENDER DIED OF {name}. A second one does what is left.\n", flush=True)
            status = subprocess.run(command, env=environment).returncode
            if status == NOTHING_LEFT and Path(environment[ENDED]).is_file():
                return 0
    return status if status >= 0 else 128 - status


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    path = Path(os.environ.get(ENDED, ""))
    if not path.is_file():
        return
    ended = set(path.read_text(encoding="utf-8").splitlines())
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in ended])
    items[:] = [item for item in items if item.nodeid not in ended]


_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.add(report.nodeid)
    if report.when == "teardown" and report.nodeid not in _failed:
        with Path(os.environ[ENDED]).open("a", encoding="utf-8") as file:
            file.write(report.nodeid + "\n")


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
