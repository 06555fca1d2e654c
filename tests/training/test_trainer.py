"""A run of training goes on exactly where it stopped, keeps its bounds and loses nothing."""

import json
import resource
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from runtime.body.model import shared_model
from runtime.errors import UserError
from runtime.policy import FBcprModel
from runtime.simulation import observe_states
from runtime.training import scoring
from runtime.training import trainer as trainer_module
from runtime.training.experience.expert import ExpertSampler, load_motions, priorities
from runtime.training.presets import TINY, humanoid_model
from runtime.training.progress_log import ProgressLog
from runtime.training.saving import folders
from runtime.training.saving.checkpoint import restore_checkpoint
from runtime.training.saving.weights import load_weights, save_weights
from runtime.training.trainer import Trainer


@pytest.fixture
def make_trainer(motions_folder, tmp_path):
    """Makes trainers of the tiny preset; they are closed after the test."""
    made = []

    def make(config=TINY, out=None, **options):
        motions, held_out = load_motions(motions_folder)
        made.append(Trainer(config, motions, held_out, out or tmp_path / "run", **options))
        return made[-1]

    yield make
    for trainer in made:
        trainer.close()


def same_state(one, other):
    a, b = one.model.state_dict(), other.model.state_dict()
    assert a.keys() == b.keys()
    return all(torch.equal(a[name], b[name]) for name in a)


def test_a_resumed_run_is_the_uninterrupted_run_to_the_last_bit(make_trainer, tmp_path):
    whole = make_trainer(out=tmp_path / "whole")
    whole.run(steps=160)
    first = make_trainer(out=tmp_path / "first")
    first.run(steps=88)
    resumed = make_trainer(out=tmp_path / "second")
    torch.manual_seed(12345)  # what the process did before must not matter
    restore_checkpoint(tmp_path / "first" / "checkpoint", resumed)
    assert (resumed.steps, resumed.updates) == (first.steps, first.updates)
    resumed.run(steps=72)
    assert resumed.steps == whole.steps == 160
    assert resumed.updates == whole.updates == 29
    assert same_state(resumed, whole)
    assert torch.equal(
        resumed.replay.newest(50)["observation"], whole.replay.newest(50)["observation"]
    )


def test_what_is_remembered_is_what_was_seen_done_and_reached(make_trainer):
    trainer = make_trainer()
    first = trainer.rollouts.observation.copy()
    trainer.rollouts.age[:] = 0
    trainer.run(steps=8)
    rows = {name: values.numpy() for name, values in trainer.replay.newest(8).items()}
    np.testing.assert_array_equal(rows["observation"][:4], first)
    np.testing.assert_array_equal(rows["observation"][4:], rows["next_observation"][:4])
    assert np.abs(rows["next_observation"] - rows["observation"]).max(axis=1).min() > 0.1
    # The state that is kept beside the observation is the one it belongs to.
    again = observe_states(
        shared_model(), rows["next_qpos"].astype(float), rows["next_qvel"].astype(float)
    )
    np.testing.assert_allclose(again, rows["next_observation"], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(rows["z"], axis=1), 8**0.5, rtol=1e-5)


def test_updates_keep_their_ratio_to_steps(make_trainer):
    trainer = make_trainer()
    trainer.run(steps=120)
    # One step of four bodies is not yet learnt from: its updates run during the next.
    assert trainer.updates == (120 - 4 - TINY.random_steps) * TINY.updates_per_step


def test_with_slack_the_ratio_stays_within_its_bounds(make_trainer):
    trainer = make_trainer(replace(TINY, ratio_slack=0.5))
    trainer.run(steps=200)
    due = (200 - 4 - TINY.random_steps) * TINY.updates_per_step
    assert int(0.5 * due) <= trainer.updates <= 1.5 * due


def test_the_checkpoint_is_a_model_in_the_published_form(make_trainer):
    trainer = make_trainer()
    trainer.run(steps=60)
    model = FBcprModel.load(trainer.out / "checkpoint")
    obs, z = torch.randn(3, 358), trainer.agent.sample_sphere(3)
    torch.testing.assert_close(model.act(obs, z), trainer.model.act(obs, z))


def test_weights_alone_go_on_approximately_and_replay_refills(make_trainer, tmp_path):
    first = make_trainer(out=tmp_path / "first")
    first.run(steps=80)
    model, counts = load_weights(first.out / "weights")
    for name, value in first.model.state_dict().items():
        if not name.startswith("_target_"):
            stored = model.state_dict()[name]
            torch.testing.assert_close(stored, value, rtol=1e-3, atol=1e-3, msg=name)
    second = make_trainer(out=tmp_path / "second", model=model, counts=counts)
    assert (second.steps, second.updates) == (80, first.updates)
    second.run(steps=TINY.random_steps)
    assert second.updates == first.updates, "no update before replay has filled again"
    second.run(steps=16)
    assert second.updates > first.updates


