"""Steps of a body over control steps of 1/30 s, and who finds their derivatives."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy

import mujoco
import numpy as np
from mujoco import rollout as mujoco_rollout

from ...scene.model import set_friction
from ...scene.surroundings import View
from ...simulation.stepping import DivergenceError
from .bodies import Body
from .linearisation import COARSE, Linearisation, Sampling, chunks
from .processes import LinearisingProcesses
from .trajectory import Trajectory

CONTACTS = (
    "geom_margin",
    "geom_solref",
    "geom_solimp",
    "pair_margin",
    "pair_solref",
    "pair_solimp",
)
"""Of a model, what makes its contacts what they are."""
UNSOLVED = "contacts could not be solved"
"""What is logged of a body that is thrown into itself."""


class Dynamics:
    """A body along the feed-forward of a reference."""

    def __init__(
        self,
        body: Body,
        targets: np.ndarray,
        threads: int,
        sampling: Sampling = COARSE,
        around: View | None = None,
        processes: LinearisingProcesses | None = None,
    ) -> None:
        """``targets`` (T, 69) from ``body.feed_forward``; ``around`` is what changes or pushes.
        Derivatives are found in ``processes``, or in threads of this one."""
        self.body, self.targets, self.sampling, self.around = body, targets, sampling, around
        self.processes = processes
        self.watch: Callable[[], None] = lambda: None
        """Called while derivatives are waited for; may raise ``Cancelled``."""
        self._linearisation = Linearisation(body, targets, around)
        self._rollout = mujoco_rollout.Rollout(nthread=threads)
        self._pool = ThreadPoolExecutor(threads)
        self._datas = [mujoco.MjData(body.model) for _ in range(threads)]
        self._slippery: dict[float, mujoco.MjModel] = {}
        """Copies of the body's model with other frictions of the floor."""
        self._size = mujoco.mj_stateSize(body.model, mujoco.mjtState.mjSTATE_FULLPHYSICS)

    def close(self) -> None:
        self._rollout.close()
        # What a cancelled pass still had to do is not done first.
        self._pool.shutdown(cancel_futures=True)

    def step(
        self, qpos: np.ndarray, qvel: np.ndarray, control: np.ndarray, frame: int
    ) -> np.ndarray:
        """States (n, 76), (n, 75) and controls (n, 75) -> (n, substeps, 151) states that follow."""
        return self._rolled(qpos, qvel, self._columns(control, frame), [frame] * len(qpos))

    def steps(
        self, qpos: np.ndarray, qvel: np.ndarray, control: np.ndarray, first: int
    ) -> np.ndarray:
        """n control steps from the frame ``first`` on, each from a state of its own: (n, 76),
        (n, 75), (n, 75) -> (n, substeps, 151)."""
        columns = [self._columns(one[None], first + row) for row, one in enumerate(control)]
        frames = list(range(first, first + len(control)))
        return self._rolled(qpos, qvel, np.concatenate(columns), frames)

    def _columns(self, control: np.ndarray, frame: int) -> np.ndarray:
        """(n, 75) -> (n, substeps, ...) what is set at each physics step of ``frame``."""
        controls = self.body.controls(self.targets[frame], self.targets[frame + 1], control)
        if self.around is None:
            return controls
        changing = self.around.columns(self.body.model, frame, self.body.substeps)
        changing = np.broadcast_to(changing, (len(controls), *changing.shape))
        return np.concatenate([controls, changing], axis=-1)

    def _models(self, frames: list[int]) -> mujoco.MjModel | list[mujoco.MjModel]:
        """The body's model, or one for each of the frames where the friction of the floor changes."""
        model, around = self.body.model, self.around
        if around is None or around.friction(0) is None:
            return model
        for copied in self._slippery.values():
            # Contacts harden with the schedule; the copies are of what they were.
            if not all(np.array_equal(getattr(copied, n), getattr(model, n)) for n in CONTACTS):
                self._slippery.clear()
                break
        frictions = [float(around.friction(frame) or 0) for frame in frames]
        for friction in set(frictions) - set(self._slippery):
            self._slippery[friction] = copy(model)
            set_friction(self._slippery[friction], friction)
        return [self._slippery[friction] for friction in frictions]

    def _rolled(
        self, qpos: np.ndarray, qvel: np.ndarray, columns: np.ndarray, frames: list[int]
    ) -> np.ndarray:
        state = np.zeros((len(qpos), self._size))
        nq, nv = self.body.layout.nq, self.body.layout.nv
        state[:, 1 : 1 + nq], state[:, 1 + nq : 1 + nq + nv] = qpos, qvel
        spec = int(mujoco.mjtState.mjSTATE_CTRL)
        if self.around is not None:
            spec |= View.state_spec
        try:
            states, _ = self._rollout.rollout(
                self._models(frames), self._datas, state, columns, control_spec=spec
            )
        except mujoco.FatalError as error:
            # A body that is thrown into itself can leave its contacts without a solution.
            raise DivergenceError(f"{UNSOLVED}: {error}") from error
        return states[..., 1 : 1 + nq + nv]

    def linearise(self, trajectory: Trajectory) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """From the last step to the first: A (150, 150) and B (150, 75) of each."""
        states = 2 * self.body.layout.nv
        try:
            for slopes in self._slopes(trajectory):
                whole = slopes.astype(np.float64)
                yield whole[:, :states], whole[:, states:]
        except mujoco.FatalError as error:
            raise DivergenceError(f"{UNSOLVED}: {error}") from error

    def _slopes(self, trajectory: Trajectory) -> Iterator[np.ndarray]:
        """See ``Linearisation.steps``; from the last step to the first."""
        one, sampling = self._linearisation, self.sampling
        if self.processes is not None:
            yield from self.processes.slopes(one, trajectory, sampling, self.watch)
            return
        # Where friction changes from frame to frame it is written into the model that threads share.
        changes = self.around is not None and self.around.friction(0) is not None
        for slopes in (map if changes else self._pool.map)(
            lambda rows: one.steps(trajectory.part(rows), rows.start, sampling),
            chunks(len(trajectory.control), sampling),
        ):
            yield from slopes[::-1]
