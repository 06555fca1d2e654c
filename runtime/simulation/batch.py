"""Many bodies at once: one model, n states, stepped in one process over threads.

MuJoCo releases Python's lock while it steps, so threads use every core without
the copies and start-up time of processes. A body steps exactly as it would alone.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import mujoco
import numpy as np

from ..body.observation import BODIES, observe_bodies
from ..cores import available_cores
from ..prompts.rewards.features import BodyStates, Features, features_of
from .stepping import DivergenceError, control_step, reset


def read_states(datas: Sequence[mujoco.MjData]) -> BodyStates:
    """The body parts of several simulations as they are now, sensors included."""
    parts = slice(1, BODIES + 1)
    sensors = np.array([data.sensordata[: 6 * BODIES + 6] for data in datas])
    sensors = sensors.reshape(-1, 2 * BODIES + 2, 3)
    return BodyStates(
        positions=np.array([data.xpos[parts] for data in datas]).reshape(-1, BODIES, 3),
        rotations=np.array([data.xmat[parts] for data in datas]).reshape(-1, BODIES, 3, 3),
        linear=sensors[:, :BODIES],
        angular=sensors[:, BODIES : 2 * BODIES],
        velocity=sensors[:, 2 * BODIES],
        gyro=sensors[:, 2 * BODIES + 1],
    )


class BodyBatch:
    """``count`` bodies of one model, numbered from 0.

    Wherever a method takes ``bodies``, it means those numbers (all when left
    out), and rows of arrays stand in that order. ``datas`` may be read and
    written between calls (applied forces, for one). Close it, or use it in a
    ``with`` statement, to end its threads.
    """

    def __init__(self, model: mujoco.MjModel, count: int, threads: int | None = None) -> None:
        self.model = model
        self.datas = [mujoco.MjData(model) for _ in range(count)]
        self.threads = max(1, min(threads or available_cores(), count))
        self._pool = ThreadPoolExecutor(self.threads - 1, "bodies") if self.threads > 1 else None

    def __len__(self) -> int:
        return len(self.datas)

    def __enter__(self) -> "BodyBatch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the threads; the states stay readable."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def each(
        self,
        work: Callable[[int, mujoco.MjData], None],
        bodies: Sequence[int] | np.ndarray | None = None,
    ) -> None:
        """Calls ``work(row, data)`` for every body, over the threads.

        ``row`` counts along ``bodies``. The first exception is raised once all are done.
        """
        chosen = [self.datas[body] for body in self._numbers(bodies)]
        # One shared iterator: whoever is free takes the next body, because a body
        # with many contacts takes several times as long as one in the air.
        rows = iter(range(len(chosen)))

        def drain() -> None:
            for row in rows:
                work(row, chosen[row])

        if self._pool is None:
            drain()
            return
        others = [self._pool.submit(drain) for _ in range(self.threads - 1)]
        try:
            drain()
        finally:
            for other in others:
                other.exception()  # waits: nobody may touch a body after this call
        for other in others:
            other.result()

    def reset(
        self,
        qpos: np.ndarray | None = None,
        qvel: np.ndarray | None = None,
        bodies: Sequence[int] | np.ndarray | None = None,
    ) -> None:
        """Puts bodies into states qpos (n, 76) and qvel (n, 75), as ``stepping.reset`` does."""
        self.each(
            lambda row, data: reset(
                self.model,
                data,
                None if qpos is None else qpos[row],
                None if qvel is None else qvel[row],
            ),
            bodies,
        )

    def step(self, actions: np.ndarray, bodies: Sequence[int] | np.ndarray | None = None) -> None:
        """One control step of each with actions (n, 69).

        Raises ``DivergenceError`` if any diverges; ``step_surviving`` goes on without them.
        """
        self.each(lambda row, data: control_step(self.model, data, actions[row]), bodies)

    def step_surviving(
        self, actions: np.ndarray, bodies: Sequence[int] | np.ndarray | None = None
    ) -> np.ndarray:
        """As ``step``, but returns (n,) bool: which did not diverge.

        The state of a body that did is void until it is reset.
        """
        alive = np.ones(len(self._numbers(bodies)), dtype=bool)

        def step(row: int, data: mujoco.MjData) -> None:
            try:
                control_step(self.model, data, actions[row])
            except DivergenceError:
                alive[row] = False

        self.each(step, bodies)
        return alive

    def observe(self, bodies: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """Observations (n, 358)."""
        states = self.states(bodies)
        return observe_bodies(states.positions, states.rotations, states.linear, states.angular)

    def features(self, bodies: Sequence[int] | np.ndarray | None = None) -> Features:
        """What rewards read: ``parse_reward(name).of(batch.features())`` pays each body."""
        return features_of(self.states(bodies), self.ctrl(bodies))

    def states(self, bodies: Sequence[int] | np.ndarray | None = None) -> BodyStates:
        """Positions, rotations and velocities of all body parts, copied."""
        return read_states([self.datas[body] for body in self._numbers(bodies)])

    def qpos(self, bodies: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """A copy of the positions (n, 76)."""
        return self._gather("qpos", bodies)

    def qvel(self, bodies: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """A copy of the velocities (n, 75)."""
        return self._gather("qvel", bodies)

    def ctrl(self, bodies: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """A copy of the controls (n, 69) of the last step."""
        return self._gather("ctrl", bodies)

    def _gather(self, field: str, bodies: Sequence[int] | np.ndarray | None) -> np.ndarray:
        width = getattr(self.datas[0], field).shape if self.datas else (0,)
        rows = [getattr(self.datas[body], field) for body in self._numbers(bodies)]
        return np.array(rows).reshape(-1, *width)

    def _numbers(self, bodies: Sequence[int] | np.ndarray | None) -> Sequence[int] | np.ndarray:
        return range(len(self.datas)) if bodies is None else bodies
