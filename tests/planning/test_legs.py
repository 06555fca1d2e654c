"""Legs that are asked for feet they do not reach: as near as they come, and never folded."""

import numpy as np
import pytest

from runtime.body import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.planning.mending.legs import place_foot
from runtime.planning.paths import standing

KNEE = 7 + 3 * (BODY_NAMES.index("L_Knee") - 1)


@pytest.mark.parametrize("ahead", [0.5, 0.6, 0.7])
def test_a_foot_too_far_ahead_is_stretched_for(ahead):
    body = np.repeat(standing(np.zeros(2), 0.0)[None], 20, axis=0)
    places, rotations = forward_kinematics(body)
    ankle, hip = (BODY_NAMES.index(f"L_{part}") for part in ("Ankle", "Hip"))
    wanted = places[:, ankle] + np.linspace(0.2, ahead, 20)[:, None] * np.array([1.0, 0.0, 0.0])
    leg = np.linalg.norm(places[0, BODY_NAMES.index("L_Knee")] - places[0, hip])
    leg += np.linalg.norm(places[0, ankle] - places[0, BODY_NAMES.index("L_Knee")])
    beyond = np.maximum(np.linalg.norm(wanted - places[:, hip], axis=1) - leg, 0)
    assert beyond[-1] > 0.05, "it is out of reach"
    done = place_foot(body, "L", wanted, rotations[:, ankle])
    missed = np.linalg.norm(forward_kinematics(done)[0][:, ankle] - wanted, axis=1)
    assert (missed < beyond + 0.03).all()
    assert np.degrees(done[-1, KNEE]) < 20, "a stretched leg"
    assert np.abs(np.diff(done[:, 7:], axis=0)).max() < np.radians(15), "no leg jumps"


@pytest.mark.parametrize("side", ["L", "R"])
def test_knees_bend_forwards_however_far_hips_sink_at_once(side):
    body = np.repeat(standing(np.zeros(2), 0.0)[None], 8, axis=0)
    places, rotations = forward_kinematics(body)
    ankle = BODY_NAMES.index(f"{side}_Ankle")
    body[:, 2] -= np.linspace(0.05, 0.4, 8)
    done = place_foot(body, side, places[:, ankle], rotations[:, ankle])
    positions = forward_kinematics(done)[0]
    missed = np.linalg.norm(positions[:, ankle] - places[:, ankle], axis=1)
    assert missed.max() < 0.03
    knees = positions[:, BODY_NAMES.index(f"{side}_Knee"), 0]
    assert (knees > positions[:, ankle, 0]).all(), "it faces along +x"
