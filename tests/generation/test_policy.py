"""A policy performs behaviours, poses and motions: the right latents, the same every time.

The policy is a small random one, so the body falls; what is asked of it must be right.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from runtime.body.model import build_model
from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate
from runtime.generation.trained.latent_plan import BLEND, plan_latents, resolve
from runtime.generation.trained.policy_controller import PolicyController, rollout_takes
from runtime.motion.poses import pose
from runtime.performance.draft.rollout import rollout
from runtime.planning.reference import build_reference
from runtime.policy import Policy, choice
from runtime.policy.store import import_model
from runtime.progress import Cancelled, silent
from runtime.prompts import BehaviourPrompt, MotionPrompt, PathPrompt, PosePrompt, Timeline
from runtime.simulation import observe_states
from runtime.simulation.stepping import SUBSTEPS, UPRIGHT_HEIGHT

GOLDEN = Path(__file__).parents[1] / "golden"
WALK = (("move-ego-0-2", 1.0),)
MIX = (("raisearms-h-h", 0.7), ("above(head_height, 1.4, 0.5)", 0.3))


@pytest.fixture(scope="session")
def policy(pack):
    return Policy.load(pack)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An empty folder of installed models, and none that ships."""
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(choice, "DEFAULT_FOLDER", tmp_path / "nothing")
    return tmp_path / "store"


@pytest.fixture
def perform(pack):
    def run(*prompts, progress=silent, **settings):
        chosen = GenerationSettings(controller="policy", **{"model": str(pack), **settings})
        return generate(Timeline(prompts), chosen, progress)

    return run


def latents(policy, *prompts, frames=None):
    timeline = Timeline(prompts)
    return plan_latents(resolve(timeline), frames or timeline.frames, policy, {}).z


# --- latents ---


def test_a_behaviour_is_asked_for_by_the_latent_of_its_weighted_mix(policy):
    z = latents(policy, BehaviourPrompt(0, 20, "arms", MIX))
    np.testing.assert_allclose(z, np.tile(policy.reward_inference(list(MIX)), (21, 1)), rtol=1e-6)
    assert np.abs(z[0] - policy.reward_inference("raisearms-h-h")).max() > 0.01


def test_a_pose_is_asked_for_by_the_latent_of_the_pose_at_rest_and_held(policy):
    z = latents(policy, PosePrompt(0, 30, "crouch", tuple(pose("crouch"))))
    at_rest = observe_states(build_model(), pose("crouch")[None], np.zeros((1, 75)))[0]
    wanted = policy.goal_inference(at_rest)
    # The pose may be set down on the floor by a millimetre first.
    np.testing.assert_allclose(z, np.tile(wanted, (31, 1)), atol=0.02)
    assert (z == z[0]).all()


def test_a_motion_is_tracked_frame_by_frame(policy, squat):
    prompt = MotionPrompt(0, squat.frames - 1, "squat", squat, "world")
    motion = build_reference(Timeline((prompt,))).motion
    wanted = policy.tracking_inference(observe_states(build_model(), motion.qpos, motion.qvel))
    np.testing.assert_allclose(latents(policy, prompt), wanted, atol=1e-6)


def test_where_a_motion_lies_on_the_timeline_does_not_change_what_is_asked_for(policy, squat):
    alone = latents(policy, MotionPrompt(0, 49, "squat", squat))
    later = latents(
        policy, BehaviourPrompt(0, 59, "walk", WALK), MotionPrompt(60, 109, "squat", squat)
    )
    np.testing.assert_allclose(later[60 + BLEND :], alone[BLEND:], atol=1e-6)


def test_latents_pass_from_prompt_to_prompt_on_the_sphere_within_04_seconds(policy):
    z = latents(policy, BehaviourPrompt(0, 59, "walk", WALK), BehaviourPrompt(60, 119, "arms", MIX))
    walk, arms = policy.reward_inference(list(WALK)), policy.reward_inference(list(MIX))
    np.testing.assert_allclose(z[:54], np.tile(walk, (54, 1)), rtol=1e-5)
    np.testing.assert_allclose(z[66:], np.tile(arms, (54, 1)), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), np.sqrt(policy.z_dim), rtol=1e-5)
    steps = np.linalg.norm(np.diff(z, axis=0), axis=1)
    assert (steps[54:65] > 0).all()
    assert steps.max() < 2 * np.linalg.norm(walk - arms) / BLEND


def test_a_behaviour_goes_on_after_a_pose_within_it(policy):
    z = latents(
        policy,
        BehaviourPrompt(0, 120, "walk", WALK),
        PosePrompt(50, 80, "arms", tuple(pose("arms-up"))),
    )
    walk = policy.reward_inference(list(WALK))
    held = latents(policy, PosePrompt(0, 30, "arms", tuple(pose("arms-up"))))[0]
    for frame, wanted in ((10, walk), (65, held), (110, walk)):
        np.testing.assert_allclose(z[frame], wanted, rtol=1e-5)


