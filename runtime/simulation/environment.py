"""The body as a Gymnasium environment."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import gymnasium
import mujoco
import numpy as np

from ..body.model import shared_model
from ..body.observation import OBSERVATION_SIZE, observe
from ..errors import UserError
from ..prompts.rewards import Reward, parse_reward
from ..prompts.rewards.features import features_of
from .batch import read_states
from .starts import StateSource, check_start, start_body
from .stepping import CONTROL_HZ, control_step, reset

DEFAULT_CAMERA = "front_side"


class RewardFunction(Protocol):
    """A reward of one's own; those of ``runtime.prompts`` are such functions too."""

    def __call__(
        self, model: mujoco.MjModel, qpos: np.ndarray, qvel: np.ndarray, ctrl: np.ndarray
    ) -> np.ndarray:
        """Rewards (n,) of states (n, 76), (n, 75) reached under controls (n, 69)."""


class HumEnv(gymnasium.Env[dict[str, np.ndarray], np.ndarray]):
    """One humanoid, 30 control steps a second, never terminating.

    Observation ``{"proprio": (358,)}``, action (69,) in -1..1, ``info`` with
    ``qpos`` (76,) and ``qvel`` (75,). A simulation that diverges raises
    ``DivergenceError``. ``reset`` accepts ``options={"qpos": ..., "qvel": ...}``
    to start from a given state.

    task: a reward's name or the reward itself; without one every reward is 0.
    state_init: one of ``starts.STATE_INITS``; those with MoCap need ``motions``,
    HDF5 files, a text file that lists them, or a ``MotionBuffer``.
    fall_prob: how often the ...AndFall starts fall.
    camera: "back", "side" or "front_side".
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": CONTROL_HZ}

    def __init__(
        self,
        task: str | RewardFunction | None = None,
        state_init: str = "Default",
        motions: str | Path | Sequence[str | Path] | StateSource | None = None,
        motion_base_path: str | Path | None = None,
        fall_prob: float = 0.3,
        seed: int | None = None,
        render_mode: str | None = "rgb_array",
        render_width: int = 640,
        render_height: int = 480,
        camera: str = DEFAULT_CAMERA,
        model: mujoco.MjModel | None = None,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise UserError(f"The environment renders 'rgb_array', not {render_mode!r}.")
        self.model = model if model is not None else shared_model()
        self.data = mujoco.MjData(self.model)
        proprio = gymnasium.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float64)
        self.observation_space: gymnasium.Space = gymnasium.spaces.Dict({"proprio": proprio})
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (self.model.nu,), np.float64)
        self.state_init = state_init
        self.fall_prob = fall_prob
        self.motions = as_state_source(motions, motion_base_path)
        check_start(state_init, self.motions is not None, fall_prob)
        self.render_mode = render_mode
        self.render_width = render_width
        self.render_height = render_height
        self.camera = camera
        self._renderer: mujoco.Renderer | None = None
        self.set_task(task)
        if seed is not None:
            self.np_random = np.random.default_rng(seed)
        reset(self.model, self.data)

    def set_task(self, task: str | RewardFunction | None) -> None:
        """Rewards the following steps by another task."""
        self.task: RewardFunction | None = parse_reward(task) if isinstance(task, str) else task

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        super().reset(seed=seed)
        if options and "qpos" in options:
            self.set_physics(options["qpos"], options.get("qvel"))
        else:
            start_body(
                self.model,
                self.data,
                self.np_random,
                self.state_init,
                self.fall_prob,
                self.motions,
            )
        return self.get_obs(), self.get_info()

    def step(
        self, action: np.ndarray
    ) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        action = np.asarray(action, dtype=np.float64)
        if action.shape != (self.model.nu,):
            raise UserError(f"An action has shape ({self.model.nu},), not {action.shape}.")
        if not np.isfinite(action).all():
            raise UserError("The action holds numbers that are not finite.")
        control_step(self.model, self.data, action)
        return self.get_obs(), self._reward(), False, False, self.get_info()

    def set_physics(self, qpos: np.ndarray, qvel: np.ndarray | None = None) -> None:
        """Puts the body into a state qpos (76,), qvel (75,); at rest without ``qvel``."""
        model = self.model
        for name, value, size in (("qpos", qpos, model.nq), ("qvel", qvel, model.nv)):
            if value is not None and np.shape(value) != (size,):
                raise UserError(f"{name} has shape ({size},), not {np.shape(value)}.")
        reset(model, self.data, qpos, qvel)

    def get_obs(self) -> dict[str, np.ndarray]:
        """The observation of the present state."""
        return {"proprio": observe(self.model, self.data)}

    def get_info(self) -> dict[str, Any]:
        """Copies of the present ``qpos`` and ``qvel``."""
        return {"qpos": self.data.qpos.copy(), "qvel": self.data.qvel.copy()}

    def render(self) -> np.ndarray | None:
        """The scene as RGB (height, width, 3) uint8 from the chosen camera."""
        if self.render_mode is None:
            return None
        if self._renderer is None:
            self._renderer = _make_renderer(self.model, self.render_height, self.render_width)
            # Left to the end of Python, OpenGL is gone before it and complains loudly.
            weakref.finalize(self, self._renderer.close)
        if mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_CAMERA, self.camera) < 0:
            names = ", ".join(self.model.camera(i).name for i in range(self.model.ncam))
            raise UserError(f"There is no camera {self.camera!r}; use one of {names}.")
        self._renderer.update_scene(self.data, self.camera)
        return self._renderer.render()

    def close(self) -> None:
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _reward(self) -> float:
        if self.task is None:
            return 0.0
        data = self.data
        if isinstance(self.task, Reward):
            # The simulation has computed all that rewards read; no need to do it again.
            return float(self.task.of(features_of(read_states([data]), data.ctrl[None]))[0])
        return float(self.task(self.model, data.qpos[None], data.qvel[None], data.ctrl[None])[0])


def as_state_source(
    motions: str | Path | Sequence[str | Path] | StateSource | None,
    base_path: str | Path | None = None,
) -> StateSource | None:
    """Motion files as the buffer that starts are drawn from; a buffer stays what it is."""
    if motions is None:
        return None
    if isinstance(motions, str | Path | Sequence):
        from ..motion.motion_buffer import MotionBuffer

        return MotionBuffer(motions, base_path)
    return motions


def _make_renderer(model: mujoco.MjModel, height: int, width: int) -> mujoco.Renderer:
    try:
        _require_context()
        return mujoco.Renderer(model, height, width)
    except ValueError as error:
        raise UserError(f"The image cannot be {width} x {height}: {error}") from error
    # Each of the OpenGL libraries fails in its own way, down to AttributeError.
    except Exception as error:
        raise UserError(
            "Nothing can be rendered here: OpenGL did not start. Set MUJOCO_GL=egl or "
            "MUJOCO_GL=osmesa before Python starts, on a machine with those libraries.",
            repr(error),
        ) from error


def _require_context() -> None:
    """Raises RuntimeError where MuJoCo has nothing to draw with, or only a GLFW that cannot start.

    MuJoCo itself goes on without a context, which can end the whole process.
    """
    context = mujoco.gl_context.GLContext
    if context is None:
        raise RuntimeError("MUJOCO_GL disables rendering")
    if context.__module__ != "mujoco.glfw":
        return
    import glfw

    with warnings.catch_warnings(record=True) as said:
        if not glfw.init():
            raise RuntimeError("; ".join(str(warning.message) for warning in said))
