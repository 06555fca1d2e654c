"""Keys that were posed on a scene stay where they were posed, and drafts stand on it."""

import numpy as np
import pytest

from runtime.body.weight import centre_of_mass
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


def test_a_jump_keyed_off_a_podium_stands_on_it_until_it_flies_and_falls_as_gravity_has_it():
    stand, crouch = pose("stand"), pose("crouch")
    keys = {0: (stand, 0.4, 0.0), 13: ((stand + crouch) / 2, 0.4, 0.0), 24: (stand, 0.5, 0.37)}
    keys |= {40: (crouch, 0.0, 0.62), 60: (stand, 0.0, 0.62)}
    rows = np.array([row for row, _, _ in keys.values()])
    rows[:, 2] += [up for _, up, _ in keys.values()]
    rows[:, 1] -= [ahead for _, _, ahead in keys.values()]
    qpos = np.array([np.interp(np.arange(61), list(keys), column) for column in rows.T]).T
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    scene = Scene((SceneObject("podium", Box((2, 0.5, 0.4)), (0, 0.08, 0.2)),))
    prompt = MotionPrompt(0, 60, "keys", Motion(30, qpos), "world", keyframes=tuple(keys))
    reference = build_reference(Timeline((prompt,), scene))
    assert {entry["choice"] for entry in reference.choices} == {0}
    contacts = reference.motion.contacts[:, :4].any(axis=1)
    flight = np.flatnonzero(~contacts)
    assert contacts[:14].all() and 8 < len(flight) < 24 and contacts[flight[-1] + 2 :].all()
    centre = centre_of_mass(reference.motion.qpos)[flight[3:-1], 2]
    assert np.diff(centre, 2).mean() * 30**2 == pytest.approx(-9.81, rel=0.2)
    assert reference.motion.qpos[40] == pytest.approx(rows[3], abs=0.02)


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


def test_who_crouches_on_terrain_is_performed_without_help():
    x, y = np.meshgrid(np.linspace(-2, 2, 41), np.linspace(-2, 2, 41))
    hill = Scene(
        (SceneObject("hill", Terrain((4, 4), 0.2 + 0.05 * np.sin(3 * x + 1) * np.cos(2 * y))),)
    )
    (take,) = generate(Timeline((keyed(0.0),), hill), GenerationSettings(controller="servo"))
    measures = take.metadata["measures"]
    assert measures["assistance_share"] == 0 and measures["held_frames"] == []
    assert measures["unexplained_share"] < 0.01
    assert measures["scene_penetration_foot_mm"] < 5 and measures["planted_slip_cm"] < 2
    stands = take.qpos[[0, -1], 2].mean() - keyed(0.0).source.qpos[0, 2]
    assert stands == pytest.approx(0.22, abs=0.05), "on the hill"


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
