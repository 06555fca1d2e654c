"""Where hips, feet and hands go so that contacts stay, nothing sinks, and limbs keep their directions.

Limbs that point as the source's do end elsewhere on a character of other
proportions. Most of that the hips can make good without turning any limb, and
a trunk that leans a little for hands on the floor; so the whole clip is one
least-squares problem: an offset of the hips, a lean of the spine and one for the
end of each limb, as smooth and as little bent as possible, on which contacts
rest and the skin is over the floor. It is solved by Gauss-Newton, every round
on the pose of the one before (as Gleicher, Retargetting Motion to New
Characters, 1998, with the directions of limbs in place of joint angles). What it
weighs is in ``costs``; after it directions are held for good (``direction_limits``),
for which feet of short legs let go and slide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...numerics.clip_least_squares import ClipLeastSquares
from ...numerics.rotations import about_axis, rotation_vector_between, unit
from ...progress import Steps
from ...skeletons.skeleton import SkeletonPose, pose_skeleton
from ..rig.character import Character
from ..rig.skin_surface import Surface
from .costs import COSTS, LIMITS, ContactCosts, ResultLimits
from .direction_limits import limit_direction_error
from .jacobian import Limb, PoseJacobian, SurfacePatch, limb_of, surface_patches
from .two_bone_ik import solve_limb_ik

_ROUNDS = 5
_LEGS = (0, 1)
"""Numbers of the limbs that stand."""

_TRIES = 4
"""Times that it is found anew which parts the floor bears."""
_SLACK = 0.01
"""Metres by which a limb's end may be asked for beyond what the limb reaches."""
_PASSES = 3
"""Times that limbs are turned back: a straight one turns a lot for a little."""
_NEAR = 0.5
"""Metres over the floor, before anything is corrected, from which on skin cannot get into it."""
_MARGIN = 0.001
"""Metres over the floor at which the skin is to stay."""


@dataclass(frozen=True)
class ContactPoint:
    """A point at the end of a limb that at times rests on the floor."""

    arm: np.ndarray
    """(T, 3) metres in the world, from the limb's last joint."""
    down: np.ndarray
    """(T,) bool"""
    height: np.ndarray
    """(T,) metres over the floor, while down."""
    still: np.ndarray
    """(T,) 0..1 how much it stays where it is: 1 while down."""
    drift: np.ndarray
    """(T, 2) metres: how it is dragged over the floor on purpose."""


@dataclass(frozen=True)
class EndEffectorTarget:
    """The end of one limb: which way it is turned is settled already."""

    roles: tuple[str, str, str]
    contacts: tuple[ContactPoint, ...] = ()
    level: np.ndarray | None = None
    """(T,) metres: how high its last joint should be."""


@dataclass(frozen=True)
class TrunkContact:
    """A trunk on the floor."""

    on: np.ndarray
    """(T,) bool"""
    height: np.ndarray
    """(T,) metres over the floor of its lowest point."""


