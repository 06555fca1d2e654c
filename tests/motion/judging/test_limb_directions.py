"""Limbs of a result beside its source's, by trees and lengths alone: what is wrong is told."""

from dataclasses import replace

import numpy as np
import pytest
from walkers import walk

from runtime.body.figures import JOINT_NAMES
from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.judging.limbs import limbs_aside, limbs_off
from runtime.motion.sources.options import SourceOptions
from runtime.skeletons.bone_map import RigMap, RigRow
from runtime.skeletons.human_bones import ROLE_TO_SMPL


@pytest.fixture(scope="module")
def fitted():
    clip = clip_from_bvh(walk(), "walk")
    return clip.resampled(30.0), fit_to_body(clip).motion


def test_a_result_that_is_right_has_its_limbs_where_the_source_has_them(fitted):
    assert limbs_off(*fitted) < 20 and limbs_aside(*fitted) == []
    assert "warnings" not in fitted[1].metadata


@pytest.mark.parametrize("joint", ["L_Shoulder_x", "R_Shoulder_z", "L_Knee_x", "R_Hip_z"])
def test_a_limb_that_points_elsewhere_is_told(fitted, joint):
    clip, motion = fitted
    qpos = motion.qpos.copy()
    qpos[:, 7 + JOINT_NAMES.index(joint)] += np.radians(75)
    told = limbs_aside(clip, replace(motion, qpos=qpos))
    assert len(told) == 1 and "degrees off the source's" in told[0]


def test_names_have_no_part_in_it(fitted):
    clip, motion = fitted
    named = replace(clip, names=tuple(f"bone {k}" for k in range(len(clip.names))))
    assert limbs_off(named, motion) == pytest.approx(limbs_off(clip, motion))


def test_what_has_no_five_ends_tells_nothing(fitted):
    clip, motion = fitted
    legs = [k for k, name in enumerate(clip.names) if "leg" in name.lower() or k == 0][:3]
    some = replace(
        clip,
        names=tuple(clip.names[k] for k in legs),
        parents=(-1, 0, 0),
        positions=clip.positions[:, legs],
        rotations=clip.rotations[:, legs],
        rest_positions=clip.rest_positions[legs],
        rest_rotations=clip.rest_rotations[legs],
    )
    assert limbs_off(some, motion) is None


def test_an_arm_that_others_bones_were_taken_for_is_told():
    """Whoever is wrong, what recognises bones, or a map that was given. Other bones
    stand for the arm's."""
    right = clip_from_bvh(walk(), "walk").bones.joints
    taken = {**right, "left_elbow": "RightHand", "left_wrist": "Head"}
    rows = [RigRow(role, taken[j], "user") for role, j in ROLE_TO_SMPL.items() if j in taken]
    rows = [row for row in rows if row.role not in ("head", "right_hand")]
    options = SourceOptions(rig_map=RigMap("wrong", 1.0, tuple(rows)))
    told = fit_to_body(clip_from_bvh(walk(), "walk", options=options)).motion.metadata["warnings"]
    assert any("degrees off the source's; look at its bones" in warning for warning in told)
