"""Keys apart in place, heading and height: what leads there, and how it is measured and told."""

import json

import numpy as np
import pytest

from runtime.body import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.evaluation.plans import keyed_cases
from runtime.evaluation.plans.in_betweens import BetweenScore, table_of_gaps
from runtime.evaluation.plans.keyed_cases import (
    CASES,
    figures_of,
    perform_cases,
    plan_case,
    table_of,
)
from runtime.library import load_library
from runtime.motion import Motion
from runtime.motion.ground_frame import moved
from runtime.planning.behaviours.lowering import Lowering, lowered
from runtime.planning.between import EASE_ONLY, needs_steps, ways_between
from runtime.planning.graph.stretches import eased
from runtime.planning.paths import standing

TOES = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]


def gap(case: str, number: int = 0) -> np.ndarray:
    """The frames eased from one key of a case to the next."""
    (first, start), (last, end) = CASES[case]()[number : number + 2]
    return eased(start, end, last - first)


def test_nobody_eases_down_onto_the_floor_or_runs_through_the_air():
    assert needs_steps(gap("sit on the floor and stand in 5.7 s"))
    assert needs_steps(gap("sit on the floor and stand in 5.7 s", 2))
    assert needs_steps(gap("run-up and leap in 3.6 s"))
    jump = standing(np.zeros(2), 0.0)
    above = moved(jump[None], 0.0, np.zeros(2), np.array([0.4, 0.0]))[0]
    above[2] += 0.3
    assert not needs_steps(eased(jump, above, 15)), "a jump on the spot stays as it was keyed"


def test_a_leap_has_a_run_up():
    reference, figures, _ = plan_case("run-up and leap in 3.6 s")
    toes = forward_kinematics(reference.motion.qpos)[0][:54, TOES, 2]
    assert (toes.max(axis=0) > 0.15).all(), "each foot is lifted on the way there"
    assert reference.choices[0]["label"] in ("jump, from the library", "run, from the library")
    assert figures.keys_root_cm < 2.5


def test_what_is_barred_is_in_no_way():
    library = load_library()
    start, end = standing(np.zeros(2), 0.0), standing(np.array([2.0, 0.0]), 0.0)
    best = ways_between(library, start[None], end, 60)
    clips = {int(library.node_clips[run.start]) for way in best for run in way.runs}
    barred = np.isin(library.node_clips, list(clips))
    for way in ways_between(library, start[None], end, 60, barred=barred):
        assert not any(barred[run.start] for run in way.runs)


def test_a_lowered_walk_keeps_its_footfalls():
    library = load_library()
    clip = library.names.index("accad_Male1_B3_Walk")
    from runtime.library import Stretch

    first = int(library.starts[clip])
    walk = library.qpos(Stretch(first + 10, first + 70))
    low = lowered(walk, 0.2, Lowering())
    assert low[0] == pytest.approx(walk[0], abs=0.02)
    assert np.abs(low[30:, 2] - walk[30:, 2] + 0.2).max() < 0.02
    ankles = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]
    off = forward_kinematics(low)[0][:, ankles] - forward_kinematics(walk)[0][:, ankles]
    assert np.linalg.norm(off, axis=-1).max() < 0.03


@pytest.mark.parametrize(
    "name", ["accad_Male1_B3_Walk", "accad_Male2_B5_WalkBackwards", "cmu_08_08"]
)
def test_knees_that_bend_far_for_a_low_walk_bend_the_right_way(name):
    from runtime.library import Stretch

    library = load_library()
    first = int(library.starts[library.names.index(name)])
    walk = library.qpos(Stretch(first, first + 60))
    ankles = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]
    wanted = forward_kinematics(walk)[0][:, ankles]
    for step, near in ((0.3, 0.05), (Lowering().step, 0.01)):
        low = forward_kinematics(lowered(walk, 0.3, Lowering(step=step)))[0][:, ankles]
        off = np.linalg.norm(low - wanted, axis=-1).max()
        assert off < near, "at once, too, feet stay where they were"


def test_a_body_that_slides_is_seen_and_so_is_a_key_that_is_missed():
    keys = CASES["2 m ahead in 2 s"]()
    slid = eased(keys[0][1], keys[1][1], 60)
    figures = figures_of(slid, keys)
    assert figures.skate_share > 0.5 and figures.slip_cm > 100
    assert figures.keys_root_cm < 0.01 and figures.keys_world_cm < 0.01
    off = slid.copy()
    off[-1, 0] += 0.05
    assert figures_of(off, keys).keys_world_cm == pytest.approx(5.0, abs=0.1)
    assert figures_of(off, keys).keys_root_cm < 0.01


def test_cases_that_are_done_are_not_done_again(tmp_path, monkeypatch):
    performed = []

    def perform_case(name, quality="physical", progress=None):
        performed.append(name)
        row = {
            "case": name, "ways": ["walk, from the library"], "held_frames": 3, "held_most": 0.2,
            "skate_share": 0.01, "slide_share": 0.0, "slip_cm": 1.2, "keys_root_cm": 1.0,
            "keys_world_cm": 2.0, "planning_seconds": 0.5, "seconds": 12.0,
        }  # fmt: skip
        return row, Motion(30.0, np.repeat(standing(np.zeros(2), 0.0)[None], 3, axis=0))

    monkeypatch.setattr(keyed_cases, "perform_case", perform_case)
    names = list(CASES)[:2]
    out = tmp_path / "cases.jsonl"
    perform_cases(out, tmp_path / "takes", names[:1])
    rows = perform_cases(out, tmp_path / "takes", names)
    assert performed == names
    assert [row["case"] for row in rows] == names
    assert all((tmp_path / "takes" / row["take"]).is_file() for row in rows)
    assert json.loads(out.read_text().splitlines()[0])["case"] == names[0]
    assert "3 (up to 20 % of weight)" in table_of(rows)


def test_the_table_of_gaps_counts_how_often_the_library_is_nearer():
    better = BetweenScore("a", "walk", 0.5, 0.1, 20.0, 10.0, 4, 0, 4, 0.5, 0.9)
    worse = BetweenScore("b", "turn", 0.5, 0.1, 10.0, 12.0, 4, 0, 6, 0.5, 0.9)
    last = table_of_gaps([better, worse]).splitlines()[-1]
    assert "nearer than easing in 1" in last and "15.0 / 11.0" in last
    assert "within one of life in 1" in last


def test_where_no_pose_of_the_library_is_near_feet_step_and_the_body_finds_its_way():
    keys = CASES["crouch and reach in 2.7 s"]()
    reference, figures, _ = plan_case("crouch and reach in 2.7 s")
    assert [choice["choice"] for choice in reference.choices] == [EASE_ONLY, EASE_ONLY]
    assert all(choice["offered"] for choice in reference.choices), "others may be taken"
    assert figures.skate_share < 0.03 and figures.keys_root_cm < 0.5
    toes = forward_kinematics(reference.motion.qpos)[0][:, TOES]
    lifted = toes[..., 2].max(axis=0) - toes[..., 2].min(axis=0)
    assert lifted.min() > 0.02
    free = list(range(4, 36))
    assert reference.tightness[free].max() < 0.05, "physics leads between the keys"
    assert needs_steps(eased(keys[0][1], keys[1][1], 40))
