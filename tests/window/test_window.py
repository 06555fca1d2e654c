"""Stories told in a real window, by real clicks; their pictures come to out/window."""

import fcntl
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools" / "window")]

import build_extension  # noqa: E402
import run  # noqa: E402

CHARACTERS = ROOT.parent / "shared" / "characters"
NEED_CHARACTERS = {"character"}
BY_HAND = {"character", "first_walk", "keys"}
"""Minutes each: ``make test-window`` tells them, ``make test`` does not."""
STORIES = sorted((Path(__file__).parent / "stories").glob("*.py"))


@pytest.mark.window
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
def test_the_story_comes_true(story, tmp_path):
    problem = run.obstacle()
    if problem:
        pytest.skip(problem)
    if story.stem in BY_HAND and not os.environ.get("MOTIVO_ALL_STORIES"):
        pytest.skip("is told by make test-window")
    files = CHARACTERS if story.stem in NEED_CHARACTERS else None
    if files and not files.is_dir():
        pytest.skip("needs the characters in shared/")
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / ".lock").open("w") as lock:
        # The wheels and the Debian are made once, whichever test process comes first.
        fcntl.flock(lock, fcntl.LOCK_EX)
        archive = build_extension.build(build_extension.PLATFORMS["linux-x64"], tmp_path)
        run.make_root()
    out = ROOT / "out" / "window" / story.stem
    assert run.run_story(story, archive, out, files) == 0, f"see the pictures in {out}"
    assert list(out.glob("*.png"))
