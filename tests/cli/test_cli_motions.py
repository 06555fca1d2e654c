"""Motions go in and come out of the command line whole, or not at all."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runtime.__main__ import main
from runtime.body.figures import BODY_NAMES
from runtime.cli.generate import summary
from runtime.cli.terminal import files as output
from runtime.cli.terminal.progress import ProgressBar
from runtime.motion import Motion, load_motion, save_motion
from runtime.motion.poses import pose
from runtime.prompts import MotionPrompt, Timeline

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a motion of 45 frames in it, as the current one."""
    share = 0.4 * np.sin(np.linspace(0, np.pi, 45))[:, None] ** 2
    crouch = Motion(30.0, (1 - share) * pose("stand") + share * pose("crouch"))
    save_motion(crouch, tmp_path / "crouch.npz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_motion_is_generated_from_a_motion_and_its_measures_are_json(folder, capsys):
    assert (
        main(["generate", "--motion", "crouch.npz", "--out", "take.npz", "--seed", "4", "--json"])
        == 0
    )
    out, err = capsys.readouterr()
    assert err == ""
    (take,) = json.loads(out)["takes"]
    motion = load_motion(folder / "take.npz")
    assert (take["file"], take["frames"], take["fps"]) == ("take.npz", 45, 30.0)
    assert motion.frames == 45 and motion.qvel is not None
    assert take["measures"] == motion.metadata["measures"] and take["measures"]
    assert motion.metadata["settings"]["seed"] == 4


def test_a_timeline_names_files_beside_itself(folder, capsys, monkeypatch):
    timeline = Timeline((MotionPrompt(0, 29, "down", source="crouch.npz", placement="world"),))
    (folder / "prompts.json").write_text(timeline.to_json())
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert main(["generate", "../prompts.json", "--out", "take.npz"]) == 0
    assert load_motion(elsewhere / "take.npz").frames == 30
    assert "take.npz: 30 frames" in capsys.readouterr().out


def test_several_takes_get_a_file_each_and_the_same_seed_makes_them_again(folder):
    quick = ["--takes", "2", "--quality", "draft"]
    assert main(["generate", "--motion", "crouch.npz", "--out", "a.npz", *quick]) == 0
    assert main(["generate", "--motion", "crouch.npz", "--out", "b.npz", *quick]) == 0
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["a_0.npz", "a_1.npz", "b_0.npz", "b_1.npz", "crouch.npz"]
    for take in (0, 1):
        first, again = (load_motion(folder / f"{name}_{take}.npz") for name in "ab")
        np.testing.assert_array_equal(first.qpos, again.qpos)


def test_convert_goes_to_bvh_and_back_to_the_same_motion(folder, capsys):
    assert main(["convert", "crouch.npz", "crouch.bvh"]) == 0
    assert main(["convert", "crouch.bvh", "back.npz", "--json"]) == 0
    source, back = load_motion(folder / "crouch.npz"), load_motion(folder / "back.npz")
    np.testing.assert_allclose(back.positions(), source.positions(), atol=1e-4)
    written = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert written["file"] == "back.npz" and written["frames"] == 45


def test_convert_resamples(folder):
    assert main(["convert", "crouch.npz", "fast.npz", "--fps", "60"]) == 0
    source, fast = load_motion(folder / "crouch.npz"), load_motion(folder / "fast.npz")
    assert (fast.fps, fast.frames) == (60, 89)
    np.testing.assert_allclose(fast.qpos[::2], source.qpos, atol=1e-9)


def test_what_stood_there_is_replaced_only_by_something_whole(folder, capsys, monkeypatch):
    written = []

    def failing(motion, path):
        if written:
            raise KeyboardInterrupt
        written.append(path)
        save_motion(motion, path)

    (folder / "a_0.npz").write_text("the old take")
    before = sorted(folder.iterdir())
    monkeypatch.setattr(output, "save_motion", failing)
    assert main(["generate", "--motion", "crouch.npz", "--out", "a.npz", "--takes", "2"]) == 130
    assert sorted(folder.iterdir()) == before
    assert (folder / "a_0.npz").read_text() == "the old take"
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_ends_with_130_and_leaves_nothing(folder):
    long = load_motion(folder / "crouch.npz")
    save_motion(Motion(30.0, np.tile(long.qpos, (20, 1))), folder / "long.npz")
    before = sorted(folder.iterdir())
    line = "-m runtime generate --motion long.npz --out take.npz --takes 60 --verbose"
    process = subprocess.Popen(
        [sys.executable, *line.split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ignored, where tests run in the background: children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    told = process.stderr.readline()  # work has begun, however long the imports took
    assert told.startswith("INFO") and process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and out == ""
    assert err.endswith("Interrupted.\n") and "Traceback" not in err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("where", ["build_parser", "_run"])
def test_ctrl_c_ends_with_130_even_while_commands_are_imported(where, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"runtime.__main__.{where}", interrupted)
    assert main(["generate", "--motion", "a.npz", "--out", "take.npz"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_progress_bar_is_drawn_on_a_terminal_and_wiped_at_the_end():
    terminal = Terminal()
    with ProgressBar(terminal) as bar:
        bar(0.5, "Performing")
    assert "50%  Performing" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_no_progress_bar_is_drawn_into_a_file():
    file = io.StringIO()
    with ProgressBar(file) as bar:
        bar(0.5, "Performing")
    assert file.getvalue() == ""


def test_who_gives_way_is_performed_and_saved_beside_the_take(folder, capsys):
    """Two who stand side by side, hand on hand: the hands hold on to each other from frame 3 on."""
    both = np.repeat(pose("stand")[None], 10, axis=0)
    save_motion(Motion(30.0, both), folder / "anna.npz")
    hands = Motion(30.0, both).positions()[0, [BODY_NAMES.index(f"{s}_Hand") for s in "LR"]]
    aside = float(hands[0, 0] - hands[1, 0]) + 0.1
    anna = {
        "name": "Anna B.",
        "take": "anna.npz",
        "position": [aside, 0, 0],
        "gives_way": True,
        "grips": [{"own": "L_Hand", "theirs": "R_Hand", "from": 3, "to": 8}],
    }
    (folder / "scene.json").write_text(json.dumps({"people": [anna]}))
    timeline = Timeline((MotionPrompt(0, 9, "stand", Motion(30.0, both), "world"),))
    (folder / "prompts.json").write_text(timeline.to_json())
    asked = ["generate", "prompts.json", "--scene", "scene.json", "--out", "take.npz", "--json"]
    save_motion(Motion(30.0, both), folder / "take.Anna_B_.npz")
    assert main(asked) == 1, "somebody else's file is in her place"
    assert "'take.Anna_B_.npz' is where 'Anna B.' goes" in capsys.readouterr().err
    assert not (folder / "take.npz").exists()
    # An earlier take of hers may go.
    hers = Motion(30.0, both, metadata={"person": "Anna B."})
    save_motion(hers, folder / "take.Anna_B_.npz")
    assert main(asked) == 0
    (told,) = json.loads(capsys.readouterr().out)["takes"]
    assert told["people"] == {"Anna B.": "take.Anna_B_.npz"}
    assert "take.Anna_B_.npz: Anna B., who gave way" in summary(told)
    take, other = load_motion(folder / "take.npz"), load_motion(folder / "take.Anna_B_.npz")
    assert told["measures"]["held_share"] == 0.0 and told["told"] == []
    beside = take.metadata["people"]["Anna B."]
    assert other.qpos == pytest.approx(np.array(beside["qpos"]))
    assert beside["measures"]["unexplained_share"] < 1e-4
    # She is where she was asked to be, and did not do exactly what she did alone.
    asked_of_her = both + [aside, *np.zeros(75)]
    assert np.abs(other.qpos - asked_of_her)[:, :3].max() < 0.03
    assert np.abs(other.qpos - asked_of_her).max() > 1e-4
