"""``python -m runtime benchmark`` prints each comparison with its ratio."""

import json

import pytest

from runtime.__main__ import main


def test_every_comparison_is_printed_and_written(tmp_path, capsys):
    file = tmp_path / "speed.json"
    small = ["--sizes", "S", "--rounds", "1", "--steps", "3", "--samples", "300"]
    assert main(["benchmark", *small, "--json", str(file)]) == 0
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
