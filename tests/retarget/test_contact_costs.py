"""Costs of the contact solve are a table that is passed in, and a command measures others."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion import Motion, save_motion
from runtime.motion.poses import pose
from runtime.progress import to_the_end
from runtime.retarget.contacts.costs import COSTS, LIMITS
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig.stretched_body import stretched_body as person
from runtime.retarget.transfer.source_motion import SourceMotion

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "measuring"))
import contact_costs


@pytest.fixture(scope="module")
def crouching():
    """The body goes down in place; the knees of others are elsewhere, so something must give."""
    share = np.linspace(0, 1, 10)[:, None]
    qpos = (1 - share) * pose("stand") + share * pose("crouch")
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    return Motion(30.0, qpos)


def hips(source, **arguments):
    character = person({"knee": 1.15})
    _, positions = to_the_end(transfer_steps(source, character, **arguments))
    return positions[character.bones["hips"]]


def test_other_costs_make_another_motion_and_the_same_the_same(crouching):
    source = SourceMotion.of(crouching)
    usual = hips(source)
    np.testing.assert_array_equal(hips(source, costs=COSTS, limits=LIMITS), usual)
    stiff = hips(source, costs=replace(COSTS, hips_acceleration_m=1e-7))
    assert np.abs(np.diff(stiff, 2, axis=0)).max() < np.abs(np.diff(usual, 2, axis=0)).max()


def test_the_command_prints_a_table_for_each_value(crouching, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(contact_costs, "PEOPLE", {"the body": {}})
    path = tmp_path / "down.npz"
    save_motion(crouching, path)
    assert contact_costs.main([str(path), "--set", "limit.let_go_m=0.01,0.02"]) == 0
    told = capsys.readouterr().out
    titles = [line for line in told.splitlines() if "let_go_m" in line or "as they are" in line]
    assert titles == ["as they are", "limit.let_go_m=0.01", "limit.let_go_m=0.02"]
    assert told.count("the body") == 3
    assert contact_costs.main([str(tmp_path / "none.npz")]) == 1


@pytest.mark.parametrize(
    "setting", ["foot_slide=1", "foot_slide_m=x", "foot_slide_m=-1", "let_go_m"]
)
def test_settings_that_cannot_be_are_refused(setting):
    with pytest.raises(UserError, match=r"no setting|no cost"):
        contact_costs.tables_of([setting])
