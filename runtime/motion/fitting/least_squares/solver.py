"""Least squares over a whole clip: Gauss-Newton with joint limits and smooth angles.

All frames are solved together. Every term looks at one frame only, so the
normal matrix has one 75 x 75 block per frame; smoothness ties each frame to the
next and makes it block tridiagonal, which one sweep forth and back solves.
Angles at a limit that are pushed against it are held (an active set). A frame
that a step has made worse goes back and is damped (Levenberg-Marquardt).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from ....body.figures import JOINT_RANGES
from ..settings import FIT, SolverSettings
from .linkage import DOFS, BodyPoses
from .terms import Evaluated, Term

_ALL = np.arange(DOFS)


@dataclass(frozen=True)
class Comfort:
    """What the terms leave open: angles near a neutral pose, and steady over time."""

    neutral: np.ndarray
    """(T, 69) or (69,) radians."""
    pull: np.ndarray
    """(69,) weight towards the neutral pose."""
    steady: np.ndarray
    """(69,) or (T - 1, 69): weight of the change from frame to frame."""

    def part(self, frames: np.ndarray) -> "Comfort":
        neutral = self.neutral if self.neutral.ndim == 1 else self.neutral[frames]
        steady = self.steady if self.steady.ndim == 1 else self.steady[frames[:-1]]
        return Comfort(neutral, self.pull, steady)


@dataclass
class _Quadratic:
    """The terms around a pose, frame by frame: cost, slope and normal matrix."""

    pose: BodyPoses
    cost: np.ndarray
    """(T,)"""
    slope: np.ndarray
    """(T, 75)"""
    normal: np.ndarray
    """(T, 75, 75)"""

    @classmethod
    def around(cls, pose: BodyPoses, terms: Sequence[Term], comfort: Comfort) -> "_Quadratic":
        at, frames = Evaluated(pose), len(pose)
        normal = np.zeros((frames, DOFS, DOFS))
        off = pose.angles - comfort.neutral
        slope = np.hstack([np.zeros((frames, 6)), comfort.pull * off])
        cost = (comfort.pull * off**2).sum(axis=1)
        normal[:, _ALL[6:], _ALL[6:]] = comfort.pull
        for term in terms:
            residual, jacobian = term.rows(at)
            transposed = np.swapaxes(jacobian, 1, 2)
            normal += transposed @ jacobian
            slope += (transposed @ residual[..., None])[..., 0]
            cost += (residual**2).sum(axis=1)
        return cls(pose, cost, slope, normal)

    def take(self, other: "_Quadratic", better: np.ndarray) -> None:
        """Goes over to ``other`` in the frames (T,) where it is ``better``."""
        for name in ("cost", "slope", "normal"):
            getattr(self, name)[better] = getattr(other, name)[better]
        for name in ("root", "turn", "angles"):
            getattr(self.pose, name)[better] = getattr(other.pose, name)[better]


def solve(
    pose: BodyPoses,
    terms: Sequence[Term],
    comfort: Comfort,
    iterations: int,
    tick: Callable[[float], None] = lambda share: None,
    settings: SolverSettings = FIT.solver,
) -> BodyPoses:
    """Moves ``pose`` to a minimum of the terms within the joint limits.

    Stops after ``iterations`` or when no angle moves more than
    ``settings.tolerance`` radians. ``tick`` hears the share of iterations done.
    """
    start = BodyPoses(pose.root.copy(), pose.turn.copy(), _within_limits(pose.angles))
    here = _Quadratic.around(start, terms, comfort)
    damping = np.full(len(start), settings.damping)
    for iteration in range(iterations):
        step = _step(here, comfort, damping, settings.longest_step)
        moved = here.pose.moved(step)
        there = _Quadratic.around(
            BodyPoses(moved.root, moved.turn, _within_limits(moved.angles)), terms, comfort
        )
        # Smoothness may ask a frame to give way a little; a leap is a step gone wrong.
        better = there.cost <= 1.1 * here.cost + 1e-3
        here.take(there, better)
        damping = np.where(
            better,
            np.maximum(damping / 4, settings.damping),
            np.maximum(damping * 10, settings.more_damping),
        )
        tick((iteration + 1) / iterations)
        if np.abs(step[:, 3:]).max() < settings.tolerance:
            break
    return here.pose


def _step(here: _Quadratic, comfort: Comfort, damping: np.ndarray, longest: float) -> np.ndarray:
    """(T, 75): the step of Gauss-Newton, at most ``longest`` in a frame."""
    frames, angles = len(here.pose), here.pose.angles
    low, high = JOINT_RANGES[:, 0], JOINT_RANGES[:, 1]
    coupling = np.zeros((frames - 1, DOFS))
    coupling[:, 6:] = comfort.steady
    change = coupling[:, 6:] * np.diff(angles, axis=0)
    slope, normal = here.slope.copy(), here.normal.copy()
    slope[:-1, 6:] -= change
    slope[1:, 6:] += change
    diagonal = normal[:, _ALL, _ALL] + damping[:, None]
    diagonal[:-1] += coupling
    diagonal[1:] += coupling
    normal[:, _ALL, _ALL] = diagonal
    free = np.ones((frames, DOFS))
    free[:, 6:] = ~(
        ((angles <= low) & (slope[:, 6:] > 0)) | ((angles >= high) & (slope[:, 6:] < 0))
    )
    step = -_solve_chain(normal, slope, coupling, free)
    return step * np.minimum(1.0, longest / np.abs(step).max(axis=1, keepdims=True))


def _within_limits(angles: np.ndarray) -> np.ndarray:
    return np.clip(angles, JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])


def _solve_chain(
    normal: np.ndarray, slope: np.ndarray, coupling: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """Solves the block tridiagonal system: blocks (T, n, n), off-diagonal -coupling (T - 1, n).

    Held unknowns (``free`` 0) stay 0. The plain recursion for block tridiagonal
    systems, with Cholesky factors of each block.
    """
    frames, size = slope.shape
    normal = normal * free[:, :, None] * free[:, None, :]
    normal[:, np.arange(size), np.arange(size)] += 1.0 - free
    right = slope * free
    factors = np.empty_like(normal)
    links = coupling * free[:-1] * free[1:]
    for frame in range(frames):
        block = normal[frame]
        if frame:
            link = links[frame - 1]
            inverse, _ = lapack.dpotri(factors[frame - 1], lower=1)
            inverse = np.tril(inverse) + np.tril(inverse, -1).T
            block = block - link[:, None] * inverse * link
            right[frame] += link * (inverse @ right[frame - 1])
        factor, info = lapack.dpotrf(block, lower=1)
        if info:
            raise FloatingPointError("the normal matrix of the fit is not positive")
        factors[frame] = factor
    result = np.empty_like(slope)
    for frame in range(frames - 1, -1, -1):
        value = right[frame]
        if frame < frames - 1:
            value = value + links[frame] * result[frame + 1]
        result[frame], _ = lapack.dpotrs(factors[frame], value, lower=1)
    return result
