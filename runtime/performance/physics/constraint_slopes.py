"""How the forces of contacts and joint limits move with the state, exactly and without differences.

MuJoCo gives a constraint row i the force f = -D (J a - aref) where that is positive, with
aref = -B J v - K I(r) r, and D a function of the impedance I(r) of the distance r (its
documentation, chapter Computation). All are known after a forward pass, so their slopes
are: those by the acceleration and the velocity follow from J, those by the position from r
and from how J turns with the bodies, dJ/dq. Contact points are taken as MuJoCo puts them:
at the corners of boxes, at the lowest points of round shapes, half-way between the surfaces.
Left out is that the normal between two limbs turns with them; that of the floor does not.

A foot has many contacts, each of several rows, and six ways to move: rows are summed up
into one 6 x 6 matrix for each pair of bodies that touch something.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from .rigid_tree import Tree, cross, force_cross, motion_cross, motion_matrix

_BOX = int(mujoco.mjtGeom.mjGEOM_BOX)
_EQUALITY = int(mujoco.mjtConstraint.mjCNSTR_EQUALITY)
_FRICTIONLESS = int(mujoco.mjtConstraint.mjCNSTR_CONTACT_FRICTIONLESS)


@dataclass(frozen=True)
class ConstraintSlopes:
    """How constraints of s states would push otherwise, in m coordinates that they see of the
    body's motion.

    The generalized force changes by ``turning dq + jacobian^T dw``, where
    dw = -(stiffness jacobian da + damping jacobian dv + by_position dq).
    """

    jacobian: np.ndarray
    """(s, m, dofs)"""
    stiffness: np.ndarray
    """(s, m, m)"""
    damping: np.ndarray
    """(s, m, m)"""
    by_position: np.ndarray
    """(s, m, dofs)"""
    turning: np.ndarray
    """(s, dofs, dofs): the same forces act along lines that turn with the bodies."""


@dataclass(frozen=True)
class Constraints:
    """What of a state's n constraint rows and c contacts the slopes need, as MuJoCo has it."""

    twists: np.ndarray
    """(dofs, 6) of the joints, about the centre of mass of whose they are."""
    origins: np.ndarray
    """(bodies, 3) that centre."""
    speeds: np.ndarray
    """(2, dofs) acceleration, velocity."""
    kind: np.ndarray
    """(n,) of the rows."""
    of: np.ndarray
    """(n,) their contacts."""
    rows: np.ndarray
    """(n, 3) force, stiffness, distance."""
    impedance: np.ndarray
    """(n, 4): K, B, I(r) and its slope."""
    edge: np.ndarray
    """(n,) which of its contact's rows each is."""
    frame: np.ndarray
    """(c, 9)"""
    place: np.ndarray
    """(c, 3)"""
    depth: np.ndarray
    """(c,) distance"""
    friction: np.ndarray
    """(c, 5)"""
    geoms: np.ndarray
    """(c, 2)"""
    dim: np.ndarray
    """(c,)"""
    others: np.ndarray
    """(l, dofs) rows that are no contacts: limits of joints, and equalities."""


def read_constraints(model: mujoco.MjModel, data: mujoco.MjData) -> Constraints:
    """Of ``data`` after ``mj_forward``; the rows that push."""
    count, contact = data.nefc, data.contact
    force, kind = data.efc_force[:count], data.efc_type[:count]
    # Equalities pull as well as push.
    active = np.flatnonzero((force > 0) | (kind == _EQUALITY))
    kind, of = kind[active], data.efc_id[active]
    touches = kind >= _FRICTIONLESS
    edge = np.zeros(len(active), dtype=int)
    edge[touches] = active[touches] - contact.efc_address[of[touches]]
    distance = data.efc_pos[active] - data.efc_margin[active]
    return Constraints(
        data.cdof.copy(),
        data.subtree_com[model.body_rootid],
        np.stack([data.qacc, data.qvel]),
        kind,
        of,
        np.stack([force[active], data.efc_D[active], distance], axis=1),
        data.efc_KBIP[active],
        edge,
        contact.frame.copy(),
        contact.pos.copy(),
        contact.dist.copy(),
        contact.friction.copy(),
        contact.geom.copy(),
        contact.dim.copy(),
        _dense_rows(model, data, active[~touches]),
    )


