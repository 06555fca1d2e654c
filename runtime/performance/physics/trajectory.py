"""A performance while it is looked for: states, controls, and the physics steps between them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trajectory:
    """T states and the T - 1 controls between them, with the physics steps in between."""

    qpos: np.ndarray
    """(T, 76)"""
    qvel: np.ndarray
    """(T, 75)"""
    control: np.ndarray
    """(T-1, 75): offsets of muscle targets in radians, wrench as shares of weight."""
    substates: np.ndarray
    """(T-1, substeps, 151): qpos and qvel after each physics step."""

    def part(self, rows: slice) -> "Trajectory":
        """The control steps of ``rows``, with the states they begin in."""
        return Trajectory(
            self.qpos[rows], self.qvel[rows], self.control[rows], self.substates[rows]
        )
