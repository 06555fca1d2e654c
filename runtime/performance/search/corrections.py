"""A motion made better: slopes along it, corrections of some dampings, steps along them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..physics.dynamics import Dynamics
from ..physics.linearisation import COARSE, FINE
from ..physics.tangent import difference
from ..physics.trajectory import Trajectory
from .costs import StateCost
from .ilqg import Gains, Problem
from .linear_model import LinearModel, Slopes

GAPS_AT_ONCE = 16
"""Frames that are stepped between two moments at which a person is listened to."""
STEPS = (np.array([1.0]), np.array([0.5]))
"""Shares of a correction that are tried one after the other, for it is the whole that mostly holds."""
SMALL_STEPS = np.array([0.25, 0.1])
"""Tried at once where none of those makes things better."""
GOOD = 0.6
"""Share of the gain that slopes and curvatures promise that is enough, so that nothing else is
tried. Walks reach 0.9 where contacts are soft; where they are hard, half is common."""
DAMPING_FIRST = 2.0
"""The least that is worth trying: with 0.3 the same comes out as with none."""
DAMPING_FACTOR = 8.0
DAMPING_MOST = 512.0
"""Two dampings of corrections are tried, the last one and this many times it, the second only
where the first does not gain enough."""

STRETCH, STRETCH_STEPS, STRETCH_GAIN = 12, (1.0, 0.4), 1e-3
"""Frames that are corrected by themselves, the shares of their corrections that are tried, and the
share of the cost that this has to gain, where a whole motion's correction does not hold: mostly it fails
in a frame or two, in which a foot lands elsewhere, and all other frames wait for those."""

Found = tuple[Trajectory, Gains, float]
"""A better motion, feedback around it, and what it costs."""
Report = Callable[[float, Trajectory], None]
"""Called often, with the share 0..1 of the schedule and the best so far; may raise ``Cancelled``."""


class Corrections:
    """What corrects the motion of one window."""

    def __init__(
        self,
        dynamics: Dynamics,
        cost: StateCost,
        report: Report | None = None,
        pose_held: bool = False,
    ) -> None:
        self._problem = Problem(dynamics, cost)
        self._problem.pose_held = pose_held
        self._dynamics, self._layout = dynamics, dynamics.body.layout
        self._position = 0.0
        self.gains: Gains | None = None
        """Around the best so far, for whoever stops before the end."""
        self._report = report or (lambda share, best: None)

    def _gaps(self, best: Trajectory) -> tuple[Trajectory, np.ndarray]:
        """The same states and controls with the physics steps that they really lead to, and by
        how much each control step's end misses the next state (T-1, 150)."""
        model = self._dynamics.body.model
        parts, watch = [], self._watch(None, best)
        for first in range(0, len(best.control), GAPS_AT_ONCE):
            watch()
            part = slice(first, min(first + GAPS_AT_ONCE, len(best.control)))
            parts.append(
                self._dynamics.steps(best.qpos[part], best.qvel[part], best.control[part], first)
            )
        substates = np.concatenate(parts)
        ends = substates[:, -1]
        states = ends[:, : self._layout.nq], ends[:, self._layout.nq :]
        defects = difference(model, *states, best.qpos[1:], best.qvel[1:])
        return replace(best, substates=substates), defects

    def _linearised(
        self,
        trajectory: Trajectory,
        position: float,
        best: Trajectory,
        fine: bool,
        defects: np.ndarray | None = None,
    ) -> LinearModel:
        self._dynamics.sampling = FINE if fine else COARSE
        self._dynamics.watch = self._watch(position, best)
        slopes = self._watched(self._dynamics.linearise(trajectory), position, best)
        return LinearModel(self._problem, trajectory, slopes, defects, self._watch(None, best))

    def _correct(
        self, best: Trajectory, model: LinearModel, damping: float
    ) -> tuple[Found | None, float, float]:
        """The best of some steps along the Newton direction, the next damping, the step's size;
        where that is small, of a step for each stretch of frames."""
        limit = model.gains(damping).before
        result = self._best(model, damping, STEPS, limit, best)
        if result[0] is None:
            result = self._best(model, damping, (SMALL_STEPS,), limit, best)
            least = limit if result[0] is None else result[0][2]
            parts = self._by_stretches(best, model, damping, least)
            if parts is not None:
                return parts, damping, float(SMALL_STEPS[0])
        return result

    def _by_stretches(
        self, best: Trajectory, model: LinearModel, damping: float, limit: float
    ) -> Found | None:
        """The best below ``limit`` of corrections in which each stretch of frames takes the step
        that is good for it, or none: feedback holds the others where they were."""
        gains, count = model.gains(damping), len(best.control)
        firsts = range(0, count, STRETCH)
        alone = np.zeros((len(firsts), len(STRETCH_STEPS), count))
        for number, first in enumerate(firsts):
            alone[number, :, first : first + STRETCH] = np.array(STRETCH_STEPS)[:, None]
        watch = self._watch(None, best)
        gained, steps = np.zeros(len(firsts)), np.zeros((len(firsts), count))
        for number, rows in enumerate(alone):
            tried = self._problem.forward(
                model.trajectory, gains, rows, watch, first=firsts[number]
            )
            costs = self._costs(tried)
            gained[number] = gains.before - costs.min()
            steps[number] = rows[int(costs.argmin())]
        helps = np.flatnonzero(gained > 0)[np.argsort(-gained[gained > 0])]
        if not len(helps):
            return None
        sizes = sorted({len(helps), (len(helps) + 1) // 2, 1})
        together = np.stack([steps[helps[:many]].sum(axis=0) for many in sizes])
        rolled = self._problem.forward(model.trajectory, gains, together, watch)
        costs = self._costs(rolled)
        number = int(costs.argmin())
        enough = costs[number] < limit - STRETCH_GAIN * abs(limit)
        return (rolled[number], gains, float(costs[number])) if enough else None

    def _costs(self, tried: Sequence[Trajectory]) -> np.ndarray:
        """(n,); infinite where a roll-out is none."""
        return np.nan_to_num([self._problem.cost(one) for one in tried], nan=np.inf)

    def _best(
        self,
        model: LinearModel,
        damping: float,
        steps: Sequence[np.ndarray],
        limit: float,
        best: Trajectory,
    ) -> tuple[Found | None, float, float]:
        """The best below ``limit`` of corrections of two dampings by ``steps``, the next damping,
        and the step's size; the first that gains what is ``GOOD``, where there is one."""
        found: Found | None = None
        used = size = 0.0
        larger = min(max(damping * DAMPING_FACTOR, DAMPING_FIRST), DAMPING_MOST)
        for tried in (damping, larger):
            gains = model.gains(tried)
            for some in steps:
                watch = self._watch(None, best)
                for step, one in zip(
                    some,
                    self._problem.forward(model.trajectory, gains, some, watch),
                    strict=True,
                ):
                    self._report(self._position, best)
                    cost = self._problem.cost(one)
                    if cost < min(limit, found[2] if found else np.inf):
                        found, used, size = (one, gains, cost), tried, float(step)
                if found is not None and gains.kept(found[2]) > GOOD:
                    break
            else:
                continue
            break
        if found is None:
            return None, min(larger * DAMPING_FACTOR, DAMPING_MOST), 0.0
        eased = used / DAMPING_FACTOR if used > DAMPING_FIRST else 0.0
        return found, used if size < 1 else eased, size

    def _watch(self, position: float | None, best: Trajectory) -> Callable[[], None]:
        if position is not None:
            self._position = position
        return lambda: self._report(self._position, best)

    def _watched(
        self, slopes: Iterator[Slopes], position: float, best: Trajectory
    ) -> Iterator[Slopes]:
        # Also before the first, which takes as long as some of them.
        self._report(position, best)
        for one in slopes:
            self._report(position, best)
            yield one