def test_a_behaviour_that_is_never_paid_is_refused(perform):
    with pytest.raises(UserError, match=r"'nothing' pays nothing for any of the states"):
        perform(BehaviourPrompt(0, 10, "nothing", (("zero", 1.0),)))


# --- performing ---


def test_the_actor_acts_on_the_latent_of_each_frame(perform, policy):
    """From the metadata and the motion alone, the latents and so the actions follow."""
    prompts = BehaviourPrompt(0, 29, "walk", WALK), BehaviourPrompt(30, 59, "arms", MIX)
    motion = perform(*prompts)[0]
    z = latents(policy, *prompts)
    model = build_model()
    controller = PolicyController(model, policy, z[None])
    again = rollout(controller, None, None, 60, SUBSTEPS, silent)
    np.testing.assert_array_equal(motion.qpos, again.qpos)
    observations = observe_states(model, motion.qpos, motion.qvel)
    for step in (0, 20, 30, 45, 58):
        wanted = policy.act(observations[step], z[step])
        np.testing.assert_allclose(controller.actions[0, step + 1], wanted, atol=1e-4)


def test_behaviours_start_standing_and_motions_in_their_first_frame(perform, squat):
    standing = perform(BehaviourPrompt(0, 5, "walk", WALK))[0]
    np.testing.assert_array_equal(standing.qpos[0, 7:], 0)
    assert standing.qpos[0, 2] == UPRIGHT_HEIGHT
    prompt = MotionPrompt(0, 20, "squat", squat, "world")
    tracked = perform(prompt)[0]
    np.testing.assert_allclose(
        tracked.qpos[0], build_reference(Timeline((prompt,))).motion.qpos[0], atol=1e-9
    )
    held = perform(PosePrompt(10, 20, "crouch", tuple(pose("crouch"))))[0]
    np.testing.assert_allclose(held.qpos[0, 7:], pose("crouch")[7:], atol=0.01)
    assert not held.qvel[0].any()


def test_takes_together_are_what_each_is_alone(policy):
    z = latents(policy, BehaviourPrompt(0, 39, "walk", WALK))
    z = np.stack([z, latents(policy, BehaviourPrompt(0, 39, "arms", MIX))])
    model = build_model()
    start = pose("stand"), np.zeros(75)
    together = rollout_takes(PolicyController(model, policy, z), start, 40, SUBSTEPS, silent)
    for take, record in enumerate(together):
        alone = PolicyController(build_model(), policy, z[take : take + 1])
        expected = rollout(alone, None, start, 40, SUBSTEPS, silent)
        np.testing.assert_allclose(record.qpos, expected.qpos, atol=1e-3)
        np.testing.assert_array_equal(record.contacts[:20], expected.contacts[:20])


def test_takes_differ_and_the_first_does_not_depend_on_how_many_there_are(perform):
    walk = BehaviourPrompt(0, 40, "walk", WALK)
    takes = perform(walk, takes=3)
    assert [take.metadata["take"] for take in takes] == [0, 1, 2]
    # The random actor hardly listens to its latent.
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert np.abs(takes[one].qpos - takes[other].qpos).max() > 1e-3
    np.testing.assert_allclose(perform(walk)[0].qpos, takes[0].qpos, atol=1e-3)
    other = perform(walk, takes=2, seed=4)[1]
    assert np.abs(other.qpos - takes[1].qpos).max() > 1e-3


def test_a_performance_is_made_again_from_its_metadata(perform, squat):
    prompts = (
        MotionPrompt(0, 30, "squat", squat, "world"),
        BehaviourPrompt(31, 60, "arms", MIX),
        PosePrompt(61, 80, "crouch", tuple(pose("crouch"))),
    )
    motion = perform(*prompts, takes=2, seed=7)[1]
    kept = json.loads(json.dumps(motion.metadata))
    again = generate(
        Timeline.from_dict(kept["timeline"]), GenerationSettings.from_dict(kept["settings"])
    )[kept["take"]]
    np.testing.assert_array_equal(again.qpos, motion.qpos)
    assert again.metadata == motion.metadata


def test_the_licence_and_the_origin_of_every_latent_go_with_the_motion(perform, squat):
    metadata = perform(
        MotionPrompt(0, 30, "squat", squat, "world"),
        BehaviourPrompt(31, 60, "arms", MIX),
        PosePrompt(61, 70, "crouch", tuple(pose("crouch"))),
    )[0].metadata
    assert metadata["licence"] == metadata["model"]["licence"] == "CC BY-NC 4.0"
    assert metadata["model"]["name"] == "tiny" and len(metadata["model"]["sha256"]) == 64
    assert [entry["inference"] for entry in metadata["latents"]] == ["tracking", "reward", "goal"]
    assert metadata["latents"][1]["rewards"] == [list(pair) for pair in MIX]
    assert metadata["latents"][1]["states"] == 280
    assert 0 <= metadata["latents"][1]["mean_reward"] <= 1
    assert metadata["unused_settings"] == ["assistance", "strength"]