def solve_contacts(
    character: Character,
    scale: float,
    fps: float,
    surface: Surface,
    targets: Sequence[EndEffectorTarget],
    trunk: TrunkContact,
    rotations: dict[int, np.ndarray],
    positions: dict[int, np.ndarray],
    costs: ContactCosts = COSTS,
    limits: ResultLimits = LIMITS,
) -> Steps[None]:
    """Corrects ``rotations`` and the place of the hips in place; both as ``pose_skeleton`` takes them."""
    pose = pose_skeleton(character.locked_pose, rotations, positions)
    # What never comes near the floor need not be looked at again and again.
    surface = surface.part(surface.heights(pose).min(axis=0, initial=np.inf) < _NEAR * scale)
    limbs = [limb_of(character, target.roles, pose, n) for n, target in enumerate(targets)]
    clip = _Clip(
        character, scale, 30.0 / fps, surface, targets, trunk, limbs,
        surface_patches(character, surface, limbs), np.zeros((len(limbs), len(pose.positions))),
        costs,
    )  # fmt: skip
    x = np.zeros((len(pose.positions), 6 + 3 * len(limbs)))
    for number in range(_ROUNDS):
        yield number / (_ROUNDS + 1)
        posed, shifted = dict(rotations), dict(positions)
        goals = _apply(character, limbs, x, posed, shifted)
        now = pose_skeleton(character.locked_pose, posed, shifted)
        _within_reach(limbs, goals, now, x, _SLACK * scale)
        if number == 1:
            clip = _nearby(clip, now)
        jacobian = PoseJacobian.of(character, limbs, now, scale)
        x = _gauss_newton_step(clip, jacobian, goals, now, x, 1.0 / (1 + number))

    def posed_by_now() -> SkeletonPose:
        posed, shifted = dict(rotations), dict(positions)
        _apply(character, limbs, x, posed, shifted)
        return pose_skeleton(character.locked_pose, posed, shifted)

    yield _ROUNDS / (_ROUNDS + 1)
    for _ in range(_PASSES):
        if not limit_direction_error(limbs, posed_by_now(), x, scale, fps, limits):
            break
    _apply(character, limbs, x, rotations, positions)


def _within_reach(
    limbs: Sequence[Limb],
    goals: Sequence[np.ndarray],
    pose: SkeletonPose,
    x: np.ndarray,
    slack: float,
) -> None:
    """Takes back, in place, what is asked of limbs beyond their reach: from there no way leads on."""
    for limb, goal in zip(limbs, goals, strict=True):
        short = pose.positions[:, limb.bones[2]] - goal
        length = np.linalg.norm(short, axis=1, keepdims=True)
        back = short * np.maximum(0.0, 1.0 - slack / np.maximum(length, 1e-9))
        x[:, limb.own] += back
        goal += back


def _nearby(clip: _Clip, pose: SkeletonPose) -> _Clip:
    """The same with less skin: what is this far up in a pose that is nearly right stays there."""
    near = clip.surface.heights(pose).min(axis=0, initial=np.inf) < _NEAR / 2 * clip.scale
    surface = clip.surface.part(near)
    patches = surface_patches(clip.character, surface, clip.limbs)
    return replace(clip, surface=surface, patches=patches)


@dataclass(frozen=True)
class _Clip:
    """What stays the same from round to round."""

    character: Character
    scale: float
    tick: float
    """Thirtieths of a second from frame to frame."""
    surface: Surface
    targets: Sequence[EndEffectorTarget]
    trunk: TrunkContact
    limbs: Sequence[Limb]
    patches: Sequence[SurfacePatch]
    deviations: np.ndarray
    """(limbs, T) radians by which limbs point elsewhere, as the rounds so far found it."""
    costs: ContactCosts


def _apply(
    character: Character,
    limbs: Sequence[Limb],
    x: np.ndarray,
    rotations: dict[int, np.ndarray],
    positions: dict[int, np.ndarray],
) -> list[np.ndarray]:
    """Moves hips, spine and limbs by their offsets x (T, W); returns where the limbs should end (T, 3)."""
    hips = character.bones["hips"]
    positions[hips] = positions[hips] + x[:, :3]
    angle = np.linalg.norm(x[:, 3:6], axis=1)
    axis = unit(x[:, 3:6])
    for bone, share in character.spine_weights.items():
        if bone in rotations:
            rotations[bone] = about_axis(axis, share * angle) @ rotations[bone]
    pose = pose_skeleton(character.locked_pose, rotations, positions)
    goals = []
    for limb in limbs:
        goal = pose.positions[:, limb.bones[2]] + x[:, limb.own]
        goals.append(goal)
        solve_limb_ik(character, pose, rotations, limb.roles, goal)
    return goals


