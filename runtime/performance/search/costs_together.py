"""What a performance of several people costs: what each of them costs alone, and how far apart they
are where they take hold of each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from ..physics.tangent import NQ, NV, Layout
from ..physics.trajectory import Trajectory
from .costs import Cost
from .earning import Earnings

MEETING_M = 0.003
"""Deviation that costs as much as one standard deviation: what holds pulls at once."""
MEETING_FRAMES = 4
"""Before two bodies hold on to each other, in which they lie on each other already: they come to it
without running through each other."""


@dataclass(frozen=True)
class Meeting:
    """Two points that are to be at one place in some frames."""

    frames: tuple[int, ...]
    people: tuple[int, int]
    bodies: tuple[int, int]
    """Indices among ``BODY_NAMES``."""
    places: tuple[np.ndarray, np.ndarray]
    """(3,) metres in the frames of the bodies."""


class CostTogether:
    """The sum of some people's costs, each of whom follows their own reference; see ``StateCost``."""

    def __init__(self, own: list[Cost], meetings: Sequence[Meeting] = ()) -> None:
        self._own, self._layout, self._meetings = own, Layout(len(own)), meetings
        self._data = mujoco.MjData(own[0].model)
        self.scales = own[0].scales
        self.earnings = Earnings()
        self.qpos = np.concatenate([one.qpos for one in own], axis=1)
        self.usual = np.empty(2 * self._layout.nv)
        for person, one in enumerate(own):
            self.usual[self._layout.state(person)] = one.usual

    def hold_toes(self, share: float) -> None:
        for one in self._own:
            one.hold_toes(share)

    def tighten(self, factor: float) -> None:
        for one in self._own:
            one.tighten(factor)

    def rest(self, factor: float) -> None:
        for one in self._own:
            one.rest(factor)

    def distance(self, trajectory: Trajectory) -> float:
        """Metres: of who is farther off."""
        return max(
            one.distance(of_person(trajectory, person)) for person, one in enumerate(self._own)
        )

    def value(self, trajectory: Trajectory) -> float:
        alone = sum(
            one.value(of_person(trajectory, person)) for person, one in enumerate(self._own)
        )
        apart = [
            self._apart(meeting, trajectory, frame)[0]
            for meeting in self._meetings
            for frame in meeting.frames
        ]
        return alone + float(np.square(apart).sum()) / 2

    def expand(self, trajectory: Trajectory) -> tuple[np.ndarray, np.ndarray]:
        """Gradient (T, 150 people) and curvature (T, 150 people, 150 people)."""
        size = 2 * self._layout.nv
        gradient = np.empty((len(self.qpos), size))
        curvature = np.zeros((len(self.qpos), size, size))
        for person, one in enumerate(self._own):
            rows = self._layout.state(person)
            own, bend = one.expand(of_person(trajectory, person))
            gradient[:, rows] = own
            curvature[:, rows[:, None], rows] = bend
        for meeting in self._meetings:
            for frame in meeting.frames:
                residual, slope = self._apart(meeting, trajectory, frame)
                places = slice(0, self._layout.nv)
                gradient[frame, places] += slope.T @ residual
                curvature[frame, places, places] += slope.T @ slope
        return gradient, curvature

    def _apart(
        self, meeting: Meeting, trajectory: Trajectory, frame: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """(3,) by which two points are apart in a frame, in standard deviations, and its slopes
        (3, 75 people) by the places of all."""
        model, data = self._own[0].model, self._data
        residual, slope = np.zeros(3), np.zeros((3, self._layout.nv))
        ends = zip(meeting.people, meeting.bodies, meeting.places, (1, -1), strict=True)
        for person, body, place, sign in ends:
            data.qpos[:] = trajectory.qpos[frame, NQ * person : NQ * (person + 1)]
            mujoco.mj_kinematics(model, data)
            mujoco.mj_comPos(model, data)
            point = data.xpos[1 + body] + data.xmat[1 + body].reshape(3, 3) @ place
            jacobian = np.empty((3, NV))
            mujoco.mj_jac(model, data, jacobian, None, point, 1 + body)
            residual += sign * point
            slope[:, NV * person : NV * (person + 1)] += sign * jacobian
        return residual / MEETING_M, slope / MEETING_M


def of_person(trajectory: Trajectory, person: int) -> Trajectory:
    """The states of one of several; controls and physics steps stay those of all."""
    qpos = trajectory.qpos[:, NQ * person : NQ * (person + 1)]
    qvel = trajectory.qvel[:, NV * person : NV * (person + 1)]
    return Trajectory(qpos, qvel, trajectory.control, trajectory.substates)
