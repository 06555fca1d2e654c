"""One file for a whole run: settings that change on the way."""

import json
from dataclasses import replace

import pytest
import torch
from smallest_run import SMALL

from runtime.errors import UserError
from runtime.training.cloning.config import CloningConfig
from runtime.training.cloning.loop import CloningTrainer
from runtime.training.cloning.resume import restore_cloning
from runtime.training.cloning.schedule import Schedule, Stage, load_schedule

TWO = Schedule((Stage(12, ("rollouts.asked=0.25",)), Stage(24, ("learning_rate=1e-4",))))


def made(experts, out, schedule=TWO, config=SMALL):
    return CloningTrainer(config, experts, out, lambda record: None, schedule=schedule)


def test_settings_change_from_stage_to_stage_and_the_run_ends(experts, tmp_path):
    trainer = made(experts, tmp_path)
    trainer.begin()
    trainer.run(rounds=1)
    assert (trainer.config.rollouts.asked, trainer.config.learning_rate) == (0.25, 5e-4)
    trainer.run()
    # A stage's settings are on top of the run's own, not of those of the stage before.
    assert (trainer.config.rollouts.asked, trainer.config.learning_rate) == (0.8, 1e-4)
    assert trainer.updates == 24 and trainer.over
    trainer.run()
    assert trainer.updates == 24


def test_an_interrupted_schedule_goes_on_to_the_last_bit(experts, tmp_path):
    whole = made(experts, tmp_path / "whole")
    whole.begin()
    whole.run()
    part = made(experts, tmp_path / "part")
    part.begin()
    part.run(rounds=2)
    again = made(experts, tmp_path / "part")
    restore_cloning(tmp_path / "part" / "checkpoint", again)
    again.run()
    assert again.updates == whole.updates == 24
    for one, other in zip(again.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_run_keeps_what_it_began_with():
    with pytest.raises(UserError, match=r"Stage 2 .*'samples'.*--set"):
        Schedule((Stage(3), Stage(5, ("samples=7",)))).check(CloningConfig())
    with pytest.raises(UserError, match="no setting 'speed'"):
        Schedule((Stage(3, ("speed=7",)),)).check(CloningConfig())


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"stages": []}',
        '{"stages": [{"settings": {}}]}',
        '{"stages": [{"until": 9}, {"until": 9}]}',
        '{"stages": [{"until": 9, "settings": ["a=1"]}]}',
    ],
)
def test_what_is_no_schedule_is_told(content, tmp_path):
    path = tmp_path / "schedule.json"
    path.write_text(content)
    with pytest.raises(UserError, match="no schedule"):
        load_schedule(path)
    with pytest.raises(UserError, match="cannot be read"):
        load_schedule(tmp_path / "none.json")


def test_lists_and_numbers_are_settings(tmp_path):
    path = tmp_path / "schedule.json"
    settings = {"rollouts.often": ["move-ego-0-2", "move-ego-0-0"], "learning_rate": 2e-4}
    path.write_text(json.dumps({"stages": [{"until": 9, "settings": settings}]}))
    found = load_schedule(path).at(CloningConfig(), 0)
    assert found.rollouts.often == ("move-ego-0-2", "move-ego-0-0")
    assert found == replace(CloningConfig(), rollouts=found.rollouts, learning_rate=2e-4)
