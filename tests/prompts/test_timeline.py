"""The prompt timeline: plain data that survives JSON, and refuses what cannot be performed."""

import json
import math

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.motion import Motion, SkeletonClip
from runtime.prompts import BehaviourPrompt, MotionPrompt, PathPrompt, PosePrompt, Timeline


def standing(frames: int = 5) -> Motion:
    qpos = np.zeros((frames, 76))
    qpos[:, 2], qpos[:, 3:5] = 0.94, np.sqrt(0.5)
    return Motion(fps=30.0, qpos=qpos)


def two_bones() -> SkeletonClip:
    identity = np.tile([1.0, 0, 0, 0], (3, 2, 1))
    return SkeletonClip(
        names=("hip", "knee"),
        parents=(-1, 0),
        fps=60.0,
        positions=np.ones((3, 2, 3)),
        rotations=identity,
        rest_positions=np.zeros((2, 3)),
        rest_rotations=identity[0],
    )


def test_every_kind_of_prompt_survives_json():
    timeline = Timeline(
        (
            MotionPrompt(0, 29, "walk", source="walk.bvh", placement="world", offset=3),
            MotionPrompt(30, 40, source=standing(), keyframes=(0, 4)),
            MotionPrompt(41, 50, source=two_bones()),
            PosePrompt(51, 60, pose=tuple(standing().qpos[0])),
            BehaviourPrompt(61, 90, rewards=(("move-ego-0-2", 1.0), ("raisearms-h-h", 0.5))),
            PathPrompt(91, 120, points=((0.0, 0.0), (1.0, 2.0)), speed=1.0),
        )
    )
    again = Timeline.from_json(timeline.to_json())
    assert json.loads(again.to_json()) == json.loads(timeline.to_json())
    assert again.frames == 121
    np.testing.assert_array_equal(again.prompts[1].source.qpos, standing().qpos)
    np.testing.assert_array_equal(again.prompts[2].source.positions, two_bones().positions)


def test_prompts_stand_in_order_of_time():
    late, early = MotionPrompt(50, 60, source="b.bvh"), MotionPrompt(0, 10, source="a.bvh")
    assert Timeline((late, early)).prompts == (early, late)


def test_relative_files_are_taken_from_the_folder_of_the_timeline(tmp_path):
    text = json.dumps({"prompts": [{"kind": "motion", "start": 0, "end": 9, "file": "a.bvh"}]})
    assert Timeline.from_json(text, tmp_path).prompts[0].source == str(tmp_path / "a.bvh")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "motion", "start": 10, "end": 3, "file": "a"}, "before it starts"),
        ({"kind": "motion", "start": 3, "end": 3, "file": "a"}, "one frame long"),
        ({"kind": "motion", "start": -3, "end": 3, "file": "a"}, "negative"),
        ({"kind": "motion", "start": 0, "end": 3}, "lacks 'file'"),
        ({"kind": "motion", "start": 0, "end": 3, "file": ""}, "no motion"),
        ({"kind": "motion", "end": 3, "file": "a"}, "lacks 'start'"),
        ({"kind": "motion", "start": 0, "end": 3, "file": "a", "odd": 1}, "not well formed"),
        ({"kind": "dance", "start": 0, "end": 3}, "one of motion, pose"),
        ({"kind": "pose", "start": 0, "end": 3, "pose": [0, 1]}, "76 finite numbers"),
        ({"kind": "behaviour", "start": 0, "end": 3, "rewards": []}, "at least one"),
        ({"kind": "path", "start": 0, "end": 3, "points": [[0, 0]]}, "two points"),
        ("walk", "is an object"),
        ({"kind": ["pose"], "start": 0, "end": 3}, "one of motion, pose"),
        ({"kind": "motion", "start": "one", "end": 3, "file": "a"}, "'start' .* whole number"),
        ({"kind": "motion", "start": 0, "end": 3.5, "file": "a"}, "'end' .* whole number"),
        ({"kind": "motion", "start": 0, "end": math.inf, "file": "a"}, "'end' .* whole number"),
        ({"kind": "motion", "start": math.nan, "end": 3, "file": "a"}, "'start' .* whole number"),
        ({"kind": "motion", "start": 0, "end": 3, "file": "a", "offset": "x"}, "'offset' .* whole"),
        ({"kind": "motion", "start": 0, "end": 10**9, "file": "a"}, "before frame 108000"),
        ({"kind": "motion", "start": 0, "end": 3, "motion": {"fps": 30, "qpos": "x"}}, "a file"),
        ({"kind": "pose", "start": 0, "end": 3, "pose": ["a"] * 76}, "a pose of 76 numbers"),
        ({"kind": "pose", "start": 0, "end": 3, "pose": [0] * 76}, "quaternion is zero"),
        ({"kind": "behaviour", "start": 0, "end": 3, "rewards": ["jump-2"]}, "weight. pairs"),
        ({"kind": "behaviour", "start": 0, "end": 3, "rewards": [["a", "x"]]}, "weight. pairs"),
        ({"kind": "behaviour", "start": 0, "end": 3, "rewards": [["a", math.nan]]}, "not finite"),
        ({"kind": "path", "start": 0, "end": 3, "points": [[0, 0, 0], [1, 1, 1]]}, "x, y. pairs"),
        ({"kind": "path", "start": 0, "end": 3, "points": [[0, math.nan], [1, 1]]}, "not finite"),
    ],
)
def test_what_cannot_be_performed_is_refused_in_one_sentence(entry, said):
    with pytest.raises(UserError, match=said):
        Timeline.from_dict({"prompts": [entry]})


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"prompts": 3}',
        '{"prompts": []}',
        '{"fps": 24}',
        "[" * 100_000,
        f'{{"prompts": {"1" * 5000}}}',
    ],
)
def test_a_broken_timeline_is_refused(text):
    with pytest.raises(UserError):
        Timeline.from_json(text)
