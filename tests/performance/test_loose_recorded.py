"""The simulation that is kept has what moves freely in it, and explains what it does to the body."""

import numpy as np

from runtime.motion.poses import pose
from runtime.performance.keeping import KeepBest
from runtime.performance.performer import Performer
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.tangent import CONTROLS
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.recording import Record, record
from runtime.scene import Scene, SceneObject, Sphere
from runtime.scene.surroundings import Surroundings

FRAMES = 10


def recorded(height: float, start: np.ndarray | None = None):
    """Standing under a ball of 2 kg, whose middle is so high at first, without any feedback."""
    ball = SceneObject("ball", Sphere(0.11), (0.0, 0.02, height), mass=2.0, free=True)
    qpos = np.tile(pose("stand"), (FRAMES, 1))
    around = Surroundings(Scene((ball,)), qpos[0], FRAMES)
    body = ServoBody(surroundings=around)
    assert (body.model.nq, body.plain.nq, body.recorded.nq) == (76, 76, 83)
    targets, _ = body.feed_forward(qpos, np.zeros((FRAMES, 75)))
    still, none = np.zeros((FRAMES, 75)), np.zeros((FRAMES - 1, CONTROLS))
    found = Trajectory(qpos, still, none, np.zeros((FRAMES - 1, body.substeps, 151)))
    feedback = np.zeros((FRAMES - 1, CONTROLS, 150))
    view = around.view(0)
    state = qpos[0], np.zeros(75)
    return record(body, targets, found, feedback, state, {}, lambda: None, view, start)


def test_a_ball_that_falls_on_the_head_is_felt_and_explained():
    alone, hit = recorded(3.5), recorded(1.9)
    assert hit.loose.shape == (FRAMES, 13) and hit.qpos.shape == (FRAMES, 76)
    assert alone.loose[-1, 2] < 3.5 - 0.4 and hit.loose[-1, 2] > 1.9 - 0.15
    assert np.abs(alone.qpos[-1, 7:] - hit.qpos[-1, 7:]).max() > 1e-3
    # What the ball gives is contact as the floor's is: nothing is left over.
    assert max(alone.unexplained.max(), hit.unexplained.max()) < 1e-6


def test_a_window_goes_on_from_where_things_were():
    first = recorded(3.5)
    second = recorded(3.5, first.loose[4])
    assert np.allclose(second.loose[0], first.loose[4])
    assert np.allclose(second.loose[1], first.loose[5], atol=1e-9)


def test_what_moves_freely_stays_in_a_take_that_is_kept_while_it_is_held(monkeypatch):
    """With help nobody simulates the ball: it goes on as in the draft, before and behind the stop."""
    ball = SceneObject("ball", Sphere(0.11), (0.0, 0.02, 3.5), mass=2.0, free=True)
    frames = 3 * FRAMES
    qpos, still = np.tile(pose("stand"), (frames, 1)), np.zeros((frames, 75))
    body = ServoBody(surroundings=Surroundings(Scene((ball,)), qpos[0], frames))
    none = np.zeros(frames - 1)
    way = np.random.default_rng(0).normal(size=(frames, 13))
    contacts = np.zeros((frames, 6), dtype=bool)
    draft = Record(qpos, still, contacts, none, none, none > 0, none, way)
    controls = np.zeros((frames - 1, CONTROLS))
    held = Trajectory(qpos, still, controls, np.zeros((frames - 1, body.substeps, 151)))

    def enough(*_):
        raise KeepBest(held)

    monkeypatch.setattr(Performer, "_window", enough)
    kept = Performer(body).perform(qpos, still, (qpos, still), fallback=draft)
    assert kept.stopped and kept.loose is not None
    np.testing.assert_array_equal(kept.loose, way)
