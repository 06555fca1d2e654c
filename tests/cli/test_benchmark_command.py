"""``python -m runtime benchmark`` prints each comparison with its ratio."""

import json

import pytest

from runtime.__main__ import main


def test_every_comparison_is_printed_and_written(tmp_path, capsys):
    file = tmp_path / "speed.json"
    small = ["--sizes", "S", "--rounds", "1", "--steps", "3", "--samples", "300"]
    assert main(["benchmark", "--only", "control", *small, "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    measures = json.loads(file.read_text())
    assert [measure["name"].split(",")[0] for measure in measures] == [
        "control step",
        "buffer read once",
        "reward prompt after",
    ]
    for measure in measures:
        assert measure["name"] in printed and measure["goal"] in printed
        assert measure["ratio"] == pytest.approx(measure["reference"] / measure["here"])
        assert f"{measure['ratio']:.1f}x the reference" in printed
    assert "int8 action error mean 0.0" in printed


def test_a_place_for_the_figures_is_looked_at_before_measuring(tmp_path, capsys):
    assert main(["benchmark", "--json", str(tmp_path / "nowhere" / "speed.json")]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "There is no folder" in err


def test_counts_below_one_are_refused(capsys):
    assert main(["benchmark", "--rounds", "0"]) == 1
    assert "--rounds must be at least 1" in capsys.readouterr().err


def test_the_performer_is_measured_beside_bare_steps_and_the_prototype(
    monkeypatch, capsys, tmp_path
):
    from runtime.performance import speed

    monkeypatch.setattr(speed.measure_performer, "__defaults__", (speed.silent, 8))
    file = tmp_path / "speed.json"
    assert main(["benchmark", "--only", "performer", "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "0.2 s of keyed motion" in printed
    assert "x the bare mj_step calls" in printed and "% of the time is parallel" in printed
    assert "the prototype 226" in printed
    (told,) = json.loads(file.read_text())
    counts = told["counts"]
    assert counts["frames"] == counts["passes"] * 7
    assert counts["steps"] >= counts["frames"] * 15, "each pass is rolled out at least once"
    assert 0 < told["parallel_share"] < 1 < told["times_bare"]
