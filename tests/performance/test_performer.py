"""Muscles and ground alone: what is performed, what is told, and what cannot be done."""

import numpy as np
import pytest

from runtime.body.figures import JOINT_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.body.weight import centre_of_mass
from runtime.errors import UserError
from runtime.evaluation.plans.keyed_cases import perform_case
from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.performance import performer
from runtime.performance.physics.bodies import HARD_CONTACT, ServoBody
from runtime.performance.search.schedule import stage_at
from runtime.posing.library import library_poses
from runtime.progress import Cancelled
from runtime.prompts import MotionPrompt, Timeline
from runtime.simulation.stepping import DivergenceError

CHEST = 11


@pytest.fixture(scope="module")
def crouch(perform, moved):
    keys = [(0, moved("stand")), (20, moved("crouch")), (40, moved("stand"))]
    return perform(keys)


def test_a_crouch_is_performed_without_help(crouch):
    measures = crouch.metadata["measures"]
    assert measures["assistance_share"] == 0 and measures["held_frames"] == []
    assert measures["keyframe_error_cm"] < 3
    assert measures["foot_penetration_max_mm"] < 3


def test_inverse_dynamics_of_the_states_finds_no_hidden_hand(crouch):
    assert crouch.metadata["measures"]["unexplained_share"] < 0.01


def test_who_lies_on_the_floor_is_performed_without_help(perform):
    lying = np.array(library_poses()["lie-back"].qpos)
    raised = lying.copy()
    raised[7 + JOINT_NAMES.index("L_Shoulder_y")] -= 0.5
    measures = perform([(0, lying), (30, raised)]).metadata["measures"]
    assert measures["assistance_share"] == 0 and measures["held_frames"] == []
    assert measures["keyframe_error_cm"] < 3


def test_inverse_dynamics_finds_a_hand_that_is_there(perform, moved):
    floating = [(0, moved("stand", up=0.6)), (24, moved("stand", up=0.6))]
    measures = perform(floating).metadata["measures"]
    assert measures["held_max_share"] > 0.2
    assert measures["held_frames"], "frames that are held are told"
    assert measures["unexplained_share"] > 0.2, "and found again in the states alone"
    assert measures["float_share"] > 0.5


def test_a_keyed_jump_flies_in_a_parabola(perform, moved):
    keys = [
        (0, moved("stand")),
        (8, moved("stand")),
        (22, moved("crouch")),
        (33, moved("stand", up=0.2, forward=0.3)),
        (44, moved("crouch", forward=0.6)),
        (60, moved("stand", forward=0.6)),
    ]
    motion = perform(keys)
    measures = motion.metadata["measures"]
    assert measures["held_frames"] == []
    first, last = max(measures["flight_frames"], key=lambda flight: flight[1] - flight[0])
    flight = centre_of_mass(motion.qpos)[first + 1 : last + 1]
    assert len(flight) >= 5
    seconds = np.arange(len(flight)) / 30
    gravity = -2 * np.polyfit(seconds, flight[:, 2], 2)[0]
    assert gravity == pytest.approx(9.81, rel=0.05)


def test_a_jump_keyed_as_people_jump_meets_its_keys():
    row, motion = perform_case("jump of 0.7 m out of a crouch in 2.5 s")
    assert row["held_frames"] == 0
    assert row["keys_root_cm"] < 2.0 and row["keys_world_cm"] < 2.5
    assert motion.metadata["measures"]["ballistic_error"] < 0.05


def test_the_same_settings_make_the_same_take(perform, moved):
    keys = [(0, moved("stand")), (12, moved("stand"))]
    first, second = perform(keys), perform(keys)
    assert np.array_equal(first.qpos, second.qpos)


def test_a_push_is_felt_and_taken(perform, moved):
    keys = [(0, moved("stand")), (45, moved("stand"))]
    calm, pushed = perform(keys), perform(keys, pushes=((10, "Chest", 0.0, -0.4, 0.0),))
    away = forward_kinematics(pushed.qpos)[0] - forward_kinematics(calm.qpos)[0]
    distance = np.linalg.norm(away, axis=-1).mean(axis=1)
    assert distance[:10].max() < 1e-9
    assert distance[11:20].max() > 0.005
    assert pushed.metadata["measures"]["held_frames"] == []
    assert pushed.qpos[-1, 2] > 0.8, "still on its feet"


def test_long_motions_are_made_in_windows_that_join(perform, moved, monkeypatch):
    from runtime.performance import performer

    monkeypatch.setattr(performer.PerformerSettings, "window", 40, raising=False)
    keys = [(0, moved("stand")), (70, moved("stand"))]
    motion = perform(keys)
    assert motion.frames == 71
    assert np.abs(np.diff(motion.qpos[:, 2])).max() < 0.01


def test_the_reference_is_read_in_the_bodys_own_contacts_in_every_try(moved, monkeypatch):
    body, margins = ServoBody(), []
    floor = body.model.geom("floor").id

    def looked_at(model, *_):
        margins.append(model.geom_margin[floor])
        body.set_contact(stage_at(0.0).contact)
        raise DivergenceError("as a search that leaves contacts wide")

    monkeypatch.setattr(performer, "Cost", looked_at)
    qpos = np.tile(moved("stand"), (6, 1))
    still = np.zeros((6, 75))
    with pytest.raises(DivergenceError):
        performer.Performer(body).perform(qpos, still, (qpos, still))
    assert margins == [HARD_CONTACT.margin] * len(margins) and len(margins) > 1


def test_cancelling_ends_it_between_two_frames(moved, keyed_prompt):
    performing = []

    def progress(fraction, text="", preview=None):
        performing.append("carried" in text)
        if sum(performing) > 20:
            raise Cancelled

    timeline = Timeline((keyed_prompt([(0, moved("stand")), (30, moved("stand"))]),))
    with pytest.raises(Cancelled):
        generate(timeline, GenerationSettings(controller="servo"), progress)
    assert sum(performing) == 21


@pytest.mark.parametrize(
    ("push", "word"),
    [
        ((3, "Tail", 1, 0, 0), "Tail"),
        ((-1, "Chest", 1, 0, 0), "frame -1"),
        ((3, "Chest", 90, 0, 0), "weaker"),
        ((3, "Chest", 1, 0), "three speeds"),
        ((99, "Chest", 1, 0, 0), "after the motion"),
    ],
)
def test_a_push_that_cannot_be_is_refused_in_a_sentence(perform, moved, push, word):
    with pytest.raises(UserError, match=word):
        perform([(0, moved("stand")), (20, moved("stand"))], pushes=(push,))


def test_takes_of_before_there_was_a_choice_are_drafts_again():
    old = GenerationSettings().to_dict()
    for name in ("quality", "help_allowed", "pushes"):
        del old[name]
    assert GenerationSettings.from_dict(old).quality == "draft"
    assert GenerationSettings.from_dict({"seed": 3}).quality == "physical"


def test_keys_two_metres_apart_in_a_frame_are_held_in_frames_that_are_told(moved):
    qpos = np.stack([moved("stand")] * 10 + [moved("stand", forward=2.0)] * 10)
    prompt = MotionPrompt(0, 19, "leap", Motion(30, qpos), "world", keyframes=(0, 9, 10, 19))
    motion = generate(Timeline((prompt,)), GenerationSettings(controller="servo"))[0]
    assert np.isfinite(motion.qpos).all()
    assert motion.metadata["measures"]["held_frames"]
