"""What a teacher can do, and what a policy is asked for by it."""

import json

import numpy as np
import pytest
import torch

from runtime.__main__ import main
from runtime.body.model import shared_model
from runtime.errors import UserError
from runtime.simulation.batch import BodyBatch
from runtime.training.cloning.behaviours import Behaviours, GraphSettings
from runtime.training.cloning.needs import FILE, LEAST, Needs, load_able, save_able
from runtime.training.cloning.rollout import RolloutSettings, _Bodies
from runtime.training.cloning.teaching import teach

STAND = "move-ego-0-0"


@pytest.fixture
def trainer_parts(experts):
    """Forty bodies of a roll-out, where they are, and the z of their two tasks."""
    behaviours = Behaviours(experts, (STAND, "raisearms-l-l"), GraphSettings(least=-1.0))
    behaviours.latents = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    settings = RolloutSettings(bodies=40, steps=12, asked=1.0, often_share=0.0, upright=1.0)
    sums = torch.zeros(experts.frames + 1, 2, dtype=torch.float64)
    crew = _Bodies(experts, behaviours, sums, settings, np.random.default_rng(0), Needs({}))
    with BodyBatch(shared_model(), 40) as batch:
        crew.start(batch)
        yield crew, batch, behaviours.latents


def test_a_teacher_stands_and_earns_nothing_by_what_no_expert_does(experts):
    stands, turns_over = teach(
        Behaviours(experts, (STAND, "headstand")), (STAND, "headstand"), episodes=2, steps=12
    )
    assert stands.lasted == stands.whole == 1 and stands.returned > 200
    assert (turns_over.returned, turns_over.lasted, turns_over.whole) == (0, 0, 0)


def test_who_is_far_from_all_experts_has_no_teacher(experts, monkeypatch):
    from runtime.training.cloning import teaching

    monkeypatch.setattr(teaching, "LOST_M", 0.0)
    (found,) = teach(Behaviours(experts, (STAND,)), episodes=1, steps=5)
    assert found.lasted == found.returned == 0


def test_what_the_teacher_can_and_the_policy_cannot_is_asked_for_most():
    needs = Needs({"a": 0.9, "b": 0.9, "c": 0.1})
    needs.follow({"a": 0.0, "b": 0.85, "c": 0.0})
    a, b, c = needs.shares(("a", "b", "c"))
    assert a > c > 0 and a > 5 * b and a + b + c == pytest.approx(1)
    # What is learned is asked for less from then on, never not at all.
    for _ in range(30):
        needs.follow({"a": 0.9})
    assert needs.shares(("a", "b", "c"))[0] == pytest.approx(needs.shares(("a", "b", "c"))[1])
    assert needs._need("a") == LEAST


def test_the_command_tells_and_keeps_what_the_teacher_earns(experts_folder, tmp_path, capsys):
    # Another folder, for what is kept would be used by other tests' runs.
    folder = tmp_path / "experts"
    folder.symlink_to(experts_folder)
    one = ["--task", STAND, "--episodes", "1", "--seconds", "0.3"]
    assert main(["experts", "teach", str(folder), *one]) == 0
    assert STAND in capsys.readouterr().out and not (experts_folder / FILE).exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["/nowhere"], "holds no experts"),
        (["EXPERTS", "--episodes", "0"], "At least one episode"),
        (["EXPERTS", "--task", "fly-9"], "fly-9"),
        (["EXPERTS", "--before", STAND], "needs a --task"),
        (["EXPERTS", "--task", STAND, "--before", "headstand"], "No expert leads to 'headstand'"),
    ],
)
def test_teaching_badly_asked_for_ends_in_one_sentence(arguments, sentence, experts_folder, capsys):
    arguments = [str(experts_folder) if a == "EXPERTS" else a for a in arguments]
    assert main(["experts", "teach", *arguments]) == 1
    assert sentence in capsys.readouterr().err


def test_what_a_teacher_earns_is_kept_by_step(tmp_path, monkeypatch):
    assert load_able(tmp_path) == {}
    save_able(tmp_path, {STAND: 270.0})
    assert load_able(tmp_path) == {STAND: pytest.approx(0.9)}
    (tmp_path / FILE).write_text(json.dumps([1, 2]))
    with pytest.raises(UserError, match="experts teach"):
        load_able(tmp_path)


def test_tasks_in_need_are_drawn(experts):
    """By a roll-out of many bodies: as often as their share says."""
    tasks = (STAND, "raisearms-l-l")
    behaviours = Behaviours(experts, tasks, GraphSettings(least=-1.0))
    assert behaviours.tasks == list(tasks)
    behaviours.look_up(torch.ones(experts.frames, 4))
    needs = Needs({STAND: 0.9, "raisearms-l-l": 0.9})
    needs.follow({STAND: 0.9, "raisearms-l-l": 0.0})
    settings = RolloutSettings(bodies=200, asked=1.0, often_share=0.0)
    sums = torch.zeros(experts.frames + 1, 4)
    crew = _Bodies(experts, behaviours, sums, settings, np.random.default_rng(0), needs)
    drawn = np.bincount(crew.task, minlength=2) / 200
    np.testing.assert_allclose(drawn, needs.shares(behaviours.tasks), atol=0.05)
    assert drawn[behaviours.tasks.index("raisearms-l-l")] > 0.85


def test_some_are_asked_for_something_else_and_some_pushed_on_the_way(trainer_parts):
    """Who has only walked from the start of an episode does not walk on from standing."""
    crew, batch, seen = trainer_parts
    tasks, latents = crew.task.copy(), crew.latents.clone()
    for step in range(crew.settings.steps):
        crew.switch(step, np.ones(len(batch), dtype=bool))
        crew.push(batch, step, np.arange(len(batch)))
    other = crew.task != tasks
    assert 0 < other.sum() <= (crew.switched_at >= 0).sum() < len(batch)
    for body in np.flatnonzero(other):
        assert not torch.equal(crew.latents[body], latents[body])
        torch.testing.assert_close(crew.latents[body], seen[crew.task[body]].double())
    pushed = np.array([np.linalg.norm(data.qvel[:2]) for data in batch.datas])
    assert ((pushed > 0) == (crew.pushed_at >= 0)).all()
    assert 0 < pushed.max() <= crew.settings.push_m_s
    # What is earned while asked for two things is no one's.
    paid = np.where(crew.switched_at >= 0, 1e9, 0.0)
    assert all(value == 0 for value in crew.earned(paid).values())


def test_some_stand_first_and_are_then_asked_to_walk(experts):
    walk = "move-ego-0-2"
    behaviours = Behaviours(experts, (STAND, walk, "raisearms-l-l"), GraphSettings(least=-1.0))
    behaviours.latents = torch.eye(3)
    settings = RolloutSettings(bodies=60, steps=12, asked=1.0, switched=1.0)
    sums = torch.zeros(experts.frames + 1, 3, dtype=torch.float64)
    crew = _Bodies(experts, behaviours, sums, settings, np.random.default_rng(0), Needs({}))
    begins = crew.begins
    assert 0.3 < begins.mean() < 0.7
    assert (crew.task[begins] == behaviours.tasks.index(STAND)).all() and crew.upright[begins].all()
    for step in range(settings.steps):
        crew.switch(step, np.ones(60, dtype=bool))
    assert (crew.task[begins] == behaviours.tasks.index(walk)).all()
    assert (crew.task[~begins] != behaviours.tasks.index(walk)).any()
