"""The benchmark of a model: measured once, kept, and told beside the published figures."""

import argparse
import csv
import json

import numpy as np
import pytest

from runtime.cli import evaluate
from runtime.errors import UserError
from runtime.evaluation.benchmark import (
    Benchmark,
    BenchmarkSettings,
    load_model,
    run_benchmark,
)
from runtime.evaluation.clips import load_clips
from runtime.evaluation.report import format_table, summarise, write_report
from runtime.motion.poses import POSES
from runtime.progress import Cancelled
from runtime.prompts.tasks import STANDARD_TASKS

SHORT = BenchmarkSettings(steps=4, episodes=2, samples=100)


@pytest.fixture
def loaded(checkpoint, buffer_file):
    return load_model(checkpoint, buffer_file)


def test_everything_asked_for_is_measured_and_written(loaded, motion_folder, tmp_path):
    clips = load_clips(motion_folder / "all.txt")
    goals = {"stand": clips[0].motion.qpos[0]}
    seen = []
    result = run_benchmark(
        loaded, tmp_path, ["crouch-0", "zero"], goals, clips, SHORT, lambda *said: seen.append(said)
    )
    fractions = [said[0] for said in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    written = {path.name for path in write_report(result, tmp_path)}
    kinds = {"rewards", "goals", "tracking"}
    assert written == {"results.json", "table.md"} | {
        f"{kind}.{suffix}" for kind in kinds for suffix in ("csv", "png")
    }
    stored = json.loads((tmp_path / "results.json").read_text())
    assert stored["summary"]["rewards"]["reward"] == pytest.approx(
        stored["scores"]["rewards"]["crouch-0"]["reward"] / 2
    )
    with (tmp_path / "tracking.csv").open() as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert set(rows) == {"shake_0", "shake_1"}
    assert float(rows["shake_1"]["emd"]) == result.scores["tracking"]["shake_1"]["emd"]
    assert float(rows["shake_1"]["jerk_ratio"]) > 0
    assert all((tmp_path / f"{kind}.png").read_bytes().startswith(b"\x89PNG") for kind in kinds)


def test_a_stopped_run_goes_on_where_it_stopped(loaded, tmp_path):
    tasks = ["crouch-0", "zero", "move-ego-0-0"]

    def stop(fraction, text="", preview=None):
        if fraction > 0.7:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_benchmark(loaded, tmp_path, tasks, settings=SHORT, progress=stop)
    kept = sorted((tmp_path / "results" / "rewards").glob("*.json"))
    assert len(kept) == 2
    times = [path.stat().st_mtime_ns for path in kept]
    resumed = run_benchmark(loaded, tmp_path, tasks, settings=SHORT)
    assert [path.stat().st_mtime_ns for path in kept] == times
    fresh = run_benchmark(loaded, tmp_path / "fresh", tasks, settings=SHORT)
    assert resumed.scores == fresh.scores


def test_other_settings_models_and_damaged_results_are_measured_anew(loaded, tmp_path):
    def measured(model=loaded, settings=SHORT):
        return run_benchmark(model, tmp_path, ["move-ego-0-0"], settings=settings).scores

    first = measured()
    other = measured(settings=BenchmarkSettings(steps=4, episodes=2, samples=100, seed=1))
    assert other != first
    assert measured() == first
    (path,) = (tmp_path / "results" / "rewards").glob("*.json")
    path.write_text("{")
    assert measured() == first


def test_the_table_stands_beside_the_published_figures_and_says_when_they_differ():
    settings = {"episodes": 100, "steps": 300, "state_init": "Fall", "samples": 100000, "seed": 0}
    whole = Benchmark("m", settings)
    for task in STANDARD_TASKS:
        whole.scores["rewards"][task] = {"reward": 100.0, "std": 1.0, "diverged": 0}
    table = format_table(whole)
    assert "| return, mean of 45 tasks | 100.00 | 151.68" in table
    assert "249.74" in table
    part = Benchmark("m", settings)
    part.scores["rewards"]["zero"] = {"reward": 0.0, "std": 0.0, "diverged": 0}
    assert "151.68" not in format_table(part)
    assert summarise(part) == {"rewards": {"reward": 0.0, "std": 0.0, "diverged": 0.0}}


def _evaluate(*words):
    parser = argparse.ArgumentParser()
    evaluate.add_parser(parser.add_subparsers())
    return evaluate.run(parser.parse_args(["evaluate", *map(str, words)]))


def test_the_command_measures_a_pack_without_torch_like_its_checkpoint(
    checkpoint, buffer_file, tmp_path, capsys
):
    from runtime.policy import export_pack

    pack = export_pack(checkpoint, tmp_path / "pack", buffer_file)
    options = ("--rewards", "raisearms-l-l", "--episodes", 2, "--steps", 5)
    assert _evaluate(pack, *options, "--out", tmp_path / "a") == 0
    assert _evaluate(checkpoint, *options, "--buffer", buffer_file, "--out", tmp_path / "b") == 0
    assert "raisearms-l-l" in capsys.readouterr().out
    scores = [
        json.loads((tmp_path / name / "results.json").read_text())["scores"]["rewards"]
        for name in "ab"
    ]
    assert scores[0]["raisearms-l-l"]["reward"] == pytest.approx(
        scores[1]["raisearms-l-l"]["reward"], abs=1e-2
    )


def test_goals_come_from_the_library_or_a_file(tmp_path):
    from pathlib import Path

    assert set(evaluate.read_goals(Path())) == set(POSES)
    np.savez(tmp_path / "goals.npz", low=np.zeros(358))
    assert list(evaluate.read_goals(tmp_path / "goals.npz")) == ["low"]
    np.savez(tmp_path / "objects.npz", low=np.array([{}], dtype=object))
    (tmp_path / "pickle.npz").write_bytes(b"\x80\x04N.")
    np.save(tmp_path / "array.npy", np.zeros(358))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    np.savez_compressed(tmp_path / "damaged.npz", low=np.random.default_rng(0).random(358))
    damaged = bytearray((tmp_path / "damaged.npz").read_bytes())
    damaged[100:200] = bytes(100)
    (tmp_path / "damaged.npz").write_bytes(damaged)
    for name in ("objects.npz", "pickle.npz", "missing.npz", "array.npz", "damaged.npz"):
        with pytest.raises(UserError, match="goals"):
            evaluate.read_goals(tmp_path / name)


def test_bad_input_is_refused_in_words(checkpoint, buffer_file, tmp_path):
    with pytest.raises(UserError, match="--rewards, --goals or --tracking"):
        _evaluate(checkpoint, "--out", tmp_path)
    with pytest.raises(UserError, match="models list"):
        _evaluate("no-such-model", "--goals", "--out", tmp_path)
    with pytest.raises(UserError, match="--buffer"):
        _evaluate(checkpoint, "--rewards", "zero", "--out", tmp_path)
    with pytest.raises(UserError, match="move-ego"):
        _evaluate(checkpoint, "--rewards", "dance", "--buffer", buffer_file, "--out", tmp_path)
    # The last of many tasks is looked at before the first is measured.
    tasks = ["--rewards", "zero", "dance", "--buffer", buffer_file, "--out", tmp_path / "early"]
    with pytest.raises(UserError, match="move-ego"):
        _evaluate(checkpoint, *tasks)
    assert not (tmp_path / "early").exists()
    np.savez(tmp_path / "text.npz", low=np.full(358, "x"))
    with pytest.raises(UserError, match=r"goal 'low' holds .* instead of numbers"):
        _evaluate(checkpoint, "--goals", tmp_path / "text.npz", "--out", tmp_path)
    with pytest.raises(UserError, match="seed is -1"):
        _evaluate(checkpoint, "--goals", "--seed", -1, "--out", tmp_path)
    with pytest.raises(UserError, match="episodes is 0"):
        _evaluate(checkpoint, "--goals", "--episodes", 0, "--out", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="written"):
        _evaluate(checkpoint, "--goals", "--episodes", 1, "--out", tmp_path / "file")
