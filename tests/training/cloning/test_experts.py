"""Experts: what muscles alone did in the environment, kept small, mirrored for free."""

import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from runtime.body.kinematics import forward_kinematics
from runtime.body.model import build_model, shared_model
from runtime.body.observation import observe_states
from runtime.errors import UserError
from runtime.library.dataset import is_held_out
from runtime.motion.ground_frame import heading, planar
from runtime.performance.physics.bodies import PublishedBody
from runtime.simulation.environment import HumEnv
from runtime.simulation.stepping import DivergenceError
from runtime.training.cloning.experts import build, perform, pushes, sources
from runtime.training.cloning.experts.expert import Expert, load_expert
from runtime.training.cloning.experts.expert_set import ExpertSet
from runtime.training.cloning.experts.gains import find_gains, follow, mirrored_gains
from runtime.training.cloning.experts.sources import (
    Job,
    Source,
    list_asked,
    list_jobs,
    list_named,
    stretches,
)

NAME = "lifts_arm-0"


def test_an_expert_is_what_the_environment_does_with_its_actions(experts_folder):
    expert, body = load_expert(experts_folder / f"{NAME}.npz"), PublishedBody()
    environment = HumEnv()
    environment.reset(options={"qpos": expert.qpos[0], "qvel": expert.qvel[0]})
    assert environment.unwrapped.model.nu == build_model().nu == 69
    for frame, action in enumerate(body.actions(expert.targets)):
        environment.step(action)
        apart = environment.unwrapped.data.qpos - expert.qpos[frame + 1]
        assert np.abs(apart).max() < 0.02
    done, asked = forward_kinematics(expert.qpos)[0], forward_kinematics(expert.qpos[:1])[0]
    assert np.linalg.norm(done[:, 0] - asked[:, 0], axis=-1).max() < 0.05


def test_half_a_kilobyte_a_frame(experts_folder):
    expert = load_expert(experts_folder / f"{NAME}.npz")
    arrays = np.load(experts_folder / f"{NAME}.npz")
    assert sum(arrays[name].nbytes for name in arrays.files) < 512 * expert.frames


def test_its_mirror_image_is_held_by_the_mirrored_gains(experts_folder):
    expert, body = load_expert(experts_folder / f"{NAME}.npz"), PublishedBody()
    gains = find_gains(expert, body)
    image = expert.mirrored()
    np.testing.assert_allclose(image.mirrored().targets, expert.targets)
    assert np.abs(image.targets - expert.targets).max() > 0.01
    qpos, _, _ = follow(body, image, mirrored_gains(gains))
    assert np.abs(qpos - image.qpos).max() < 0.1
    np.testing.assert_array_equal(mirrored_gains(mirrored_gains(gains)), gains)


def test_feedback_brings_a_pushed_body_back(experts_folder):
    expert, body = load_expert(experts_folder / f"{NAME}.npz"), PublishedBody()
    gains = find_gains(expert, body)
    pushed = expert.qvel[0].copy()
    pushed[0] += 0.15
    still = np.zeros_like(gains)

    def end_speed(feedback):
        return abs(follow(body, expert, feedback, (expert.qpos[0], pushed))[1][-1, 0])

    assert end_speed(gains) < 0.5 * end_speed(still)


def test_labels_know_neither_place_nor_heading(experts):
    frames = np.array([3, 7])
    for number in range(len(experts.entries)):
        qpos, qvel = (a[frames].copy() for a in experts.states(experts.entries[number]))
        qpos[:, 10] += 0.05
        label = experts.label(number, frames, qpos, qvel)
        turn = np.array([0.0, 0.0, np.sin(0.4), np.cos(0.4)])[[3, 0, 1, 2]]
        moved, moving = qpos.copy(), qvel.copy()
        import mujoco

        for row in range(2):
            mujoco.mju_mulQuat(moved[row, 3:7], turn, qpos[row, 3:7])
            mujoco.mju_rotVecQuat(moved[row, :3], qpos[row, :3], turn)
            mujoco.mju_rotVecQuat(moving[row, :3], qvel[row, :3], turn)
        moved[:, :2] += [2.0, -1.0]
        np.testing.assert_allclose(experts.label(number, frames, moved, moving), label, atol=1e-6)


