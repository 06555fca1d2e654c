"""Where hips, feet and hands go so that what touches stands still, nothing sinks, and limbs keep their way.

Limbs that point as the source's do end elsewhere on a character of other
proportions. Most of that the hips can make good without turning any limb, and
a trunk that leans a little for hands on the floor; so the whole clip is one
least-squares problem: a way of the hips, a lean of the spine and a way for the
end of each limb, as smooth and as little bent as possible, on which contacts
rest and the skin is over the floor. It is solved by Gauss-Newton, every round
on the pose of the one before (as Gleicher, Retargetting Motion to New
Characters, 1998, with the directions of limbs in place of joint angles).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...numerics.clip_least_squares import Quadratic
from ...numerics.rotations import about_axis, turn_vector, unit
from ...progress import Steps
from ...skeletons.skeleton import Pose, pose_rig
from ..rig.character import Character
from ..rig.skin_surface import Surface
from .direction_limits import hold_directions, lift
from .jacobian import Group, Limb, Moves, groups_of, limb_of
from .two_bone_ik import bend_limb

_ROUNDS = 5
_LEGS = (0, 1)
"""Numbers of the limbs that stand."""

# How much of each is as bad as one of the others; lengths at the body's size.
_TURN = np.radians(1.0)
"""Radians by which a limb points elsewhere."""
_SWERVE = np.radians(1.2)
"""From here on a limb's turn counts more and more."""
_LEAN = np.radians(3.0)
"""Radians by which the chest leans elsewhere."""
_TWIST = np.radians(1.0)
"""Radians by which it turns about the spine."""
_BENT = np.radians(15.0)
"""From here on a lean counts more and more."""
_SLIP = 0.00042
"""Metres by which a resting point moves in a thirtieth of a second."""
_REST = 0.0012
"""Metres by which a resting point is off its height."""
_REACH = 0.04
"""Metres: from here on it counts less and less."""
_SINK = 0.0007
"""Metres in the floor."""
_LIE = 0.004
"""Metres by which a trunk that lies is off its height."""
_LEVEL = 0.001
"""Metres by which an ankle in the air is off its height."""
_FREE, _FULL = 0.0045, 0.007
"""Metres off its height, at the body's size, that do not count, and from which on all does."""
_YIELD = np.radians(2.6)
"""Radians by which the bones of both legs may turn for an ankle's height."""
_HOPELESS = 3.0
"""Times what these turns make good, from which on nothing is tried at all."""
_HOVER = 0.03
"""Metres by which hips and legs together may well leave an ankle off its height."""
_BEND = 0.0012
"""Metres by which a way turns aside in a thirtieth of a second."""
_JOLT = 0.0005
"""Metres by which the way of the hips does, with all that hangs on them."""
_SWAY = np.radians(0.08)
"""Radians by which a lean does."""
_AWAY = 0.15
"""Metres by which the hips are elsewhere at all."""
_STEP, _TILT = 0.03, np.radians(3.0)
"""Metres and radians by which one round may well differ from the one before it."""
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
class Spot:
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
class Hold:
    """The end of one limb: which way it is turned is settled already."""

    roles: tuple[str, str, str]
    spots: tuple[Spot, ...] = ()
    level: np.ndarray | None = None
    """(T,) metres: how high its last joint should be."""


@dataclass(frozen=True)
class Lying:
    """A trunk on the floor."""

    on: np.ndarray
    """(T,) bool"""
    height: np.ndarray
    """(T,) metres over the floor of its lowest point."""


def settle(
    character: Character,
    scale: float,
    fps: float,
    surface: Surface,
    holds: Sequence[Hold],
    lying: Lying,
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
) -> Steps[None]:
    """Corrects ``turns`` and the place of the hips in place; both as ``pose_rig`` takes them."""
    pose = pose_rig(character.held, turns, placed)
    # What never comes near the floor need not be looked at again and again.
    surface = surface.part(surface.heights(pose).min(axis=0, initial=np.inf) < _NEAR * scale)
    limbs = [limb_of(character, hold.roles, pose, n) for n, hold in enumerate(holds)]
    clip = _Clip(
        character, scale, 30.0 / fps, surface, holds, lying, limbs,
        groups_of(character, surface, limbs), np.zeros((len(limbs), len(pose.positions))),
    )  # fmt: skip
    way = np.zeros((len(pose.positions), 6 + 3 * len(limbs)))
    for number in range(_ROUNDS):
        yield number / (_ROUNDS + 1)
        posed, shifted = dict(turns), dict(placed)
        goals = _follow(character, limbs, way, posed, shifted)
        now = pose_rig(character.held, posed, shifted)
        _within_reach(limbs, goals, now, way, _SLACK * scale)
        if number == 1:
            clip = _nearer(clip, now)
        moves = Moves.of(character, limbs, now, scale)
        way = _round(clip, moves, goals, now, way, 1.0 / (1 + number))

    def posed_by_now() -> Pose:
        posed, shifted = dict(turns), dict(placed)
        _follow(character, limbs, way, posed, shifted)
        return pose_rig(character.held, posed, shifted)

    yield _ROUNDS / (_ROUNDS + 1)
    for _ in range(_PASSES):
        if not hold_directions(limbs, posed_by_now(), way, scale, fps):
            break
    way[:, 2] += lift(surface.heights(posed_by_now()), scale, fps)
    _follow(character, limbs, way, turns, placed)


