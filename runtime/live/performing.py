"""The body that performs what is steered, a control step at a time: by servo or by policy."""

from typing import Protocol

import mujoco
import numpy as np

from ..motion.ground_frame import heading
from ..motion.motion import CONTACT_BODIES, CONTROL_FPS, Motion
from ..performance.draft.assistance import Assistance
from ..performance.draft.rollout import advance, contact_columns
from ..performance.draft.servo import PoseServo, build_servo_model
from ..simulation.stepping import SUBSTEPS, reset
from .steering import STYLES, Steering, Wish

PUSH_SECONDS = 0.1
"""How long a push lasts."""
YIELDS = 0.2
"""Share of the way the body was pushed off that what it follows takes over in a frame."""
GIVES_WAY = 12
"""Frames after a push in which the helping hand lets the body go where it was pushed."""
WEAK_HAND = 0.25
"""Share of its strength that the hand has then."""


class Performing(Protocol):
    """One body that runs live."""

    def step(self, wish: Wish) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """A thirtieth of a second: qpos (76,), qvel (75,), contacts (6,), share of help."""

    def push(self, body: int, velocity: np.ndarray) -> None:
        """Begins a push of a body that would give the whole (3,) m/s."""


class _Pushed:
    """Pushes on a simulated body."""

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = model
        self.data = mujoco.MjData(model)
        self._left, self._weak, self._force, self._body = 0, 0, np.zeros(3), 0
        self._columns = contact_columns(model)

    def push(self, body: int, velocity: np.ndarray) -> None:
        mass = float(self.model.body_subtreemass[1])
        self._force = mass * np.asarray(velocity, dtype=np.float64) / PUSH_SECONDS
        self._left, self._body = round(PUSH_SECONDS * CONTROL_FPS), body + 1
        self._weak = GIVES_WAY

    def _advance(self) -> np.ndarray:
        """Simulates a control step; the contacts (6,)."""
        self.data.xfrc_applied[:] = 0
        if self._left:
            self.data.xfrc_applied[self._body, :3] = self._force
            self._left -= 1
        contacts = np.zeros(len(CONTACT_BODIES), dtype=bool)
        advance(self.model, self.data, SUBSTEPS, self._columns, contacts)
        return contacts


class ServoBody(_Pushed):
    """The servo follows what the library gives, with the help of an invisible hand."""

    def __init__(self, steering: Steering, strength: float = 1.0, help_share: float = 1.0) -> None:
        super().__init__(build_servo_model(strength))
        self.steering = steering
        self.help_share = help_share
        first = steering.qpos.copy()
        self._window = [first, first.copy()]
        reset(self.model, self.data, first, np.zeros(75))

    def step(self, wish: Wish) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        # One frame further on is known, so that the speed at the end of the step is.
        self._window = [*self._window, self.steering.next(wish).copy()][-3:]
        window = Motion(CONTROL_FPS, np.array(self._window))
        qpos, qvel = window.qpos[:2], window.velocities()[:2]
        servo = PoseServo(self.model, qpos, qvel, np.zeros((2, 69)))
        share = self.help_share * (WEAK_HAND if self._weak else 1.0)
        held = Assistance(self.model, qpos, qvel, np.zeros((2, 6)), share)
        servo.begin(self.data)
        self.data.ctrl[:69] = servo.act(None, 0)
        self.data.ctrl[69:] = held.drive(self.data, 0)
        contacts = self._advance()
        off = self.data.qpos[:2] - qpos[1, :2]
        if self._weak or np.linalg.norm(off) > 0.05:
            for frame in self._window:
                frame[:2] += YIELDS * off
            self.steering.displace(YIELDS * off)
        self._weak = max(0, self._weak - 1)
        return (
            self.data.qpos[:76].copy(),
            self.data.qvel[:75].copy(),
            contacts,
            held.force_share(self.data),
        )


class PolicyBody(_Pushed):
    """A trained model performs what is asked for, as behaviours of a timeline."""

    def __init__(self, model_name: str, start: np.ndarray) -> None:
        from ..body.model import build_model
        from ..policy import Policy
        from ..policy.choice import choose_model

        super().__init__(build_model())
        chosen = choose_model(model_name)
        chosen.require_reward_buffer()
        self._policy = Policy.load(chosen.folder)
        self._latents: dict[str, np.ndarray] = {}
        reset(self.model, self.data, start, np.zeros(75))

    def step(self, wish: Wish) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        from ..body.observation import observe

        z = self._latent(self.reward(wish))
        self.data.ctrl[:69] = self._policy.act(observe(self.model, self.data)[None], z)[0]
        contacts = self._advance()
        return self.data.qpos[:76].copy(), self.data.qvel[:75].copy(), contacts, 0.0

    def reward(self, wish: Wish) -> str:
        """Name of the reward for a wish: its way seen from the body, in steps of 15 degrees."""
        here = float(heading(self.data.qpos[None, :76])[0])
        towards = np.arctan2(wish.velocity[1], wish.velocity[0]) - here
        angle = round(float(np.degrees(towards)) / 15) * 15 % 360 if wish.speed > 0.1 else 0
        angle = angle - 360 if angle > 180 else angle
        speed = f"{round(2 * wish.speed) / 2:g}" if wish.speed > 0.1 else "0"
        return STYLES[wish.style].reward.format(angle=angle, speed=speed)

    def _latent(self, reward: str) -> np.ndarray:
        if reward not in self._latents:
            self._latents[reward] = np.atleast_2d(self._policy.reward_inference(reward))
        return self._latents[reward]