def test_both_sides_are_taught_alike(experts):
    assert [entry.mirrored for entry in experts.entries] == [False, True]
    own, image = (experts.states(entry) for entry in experts.entries)
    frames = np.arange(len(own[0]) - 1)
    left = experts.body.targets(experts.label(0, frames, own[0][:-1], own[1][:-1]))
    right = experts.body.targets(experts.label(1, frames, image[0][:-1], image[1][:-1]))
    swapped = Expert("", (), *own, left).mirrored().targets
    np.testing.assert_allclose(right, swapped, atol=1e-9)


def test_a_blend_is_the_mean_by_shares(experts):
    qpos, qvel = (rows[[3, 9]] for rows in experts.all_states())
    frames, shares = np.array([[3, 4], [9, 8]]), np.array([[0.75, 0.25], [1.0, 0.0]])
    each = [np.clip(experts.labels(frames[:, k], qpos, qvel), -1, 1) for k in range(2)]
    expected = sum(shares[:, k : k + 1] * each[k] for k in range(2))
    found = experts.blended_labels(frames, shares, qpos, qvel)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_blend_of_very_many_is_of_those_that_count_most(experts):
    qpos, qvel = (rows[[3]] for rows in experts.all_states())
    frames, shares = np.full((1, 80), 3), np.full((1, 80), 1 / 80)
    expected = np.clip(experts.labels(frames[:, 0], qpos, qvel), -1, 1)
    assert np.abs(expected).max() > 0
    found = experts.blended_labels(frames, shares, qpos, qvel)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_frame_is_nearest_to_itself(experts):
    seen = experts.observation[[4, 9]]
    apart = experts.all_distances(seen, np.arange(experts.frames))
    assert apart.argmin(axis=1).tolist() == [4, 9]
    np.testing.assert_allclose(apart.min(axis=1), 0, atol=1e-3)
    np.testing.assert_allclose(apart[:, 30], experts.distances(seen, np.array([30, 30])), atol=1e-3)


def test_a_body_that_moves_as_a_whole_is_as_far_as_it_would_tip(experts):
    qpos, qvel = experts.all_states()
    pushed, shaken = qvel[:1].copy(), qvel[:1].copy()
    pushed[:, :2] += [0.3, 0.4]
    shaken[:, 6:] += 0.5 * np.where(np.arange(69) % 2, 1, -1)
    seen = [observe_states(shared_model(), qpos[:1], speed) for speed in (pushed, shaken)]
    frame = np.array([0])
    assert experts.distances(seen[0], frame)[0] == pytest.approx(0.15, abs=0.01)
    # Limbs that move beside each other are no push.
    assert experts.distances(seen[1], frame)[0] < 0.08


def test_falls_are_left_out_and_listed(tmp_path, monkeypatch):
    def falls(clip, job):
        raise DivergenceError("fell at frame 7")

    monkeypatch.setattr(build, "perform_stretch", falls)
    (tmp_path / build.REPORTS).mkdir()
    library = Source()
    build.build_expert("", tmp_path, Job(library.names()[0], 0, 60, ("walk",)))
    (report,) = build.read_reports(tmp_path)
    assert report.dropped == "fell at frame 7"
    assert not list(tmp_path.glob("*.npz"))
    with pytest.raises(UserError, match="holds no experts"):
        ExpertSet(tmp_path)


def test_what_is_asked_for_one_after_the_other_is_performed_as_one_motion(monkeypatch):
    told = {}

    def tell(job, reference, draft, start):
        told.update(reference=reference, draft=draft, start=start)
        return None, 0.0

    monkeypatch.setattr(perform, "_perform", tell)
    draft = partial(perform.GenerationSettings, quality="draft")
    monkeypatch.setattr(perform, "GenerationSettings", draft)
    (job,) = list_asked(only=("move-ego-0-0+",))
    perform.perform_asked(job)
    take = told["reference"]
    speed = np.linalg.norm(take.velocities()[:, :2], axis=1)
    assert take.frames == job.frames and speed[30:50].max() < 0.3 < 1.0 < speed[-30:].mean()
    # The optimiser begins with what stiff muscles did, not with their helped draft of a plan.
    np.testing.assert_array_equal(told["draft"][0], take.qpos)
    np.testing.assert_allclose(told["start"][0][:2], take.qpos[0, :2], atol=1e-9)


