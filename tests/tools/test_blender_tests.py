"""A Blender that dies in a test: what is left is done by another, and no failure is lost by it."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "blender_tests.py"
TESTS = """
import os, signal
from pathlib import Path

HERE = Path(__file__).parent

def test_before():
    (HERE / "before").open("a").write("x")

def test_failing():
    assert {failing}

def test_deadly():
    deaths = HERE / "deaths"
    if not deaths.exists() or {always}:
        deaths.write_text("one")
        os.kill(os.getpid(), signal.SIGSEGV)

def test_behind():
    (HERE / "behind").open("a").write("x")
"""


@pytest.mark.parametrize(
    ("failing", "always", "status"), [(True, False, 0), (False, False, 1), (True, True, 139)]
)
def test_a_second_run_does_what_the_first_left(tmp_path, failing, always, status):
    (tmp_path / "test_some.py").write_text(TESTS.format(failing=failing, always=always))
    done = subprocess.run(
        [sys.executable, str(TOOL), "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "DIED OF SIGSEGV" in done.stdout
    assert (tmp_path / "before").read_text() == "x", "what had passed is not done again"
    assert (tmp_path / "behind").exists() != always


def test_a_room_that_dies_takes_no_other_along(tmp_path):
    for room in ("first", "second"):
        (tmp_path / room).mkdir()
        (tmp_path / room / f"test_{room}.py").write_text(
            TESTS.format(failing=True, always=room == "first")
        )
    told = f"import sys; sys.path.insert(0, {str(TOOL.parent)!r}); import blender_tests; "
    told += f"blender_tests.TESTS = blender_tests.Path({str(tmp_path)!r}); "
    told += "sys.exit(blender_tests.run(['-p', 'no:cacheprovider', *sys.argv[1:]]))"

    def status(*arguments: str) -> int:
        command = [sys.executable, "-c", told, *arguments]
        return subprocess.run(command, capture_output=True, timeout=300).returncode

    assert status() == 139
    assert (tmp_path / "second" / "behind").exists()
    (tmp_path / "second" / "behind").unlink()
    assert status("-x") == 139
    assert not (tmp_path / "second" / "behind").exists(), "and none is begun, if so asked"
    assert status("-k", "behind") == 0
    assert status("-k", "nothing_of_this_name") == 5
