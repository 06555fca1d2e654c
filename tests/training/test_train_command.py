"""`python -m runtime train` from the outside."""

import json

import pytest

from runtime.__main__ import main

TINY = ["train", "--preset", "tiny", "--device", "cpu"]


def test_a_tiny_run_trains_and_resumes(motions_folder, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--motions", str(motions_folder), "--out", str(out)]
    assert main([*TINY, *options, "--set", "total_steps=80"]) == 0
    first = json.loads((out / "weights" / "counts.json").read_text())
    assert main([*TINY, *options, "--resume", "--set", "total_steps=120"]) == 0
    second = json.loads((out / "weights" / "counts.json").read_text())
    assert (first["steps"], second["steps"]) == (80, 120)
    assert second["updates"] > first["updates"]
    lines = (out / "progress.jsonl").read_text().splitlines()
    assert len(lines) >= 2 and json.loads(lines[-1])["updates"] == second["updates"]
    assert list((out / "tensorboard").glob("events.*"))
    assert "120 steps" in capsys.readouterr().out

    weights = ["--weights", str(out / "weights")]
    more = ["--motions", str(motions_folder), "--out", str(tmp_path / "next")]
    assert main([*TINY, *more, *weights, "--minutes", "0.02"]) == 0
    assert json.loads((tmp_path / "next" / "weights" / "counts.json").read_text())["steps"] > 120


def test_speed_is_measured_beside_a_plain_loop(motions_folder, capsys):
    assert main([*TINY, "--motions", str(motions_folder), "--baseline", "0.3"]) == 0
    printed = capsys.readouterr().out
    assert "trainer" in printed and "plain loop" in printed and "updates/s" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "needs motions"),
        (["--motions", "/nowhere"], "no motions at"),
        (["--motions", "MOTIONS", "--weights", "/nowhere"], "not a model"),
        (["--motions", "MOTIONS", "--resume"], "not a whole checkpoint"),
        (["--motions", "MOTIONS", "--set", "speed=9"], "no setting"),
    ],
)
def test_bad_input_ends_in_one_sentence(arguments, sentence, motions_folder, tmp_path, capsys):
    arguments = [str(motions_folder) if a == "MOTIONS" else a for a in arguments]
    assert main([*TINY, "--out", str(tmp_path / "run"), *arguments]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "needs experts"),
        (["--experts", "/nowhere"], "holds no experts"),
        (["--experts", "/nowhere", "--resume"], "not a whole checkpoint"),
        (["--experts", "/nowhere", "--set", "speed=9"], "no setting"),
    ],
)
def test_cloning_without_experts_ends_in_one_sentence(arguments, sentence, tmp_path, capsys):
    run = ["train", "--preset", "cpu", "--out", str(tmp_path / "run"), *arguments]
    assert main(run) == 1
    assert sentence in capsys.readouterr().err


def test_experts_are_listed_with_what_fell(tmp_path, capsys):
    (tmp_path / "reports").mkdir()
    told = {"frames": 90, "kinds": ["walk"], "seconds": 70.0, "error_cm": 2.5}
    kept = {"name": "a-0", **told, "mirror_error_cm": 2.0, "dropped": ""}
    fallen = {"name": "b-0", **told, "mirror_error_cm": None, "dropped": "fell at frame 7"}
    for report in (kept, fallen):
        (tmp_path / "reports" / f"{report['name']}.json").write_text(json.dumps(report))
    assert main(["experts", "list", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "1 experts, 3 s (6 s with mirror images); 1 left out" in printed
    assert "fell at frame 7" in printed