def test_who_is_shaken_strays_a_little_and_who_has_no_feedback_more(experts_folder):
    expert = load_expert(experts_folder / f"{NAME}.npz")
    gains = find_gains(expert, PublishedBody())
    held, loose = (perform.shaken_error(expert, share * gains) for share in (1, 0))
    assert 0.05 < held < 8 and held < loose
    (report,) = build.read_reports(experts_folder)
    assert report.shaken_cm == pytest.approx(held, rel=0.2)


@pytest.mark.parametrize("content", ['{"name": "a-0"', "[]", '{"kinds": ["walk"]}'])
def test_a_broken_report_is_told_with_what_to_do(content, tmp_path):
    (tmp_path / build.REPORTS).mkdir()
    (tmp_path / build.REPORTS / "a-0.json").write_text(content)
    with pytest.raises(UserError, match=r"a-0\.json.*remove it"):
        build.read_reports(tmp_path)


def test_what_is_known_is_not_performed_again(experts_folder, monkeypatch):
    monkeypatch.setattr(build, "build_expert", None)
    done = json.loads((experts_folder / build.REPORTS / f"{NAME}.json").read_text())
    assert done["dropped"] == "" and done["mirror_error_cm"] is not None


def test_all_kinds_come_early_and_nothing_held_out_at_all():
    jobs = list_jobs(Source())
    assert not any(is_held_out(job.clip) for job in jobs)
    kinds = {kind for job in jobs[:40] for kind in job.kinds}
    assert {"stand", "walk", "turn", "sidestep", "run", "crouch", "sit", "lie", "get up"} <= kinds
    assert {"kick", "punch", "jump", "crawl", "dance", "carry", "backward"} <= kinds
    assert any(job.attempt for job in jobs[:40])
    assert len({job.name for job in jobs}) == len(jobs)


def test_a_stretch_is_performed_by_its_name():
    source = Source()
    plain, upright = list_named(source, ["cmu_salsa_22:715:135", "cmu_salsa_22:640:100:start"])
    assert (plain.clip, plain.first, plain.frames, plain.upright) == (
        "cmu_salsa_22",
        715,
        135,
        False,
    )
    assert "turn" in plain.kinds
    assert upright.upright
    assert upright.name == "cmu_salsa_22-640-start"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("cmu_salsa_22", "CLIP:FIRST:FRAMES"),
        ("cmu_salsa_22:0:fifty", "CLIP:FIRST:FRAMES"),
        ("cmu_salsa_22:0:50:begin", "CLIP:FIRST:FRAMES"),
        ("nobody:0:50", "no clip 'nobody'"),
        ("cmu_salsa_22:0:20", "at least 40 of its 1035"),
        ("cmu_salsa_22:1000:50", "not within its clip"),
    ],
)
def test_what_is_no_stretch_is_told(named, told):
    with pytest.raises(UserError, match=told):
        list_named(Source(), [named])


def test_no_held_out_stretch_is_performed():
    source = Source()
    held = next(clip for clip in source.names() if is_held_out(clip) and source.length(clip) > 60)
    with pytest.raises(UserError, match="held out"):
        list_named(source, [f"{held}:0:50"])


@pytest.mark.parametrize("length", [41, 120, 200, 1000])
def test_stretches_cover_a_clip(length):
    parts = list(stretches(length))
    assert parts[0][0] == 0 and sum(frames for _, frames in parts) == length
    assert all(40 <= frames <= 180 for _, frames in parts)