def _within_reach(
    limbs: Sequence[Limb], goals: Sequence[np.ndarray], pose: Pose, way: np.ndarray, slack: float
) -> None:
    """Takes back, in place, what is asked of limbs beyond their reach: from there no way leads on."""
    for limb, goal in zip(limbs, goals, strict=True):
        short = pose.positions[:, limb.bones[2]] - goal
        length = np.linalg.norm(short, axis=1, keepdims=True)
        back = short * np.maximum(0.0, 1.0 - slack / np.maximum(length, 1e-9))
        way[:, limb.own] += back
        goal += back


def _nearer(clip: _Clip, pose: Pose) -> _Clip:
    """The same with less skin: what is this far up in a pose that is nearly right stays there."""
    near = clip.surface.heights(pose).min(axis=0, initial=np.inf) < _NEAR / 2 * clip.scale
    surface = clip.surface.part(near)
    groups = groups_of(clip.character, surface, clip.limbs)
    return replace(clip, surface=surface, groups=groups)


@dataclass(frozen=True)
class _Clip:
    """What stays the same from round to round."""

    character: Character
    scale: float
    tick: float
    """Thirtieths of a second from frame to frame."""
    surface: Surface
    holds: Sequence[Hold]
    lying: Lying
    limbs: Sequence[Limb]
    groups: Sequence[Group]
    swerves: np.ndarray
    """(limbs, T) radians by which limbs point elsewhere, as the rounds so far found it."""


def _follow(
    character: Character,
    limbs: Sequence[Limb],
    way: np.ndarray,
    turns: dict[int, np.ndarray],
    placed: dict[int, np.ndarray],
) -> list[np.ndarray]:
    """Moves hips, spine and limbs along their ways; returns where the limbs should end (T, 3)."""
    hips = character.bones["hips"]
    placed[hips] = placed[hips] + way[:, :3]
    angle = np.linalg.norm(way[:, 3:6], axis=1)
    axis = unit(way[:, 3:6])
    for bone, share in character.lean.items():
        if bone in turns:
            turns[bone] = about_axis(axis, share * angle) @ turns[bone]
    pose = pose_rig(character.held, turns, placed)
    goals = []
    for limb in limbs:
        goal = pose.positions[:, limb.bones[2]] + way[:, limb.own]
        goals.append(goal)
        bend_limb(character, pose, turns, limb.roles, goal)
    return goals


def _round(
    clip: _Clip,
    moves: Moves,
    goals: Sequence[np.ndarray],
    pose: Pose,
    way: np.ndarray,
    stride: float,
) -> np.ndarray:
    """The next (T, W) ways; ``pose`` is that of the ways so far, ``stride`` how far to go at once."""
    frames, width = way.shape
    scale = clip.scale
    system = Quadratic(frames, width)
    _add_calm(system, clip, pose, way, stride)
    for limb, hold, goal in zip(clip.limbs, clip.holds, goals, strict=True):
        _add_directions(system, limb, moves, pose, way, clip.swerves[limb.number])
        rows = moves.end(limb)
        # What the rows say of the ways so far; the pose says what is true.
        along = (rows @ way[..., None])[..., 0]
        upright = rows[:, 2:]
        for spot in hold.spots:
            place = goal + spot.arm
            off = spot.height - place[:, 2]
            # A floor that is far out of reach is given up instead of bending all for it.
            near = 1.0 / np.maximum(1.0, np.abs(off) / (_REACH * scale)) ** 2
            still = spot.still * near
            still = np.minimum(still[1:], still[:-1])
            track = place[:, :2] - spot.drift - along[:, :2]
            weight = (_SLIP * scale * clip.tick) ** -2 * still
            system.add_change(rows[:, :2], -np.diff(track, axis=0), weight)
            weight = (_REST * scale) ** -2 * near
            value = off + along[:, 2]
            system.add(upright, value[:, None], (weight * spot.down)[:, None])
        if hold.level is not None:
            off = hold.level - goal[:, 2] + along[:, 2]
            system.add(upright, off[:, None], np.full((frames, 1), (_HOVER * scale) ** -2))
            _add_level(system, clip, limb, hold, goal, pose, way, upright)
    return _solve_over_floor(system, clip, moves, pose, way)


