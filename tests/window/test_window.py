"""Stories told in a real window, by real clicks; their pictures come to out/window."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "window"))

import run  # noqa: E402

CHARACTERS = ROOT.parent / "shared" / "characters"
NEED_CHARACTERS = {"character"}
BY_HAND = "by_hand"
"""Folder of those that take minutes each: ``make test-window`` tells them, ``make test`` does not."""
FIRST = "whole_way"
"""Installs the zip as a person does; the others begin with what it has installed."""
STORIES = sorted(
    (Path(__file__).parent / "stories").rglob("*.py"),
    key=lambda story: (story.stem != FIRST, story),
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("window") / "extensions"


@pytest.mark.window
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
def test_the_story_comes_true(story, request, installed):
    problem = run.obstacle()
    if problem:
        pytest.skip(problem)
    if story.parent.name == BY_HAND and not os.environ.get("MOTIVO_ALL_STORIES"):
        pytest.skip("is told by make test-window")
    files = CHARACTERS if story.stem in NEED_CHARACTERS else None
    if files and not files.is_dir():
        pytest.skip("needs the characters in shared/")
    archive = request.getfixturevalue("archive")
    run.make_root()
    out = ROOT / "out" / "window" / story.stem
    assert run.run_story(story, archive, out, files, installed) == 0, f"see the pictures in {out}"
    assert list(out.glob("*.png"))