def _dense_rows(model: mujoco.MjModel, data: mujoco.MjData, chosen: np.ndarray) -> np.ndarray:
    """(n, dofs)"""
    if not len(chosen):
        return np.zeros((0, model.nv))
    if not mujoco.mj_isSparse(model):
        return data.efc_J.reshape(data.nefc, model.nv)[chosen]
    rows = np.zeros((data.nefc, model.nv))
    mujoco.mju_sparse2dense(
        rows, data.efc_J, data.efc_J_rownnz, data.efc_J_rowadr, data.efc_J_colind
    )
    return rows[chosen]


def constraint_slopes(
    model: mujoco.MjModel, tree: Tree, states: Sequence[Constraints]
) -> ConstraintSlopes | None:
    """Of some states at once, which is faster than one after the other; None if nothing pushes."""
    if not any(len(state.kind) for state in states):
        return None
    rows = _Rows(model, states)
    motion = _Motion(tree, states, rows)
    spread = _Spread(rows, motion, len(tree.moved))
    count, used, _, dofs = motion.jacobian.shape
    size = 6 * used
    rows_each = spread.force.shape[1]
    line, rolled = (one.reshape(count, rows_each, size) for one in (spread.lines, spread.rolled))
    held = line.swapaxes(1, 2) * spread.stiffness[:, None]
    stiffness, damping = held @ line, held @ (spread.damping[..., None] * line)
    jacobian = motion.jacobian.reshape(count, size, dofs)
    turned = motion.turned.reshape(count, 2, size, dofs)
    by_position = stiffness @ turned[:, 0] + damping @ turned[:, 1] + (held @ rolled) @ jacobian
    # The forces' lines turn with the bodies, and their points move along.
    wrench = (spread.force[:, None] @ line).reshape(count, used, 6)
    wrench = tree.moved[motion.bodies].T @ wrench
    turning = force_cross(motion.twists, wrench) @ motion.twists.swapaxes(1, 2)
    turning *= tree.turned
    torque = (spread.torque @ motion.jacobian).reshape(count, 3 * used, dofs)
    turning += motion.jacobian[:, :, :3].reshape(count, 3 * used, dofs).swapaxes(1, 2) @ torque
    found = ConstraintSlopes(jacobian, stiffness, damping, by_position, turning)
    return _with_others(found, states, rows)


