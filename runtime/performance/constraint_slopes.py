"""How the forces of contacts and joint limits move with the state, exactly and without differences.

MuJoCo gives a constraint row i the force f = -D (J a - aref) where that is positive, with
aref = -B J v - K I(r) r, and D a function of the impedance I(r) of the distance r (its
documentation, chapter Computation). All are known after a forward pass, so their slopes
are: those by the acceleration and the velocity follow from J, those by the position from r
and from how J turns with the bodies, dJ/dq. Contact points are taken as MuJoCo puts them:
at the corners of boxes, at the lowest points of round shapes, half-way between the surfaces.
Left out is that the normal between two limbs turns with them; that of the floor does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from .tangent import NV, ROTATION

_BOX = int(mujoco.mjtGeom.mjGEOM_BOX)
_FRICTIONLESS = int(mujoco.mjtConstraint.mjCNSTR_CONTACT_FRICTIONLESS)


@dataclass(frozen=True)
class ConstraintSlopes:
    """The n rows that push, and how they would push otherwise.

    The generalized force changes by ``turning dq - rows^T stiffness dz``, where
    dz = rows da + damping rows dv + by_position dq.
    """

    rows: np.ndarray
    """(n, 75)"""
    stiffness: np.ndarray
    """(n,) D"""
    damping: np.ndarray
    """(n,) B"""
    by_position: np.ndarray
    """(n, 75)"""
    turning: np.ndarray
    """(75, 75): the same forces act along lines that turn with the bodies."""


@dataclass(frozen=True)
class Pushing:
    """What of a state's constraints the slopes need: n rows, c contacts, s bodies in contacts."""

    rows: np.ndarray
    force: np.ndarray
    stiffness: np.ndarray
    damping: np.ndarray
    by_distance: np.ndarray
    """(n,) slope of J a - aref by the distance r."""
    touching: np.ndarray
    """Rows that are of contacts."""
    directions: np.ndarray
    """(rows of contacts, 3) in the world along which they push."""
    contact_of_row: np.ndarray
    contact_of_side: np.ndarray
    moves: np.ndarray
    """(s, 3, 75) Jacobian of the contact point, moving with the body."""
    axes: np.ndarray
    """(s, 3, 75) Jacobian of the body's rotation: the axes of its joints."""
    levers: np.ndarray
    """(s, 3) from the point to that around which its place on the body rolls."""
    normals: np.ndarray
    """(s, 3)"""
    signs: np.ndarray
    """(s,) 1 for the body that the normal points to."""
    motion: np.ndarray
    """(c, 75) accelerations plus damping times velocities."""


def read_constraints(model: mujoco.MjModel, data: mujoco.MjData) -> Pushing | None:
    """Of ``data`` after ``mj_forward``; None where nothing pushes."""
    count = data.nefc
    force = data.efc_force[:count]
    active = np.flatnonzero(force > 0)
    if not len(active):
        return None
    force, stiffness = force[active], data.efc_D[active]
    gain, damping, impedance, impedance_slope = data.efc_KBIP[active].T
    distance = data.efc_pos[active] - data.efc_margin[active]
    # The change of D is written as one of J a - aref too.
    by_distance = gain * (impedance + distance * impedance_slope) - (
        force / stiffness * impedance_slope / (impedance * (1 - impedance))
    )
    touching = np.flatnonzero(data.efc_type[active] >= _FRICTIONLESS)
    ids = data.efc_id[active][touching]
    contacts, first, of_row = np.unique(ids, return_index=True, return_inverse=True)
    contact = data.contact
    normals, places = contact.frame[contacts, :3], contact.pos[contacts]
    geoms = np.stack([contact.geom1[contacts], contact.geom2[contacts]], axis=1)
    bodies = model.geom_bodyid[geoms]
    of_side, second = np.nonzero(bodies)
    moves, axes = np.zeros((2, len(of_side), 3, NV))
    for side, (row, end) in enumerate(zip(of_side, second, strict=True)):
        mujoco.mj_jac(model, data, moves[side], axes[side], places[row], bodies[row, end])
    geoms, signs = geoms[of_side, second], 2.0 * second - 1
    radius = np.where(model.geom_type[geoms] == _BOX, 0.0, model.geom_size[geoms, 0])
    levers = (signs * (radius + contact.dist[contacts[of_side]] / 2))[:, None] * normals[of_side]
    return Pushing(
        _dense_rows(model, data)[active],
        force,
        stiffness,
        damping,
        by_distance,
        touching,
        _directions(data, active[touching], ids),
        of_row,
        of_side,
        moves,
        axes,
        levers,
        normals[of_side],
        signs,
        # The damping is the same for all rows of a contact.
        data.qacc + damping[touching][first][:, None] * data.qvel,
    )


def _dense_rows(model: mujoco.MjModel, data: mujoco.MjData) -> np.ndarray:
    """(nefc, 75)"""
    if not mujoco.mj_isSparse(model):
        return data.efc_J.reshape(data.nefc, model.nv)
    rows = np.zeros((data.nefc, model.nv))
    mujoco.mju_sparse2dense(
        rows, data.efc_J, data.efc_J_rownnz, data.efc_J_rowadr, data.efc_J_colind
    )
    return rows