def test_weights_come_in_files_no_larger_than_asked(make_trainer, tmp_path):
    trainer = make_trainer()
    save_weights(tmp_path / "weights", trainer.model, {"steps": 1}, shard_bytes=100_000)
    files = list((tmp_path / "weights").glob("*.safetensors"))
    assert len(files) > 1
    assert max(file.stat().st_size for file in files) <= 100_000
    model, counts = load_weights(tmp_path / "weights")
    assert counts == {"steps": 1}
    assert model.cfg.archi == trainer.model.cfg.archi


def test_a_run_with_a_time_limit_ends_cleanly_and_saved(make_trainer):
    records = []
    trainer = make_trainer(replace(TINY, total_steps=10**9), report=records.append)
    trainer.run(minutes=0.03)
    assert trainer.updates > 0
    _, counts = load_weights(trainer.out / "weights")
    assert counts["updates"] == trainer.updates
    last = records[-1]
    assert last["kind"] == "losses" and last["updates_per_second"] > 0
    assert {"disc_loss", "fb_loss", "critic_loss", "actor_loss"} <= last.keys()
    json.dumps(records)


def test_a_full_disk_leaves_the_last_good_checkpoint(make_trainer, tmp_path, monkeypatch):
    trainer = make_trainer()
    trainer.run(steps=60)
    good = trainer.updates

    def full(self, folder):
        folder.mkdir(parents=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(trainer.replay), "save", full)
    with pytest.raises(UserError, match="No space left"):
        trainer.run(steps=40)
    monkeypatch.undo()
    again = make_trainer(out=tmp_path / "again")
    restore_checkpoint(trainer.out / "checkpoint", again)
    assert again.updates == good < trainer.updates
    assert not list(trainer.out.glob("*.part"))


def test_weights_that_do_not_fit_are_told_and_those_before_stay(make_trainer, tmp_path):
    """The limit of the system on the size of a file stands for a disk without room."""
    trainer = make_trainer(replace(TINY, checkpoint_minutes=0.0))
    trainer.run(steps=60)
    good = trainer.updates
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(UserError, match="could not be written"):
            trainer.run(steps=40)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    _, counts = load_weights(trainer.out / "weights")
    assert counts["updates"] == good < trainer.updates
    assert not list(trainer.out.glob("*.part"))


# TensorBoard writes from a thread of its own, which ends there.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_log_without_room_loses_records_but_not_the_run(tmp_path, caplog):
    log = ProgressLog(tmp_path / "run")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        for update in range(20):
            log({"kind": "losses", "steps": 1, "updates": update, "seconds": 1.0, "loss": 0.5})
        log.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caplog.text.count("progress is not kept") == 1


def test_a_full_disk_in_the_middle_is_a_warning_and_training_goes_on(make_trainer, monkeypatch):
    records = []
    config = replace(TINY, checkpoint_minutes=1e-6)
    trainer = make_trainer(config, report=records.append)
    calls = []

    def sometimes_full(folder, trainer):
        calls.append(folder)
        if len(calls) == 1:
            raise UserError("no room")

    monkeypatch.setattr(trainer_module.checkpoint, "save_checkpoint", sometimes_full)
    trainer.run(steps=40)
    assert trainer.steps == 40 and len(calls) > 1
    assert [record["text"] for record in records if record["kind"] == "warning"] == ["no room"]


def test_a_checkpoint_cut_off_between_two_renames_is_found(tmp_path):
    folder = tmp_path / "kept"
    folders.replace_folder(folder, lambda part: (part / "a").write_text("1"))
    folder.rename(tmp_path / "kept.old")
    assert (folders.whole_folder(folder) / "a").read_text() == "1"


def test_another_configuration_is_refused_and_named(make_trainer, tmp_path):
    first = make_trainer(out=tmp_path / "first")
    first.run(steps=48)
    other = make_trainer(replace(TINY, latent_steps=7), out=tmp_path / "other")
    with pytest.raises(UserError, match=r"latent_steps \(6 became 7\)"):
        restore_checkpoint(tmp_path / "first" / "checkpoint", other)
    longer = make_trainer(replace(TINY, total_steps=10**6), out=tmp_path / "longer")
    restore_checkpoint(tmp_path / "first" / "checkpoint", longer)
    assert longer.updates == first.updates


def test_weights_of_another_shape_are_refused(make_trainer, tmp_path):
    small = replace(TINY.agent, model=humanoid_model(32, z_dim=8))
    with pytest.raises(UserError, match="another shape"):
        make_trainer(model=FBcprModel(small.model))


