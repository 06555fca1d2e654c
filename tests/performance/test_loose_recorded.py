"""The simulation that is kept has what moves freely in it, and explains what it does to the body."""

import numpy as np

from runtime.motion.poses import pose
from runtime.performance.physics.bodies import CONTROLS, ServoBody
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.recording import record
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