def _add_calm(system: Quadratic, clip: _Clip, pose: Pose, way: np.ndarray, stride: float) -> None:
    """Ways are smooth, near where directions alone lead, and near those of the round before."""
    frames, width = way.shape
    bend = np.full(width, _BEND * clip.scale * clip.tick**2)
    bend[:3] = _JOLT * clip.scale * clip.tick**2
    bend[3:6] = _SWAY * clip.tick**2
    system.add_bend(bend**-2)
    step = np.full(width, _STEP * clip.scale)
    step[3:6] = _TILT
    own = np.broadcast_to(np.eye(width), (frames, width, width))
    system.add(own, way, np.tile((stride * step) ** -2, (frames, 1)))
    nothing = np.zeros((frames, 3))
    system.add(own[:, :3], nothing, np.full((frames, 3), (_AWAY * clip.scale) ** -2))
    lean = np.linalg.norm(way[:, 3:6], axis=1)
    weight = np.repeat((_LEAN**-2 * (1.0 + (lean / _BENT) ** 2))[:, None], 3, axis=1)
    system.add(own[:, 3:6], nothing, weight)
    if clip.character.spine:
        # It bends rather than twists.
        bones = [clip.character.bones["hips"], clip.character.spine[-1]]
        along = unit(pose.positions[:, bones[1]] - pose.positions[:, bones[0]])
        rows = np.zeros((frames, 1, width))
        rows[:, 0, 3:6] = along
        system.add(rows, nothing[:, :1], np.full((frames, 1), _TWIST**-2))


def _add_directions(
    system: Quadratic, limb: Limb, moves: Moves, pose: Pose, way: np.ndarray, swerve: np.ndarray
) -> None:
    """Limbs point as the source's do. ``swerve`` (T,) radians is how far this one did not."""
    frames, width = way.shape
    turning = moves.turning[limb.number]
    now = np.concatenate(list(turn_vector(limb.ways, limb.ways_in(pose))), axis=1)
    rows = np.zeros((frames, 6, width))
    rows[:, :, limb.own] = turning
    value = (turning @ way[:, limb.own, None])[..., 0] - now
    most = np.linalg.norm(now.reshape(frames, 2, 3), axis=2).max(axis=1)
    # The mean with the round before: what weighs a lot gives way, and would be let go again.
    swerve[:] = most if not swerve.any() else (swerve + most) / 2
    weight = _TURN**-2 * (1.0 + (swerve / _SWERVE) ** 4)
    system.add(rows, value, np.repeat(weight[:, None], 6, axis=1))


def _add_level(
    system: Quadratic,
    clip: _Clip,
    limb: Limb,
    hold: Hold,
    goal: np.ndarray,
    pose: Pose,
    way: np.ndarray,
    upright: np.ndarray,
) -> None:
    """A foot in the air is at its height as far as the directions of both legs allow.

    What its own leg does not make good the hips may, and the leg that stands
    then bends: the rows ``upright`` (T, 1, W) of its ankle hold both.
    """
    assert hold.level is not None
    own = way[:, limb.own][:, 2]
    off = hold.level - goal[:, 2] + own
    most = _YIELD * sum(_lever(pose, clip.limbs[n]) for n in _LEGS)
    share = np.abs(off) / np.maximum(most, 1e-9)
    touches = np.any([spot.down for spot in hold.spots], axis=0)
    tried = ~touches * np.clip(_HOPELESS - share, 0.0, 1.0) / np.maximum(share, 1.0) ** 2
    counts = np.clip((np.abs(off) / clip.scale - _FREE) / (_FULL - _FREE), 0.0, 1.0)
    others = (upright[:, 0] * way).sum(axis=1) - own
    value = others + np.clip(off, -most, most)
    weight = (_LEVEL * clip.scale) ** -2 * tried * counts
    system.add(upright, value[:, None], weight[:, None])


def _lever(pose: Pose, limb: Limb) -> np.ndarray:
    """(T,) metres by which a limb's end is lifted as its bones turn by a radian at most."""
    flat = np.linalg.norm(np.diff(pose.positions[:, limb.bones, :2], axis=1), axis=2)
    return (flat**2).sum(axis=1) / np.maximum(flat.max(axis=1), 1e-9)


def _solve_over_floor(
    system: Quadratic, clip: _Clip, moves: Moves, pose: Pose, way: np.ndarray
) -> np.ndarray:
    """The ways (T, W) on which no part of the skin is in the floor, and what lies lies on it."""
    if not clip.groups:
        return system.solve()
    scale = clip.scale
    heights = clip.surface.heights(pose)
    found = [moves.lowest(heights, clip.surface, group, pose) for group in clip.groups]
    rows = np.stack([row for row, _ in found], axis=1)
    lowest = np.stack([height for _, height in found], axis=1)
    # Heights without what the ways do.
    over = lowest - (rows @ way[..., None])[..., 0]
    body = [n for n, group in enumerate(clip.groups) if group.limb < 0 or group.part != 2]
    if clip.lying.on.any() and body:
        least = np.array(body)[lowest[:, body].argmin(axis=1)]
        chosen = np.arange(len(way)), least
        value = clip.lying.height - over[chosen]
        weight = (_LIE * scale) ** -2 * clip.lying.on
        system.add(rows[chosen][:, None], value[:, None], weight[:, None])
    sinks = lowest < _MARGIN * scale
    for _ in range(_TRIES):
        held = system.copy()
        held.add(rows, _MARGIN * scale - over, (_SINK * scale) ** -2 * sinks)
        found_way = held.solve()
        before, sinks = sinks, over + (rows @ found_way[..., None])[..., 0] < _MARGIN * scale
        if (before == sinks).all():
            break
    return found_way
