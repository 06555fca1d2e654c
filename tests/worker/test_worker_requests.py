"""What Blender asks of the real worker, and what the person hears when it cannot be done."""

import time
from pathlib import Path

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion import Motion, save_motion
from runtime.motion.poses import pose
from runtime.policy import export_pack
from runtime.policy.store import import_model
from runtime.progress import silent
from runtime.prompts import MotionPrompt, Timeline
from runtime.worker.handlers import inspect_motion

GOLDEN = Path(__file__).parents[1] / "golden"
MOCAP = Path(__file__).parents[2].parent / "shared" / "mocap"


@pytest.fixture(scope="module")
def crouch():
    """A second and a half of standing, crouching a little, standing."""
    share = 0.4 * np.sin(np.linspace(0, np.pi, 45))[:, None] ** 2
    return Motion(30.0, (1 - share) * pose("stand") + share * pose("crouch"))


SETTINGS = {"takes": 2, "seed": 3, "quality": "draft"}


def request_of(motion, end=None):
    prompt = MotionPrompt(0, end or motion.frames - 1, "crouch", source=motion, placement="world")
    return {"timeline": Timeline((prompt,)).to_dict(), "settings": SETTINGS}


def test_a_timeline_comes_back_as_motions_with_previews_on_the_way(listen, crouch):
    listener = listen("runtime.worker")
    request = listener.client.request("generate", request_of(crouch))
    answer = listener.end_of(request)
    assert answer.kind == "result", answer
    motions = [Motion.from_dict(data) for data in answer.payload["motions"]]
    assert [motion.frames for motion in motions] == [45, 45]
    assert all(motion.fps == 30 and motion.qvel is not None for motion in motions)
    assert motions[0].metadata["measures"] and motions[0].metadata["settings"]["seed"] == 3
    shown = np.concatenate([e.payload["qpos"] for e in listener.of(request, "preview")])
    np.testing.assert_array_equal(shown, np.concatenate([motion.qpos for motion in motions]))


def test_a_generation_is_cancelled_and_the_next_one_is_not_hurt(listen, crouch):
    listener = listen("runtime.worker")
    long = Motion(30.0, np.tile(crouch.qpos, (20, 1)))
    request = listener.client.request("generate", request_of(long))
    listener.until("preview", request)
    listener.client.cancel(request)
    (event,) = listener.client.poll()
    assert event.payload["kind"] == "cancelled"
    assert listener.ask("generate", **request_of(crouch)).kind == "result"


PHYSICAL = {"controller": "servo", "quality": "physical"}


def _while_it_is_performed(listener, crouch):
    """A physical request, once a better version than the draft was shown."""
    data = request_of(crouch.cut(0, 12))
    request = listener.client.request("generate", {**data, "settings": PHYSICAL})
    while len([e for e in listener.of(request, "preview") if e.payload.get("better")]) < 2:
        assert not listener.of(request, "error") and not listener.of(request, "result")
        listener.poll()
        time.sleep(0.005)
    return request


def test_the_best_so_far_is_kept_from_the_midst_of_a_performance(listen, crouch):
    listener = listen("runtime.worker")
    request = _while_it_is_performed(listener, crouch)
    shown = [e.payload for e in listener.of(request, "preview") if e.payload.get("better")]
    assert shown[0]["qpos"].shape == (12, 76), "the draft is there as a whole first"
    listener.client.keep(request)
    answer = listener.end_of(request)
    assert answer.kind == "result", answer
    (motion,) = (Motion.from_dict(data) for data in answer.payload["motions"])
    assert motion.metadata["stopped"] and motion.frames == 12
    assert len(motion.metadata["help"]) == 11


def test_a_performance_is_cancelled_in_mid_pass_by_the_same_worker(listen, crouch):
    listener = listen("runtime.worker", grace=60.0)
    request = _while_it_is_performed(listener, crouch)
    pid = listener.client.hello["pid"]
    listener.client.cancel(request)
    assert listener.ask("ping").payload["pid"] == pid