class _Rows:
    """The rows of all states' contacts, one after the other, and the contacts they belong to."""

    def __init__(self, model: mujoco.MjModel, states: Sequence[Constraints]) -> None:
        def joined(name: str) -> np.ndarray:
            return np.concatenate([getattr(state, name) for state in states])

        counts = np.array([len(state.place) for state in states])
        first = np.cumsum(counts) - counts
        states_of = np.repeat(np.arange(len(states)), [len(state.kind) for state in states])
        force, stiffness, distance = joined("rows").T
        gain, self.damping, impedance, slope = joined("impedance").T
        # The change of D is written as one of J a - aref too.
        self.by_distance = gain * (impedance + distance * slope) - (
            force / stiffness * slope / (impedance * (1 - impedance))
        )
        self.force, self.stiffness = force, stiffness
        touches = joined("kind") >= _FRICTIONLESS
        self.touching, self.others = np.flatnonzero(touches), np.flatnonzero(~touches)
        self.state = states_of
        row, of = self.touching, joined("of")
        # The contacts of which any row pushes, and of which each of those rows is.
        contacts, self.contact = np.unique(of[row] + first[states_of[row]], return_inverse=True)
        self.state_of_contact = np.repeat(np.arange(len(states)), counts)[contacts]
        frames = joined("frame")[contacts].reshape(-1, 3, 3)
        geoms, depth = joined("geoms")[contacts], joined("depth")[contacts]
        origins = np.array([state.origins for state in states])
        self.normals, self.bodies = frames[:, 0], model.geom_bodyid[geoms]
        self.points = (
            joined("place")[contacts, None] - origins[self.state_of_contact[:, None], self.bodies]
        )
        """(c, 2, 3) as either body's twists are told."""
        radius = np.where(model.geom_type[geoms] == _BOX, 0.0, model.geom_size[geoms, 0])
        radius = (radius + depth[:, None] / 2) * [-1, 1]
        self.levers = radius[..., None] * self.normals[:, None]
        """(c, 2, 3) from the point to that around which its place on either body rolls."""
        # The normal of a frictionless contact, or an edge of the friction pyramid.
        edge = joined("edge")[row]
        tangent = np.where(joined("dim")[contacts][self.contact] > 1, 1 + edge // 2, 0)
        if (tangent > 2).any():
            raise NotImplementedError("contacts with torsional friction")
        friction = joined("friction")[contacts][self.contact, np.maximum(tangent - 1, 0)]
        slope = friction * (1 - 2 * (edge % 2)) * (tangent > 0)
        self.directions = frames[self.contact, 0] + slope[:, None] * frames[self.contact, tangent]
        """(r, 3) in the world along which rows push."""

    def places(self, rows: np.ndarray, states: int) -> tuple[np.ndarray, int]:
        """Of rows, where they are in a table of equally many for each state, and how many."""
        counts = np.bincount(self.state[rows], minlength=states)
        most = int(counts.max())
        local = np.arange(len(rows)) - (np.cumsum(counts) - counts)[self.state[rows]]
        return self.state[rows] * most + local, most


class _Motion:
    """How the s states' u bodies that touch something move, and how that changes."""

    def __init__(self, tree: Tree, states: Sequence[Constraints], rows: _Rows) -> None:
        bodies = np.unique(rows.bodies)
        self.bodies = bodies[tree.moved[bodies].any(axis=1)]
        self.twists = np.stack([state.twists for state in states])
        """(s, dofs, 6)"""
        moved = tree.moved[self.bodies]
        columns = self.twists.swapaxes(1, 2)
        self.jacobian = moved[:, None] * columns[:, None]
        """(s, u, 6, dofs)"""
        # What a body's acceleration J a and its velocity J v change by as J turns with it.
        terms = np.stack([state.speeds for state in states])[..., None] * self.twists[:, None]
        self.body = moved @ terms
        """(s, 2, u, 6)"""
        lag = motion_cross(self.twists[:, None], tree.before @ terms).swapaxes(-1, -2)
        carried = motion_matrix(self.body) @ columns[:, None, None]
        self.turned = -moved[:, None] * (carried + lag[:, :, None])
        """(s, 2, u, 6, dofs)"""


class _Spread:
    """The rows of contacts as lines in space, spread over the bodies they move, by state."""

    def __init__(self, rows: _Rows, motion: _Motion, bodies: int) -> None:
        count, used, touching = len(motion.twists), len(motion.bodies), rows.touching
        place, most = rows.places(touching, count)
        of_row, normals = rows.contact, rows.normals
        self.lines = np.zeros((count * most, used, 6))
        """(s r, u, 6): what the row sees of the bodies' motion."""
        self.rolled = np.zeros((count * most, used, 6))
        """(s r, u, 6): how that changes as the bodies move and the contact point with them."""
        self.torque = np.zeros((count, used, 3, 6))
        """(s, u, 3, 6): how the torques of the forces change as their points move."""
        self.force, self.stiffness, self.damping = tables = np.zeros((3, count * most))
        for table, values in zip(tables, (rows.force, rows.stiffness, rows.damping), strict=True):
            table[place] = values[touching]
        self.force, self.stiffness, self.damping = tables.reshape(3, count, most)
        """(s, r) each"""
        pushes = rows.force[touching, None] * rows.directions
        forces = (
            np.stack([np.bincount(of_row, one, len(normals)) for one in pushes.T], axis=1)
            if len(pushes)
            else np.zeros((0, 3))
        )
        directions = rows.directions
        slot = np.full(bodies, -1)
        slot[motion.bodies] = np.arange(used)
        damping, by_distance = rows.damping[touching], rows.by_distance[touching]
        # How the distance changes with what either body does, each as its twists are told.
        normal = np.concatenate(
            [
                cross(rows.points, normals[:, None]),
                np.broadcast_to(normals[:, None], rows.points.shape),
            ],
            axis=2,
        )
        for side, sign in enumerate((-1.0, 1.0)):
            points, at = rows.points[:, side], slot[rows.bodies[:, side]]
            line = np.concatenate([cross(points[of_row], directions), directions], axis=1)
            moves = _point_motion(points, normals, rows.levers[:, side], normal[:, side])
            some = np.flatnonzero(at[of_row] >= 0)
            contact, body = of_row[some], at[of_row[some]]
            self.lines[place[some], body] += sign * line[some]
            turn = motion.body[rows.state_of_contact[contact], :, body, :3]
            spin = turn[:, 0] + damping[some, None] * turn[:, 1]
            seen = (cross(directions[some], spin)[:, None] @ moves[contact])[:, 0]
            seen += by_distance[some, None] * normal[contact, side]
            self.rolled[place[some], body] += sign * seen
            held = np.flatnonzero(at >= 0)
            torque = cross(moves[held].swapaxes(1, 2), sign * forces[held, None]).swapaxes(1, 2)
            np.add.at(self.torque, (rows.state_of_contact[held], at[held]), torque)


def _point_motion(
    points: np.ndarray, normals: np.ndarray, levers: np.ndarray, normal: np.ndarray
) -> np.ndarray:
    """(c, 3, 6): how contact points move with a body's motion: with the body, around what rolls,
    and half-way to the other surface."""
    result = np.zeros((len(points), 3, 6))
    arm = points + levers
    result[:, 0, 1], result[:, 0, 2] = arm[:, 2], -arm[:, 1]
    result[:, 1, 0], result[:, 1, 2] = -arm[:, 2], arm[:, 0]
    result[:, 2, 0], result[:, 2, 1] = arm[:, 1], -arm[:, 0]
    result[:, np.arange(3), np.arange(3, 6)] = 1
    return result - normals[:, :, None] * normal[:, None] / 2


def _with_others(
    found: ConstraintSlopes, states: Sequence[Constraints], rows: _Rows
) -> ConstraintSlopes:
    """Rows that are no contacts are coordinates of their own."""
    others = rows.others
    if not len(others):
        return found
    count, size, dofs = found.jacobian.shape
    place, most = rows.places(others, count)
    table, values = np.zeros((count * most, dofs)), np.zeros((3, count * most))
    table[place] = np.concatenate([state.others for state in states])
    stiffness = rows.stiffness[others]
    values[0, place], values[1, place] = stiffness, stiffness * rows.damping[others]
    values[2, place] = stiffness * rows.by_distance[others]
    table, values = table.reshape(count, most, dofs), values.reshape(3, count, most)
    diagonal = np.arange(size, size + most)
    wider = np.zeros((2, count, size + most, size + most))
    wider[0, :, :size, :size], wider[1, :, :size, :size] = found.stiffness, found.damping
    wider[:, :, diagonal, diagonal] = values[:2]
    slopes = values[2][..., None] * table
    return ConstraintSlopes(
        np.concatenate([found.jacobian, table], axis=1),
        wider[0],
        wider[1],
        np.concatenate([found.by_position, slopes], axis=1),
        found.turning,
    )
