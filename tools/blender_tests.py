"""python tools/blender_tests.py [pytest's arguments]: the tests of the add-on, a Blender for each room.

Blender 4.2 dies after some 600 tests in one process: a segmentation fault as it frees the
evaluated copy of a data-block (``BKE_lib_override_library_free`` under
``deg_evaluate_on_refresh``) while its own glTF exporter or importer works in a scene beside the
person's. No test does it by itself, nor its file, nor either half of all tests, with freed memory
overwritten. So each folder of tests/addon has a process of its own. Where one ends by a signal
all the same, that is told loudly, and another Blender does the test it died in, those that failed
and those that are left, for as long as each gets further: what crashes again, or fails, fails.

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
    """The exit status of pytest: of the first room that failed, where none was named."""
    if any(Path(one.partition("::")[0]).exists() for one in arguments):
        return _room(arguments)
    rooms = sorted(
        path for path in TESTS.iterdir() if path.is_dir() or path.name.startswith("test_")
    )
    ended: list[int] = []
    for room in rooms:
        if room.name != "__pycache__":
            ended.append(_room([*arguments, str(room)]))
            if {"-x", "--exitfirst"} & set(arguments) and ended[-1] not in (0, NOTHING_LEFT):
                break
    if all(status == NOTHING_LEFT for status in ended):
        return NOTHING_LEFT
    return next((status for status in ended if status not in (0, NOTHING_LEFT)), 0)


def _room(arguments: list[str]) -> int:
    """The exit status of one process, or of those that did what it left."""
    with tempfile.TemporaryDirectory(prefix="motivo-tests-") as folder:
        ended = Path(folder) / "ended.txt"
        paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            ENDED: str(ended),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        command = [sys.executable, "-m", "pytest", "-p", Path(__file__).stem, *arguments]
        before = -1
        while True:
            status = subprocess.run(command, env=environment).returncode
            done = len(ended.read_text(encoding="utf-8").splitlines()) if ended.exists() else 0
            if status >= 0:
                return 0 if status == NOTHING_LEFT and done else status
            print(f"\nBLENDER DIED OF {signal.Signals(-status).name}.", flush=True)
            if done <= before:
                return 128 - status
            before = done
            print("Another one does what is left.\n", flush=True)


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
