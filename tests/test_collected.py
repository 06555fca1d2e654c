"""What a long check has done is kept: stopped at any moment, it goes on where it was."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools" / "long_checks"))

from collected import Collected  # noqa: E402


def test_a_second_run_goes_on_where_the_first_was(tmp_path):
    first = Collected(tmp_path / "out" / "x.json", {"killed": 0})
    first.values["killed"] = 7
    first.save()
    assert Collected(first.path, {"killed": 0}).values == {"killed": 7}
    assert Collected(first.path, {"killed": 0}, anew=True).values == {"killed": 0}
    assert [path.name for path in first.path.parent.iterdir()] == ["x.json"]


@pytest.mark.parametrize("text", ["{", "", '{"seconds": 1}'])
def test_what_cannot_be_gone_on_with_is_told_and_stays(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(SystemExit, match="remove it to begin anew"):
        Collected(path, {"killed": 0})
    assert path.read_text() == text


def test_an_hour_of_fuzz_can_be_collected_in_parts(tmp_path):
    folders = ["--out", str(tmp_path), "--state", str(tmp_path)]
    command = [sys.executable, "tools/long_checks/fuzz.py", *folders, "--seconds"]

    def run(seconds: str) -> str:
        done = subprocess.run(
            [*command, seconds], capture_output=True, text=True, cwd=ROOT, check=True
        )
        return done.stdout.splitlines()[-1]

    def inputs(told: str) -> int:
        return int(told.split(" CPU, ")[1].split(" inputs")[0])

    first = inputs(run("1"))
    assert first > 0
    assert inputs(run("1")) == first, "that second is done"
    assert inputs(run("2")) > first