def test_motions_are_measured_against_what_was_asked_for_and_behaviours_by_reward(perform, squat):
    tracked = perform(MotionPrompt(0, 30, "squat", squat, "world"))[0].metadata["measures"]
    assert tracked["joint_error_root_cm"] > 0 and "mean_reward" not in tracked
    walked = perform(BehaviourPrompt(0, 30, "walk", WALK))[0].metadata["measures"]
    assert "joint_error_root_cm" not in walked and "mean_reward" in walked


def test_the_reward_told_does_not_depend_on_the_scale_of_the_weights(perform):
    one, ten = (
        perform(BehaviourPrompt(0, 20, "arms", (("raisearms-h-h", weight),)))[0]
        for weight in (1.0, 10.0)
    )
    told = [motion.metadata["measures"]["mean_reward"] for motion in (one, ten)]
    assert 0 < told[0] < 1
    assert told[1] == pytest.approx(told[0], rel=0.2)


def test_a_performance_shows_itself_and_can_be_cancelled(perform):
    def stop(fraction, text="", preview=None):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        perform(BehaviourPrompt(0, 300, "walk", WALK), progress=stop)
    shown = []

    def watch(fraction, text="", preview=None):
        if preview is not None:
            shown.append(preview)

    first = perform(BehaviourPrompt(0, 60, "walk", WALK), progress=watch, takes=2)[0]
    np.testing.assert_array_equal(np.concatenate(shown), first.qpos)


@pytest.mark.parametrize(
    ("rewards", "said"),
    [
        ((("move-ego-north", 1.0),), "there is no reward 'move-ego-north'"),
        ((("0.5 * (speed", 1.0),), r"'\)' is expected"),
        ((("hand_height", 1.0),), "did you mean"),
        ((("headstand", float("nan")),), "weight"),
    ],
)
def test_what_is_wrong_with_a_reward_is_said(perform, rewards, said):
    with pytest.raises(UserError, match=said):
        perform(BehaviourPrompt(0, 10, "odd", rewards))


def test_a_path_is_not_for_a_policy(perform):
    with pytest.raises(UserError, match="choose the controller 'servo' or 'automatic'"):
        perform(PathPrompt(0, 30, "round", ((0, 0), (1, 0))))


# --- models ---


def test_without_a_model_a_person_is_told_how_to_get_one(store, perform):
    with pytest.raises(UserError, match=r"models download .* controller 'servo'"):
        perform(BehaviourPrompt(0, 10, "walk", WALK), model="")
    with pytest.raises(UserError, match=r"no model 'mine'.*installed: none"):
        perform(BehaviourPrompt(0, 10, "walk", WALK), model="mine")


def test_a_folder_that_is_no_model_is_refused(perform, tmp_path):
    with pytest.raises(UserError, match="is no model; give a folder with"):
        perform(BehaviourPrompt(0, 10, "walk", WALK), model=str(tmp_path))


def test_a_model_without_its_data_performs_poses_but_no_behaviours(perform, store):
    model = str(GOLDEN / "model_residual")
    with pytest.raises(UserError, match="'model_residual' came without the data"):
        perform(BehaviourPrompt(0, 10, "walk", WALK), model=model)
    held = perform(PosePrompt(0, 10, "stand", tuple(pose("stand"))), model=model)[0]
    assert held.frames == 11


def test_a_checkpoint_is_converted_once_and_again_when_it_changes(checkpoint, store, perform):
    walk = BehaviourPrompt(0, 10, "walk", WALK)
    perform(walk, model=str(checkpoint))
    (made,) = (store / choice.PACKS).iterdir()
    before = (made / "actor.onnx").stat().st_mtime_ns
    perform(walk, model=str(checkpoint))
    assert (made / "actor.onnx").stat().st_mtime_ns == before
    (checkpoint / "config.json").touch()
    perform(walk, model=str(checkpoint))
    assert (made / "actor.onnx").stat().st_mtime_ns != before
    assert not (checkpoint / "actor.onnx").exists()


def test_an_installed_model_is_chosen_by_its_name_and_keeps_its_licence(pack, store, perform):
    import_model(pack, "mine", licence="CC BY-NC 4.0 by Meta")
    with pytest.raises(UserError, match="choose one of mine"):
        perform(BehaviourPrompt(0, 10, "walk", WALK), model="")
    motion = perform(BehaviourPrompt(0, 10, "walk", WALK), model="mine")[0]
    assert motion.metadata["model"]["name"] == "mine"
    assert motion.metadata["licence"] == "CC BY-NC 4.0 by Meta"
    assert str(pack) not in json.dumps(motion.metadata)
    (listed,) = choice.list_models()
    assert listed["name"] == "mine" and listed["licence"] == "CC BY-NC 4.0 by Meta"
    assert listed["size"] > 10_000


def test_the_model_that_ships_is_taken_where_none_is_named(pack, store, perform, monkeypatch):
    monkeypatch.setattr(choice, "DEFAULT_FOLDER", pack)
    motion = perform(BehaviourPrompt(0, 10, "walk", WALK), model="")[0]
    assert motion.metadata["model"]["name"] == "default"
    assert [entry["name"] for entry in choice.list_models()] == ["default"]
