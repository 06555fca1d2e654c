"""A body that runs live goes where it is asked to, gives way to a push, and stays up."""

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.library import load_library
from runtime.library.features import as_vectors, point_velocities, pose_points
from runtime.live import handlers
from runtime.live.steering import STYLES, Steering, Wish
from runtime.motion.ground_frame import heading
from runtime.motion.poses import pose
from runtime.progress import silent


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture
def running():
    handlers.live_begin({"start": pose("stand")}, silent)
    yield lambda n, **asked: [step(**asked) for _ in range(n)]
    handlers.live_end({}, silent)


def step(velocity=(0.0, 0.0), style="walk", push=None):
    return handlers.live_step({"style": style, "velocity": velocity, "push": push}, silent)


def test_steered_it_goes_there_and_turns_there(library):
    steering = Steering(library)
    for _ in range(45):
        steering.next(Wish("walk", (0.0, -1.3)))
    begin = steering.qpos[:2].copy()
    for _ in range(90):
        steering.next(Wish("walk", (1.3, 0.0)))
    went = steering.qpos[:2] - begin
    assert 2.0 < went[0] < 4.5 and abs(went[1]) < 1.2
    assert abs(heading(steering.qpos[None])[0]) < 0.5


def test_frames_of_two_clips_are_eased_into_each_other(library):
    steering = Steering(library)
    wishes = [Wish("walk", (0.0, -1.3)), Wish("run", (0.0, -3.0)), Wish("crouch"), Wish()]
    frames = np.array([steering.next(wish) for wish in wishes for _ in range(40)])
    turns = np.abs(np.diff(frames[:, 7:], axis=0))
    assert turns.max() < 0.9, "a joint leaps"
    assert np.linalg.norm(np.diff(frames[:, :2], axis=0), axis=1).max() < 0.2


def test_every_behaviour_has_motions(library):
    steering = Steering(library)
    for style in STYLES:
        assert np.isfinite(steering.next(Wish(style))).all()
    with pytest.raises(UserError, match="fly"):
        steering.next(Wish("fly"))


def test_what_a_node_is_worth_is_how_far_its_pose_and_its_way_are(library):
    """The sums are made the short way; here they are made the long one, a node at a time."""
    steering = Steering(library)
    wish = Wish("run", (2.0, -1.0))
    for _ in range(20):
        steering.next(wish)
    costs, weights = steering._costs(wish), steering.weights
    recent = np.array(steering._recent)
    points = pose_points(recent)
    speeds = point_velocities(points, recent[:, :2], heading(recent), 1 / 30)
    here = as_vectors(points[-1:], speeds[-1:])[0]
    places, turns = steering._wanted_future(wish)
    all_places, all_turns = steering._futures
    finite = np.flatnonzero(np.isfinite(costs))
    assert 100 < len(finite) < len(costs)
    for node in finite[:: len(finite) // 50]:
        way = sum(np.linalg.norm(all_places[node] - places, axis=-1))
        off = np.angle(np.exp(1j * (all_turns[node] - turns)))
        worth = (
            weights.pose * np.linalg.norm(library.node_vectors[node] - here)
            + weights.way * way
            + weights.heading * np.abs(off).sum()
        )
        assert costs[node] == pytest.approx(worth, abs=1e-4)


def test_performed_it_walks_on_its_feet_and_gives_way_to_a_push(running):
    frames = running(60, velocity=(0.0, -1.3))
    qpos = np.array([frame["qpos"] for frame in frames])
    assert qpos[-1, 1] < -1.0
    assert qpos[:, 2].min() > 0.7
    assert np.array([frame["contacts"] for frame in frames])[10:].any(axis=1).mean() > 0.8
    running(45)
    stood = running(1)[-1]["qpos"][:2]
    step(push=[0, 1.2, 0.0, 0.0])
    pushed = np.array([frame["qpos"] for frame in running(40)])
    assert (pushed[:, 0] - stood[0]).max() > 0.1
    assert pushed[-1, 2] > 0.75


def test_without_a_beginning_a_step_says_what_to_do():
    with pytest.raises(UserError, match="Live"):
        step()
