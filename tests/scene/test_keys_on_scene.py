"""Keys that were posed on a scene stay where they were posed, and drafts stand on it."""

import numpy as np
import pytest

from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Box, Push, Scene, SceneObject, Terrain, World

PODIUM = Scene((SceneObject("podium", Box((2, 2, 0.4)), (0, 0, 0.2)),))
DRAFT = GenerationSettings(controller="servo", quality="draft")


def keyed(up: float) -> MotionPrompt:
    frames = np.arange(25)
    qpos = np.repeat(pose("stand")[None], 25, axis=0)
    crouch = pose("crouch")
    share = 0.5 - 0.5 * np.cos(2 * np.pi * frames / 24)[:, None]
    qpos = qpos + share * 0.5 * (crouch - qpos)
    qpos[:, 2] += up
    return MotionPrompt(0, 24, "keys", Motion(30, qpos), "world", keyframes=(0, 12, 24))


@pytest.mark.parametrize("up", [0.4, 0.0])
def test_who_was_posed_on_a_podium_stays_there_and_others_are_put_there(up):
    reference = build_reference(Timeline((keyed(up),), PODIUM))
    flat = build_reference(Timeline((keyed(0.0),))).motion.qpos
    assert reference.motion.qpos[:, 2] == pytest.approx(flat[:, 2] + 0.4, abs=0.01)
    assert reference.motion.contacts[:, :4].any(axis=1).all()


def test_a_draft_stands_on_the_scene_and_remembers_it():
    timeline = Timeline((keyed(0.4),), PODIUM)
    (take,) = generate(timeline, DRAFT)
    measures = take.metadata["measures"]
    assert measures["scene_penetration_body_mm"] < 5
    assert measures["foot_penetration_max_mm"] < 5
    assert measures["planted_slip_cm"] < 2
    (again,) = generate(Timeline.from_dict(take.metadata["timeline"]), DRAFT)
    assert (again.qpos == take.qpos).all()


def test_a_draft_stands_on_terrain():
    heights = np.tile(np.linspace(0.1, 0.3, 9), (5, 1))
    hill = Scene((SceneObject("hill", Terrain((4, 4), heights), (0, 0, 0)),))
    (take,) = generate(Timeline((keyed(0.0),), hill), DRAFT)
    assert take.metadata["measures"]["scene_penetration_foot_mm"] < 8
    assert take.qpos[:, 2].mean() - keyed(0.2).source.qpos[:, 2].mean() == pytest.approx(
        0, abs=0.05
    )


def test_pushes_and_gravity_act_on_drafts():
    calm = generate(Timeline((keyed(0.0),), Scene()), DRAFT)[0]
    pushed = generate(
        Timeline((keyed(0.0),), Scene(pushes=(Push(5, "Chest", (60, 0, 0)),))), DRAFT
    )[0]
    away = pushed.qpos[:, 0] - calm.qpos[:, 0]
    assert np.abs(away[:6]).max() < 1e-9
    assert away.max() > 0.01
    moon = Scene(world=World(gravity=(0, 0, -1.62)))
    lighter = generate(Timeline((keyed(0.0),), moon), DRAFT)[0]
    assert (lighter.qpos != calm.qpos).any()