def _directions(data: mujoco.MjData, rows: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """(n, 3): the normal of a frictionless contact, or an edge of the friction pyramid."""
    contact = data.contact
    frames = contact.frame[ids].reshape(-1, 3, 3)
    edge = rows - contact.efc_address[ids]
    tangent = np.where(contact.dim[ids] > 1, 1 + edge // 2, 0)
    if (tangent > 2).any():
        raise NotImplementedError("contacts with torsional friction")
    slope = contact.friction[ids, np.maximum(tangent - 1, 0)] * (1 - 2 * (edge % 2))
    slope[tangent == 0] = 0
    return frames[:, 0] + slope[:, None] * frames[np.arange(len(ids)), tangent]


def constraint_slopes(states: Sequence[Pushing | None]) -> list[ConstraintSlopes | None]:
    """Of some states at once, which is faster than one after the other."""
    pushing = [state for state in states if state is not None]
    if not pushing:
        return [None] * len(states)
    contacts = np.cumsum([0] + [len(state.motion) for state in pushing])
    sides = np.cumsum([0] + [len(state.signs) for state in pushing])

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(state, name) for state in pushing])

    def shifted(name: str) -> np.ndarray:
        parts = zip(pushing, contacts, strict=False)
        return np.concatenate([getattr(state, name) + start for state, start in parts])

    of_row, of_side = shifted("contact_of_row"), shifted("contact_of_side")
    directions, signs, motion = joined("directions"), joined("signs"), joined("motion")
    moves, axes, normals = joined("moves"), joined("axes"), joined("normals")
    along = np.einsum("sk,skj->sj", normals, moves)
    # How the contact point moves besides moving with its body.
    slip = _cross(axes, joined("levers")[:, :, None]) - along[:, None] * normals[:, :, None] / 2
    # d J_i / d q_j is a_j x J_i where j carries i, a_i x J_j where i carries j; a are axes.
    moved, spun = moves * motion[of_side, None], axes * motion[of_side, None]
    later = np.cumsum(moved[:, :, ::-1], axis=2)[:, :, ::-1]
    earlier = np.cumsum(spun, axis=2) - spun
    # The three rotations of the root are about its own axes, which rotate together.
    later[:, :, ROTATION], earlier[:, :, ROTATION] = later[:, :, [ROTATION.start]], 0
    change = _cross(axes, later) + _cross(earlier, moves)
    change += _cross(spun.sum(axis=2, keepdims=True), slip)
    # Contacts have one side or two, in order.
    first = np.flatnonzero(np.diff(of_side, prepend=-1))
    normal = np.add.reduceat(signs[:, None] * along, first) if len(first) else along
    change = np.add.reduceat(signs[:, None, None] * change, first) if len(first) else change
    by_position = np.einsum("nk,nkj->nj", directions, change[of_row])
    pushes = joined("force")[_rows_of(pushing)][:, None] * directions
    forces = np.zeros((contacts[-1], 3))
    for axis in range(3):
        forces[:, axis] = np.bincount(of_row, pushes[:, axis], contacts[-1])
    torques = _cross((forces[of_side] * signs[:, None])[:, :, None], axes)
    results: list[ConstraintSlopes | None] = []
    row, remaining = 0, iter(range(len(pushing)))
    for state in states:
        if state is None:
            results.append(None)
            continue
        number = next(remaining)
        slopes = state.by_distance[:, None] * state.rows
        end, start = row + len(state.touching), contacts[number]
        distance = state.by_distance[state.touching, None]
        slopes[state.touching] = (
            distance * normal[start + state.contact_of_row] + by_position[row:end]
        )
        row = end
        used = slice(sides[number], sides[number + 1])
        turning = _turning(*(part[used].reshape(-1, NV) for part in (moves, torques, slip)))
        results.append(
            ConstraintSlopes(state.rows, state.stiffness, state.damping, slopes, turning)
        )
    return results


def _rows_of(pushing: Sequence[Pushing]) -> np.ndarray:
    """Rows of contacts among all rows of all states."""
    starts = np.cumsum([0] + [len(state.rows) for state in pushing])
    return np.concatenate(
        [state.touching + start for state, start in zip(pushing, starts, strict=False)]
    )


_LOWER = np.tril(np.ones((NV, NV)))
_LOWER[ROTATION, ROTATION] = 1
_UPPER = np.triu(np.ones((NV, NV)), 1)
_UPPER[ROTATION, ROTATION] = 0


def _turning(moves: np.ndarray, torques: np.ndarray, slip: np.ndarray) -> np.ndarray:
    """(3s, 75) each -> (75, 75) by which J^T f changes at the same f; torques are f x a."""
    carried = moves.T @ torques
    return carried * _LOWER + carried.T * _UPPER + torques.T @ slip


def _cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Of (n, 3, k) with (n, 3, k), along the middle axis; lengths of 1 are repeated."""
    (x, y, z), (u, v, w) = first.swapaxes(0, 1), second.swapaxes(0, 1)
    result = np.empty(np.broadcast_shapes(first.shape, second.shape))
    result[:, 0] = y * w - z * v
    result[:, 1] = z * u - x * w
    result[:, 2] = x * v - y * u
    return result