def test_a_mistake_of_the_person_is_told_and_the_worker_stays_usable(listen, crouch):
    listener = listen("runtime.worker")
    data = request_of(crouch)
    for broken, said in (
        ({**data, "timeline": {"prompts": []}}, "add a prompt"),
        ({**data, "settings": {"assistance": 7}}, "between 0 and 1"),
        (
            {"timeline": {"prompts": [{"kind": "motion", "start": 0, "end": 9, "file": "no.bvh"}]}},
            "no.bvh",
        ),
    ):
        answer = listener.ask("generate", **broken)
        assert answer.payload["kind"] == "user" and said in answer.payload["text"]
    assert listener.ask("generate", **data).kind == "result"
    assert len([event for event in listener.events if event.kind == "hello"]) == 1


@pytest.mark.parametrize("name", ["own.npz", "own.bvh", "own.hdf5"])
def test_a_saved_motion_is_recognised_as_the_bodys_own(tmp_path, crouch, name):
    save_motion(crouch, tmp_path / name)
    head = inspect_motion({"path": str(tmp_path / name)}, silent)
    assert (head["frames"], head["skeleton"]) == (45, "Motivo")
    assert head["fps"] == pytest.approx(30) and head["seconds"] == pytest.approx(44 / 30)


def test_frames_of_a_file_are_counted_at_30_a_second(tmp_path):
    path = tmp_path / "amass.npz"
    np.savez(path, poses=np.zeros((121, 72)), trans=np.zeros((121, 3)), mocap_framerate=120.0)
    head = inspect_motion({"path": str(path)}, silent)
    told = {"frames": 31, "fps": 120.0, "seconds": 1.0, "skeleton": "SMPL"}
    assert head.pop("joints")[0] == "pelvis"
    assert head.pop("map") and isinstance(head.pop("notes"), list)
    assert head.pop("problem") == ""
    assert head == told


def test_a_file_without_legs_is_refused_when_it_is_looked_at(tmp_path):
    path = tmp_path / "snake.bvh"
    path.write_text(
        "HIERARCHY\nROOT snake\n{\nOFFSET 0 0 0\n"
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n"
        "End Site\n{\nOFFSET 0 1 0\n}\n}\n"
        "MOTION\nFrames: 2\nFrame Time: 0.0333333\n0 0 0 0 0 0\n0 0 0 0 0 0\n"
    )
    with pytest.raises(UserError, match=r"snake.bvh.*legs"):
        inspect_motion({"path": str(path)}, silent)


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the motion capture beside the repository")
def test_a_foreign_clip_is_inspected_and_fitted(listen):
    from runtime.motion import read_clip

    path = MOCAP / "cmu" / "07_01.bvh"
    listener = listen("runtime.worker")
    head = listener.ask("inspect_motion", path=str(path)).payload
    clip = read_clip(path)
    assert head["fps"] == clip.fps and head["skeleton"]
    answer = listener.ask("fit", skeleton=clip.to_dict())
    assert answer.kind == "result", answer
    motion = Motion.from_dict(answer.payload["motion"])
    assert (motion.fps, motion.frames) == (30, head["frames"])
    assert answer.payload["report"]["joint_error_cm"] < 10


def test_the_worker_tells_what_behaviours_can_be_made_of(listen):
    listener = listen("runtime.worker")
    told = listener.ask("describe_rewards").payload
    forms = {form["template"]: form for form in told["forms"]}
    assert forms["jump-{height}"]["defaults"] == {"height": "2"}
    assert forms["raisearms-{left}-{right}"]["choices"]["left"] == ["l", "m", "h", "x"]
    assert "head_height" in told["quantities"] and "move-ego-0-2" in told["tasks"]


def test_a_reward_is_checked_before_it_is_performed(listen):
    listener = listen("runtime.worker")
    assert listener.ask("check_reward", reward="0.5 * speed + jump-2").kind == "result"
    refused = listener.ask("check_reward", reward="jump-high")
    assert refused.payload["kind"] == "user"
    assert "there is no reward 'jump-high'" in refused.payload["text"]


def test_installed_models_are_listed(listen, tmp_path, monkeypatch):
    pack = export_pack(GOLDEN / "model_simple", tmp_path / "pack", licence="CC BY-NC 4.0\n")
    import_model(pack, "mine", tmp_path / "store")
    monkeypatch.setenv("MOTIVO_MODELS", str(tmp_path / "store"))
    models = listen("runtime.worker").ask("list_models").payload["models"]
    mine = next(model for model in models if model["name"] == "mine")
    assert mine["licence"] == "CC BY-NC 4.0" and mine["size"] > 10_000
