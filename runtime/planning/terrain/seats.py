"""Seats that recordings do not have: who sits there sits on nothing, which no muscles can do.

People are recorded without the chair they sat on. Where a body rests with its weight behind its
feet and nothing else under it, something bore it: a box that reaches from the floor to the seat, clear of
shins and feet in all of the motion.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import binary_closing

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...body.support_points import support_points
from ...body.weight import centre_of_mass
from ...measures.balance import distance_outside
from ...motion.motion import CONTROL_FPS
from ...numerics.smoothing import runs
from ...prompts.timeline import Timeline
from ...scene.description import Scene, SceneObject
from ...scene.ground import Ground, clearances
from ...scene.people import ways
from ...scene.shapes import Box, reach_of
from ...scene.surroundings import way_of

_SAT_ON = [BODY_NAMES.index(name) for name in ("Pelvis", "L_Hip", "R_Hip")]
_FEET = [BODY_NAMES.index(f"{side}_{name}") for side in "LR" for name in ("Ankle", "Toe")]
_HIPS, _KNEES, _ANKLES = (
    [BODY_NAMES.index(f"{side}_{name}") for side in "LR"] for name in ("Hip", "Knee", "Ankle")
)


@dataclass(frozen=True)
class SeatSettings:
    """What counts as sitting on nothing, and what is put there."""

    still_m_s: float = 0.25
    """Of the centre of mass, so slow that its place tells what bears it."""
    behind_m: float = 0.04
    """Of the centre of mass beyond the soles: recordings of people who stand come to 2 cm."""
    heights_m: tuple[float, float] = (0.2, 0.75)
    """Of the seat over what is under it: lower, people sit on the floor; higher, they stand."""
    touching_m: float = 0.03
    """Over the floor or an object, below which another part of the body may bear it."""
    shortest: int = 8
    """Frames, and ..."""
    breath: int = 7
    """... those that do not part two stretches."""
    borne_m: float = 0.35
    """Of the hips from a person or a thing that moves, is held or rolls freely, which then may bear them."""
    same_m: float = 0.25
    """Between two places that are one seat, and between their heights."""
    pressed: float = 10.0
    """Percentile of the heights of what is sat on: soft parts of a recording sink and rise."""
    back_m: float = 0.22
    """How far a seat reaches behind the hips, ..."""
    front_m: float = 0.14
    """... before them, at most, ..."""
    least_front_m: float = -0.02
    """... and at least, where the shins are in its way."""
    widths_m: tuple[float, ...] = (0.2, 0.16, 0.12)
    """To either side, the first that leaves shins and feet room."""
    clear_m: float = 0.06
    """Around the middle lines of shins and feet."""


SEATS = SeatSettings()


@dataclass(frozen=True)
class Seat:
    """A box that is missing, and the frames in which the body sits there."""

    frames: tuple[tuple[int, int], ...]
    """First and last."""
    thing: SceneObject

    def to_dict(self, scale: float = 1.0) -> dict[str, Any]:
        """Plain data: ``frames``, and the box as scenes have it, ``scale`` times as large."""
        assert isinstance(self.thing.shape, Box)
        return {
            "frames": [list(stretch) for stretch in self.frames],
            "name": self.thing.name,
            "size": [round(scale * length, 3) for length in self.thing.shape.size],
            "position": [round(scale * value, 3) for value in self.thing.position],
            "rotation": [round(value, 5) for value in self.thing.rotation],
        }


def with_seats(timeline: Timeline, seats: tuple[Seat, ...]) -> Timeline:
    """The same with the seats in its scene."""
    scene = timeline.scene or Scene()
    things = (*scene.objects, *(seat.thing for seat in seats))
    return replace(timeline, scene=replace(scene, objects=things))


def missing_seats(
    qpos: np.ndarray,
    scene: Scene | None = None,
    ground: Ground | None = None,
    settings: SeatSettings = SEATS,
) -> tuple[Seat, ...]:
    """What a motion (T, 76) sits on and the ``scene`` lacks; ``ground`` is that scene's. Nothing where
    there is no room for it, nor beside what moves and may bear the body."""
    if len(qpos) < settings.shortest:
        return ()
    scene = scene or Scene()
    names = (*(one.name for one in scene.objects), *(one.name for one in scene.people))
    positions, rotations = forward_kinematics(qpos)
    stretches = [
        stretch
        for stretch in runs(_on_nothing(qpos, positions, rotations, ground, settings))
        if not _borne(positions[:, 0], stretch, scene, settings)
    ]
    places = [positions[stretch, 0].mean(axis=0) for stretch in stretches]
    found: list[Seat] = []
    for group in _together(places, settings.same_m):
        own = [stretches[index] for index in group]
        name = _free_name((*names, *(seat.thing.name for seat in found)))
        thing = _box(positions, rotations, own, name, ground, settings)
        if thing is not None:
            frames = tuple((stretch.start, stretch.stop - 1) for stretch in own)
            found.append(Seat(frames, thing))
    return tuple(found)


def _on_nothing(
    qpos: np.ndarray,
    positions: np.ndarray,
    rotations: np.ndarray,
    ground: Ground | None,
    settings: SeatSettings,
) -> np.ndarray:
    """(T,) bool: whether the body sits there with nothing under its seat."""
    table = support_points()
    heights = (
        table.heights(positions, rotations)
        if ground is None
        else clearances(ground, positions, rotations)
    )
    seat = heights[:, np.isin(table.body, _SAT_ON)].min(axis=1)
    others = heights[:, ~np.isin(table.body, _FEET)].min(axis=1)
    low, high = settings.heights_m
    centre = centre_of_mass(qpos)
    speed = np.linalg.norm(np.gradient(centre, axis=0), axis=1) * CONTROL_FPS
    asked = (seat > low) & (seat < high) & (others > settings.touching_m)
    asked &= speed < settings.still_m_s
    feet = np.isin(table.body, _FEET)
    soles = positions[:, table.body[feet]] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body[feet]], table.offset[feet]
    )
    for frame in np.flatnonzero(asked):
        outside = distance_outside(centre[frame, :2], soles[frame, :, :2])
        asked[frame] = outside > settings.behind_m
    padded = np.pad(asked, settings.breath)
    closed = binary_closing(padded, np.ones(settings.breath))[settings.breath : -settings.breath]
    for stretch in runs(closed):
        if stretch.stop - stretch.start < settings.shortest:
            closed[stretch] = False
    return np.asarray(closed)


def _borne(hips: np.ndarray, stretch: slice, scene: Scene, settings: SeatSettings) -> bool:
    """Whether something that is no part of the ground is near the ``hips`` (T, 3) in some frames."""
    middle = (stretch.start + stretch.stop) // 2
    at = hips[middle]
    for one in scene.objects:
        if one.keys or one.held_by or one.free:
            away = np.linalg.norm(way_of(one, len(hips))[0][middle] - at)
            if away < settings.borne_m + reach_of(one.shape):
                return True
    for person in scene.people:
        parts = np.array([way[middle] for way, _ in ways(person, len(hips)).values()])
        if np.linalg.norm(parts - at, axis=1).min() < settings.borne_m:
            return True
    return False


def _together(places: list[np.ndarray], near: float) -> Iterator[list[int]]:
    """Indices of places (3,) that are one."""
    left = list(range(len(places)))
    while left:
        first = left[0]
        group = [i for i in left if np.linalg.norm(places[i] - places[first]) < near]
        left = [i for i in left if i not in group]
        yield group


def _box(
    positions: np.ndarray,
    rotations: np.ndarray,
    stretches: list[slice],
    name: str,
    ground: Ground | None,
    settings: SeatSettings,
) -> SceneObject | None:
    """The seat under some stretches of a motion, as large as all of the motion leaves room for."""
    table = support_points()
    sat = np.concatenate([np.arange(stretch.start, stretch.stop) for stretch in stretches])
    under = np.isin(table.body, _SAT_ON)
    world = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    world[..., 2] -= table.radius
    middle = positions[sat, 0].mean(axis=0)
    ahead = (positions[sat][:, _KNEES] - positions[sat][:, _HIPS]).mean(axis=(0, 1))[:2]
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    aside = np.array([-ahead[1], ahead[0]])
    top = float(np.percentile(world[sat][:, under, 2].min(axis=1), settings.pressed))
    floor = 0.0 if ground is None else float(ground.heights(middle[None])[0])
    if top - floor < settings.heights_m[0]:
        return None
    shins = [
        positions[:, _KNEES] + share * (positions[:, _ANKLES] - positions[:, _KNEES])
        for share in np.linspace(0, 1, 6)
    ]
    beside = np.concatenate([*shins, world[:, np.isin(table.body, _FEET)]], axis=1)
    beside = beside[beside[..., 2] < top + settings.clear_m]
    away = beside[:, :2] - middle[:2]
    along, across = away @ ahead, np.abs(away @ aside)
    for width in settings.widths_m:
        between = (across < width + settings.clear_m) & (
            along > -settings.back_m - settings.clear_m
        )
        front = float(np.min(along[between] - settings.clear_m, initial=settings.front_m))
        if front >= settings.least_front_m:
            length = front + settings.back_m
            place = middle[:2] + (front - settings.back_m) / 2 * ahead
            turn = np.arctan2(ahead[1], ahead[0]) / 2
            return SceneObject(
                name,
                Box((length, 2 * width, top - floor)),
                (float(place[0]), float(place[1]), (top + floor) / 2),
                (float(np.cos(turn)), 0.0, 0.0, float(np.sin(turn))),
            )
    return None


def _free_name(taken: tuple[str, ...]) -> str:
    """ "seat", "seat 2", ..."""
    number = 1
    while (name := "seat" if number == 1 else f"seat {number}") in taken:
        number += 1
    return name