def test_what_comes_before_a_fall_is_kept(monkeypatch, tmp_path):
    frames, fall = 70, 62
    clip = np.zeros((frames, 76))
    clip[:, 2], clip[:, 3:5] = 0.94, np.sqrt(0.5)

    def found(body, reference, draft, start):
        control = np.zeros((frames - 1, 75))
        path = SimpleNamespace(qpos=reference.qpos, qvel=reference.velocities(), control=control)
        gains = SimpleNamespace(feedback=np.zeros((frames - 1, 75, 150)))
        return SimpleNamespace(trajectory=path, gains=gains), np.zeros((frames, 69))

    def falls(body, expert, gains):
        qpos = expert.qpos.copy()
        qpos[fall:, 2] -= 0.6
        return qpos, expert.qvel, np.zeros((frames - 1, 69))

    monkeypatch.setattr(perform, "_solve", found)
    monkeypatch.setattr(perform, "follow", falls)
    monkeypatch.setattr(build, "cached_gains", lambda *_: None)
    monkeypatch.setattr(build, "mirror_error", lambda *_: None)
    monkeypatch.setattr(build, "shaken_error", lambda *_: None)
    monkeypatch.setattr(Source, "qpos", lambda *_: clip)
    (tmp_path / build.REPORTS).mkdir()
    report = build.build_expert("", tmp_path, Job("still", 0, frames, ("stand",)))
    assert not report.dropped and report.cut == frames - report.frames
    assert (
        report.frames == load_expert(tmp_path / "still-0.npz").frames == fall - perform.BEFORE_FALL
    )


def test_a_way_back_is_found_from_where_a_policy_was_lost(experts_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "SHORTEST_BACK", 10)
    monkeypatch.setattr(perform, "SHORTEST_BACK", 10)
    expert = load_expert(experts_folder / f"{NAME}.npz")
    lost = expert.qvel[[2, 9]].copy()
    lost[:, 0] += 0.1
    np.savez(tmp_path / "lost.npz", name=[NAME, NAME], frame=[2, 9], qpos=expert.qpos[[2, 9]], qvel=lost)  # fmt: skip
    (job,) = sources.list_returns(tmp_path / "lost.npz", experts_folder)
    assert (job.first, job.frames) == (2, expert.frames - 2)  # too little is left of the other
    back, _ = perform.perform_return(expert, job)
    np.testing.assert_allclose(back.qvel[0], lost[0])
    assert abs(back.qvel[-1, 0] - expert.qvel[-1, 0]) < 0.05
    with pytest.raises(UserError, match="no file of states"):
        sources.list_returns(experts_folder / f"{NAME}.npz", experts_folder)


def test_who_stands_is_pushed_from_ahead_to_back(experts_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(pushes, "SHORTEST_BACK", 10)
    expert = replace(load_expert(experts_folder / f"{NAME}.npz"), kinds=("stand",))
    expert.save(tmp_path / "stands.npz")
    jobs = pushes.list_pushes(tmp_path)
    first = jobs[0].first
    pushed = np.array([job.qvel - expert.qvel[first] for job in jobs])
    assert len({job.name for job in jobs}) == len(jobs) == pushes.DIRECTIONS
    np.testing.assert_allclose(np.linalg.norm(pushed, axis=1), pushes.PUSH_M_S)
    assert not pushed[:, 2:].any()
    # Ahead is where the body faces, wherever that is; the last push is opposite to the first.
    facing = planar(heading(expert.qpos[[first]]))[0]
    np.testing.assert_allclose(pushed[0, :2], facing @ [pushes.PUSH_M_S, 0])
    np.testing.assert_allclose(pushed[-1], -pushed[0], atol=1e-12)
    assert (pushed[1:-1, :2] @ facing @ [0, 1] > 0.3).all()
    with pytest.raises(UserError, match="or is called Nobody"):
        pushes.list_pushes(tmp_path, ("Nobody",))


def test_who_walks_is_not_pushed(experts_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(pushes, "SHORTEST_BACK", 10)
    expert = load_expert(experts_folder / f"{NAME}.npz")
    replace(expert, kinds=("walk",)).save(tmp_path / "walks.npz")
    # Ways back from pushes are not pushed again, nor is who is called to stand and moves.
    replace(expert, kinds=("stand",)).save(tmp_path / "stands-back0-123456.npz")
    replace(expert, kinds=("stand",), qvel=expert.qvel + 0.2).save(tmp_path / "goes.npz")
    with pytest.raises(UserError, match="build one that stands first"):
        pushes.list_pushes(tmp_path)
