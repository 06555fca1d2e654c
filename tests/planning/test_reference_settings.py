"""Numbers of fit and mending are tables that are passed in, and a command measures others."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion import Motion, save_motion
from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.fitting.settings import FIT
from runtime.motion.formats.clip import read_clip
from runtime.motion.poses import pose
from runtime.planning.mending.settings import MENDING
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "measuring"))
import reference_settings


@pytest.fixture(scope="module")
def hovering():
    """Stands 3 cm over the floor and glides along it by half a centimetre a frame."""
    qpos = np.repeat(pose("stand")[None], 24, axis=0)
    qpos[:, 0] += 0.005 * np.arange(24)
    qpos[:, 2] += 0.03
    return Motion(30.0, qpos)


@pytest.fixture(scope="module")
def file(hovering, tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "glide.bvh"
    save_motion(hovering, path)
    return path


def mended(motion, settings):
    prompt = MotionPrompt(0, motion.frames - 1, source=motion, placement="world")
    return build_reference(Timeline((prompt,)), mending=settings).motion.qpos


def test_other_numbers_mend_otherwise_and_the_same_the_same(hovering):
    usual = mended(hovering, MENDING)
    np.testing.assert_array_equal(mended(hovering, replace(MENDING)), usual)
    short = replace(MENDING, grounding=replace(MENDING.grounding, reach_m=0.001))
    assert np.abs(mended(hovering, short) - usual).max() > 1e-3


def test_other_weights_fit_otherwise(file):
    clip = read_clip(file)
    usual = fit_to_body(clip).motion.qpos
    np.testing.assert_array_equal(fit_to_body(clip, settings=replace(FIT)).motion.qpos, usual)
    loose = replace(FIT, weights=replace(FIT.weights, stance_per_m=0.01))
    assert np.abs(fit_to_body(clip, settings=loose).motion.qpos - usual).max() > 1e-4


def test_the_command_prints_a_table_for_each_value(file, capsys):
    assert reference_settings.main([str(file), "--set", "toes.wait_m=0.01,0.02"]) == 0
    told = capsys.readouterr().out
    titles = [line for line in told.splitlines() if "wait_m" in line or "as they are" in line]
    assert titles == ["as they are", "toes.wait_m=0.01", "toes.wait_m=0.02"]
    assert told.count("glide") == 3
    assert reference_settings.main([str(file.with_name("none.bvh"))]) == 1


@pytest.mark.parametrize("setting", ["toes.wait=1", "toes.wait_m=x", "wait_m", "grounding.legs=1"])
def test_settings_that_cannot_be_are_refused(setting):
    with pytest.raises(UserError, match="no setting"):
        reference_settings.tables_of([setting])