def _gauss_newton_step(
    clip: _Clip,
    jacobian: PoseJacobian,
    goals: Sequence[np.ndarray],
    pose: SkeletonPose,
    x: np.ndarray,
    stride: float,
) -> np.ndarray:
    """The next offsets x (T, W), one Gauss-Newton step; ``pose`` is that of the x so far, ``stride`` how far to go at once."""
    frames, width = x.shape
    scale, costs = clip.scale, clip.costs
    system = ClipLeastSquares(frames, width)
    _add_smoothness(system, clip, pose, x, stride)
    for limb, target, goal in zip(clip.limbs, clip.targets, goals, strict=True):
        _add_directions(system, limb, jacobian, pose, x, clip.deviations[limb.number], costs)
        rows = jacobian.end(limb)
        # What the rows say of x so far; the pose says what is true.
        along = (rows @ x[..., None])[..., 0]
        upright = rows[:, 2:]
        for contact in target.contacts:
            place = goal + contact.arm
            off = contact.height - place[:, 2]
            # A floor that is far out of reach is given up instead of bending all for it.
            near = 1.0 / np.maximum(1.0, np.abs(off) / (costs.out_of_reach_m * scale)) ** 2
            still = contact.still * near
            still = np.minimum(still[1:], still[:-1])
            track = place[:, :2] - contact.drift - along[:, :2]
            weight = (costs.foot_slide_m * scale * clip.tick) ** -2 * still
            system.add_velocity(rows[:, :2], -np.diff(track, axis=0), weight)
            weight = (costs.contact_height_m * scale) ** -2 * near
            value = off + along[:, 2]
            system.add(upright, value[:, None], (weight * contact.down)[:, None])
        if target.level is not None:
            off = target.level - goal[:, 2] + along[:, 2]
            system.add(
                upright, off[:, None], np.full((frames, 1), (costs.ankle_hover_m * scale) ** -2)
            )
            _add_level(system, clip, limb, target, goal, pose, x, upright)
    return _solve_over_floor(system, clip, jacobian, pose, x)


def _add_smoothness(
    system: ClipLeastSquares, clip: _Clip, pose: SkeletonPose, x: np.ndarray, stride: float
) -> None:
    """Ways are smooth, near where directions alone lead, and near those of the round before."""
    frames, width = x.shape
    costs = clip.costs
    bend = np.full(width, costs.limb_acceleration_m * clip.scale * clip.tick**2)
    bend[:3] = costs.hips_acceleration_m * clip.scale * clip.tick**2
    bend[3:6] = costs.lean_acceleration_rad * clip.tick**2
    system.add_acceleration(bend**-2)
    step = np.full(width, costs.round_m * clip.scale)
    step[3:6] = costs.round_rad
    own = np.broadcast_to(np.eye(width), (frames, width, width))
    system.add(own, x, np.tile((stride * step) ** -2, (frames, 1)))
    nothing = np.zeros((frames, 3))
    system.add(own[:, :3], nothing, np.full((frames, 3), (costs.hips_away_m * clip.scale) ** -2))
    lean = np.linalg.norm(x[:, 3:6], axis=1)
    weight = np.repeat(
        (costs.lean_rad**-2 * (1.0 + (lean / costs.lean_soft_rad) ** 2))[:, None], 3, axis=1
    )
    system.add(own[:, 3:6], nothing, weight)
    if clip.character.spine:
        # It bends rather than twists.
        bones = [clip.character.bones["hips"], clip.character.spine[-1]]
        along = unit(pose.positions[:, bones[1]] - pose.positions[:, bones[0]])
        rows = np.zeros((frames, 1, width))
        rows[:, 0, 3:6] = along
        system.add(rows, nothing[:, :1], np.full((frames, 1), costs.twist_rad**-2))


def _add_directions(
    system: ClipLeastSquares,
    limb: Limb,
    jacobian: PoseJacobian,
    pose: SkeletonPose,
    x: np.ndarray,
    deviation: np.ndarray,
    costs: ContactCosts,
) -> None:
    """Limbs point as the source's do. ``deviation`` (T,) radians is how far this one did not."""
    frames, width = x.shape
    turning = jacobian.turning[limb.number]
    now = np.concatenate(
        list(rotation_vector_between(limb.bone_directions, limb.directions_in(pose))), axis=1
    )
    rows = np.zeros((frames, 6, width))
    rows[:, :, limb.own] = turning
    value = (turning @ x[:, limb.own, None])[..., 0] - now
    most = np.linalg.norm(now.reshape(frames, 2, 3), axis=2).max(axis=1)
    # Averaged with the round before, so that the reweighting does not oscillate.
    deviation[:] = most if not deviation.any() else (deviation + most) / 2
    weight = costs.limb_direction_rad**-2 * (1.0 + (deviation / costs.limb_direction_soft_rad) ** 4)
    system.add(rows, value, np.repeat(weight[:, None], 6, axis=1))


