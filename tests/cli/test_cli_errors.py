"""Whatever is wrong with a command ends in one sentence and the documented exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sentence(capsys):
    """All of stderr, which is a single sentence on a single line; stdout is empty."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n") and err.count("\n") == 1, err
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        (None, "Cannot read"),
        (b"{broken", "not valid JSON"),
        (b"\xff\xfe\x00\x80", "not a text file"),
        (b"[1, 2]", 'a list "prompts"'),
        (b'{"prompts": []}', "add a prompt"),
        (b'{"prompts": [{"kind": "dance", "start": 0, "end": 9}]}', "one of motion"),
        (b'{"prompts": [{"kind": "motion", "start": 0}]}', "lacks 'end'"),
        (b'{"prompts": [{"kind": "motion", "start": 9, "end": 3, "file": "a.bvh"}]}', "before it"),
        (b'{"prompts": [{"kind": "motion", "start": 0, "end": 9, "file": "no.bvh"}]}', "no.bvh"),
        (b'\xef\xbb\xbf{"prompts": []}', "add a prompt"),  # the mark of Windows editors
    ],
)
def test_a_timeline_that_cannot_be_performed(folder, capsys, prompts, said):
    if prompts is not None:
        (folder / "prompts.json").write_bytes(prompts)
    assert main(["generate", "prompts.json", "--out", "take.npz"]) == 1
    assert said in sentence(capsys)
    assert not (folder / "take.npz").exists()


@pytest.mark.parametrize("command", ["generate --motion", "convert"])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.bvh", None, "missing.bvh"),
        ("walk.mp4", b"video", "walk.mp4"),
        ("walk.bvh", b"", "empty"),
        ("walk.bvh", b"HIERARCHY\nROOT Hips\n{", "walk.bvh"),
        ("walk.npz", b"no archive", "walk.npz"),
    ],
)
def test_a_motion_that_cannot_be_read(folder, capsys, command, name, content, said):
    if content is not None:
        (folder / name).write_bytes(content)
    out = ["--out", "take.npz"] if command.startswith("generate") else ["take.npz"]
    assert main([*command.split(), name, *out]) == 1
    assert said in sentence(capsys)
    assert not (folder / "take.npz").exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/take.npz", "no folder 'nowhere'"),
        ("take.mp4", "suffix"),
        ("take", "suffix"),
        ("folder.npz", "is a folder"),
        ("file/take.npz", "no folder 'file'"),
    ],
)
@pytest.mark.parametrize("command", ["generate --motion walk.npz --out", "convert walk.npz"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(
    folder, capsys, command, place, said
):
    (folder / "folder.npz").mkdir()
    (folder / "file").write_text("in the way")
    # walk.npz does not exist: the place is looked at before it.
    assert main([*command.split(), place]) == 1
    assert said in sentence(capsys)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder nobody can write in")
def test_a_folder_that_refuses_files(folder, capsys):
    assert main(["convert", "walk.npz", "/proc/take.npz"]) == 1
    assert "choose another folder" in sentence(capsys)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--assistance=2", "between 0 and 1"),
        ("--strength=-1", "strength"),
        ("--controller=puppet", "'puppet'"),
        ("--takes=0", "takes"),
        ("--seed=-3", "seed"),
    ],
)
def test_a_setting_out_of_range(folder, capsys, option, said):
    assert main(["generate", "--motion", "walk.npz", "--out", "take.npz", option]) == 1
    assert said in sentence(capsys)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "dance",
        "generate",
        "generate prompts.json",
        "generate --out take.npz",
        "generate prompts.json --motion walk.bvh --out take.npz",
        "generate prompts.json --out take.npz --seed many",
        "convert walk.bvh",
        "convert walk.bvh walk.npz --fps 0",
        "convert walk.bvh walk.npz --fps nan",
    ],
)
def test_a_command_line_that_is_wrong_shows_the_usage(capsys, line):
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_error_inside_is_a_sentence_and_verbose_shows_where(folder, capsys, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("the inner workings")

    monkeypatch.setattr("runtime.cli.terminal.files.check_place", broken)
    assert main(["convert", "a.bvh", "b.npz"]) == 3
    assert "went wrong inside Motivo (RuntimeError)" in sentence(capsys)
    assert main(["convert", "a.bvh", "b.npz", "--verbose"]) == 3
    assert "the inner workings" in capsys.readouterr().err


def test_what_the_system_refuses_is_for_the_person_to_mend(folder, capsys, monkeypatch):
    """Names too long, full disks, too little memory: exit code 1, and a sentence."""
    long = "a" * 300 + ".npz"
    assert main(["convert", long, "out.npz"]) == 1
    assert "File name too long" in sentence(capsys)
    for error, said in (
        (OSError(28, "No space left on device"), "could not be read or written: No space left"),
        (MemoryError(), "not enough memory"),
    ):

        def refused(*arguments, error=error):
            raise error

        monkeypatch.setattr("runtime.cli.terminal.files.check_place", refused)
        assert main(["convert", "a.bvh", "b.npz"]) == 1
        assert said in sentence(capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="has no pipes that break so")
def test_who_reads_the_output_may_stop_reading(tmp_path):
    """As ``| head`` does."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "runtime", "models", "list", "--cache", str(tmp_path)],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_episode_of_a_file_without_episodes_is_refused(folder, capsys):
    assert main(["convert", "walk.bvh", "out.npz", "--episode", "1"]) == 1
    assert "--episode is for .hdf5 files" in sentence(capsys)


def test_help_names_examples_and_exit_codes(capsys):
    for command in ("generate", "convert"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        text = capsys.readouterr().out
        assert f"python -m runtime {command}" in text
        assert "exit codes:" in text and "130" in text


def test_help_loads_nothing_heavy():
    script = """
import sys
from runtime.__main__ import main
try:
    main(["--help"])
except SystemExit:
    print("modules:", *sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split("modules:")[1].split())
    assert "runtime" in loaded
    assert not loaded & {"mujoco", "scipy", "onnxruntime", "torch", "h5py", "huggingface_hub"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--behaviour", "move-ego-north"], "there is no reward 'move-ego-north'"),
        (["--behaviour", "jump-2", "--controller", "policy"], "models download"),
        (["--behaviour", "jump-2", "--model", "mine"], "no model 'mine'"),
        (["--behaviour", "jump-2", "--seconds", "nan"], "--seconds must lie between"),
        (["--motion", "walk.bvh", "--seconds", "3"], "--seconds is for --behaviour"),
    ],
)
def test_a_behaviour_that_cannot_be_performed(folder, capsys, monkeypatch, arguments, said):
    monkeypatch.setenv("MOTIVO_MODELS", str(folder / "store"))
    monkeypatch.setattr("runtime.policy.choice.DEFAULT_FOLDER", folder / "none")
    assert main(["generate", *arguments, "--out", "take.npz"]) == 1
    assert said in sentence(capsys)
    assert not (folder / "take.npz").exists()
