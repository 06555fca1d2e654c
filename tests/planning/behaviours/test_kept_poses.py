"""Poses that are kept: a body rests in them, and finds its own way there."""

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.library import load_library
from runtime.planning.behaviours import kept_pose as kept
from runtime.planning.behaviours.kept_pose import kept_pose
from runtime.planning.behaviours.statue import statue
from runtime.planning.graph.walks import node_features
from runtime.planning.kinds.planner import EASED_TIGHTNESS, LIBRARY_TIGHTNESS
from runtime.planning.reference import build_reference
from runtime.posing.library import library_poses
from runtime.prompts import BehaviourPrompt, Timeline
from runtime.prompts.rewards import mix_rewards
from runtime.simulation.stepping import DivergenceError


def strayed(qpos: np.ndarray) -> float:
    """Metres between the joints of the first and the last of (T, 76), on average."""
    joints = forward_kinematics(qpos[[0, -1]])[0]
    return float(np.linalg.norm(joints[1] - joints[0], axis=-1).mean())


def test_a_statue_that_is_in_balance_stays_and_one_that_is_not_falls():
    balanced = np.array(library_poses()["sit-floor"].qpos)
    leaning = np.array(library_poses()["relaxed"].qpos)
    leaning[7 + 6] -= 0.9  # both hips: the trunk far out over the toes
    leaning[7 + 18] -= 0.9
    assert strayed(statue(balanced, 60)[0]) < 0.03
    assert strayed(statue(leaning, 60)[0]) > 0.3


def test_a_statue_that_bursts_is_kept_by_nobody(monkeypatch):
    library, reward = load_library(), mix_rewards((("lieonground-up", 1.0),))
    earned = reward.of(node_features(library)).astype(float)

    def torn(qpos, frames):
        raise DivergenceError("torn")

    monkeypatch.setattr(kept, "statue", torn)
    assert kept_pose(library, reward, earned)[1] == -np.inf


@pytest.mark.parametrize("task", ["sitonground", "lieonground-down", "crawl-0.4-0-d"])
def test_a_pose_that_is_kept_is_one_in_which_a_body_rests(task):
    library, reward = load_library(), mix_rewards(((task, 1.0),))
    earned = reward.of(node_features(library)).astype(float)
    pose, worth = kept_pose(library, reward, earned)
    assert worth > 0.6, "of 1, while muscles and ground alone keep it"
    assert strayed(statue(pose, 60)[0]) < 0.05


def test_the_way_into_a_kept_pose_is_left_to_the_body():
    reference = build_reference(
        Timeline((BehaviourPrompt(0, 120, "sit", (("sitonground", 1.0),)),))
    )
    (choice,) = reference.choices
    first, last = choice["eased"]
    assert 0 < first < last < 120
    assert (reference.tightness[first : last + 1] == EASED_TIGHTNESS).all()
    assert (reference.tightness[last + 1 :] == LIBRARY_TIGHTNESS).all()
    assert strayed(reference.motion.qpos[last + 15 :]) < 0.01, "and is kept from then on"
