"""The cloning loop: one update by hand, z as prompts make it, going on exactly."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from smallest_run import SMALL

from runtime.errors import UserError
from runtime.prompts.latents import tracking_latents
from runtime.simulation.stepping import DivergenceError
from runtime.training.cloning import judging
from runtime.training.cloning.config import cloning_model
from runtime.training.cloning.experts import expert_set
from runtime.training.cloning.experts.expert_set import ExpertSet
from runtime.training.cloning.latents import (
    Shares,
    draw_windows,
    running_sums,
    window_means,
    window_rows,
)
from runtime.training.cloning.loop import BEST, LOST, CloningTrainer
from runtime.training.cloning.needs import FILE, save_able
from runtime.training.cloning.resume import known_experts, restore_cloning, save_cloning
from runtime.training.cloning.rollout import RolloutSettings
from runtime.training.saving.weights import load_weights


@pytest.fixture
def trainer(experts, tmp_path):
    made = CloningTrainer(SMALL, experts, tmp_path, lambda record: None)
    made.begin()
    return made


def test_one_update_agrees_with_a_plain_computation(trainer):
    config = replace(
        SMALL, backward_share=1.0, shares=Shares(goal=0.0, held=0.0), decorrelation=0.0
    )
    trainer.config = config
    batch = trainer.samples.sample(32)
    model = trainer.model
    weight = model._actor.policy[-1].weight
    b_weight = model._backward_map.net[0].weight
    before, b_before = weight.detach().clone(), b_weight.detach().clone()
    # By hand: z of the eight frames ahead, one by one; the mean squared error; Adam's first step.
    zs = []
    for frame in batch["frame"][:, 0].long().tolist():
        entry = int(np.searchsorted(trainer.experts.starts, frame, side="right")) - 1
        last = int(trainer.experts.starts[entry + 1])
        ahead = trainer.experts.observation[frame + 1 : min(frame + 9, last)]
        b = model._backward_map(model._normalize(ahead)).mean(dim=0)
        zs.append(b / b.norm() * 8**0.5)
    seen = model._normalize(batch["observation"])
    error = model._actor(seen, torch.stack(zs)) - batch["action"]
    loss = (error.square()).sum() / error.numel()
    gradient, b_gradient = torch.autograd.grad(loss, [weight, b_weight])
    told = trainer.clone(batch)["clone_loss"]
    assert float(told) == pytest.approx(loss.item(), rel=1e-4)
    rate = config.learning_rate
    for moved, was, slope in ((weight, before, gradient), (b_weight, b_before, b_gradient)):
        step = moved.detach() - was
        clear = slope.abs() > 1e-4
        assert clear.any()
        torch.testing.assert_close(
            step[clear], -rate * slope[clear].sign(), rtol=1e-2, atol=rate * 1e-2
        )


def test_windows_stay_within_their_expert_and_hold_the_frame_ahead():
    torch.manual_seed(0)
    start, end = torch.tensor([0, 40]), torch.tensor([40, 300])
    entry = torch.randint(2, (2000,))
    frame = start[entry] + (torch.rand(2000) * (end - start - 1)[entry]).long()
    for shares in (Shares(0, 0), Shares(1, 0), Shares(0, 1)):
        first, length = draw_windows(frame, start[entry], end[entry], shares)
        assert (first >= start[entry]).all() and (first + length <= end[entry]).all()
        assert (length >= 1).all() and (first + length > frame + 1).all()
        assert ((first <= frame + 1) | (length == 1)).all()
        rows, weights = window_rows(first, length)
        assert ((rows >= first[:, None]) & (rows < (first + length)[:, None]))[weights > 0].all()
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(2000))


def test_following_hears_what_tracking_inference_says():
    torch.manual_seed(0)
    b = torch.randn(50, 6)
    frame = torch.arange(49)
    edges = torch.zeros(49, dtype=torch.int64), torch.full((49,), 50)
    first, length = draw_windows(frame, *edges, Shares(0, 0))
    means = window_means(running_sums(b), first, length)
    z = means / means.norm(dim=1, keepdim=True) * 6**0.5
    expected = tracking_latents(b[1:].numpy(), 8, True)
    np.testing.assert_allclose(z.numpy(), expected, atol=1e-5)


def test_roll_outs_bring_labels_and_transitions(trainer):
    samples, transitions = len(trainer.samples), len(trainer.transitions)
    trainer.roll_out()
    assert len(trainer.samples) > samples and len(trainer.transitions) > transitions
    rows = trainer.samples.newest(len(trainer.samples) - samples)
    assert rows["action"].abs().max() <= 1
    assert rows["frame"].max() < trainer.experts.frames


def test_f_learns_from_experts_as_well_as_from_roll_outs(trainer):
    trainer.roll_out()
    batch = trainer.sample_transitions(10)
    performed = torch.from_numpy(trainer.experts.observation)
    known = (batch["observation"][:, None] == performed).all(dim=2).any(dim=1)
    assert known[:5].all() and not known[5:].all()
    # One step from frame to frame, by the expert's own action.
    place = int((performed == batch["observation"][0]).all(dim=1).nonzero()[0])
    torch.testing.assert_close(batch["next_observation"][0], performed[place + 1])


def test_states_in_which_the_policy_was_lost_are_kept(trainer, experts_folder, tmp_path):
    # One that knows nothing is lost soon.
    trainer.config = replace(SMALL, rollouts=RolloutSettings(bodies=4, steps=15, label_m=0.02))
    trainer.roll_out()
    trainer.save()
    lost = np.load(tmp_path / LOST)
    assert len(lost["name"]) >= 1 and set(lost["name"].tolist()) == set(trainer.experts.names)
    assert lost["qpos"].shape[1:] == (76,) and lost["qvel"].shape[1:] == (75,)
    expert = trainer.experts.entries[0].expert
    place = expert.qpos[lost["frame"], :2]
    np.testing.assert_allclose(lost["qpos"][:, :2], place, atol=1e-9)


def test_a_run_goes_on_to_the_last_bit(experts_folder, tmp_path):
    def fresh(out):
        return CloningTrainer(SMALL, ExpertSet(experts_folder), out, lambda record: None)

    whole = fresh(tmp_path / "whole")
    whole.begin()
    whole.run(rounds=2)
    parts = fresh(tmp_path / "parts")
    parts.begin()
    parts.run(rounds=1)
    checkpoint = tmp_path / "parts" / "checkpoint"
    assert known_experts(checkpoint) == parts.experts.names
    again = fresh(tmp_path / "parts")
    restore_cloning(checkpoint, again)
    again.run(rounds=1)
    assert again.updates == whole.updates == 2 * SMALL.round_updates
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, again.model.state_dict()[name]), name


def test_weights_are_a_model_like_any_other(trainer, tmp_path):
    trainer.run(rounds=1)
    model, counts = load_weights(tmp_path / "weights")
    assert counts["updates"] == SMALL.round_updates
    assert model.cfg.seq_length == 8
    assert torch.isfinite(model.act(np.zeros((1, 358)), model.sample_z(1))).all()


def test_cloning_makes_the_error_smaller(trainer):
    before = float(np.mean([trainer.update()["clone_loss"] for _ in range(5)]))
    for _ in range(60):
        trainer.update()
    assert float(np.mean([trainer.update()["clone_loss"] for _ in range(5)])) < 0.8 * before


def test_another_configuration_is_refused(trainer, tmp_path):
    save_cloning(tmp_path / "c", trainer)
    changed = replace(SMALL, learning_rate=1e-3)
    other = CloningTrainer(changed, trainer.experts, tmp_path, trainer.report)
    with pytest.raises(UserError, match="another configuration: learning_rate"):
        restore_cloning(tmp_path / "c", other)


def test_what_is_in_use_and_saved_is_the_mean_of_the_weights(trainer, tmp_path):
    weight = trainer.model._actor.policy[-1].weight
    seen = [weight.detach().clone()]
    mean = seen[0].clone()
    for number in range(4):
        trainer.update()
        kept = (number) / (number + 10)
        mean = kept * mean + (1 - kept) * weight.detach()
        seen.append(weight.detach().clone())
    with trainer.in_use():
        torch.testing.assert_close(weight.detach(), mean)
    assert torch.equal(weight.detach(), seen[-1])
    trainer.save()
    model, _ = load_weights(tmp_path / "weights")
    torch.testing.assert_close(model._actor.policy[-1].weight, mean, atol=1e-3, rtol=1e-2)


def test_in_mixed_precision_the_same_is_learned_and_weights_stay_whole(experts, tmp_path):
    """The same loss to three digits and much the same step; what is kept is float32."""
    plain, mixed = (
        CloningTrainer(
            replace(SMALL, agent=replace(SMALL.agent, precision=precision)),
            experts,
            tmp_path / precision,
            lambda record: None,
        )
        for precision in ("float32", "bfloat16")
    )
    gradients, losses = [], []
    for trainer in (plain, mixed):
        trainer.begin()
        torch.manual_seed(0)
        losses.append(float(trainer.clone(trainer.samples.sample(256))["clone_loss"]))
        gradients.append(trainer.model._actor.policy[-1].weight.grad.flatten())
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.01)
    assert torch.nn.functional.cosine_similarity(*gradients, dim=0) > 0.99
    assert mixed.model._actor.policy[-1].weight.dtype == torch.float32


def test_states_that_a_reward_led_to_are_learned_under_it(trainer):
    trainer.config = replace(SMALL, shares=Shares(asked=0.0, own=1.0))
    trainer._look_up()
    behaviours = trainer.behaviours
    own = torch.tensor([int(behaviours.numbers[0]), -1, int(behaviours.numbers[-1])])
    z = trainer.asked(torch.tensor([1, 2, 3]), own, torch.zeros(3, 8))
    assert torch.equal(z[0], behaviours.latents[0]) and torch.equal(z[2], behaviours.latents[-1])
    assert not z[1].any()
    trainer.roll_out()
    rows = trainer.samples.newest(trainer.steps)
    told = set(rows["task"][:, 0].long().tolist())
    assert told - {-1} <= set(behaviours.numbers.tolist()) and len(told) > 1


def test_the_rate_falls_with_the_updates(trainer):
    trainer.updates = 3 * trainer.config.falls_after
    trainer.update()
    assert trainer.optimizer.param_groups[0]["lr"] == pytest.approx(
        trainer.config.learning_rate / 2
    )


def test_the_best_weights_are_kept(trainer, tmp_path, monkeypatch):
    """Whatever comes after them: a walk is won and lost from save to save."""
    enough = dict.fromkeys(judging.ENOUGH, 300.0) | {judging.UPRIGHT: 1.0}
    told = [{**enough, judging.WALKING: walked} for walked in (20.0, 160.0, 90.0)]
    monkeypatch.setattr(judging, "scores", lambda _: told.pop(0))
    for count in (6, 12, 18):
        trainer.updates = count
        trainer.judge()
    assert load_weights(tmp_path / BEST)[1]["updates"] == 12
    # A run that goes on knows how good they were.
    save_cloning(tmp_path / "c", trainer)
    later = CloningTrainer(SMALL, trainer.experts, tmp_path, lambda record: None)
    restore_cloning(tmp_path / "c", later)
    assert later.best == trainer.best > 0


def test_a_teacher_that_is_measured_anew_counts_over_the_checkpoint(trainer, tmp_path):
    trainer.needs.able, trainer.needs.earned = {"stand": 0.5}, {"stand": 0.2}
    save_cloning(tmp_path / "c", trainer)
    folder = trainer.experts.folder
    try:
        for measured, expected in (({}, 0.5), ({"stand": 270.0}, 0.9)):
            if measured:
                save_able(folder, measured)
            later = CloningTrainer(SMALL, trainer.experts, tmp_path, lambda record: None)
            restore_cloning(tmp_path / "c", later)
            assert later.needs.able == {"stand": pytest.approx(expected)}
            assert later.needs.earned == {"stand": 0.2}
    finally:
        (folder / FILE).unlink(missing_ok=True)


def test_walking_and_standing_come_before_doing_either_well():
    enough = dict.fromkeys(judging.ENOUGH, 250.0) | {judging.UPRIGHT: 0.8}
    lame = {**enough, judging.STANDING: 300.0, judging.WALKING: 140.0}
    falls = {**enough, judging.UPRIGHT: 0.5, judging.WALKING: 200.0}
    assert judging.selection_score(enough) > max(
        judging.selection_score(lame), judging.selection_score(falls)
    )


def test_scores_are_of_what_the_bars_are_about(trainer, monkeypatch):
    monkeypatch.setattr(judging, "EPISODES", dict.fromkeys(judging.EPISODES, 1))
    with trainer.in_use():
        found = judging.scores(trainer)
    assert {*judging.ENOUGH, judging.UPRIGHT, "followed"} <= set(found)
    # Who has learned nothing lies on the floor long before the end.
    assert found[judging.UPRIGHT] == 0 and judging.selection_score(found) < 2


def test_an_interrupted_run_keeps_what_it_learned(trainer, tmp_path):
    def interrupted():
        trainer.update()
        raise KeyboardInterrupt

    trainer.round = interrupted
    with pytest.raises(KeyboardInterrupt):
        trainer.run(rounds=3)
    again = CloningTrainer(SMALL, trainer.experts, tmp_path, lambda record: None)
    restore_cloning(tmp_path / "checkpoint", again)
    assert again.updates == 1 and load_weights(tmp_path / "weights")[1]["updates"] == 1


def test_who_interrupts_the_judging_keeps_the_round_before_it(trainer, tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    trainer.config = replace(trainer.config, score_rounds=1)
    trainer.round, trainer.judge = lambda: trainer.update(), interrupted
    trainer._tell = lambda: None
    with pytest.raises(KeyboardInterrupt):
        trainer.run(rounds=3)
    assert load_weights(tmp_path / "weights")[1]["updates"] == 1


def test_a_full_disk_is_told_and_what_was_saved_stays(trainer, tmp_path, monkeypatch):
    trainer.lost.append((trainer.experts.names[0], 3, np.zeros(76), np.zeros(75)))
    trainer.save()
    before = (tmp_path / LOST).read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(UserError, match=r"No space left on device.*Make room"):
        trainer.save()
    assert (tmp_path / LOST).read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_experts_of_another_body_are_refused(experts_folder, monkeypatch):
    def lost(*_):
        raise DivergenceError("no feedback was found that holds the expert")

    monkeypatch.setattr(expert_set, "cached_gains", lost)
    with pytest.raises(UserError, match="another body's"):
        ExpertSet(experts_folder)


def test_weights_of_another_size_go_on_as_they_are_and_a_checkpoint_does_not(trainer, tmp_path):
    trainer.run(rounds=1)
    model, counts = load_weights(tmp_path / "weights")
    wide = replace(SMALL, agent=replace(SMALL.agent, model=cloning_model(32, 8)))
    onward = CloningTrainer(wide, trainer.experts, tmp_path, lambda record: None, model, counts)
    assert onward.model.cfg.archi.actor.hidden_dim == 16
    fresh = CloningTrainer(wide, trainer.experts, tmp_path, lambda record: None)
    with pytest.raises(UserError, match="another configuration"):
        restore_cloning(tmp_path / "checkpoint", fresh)
