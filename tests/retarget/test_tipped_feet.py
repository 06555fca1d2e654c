"""Feet on their toes that legs hold too low are turned; nobody is lifted for them."""

import numpy as np

from runtime.body.figures import JOINT_NAMES
from runtime.body.support_points import lowest_points
from runtime.motion import Motion
from runtime.progress import to_the_end
from runtime.retarget.contacts import foot_targets
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig.contact_geometry import contact_geometry
from runtime.retarget.rig.stretched_body import stretched_body
from runtime.retarget.transfer.source_motion import SourceMotion
from runtime.skeletons.skeleton import pose_skeleton

LOWERED_M = 0.03
"""As directions of limbs that are held leave the ankles of other proportions."""


def on_tiptoe(frames=45):
    qpos = np.zeros((frames, 76))
    qpos[:, 3:5] = np.sqrt(0.5)
    for side in "LR":
        for joint, angle in (("Hip_x", -0.5), ("Knee_x", 0.9), ("Ankle_x", 0.5), ("Toe_x", -0.85)):
            qpos[:, 7 + JOINT_NAMES.index(f"{side}_{joint}")] = angle
    qpos[:, 2] = -lowest_points(qpos).min(axis=1)
    return SourceMotion.of(Motion(30.0, qpos))


def test_a_foot_on_its_toes_is_turned_out_of_the_floor_and_lifts_nobody(monkeypatch):
    source, character = on_tiptoe(), stretched_body()
    hips = character.bones["hips"]
    solve = foot_targets.solve_contacts
    found = []

    def too_low(*args):
        positions = args[7]
        yield from solve(*args)
        found.append(positions[hips][:, 2].copy())
        positions[hips] = positions[hips] - [0.0, 0.0, LOWERED_M]

    monkeypatch.setattr(foot_targets, "solve_contacts", too_low)
    rotations, positions = to_the_end(transfer_steps(source, character))
    pose = pose_skeleton(character.rest, rotations, positions)
    lifted = positions[hips][:, 2] - (found[0] - LOWERED_M)
    assert np.abs(lifted).max() < 0.2 * LOWERED_M
    assert contact_geometry(character, None).heights(pose).min() > -0.006