def _add_level(
    system: ClipLeastSquares,
    clip: _Clip,
    limb: Limb,
    target: EndEffectorTarget,
    goal: np.ndarray,
    pose: SkeletonPose,
    x: np.ndarray,
    upright: np.ndarray,
) -> None:
    """A foot in the air is at its height as far as the directions of both legs allow.

    What its own leg does not make good the hips may, and the leg that stands
    then bends: the rows ``upright`` (T, 1, W) of its ankle hold both.
    """
    assert target.level is not None
    costs = clip.costs
    own = x[:, limb.own][:, 2]
    off = target.level - goal[:, 2] + own
    most = costs.leg_turn_rad * sum(_leverage(pose, clip.limbs[n]) for n in _LEGS)
    share = np.abs(off) / np.maximum(most, 1e-9)
    touches = np.any([contact.down for contact in target.contacts], axis=0)
    tried = ~touches * np.clip(costs.hopeless - share, 0.0, 1.0) / np.maximum(share, 1.0) ** 2
    counts = np.clip(
        (np.abs(off) / clip.scale - costs.ankle_free_m) / (costs.ankle_full_m - costs.ankle_free_m),
        0.0,
        1.0,
    )
    others = (upright[:, 0] * x).sum(axis=1) - own
    value = others + np.clip(off, -most, most)
    weight = (costs.ankle_height_m * clip.scale) ** -2 * tried * counts
    system.add(upright, value[:, None], weight[:, None])


def _leverage(pose: SkeletonPose, limb: Limb) -> np.ndarray:
    """(T,) metres by which a limb's end is lifted as its bones turn by a radian at most."""
    flat = np.linalg.norm(np.diff(pose.positions[:, limb.bones, :2], axis=1), axis=2)
    return (flat**2).sum(axis=1) / np.maximum(flat.max(axis=1), 1e-9)


def _solve_over_floor(
    system: ClipLeastSquares, clip: _Clip, jacobian: PoseJacobian, pose: SkeletonPose, x: np.ndarray
) -> np.ndarray:
    """The offsets x (T, W) with which no part of the skin is in the floor, and what lies lies on it."""
    if not clip.patches:
        return system.solve()
    scale, costs = clip.scale, clip.costs
    heights = clip.surface.heights(pose)
    found = [jacobian.lowest(heights, clip.surface, patch, pose) for patch in clip.patches]
    rows = np.stack([row for row, _ in found], axis=1)
    lowest = np.stack([height for _, height in found], axis=1)
    # Heights without what x does.
    over = lowest - (rows @ x[..., None])[..., 0]
    body = [n for n, patch in enumerate(clip.patches) if patch.limb < 0 or patch.part != 2]
    if clip.trunk.on.any() and body:
        least = np.array(body)[lowest[:, body].argmin(axis=1)]
        chosen = np.arange(len(x)), least
        value = clip.trunk.height - over[chosen]
        weight = (costs.trunk_height_m * scale) ** -2 * clip.trunk.on
        system.add(rows[chosen][:, None], value[:, None], weight[:, None])
    sinks = lowest < _MARGIN * scale
    for _ in range(_TRIES):
        held = system.copy()
        held.add(rows, _MARGIN * scale - over, (costs.floor_penetration_m * scale) ** -2 * sinks)
        solved = held.solve()
        before, sinks = sinks, over + (rows @ solved[..., None])[..., 0] < _MARGIN * scale
        if (before == sinks).all():
            break
    return solved