def test_a_damaged_checkpoint_is_refused(make_trainer, tmp_path):
    trainer = make_trainer()
    trainer.run(steps=48)
    folder = trainer.out / "checkpoint"
    (folder / "training.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="not a whole checkpoint"):
        restore_checkpoint(folder, make_trainer(out=tmp_path / "again"))


def test_an_accelerator_that_disappears_is_told_and_what_was_saved_stays(make_trainer):
    trainer = make_trainer()
    trainer.run(steps=60)
    saved = trainer.updates

    def gone(*batches):
        raise torch.AcceleratorError("CUDA error: the device is gone")

    trainer.agent.update_with_z = gone
    with pytest.raises(UserError, match="accelerator stopped working"):
        trainer.run(steps=40)
    assert load_weights(trainer.out / "weights")[1]["updates"] == saved


def test_an_interrupted_run_is_saved(make_trainer, tmp_path):
    trainer = make_trainer()
    update = trainer.agent.update_with_z

    def interrupted(*batches):
        if trainer.updates == 7:
            raise KeyboardInterrupt
        return update(*batches)

    trainer.agent.update_with_z = interrupted
    with pytest.raises(KeyboardInterrupt):
        trainer.run(steps=400)
    again = make_trainer(out=tmp_path / "again")
    restore_checkpoint(trainer.out / "checkpoint", again)
    assert again.updates == 7
    again.run(steps=8)


def test_losses_that_are_not_finite_end_the_run_before_anything_is_overwritten(make_trainer):
    trainer = make_trainer()
    trainer.run(steps=60)
    saved = trainer.updates
    with torch.no_grad():
        next(trainer.model._actor.parameters()).fill_(float("nan"))
    with pytest.raises(UserError, match=r"realm of numbers|diverged"):
        trainer.run(steps=40)
    assert load_weights(trainer.out / "weights")[1]["updates"] == saved


def test_bodies_that_diverge_are_left_out_and_start_again(make_trainer, monkeypatch):
    trainer = make_trainer()
    batch = trainer.rollouts.batch
    observe = batch.observe

    def one_broken(bodies=None):
        seen = observe(bodies)
        if bodies is not None and len(bodies) == 4:
            seen[1] = np.nan
        return seen

    monkeypatch.setattr(batch, "observe", one_broken)
    trainer.run(steps=4)
    assert len(trainer.replay) == 3
    assert trainer.rollouts.diverged == 1
    assert trainer.rollouts.age[1] == 0
    assert np.isfinite(trainer.rollouts.observation).all()


def test_scores_and_priorities_are_measured_while_it_runs(make_trainer, monkeypatch):
    quick = partial(scoring.behaviour_scores, tasks=("move-ego-0-0",), episodes=1)
    monkeypatch.setattr(scoring, "behaviour_scores", quick)
    records = []
    config = replace(TINY, priorities_every=60, score_every=60, score_motions=1)
    trainer = make_trainer(config, report=records.append)
    trainer.run(steps=108)
    scores = next(record for record in records if record["kind"] == "scores")
    assert {"emd", "success", "move-ego-0-0"} <= scores.keys()
    assert any(record["kind"] == "priorities" for record in records)
    assert np.isfinite(trainer.emd).all()
    model, counts = load_weights(trainer.out / "weights")
    onward = make_trainer(config, model=model, counts=counts)
    np.testing.assert_allclose(onward.emd, trainer.emd, atol=1e-3)


def test_badly_tracked_motions_come_more_often_and_bins_weigh_the_same():
    weights = priorities(np.array([0.1, 0.6, 0.7, 3.1, 9.0]))
    np.testing.assert_allclose(weights, [1 / 9, 1 / 9, 1 / 9, 1 / 3, 1 / 3])


def test_slices_are_consecutive_frames_of_one_motion_drawn_by_weight(motions_folder):
    motions, _ = load_motions(motions_folder)
    expert = ExpertSampler(motions, 8)
    expert.set_weights(np.array([0, 1, 0, 0]))
    batch = expert.sample(800)
    frames = motions.get(motions.get_motion_ids()[1])["observation"].astype(np.float32)
    first = batch["observation"].numpy().reshape(100, 8, 358)
    following = batch["next_observation"].numpy().reshape(100, 8, 358)
    starts = {int(np.flatnonzero((frames == slice_[0]).all(axis=1))[0]) for slice_ in first}
    assert len(starts) > 20 and max(starts) + 8 < len(frames)
    for now, then in zip(first, following, strict=True):
        start = int(np.flatnonzero((frames == now[0]).all(axis=1))[0])
        np.testing.assert_array_equal(now, frames[start : start + 8])
        np.testing.assert_array_equal(then, frames[start + 1 : start + 9])


def test_motions_shorter_than_a_slice_are_left_out_or_refused(motions_folder):
    motions, _ = load_motions(motions_folder)
    with pytest.raises(UserError, match="longer than 40 frames"):
        ExpertSampler(motions, 40)
    ExpertSampler(motions, 39)


def test_without_motions_there_is_a_clear_error(tmp_path):
    with pytest.raises(UserError, match="no motions"):
        load_motions(tmp_path)
    with pytest.raises(UserError, match="no motions at"):
        load_motions(tmp_path / "nowhere")
