"""Where the feet come down on a scene: footfalls of a flat motion, each moved along its way to a
place that bears the whole sole, by dynamic programming over all of them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...body.support_points import support_points
from ...errors import UserError
from ...motion.contacts import reference_contacts
from ...motion.ground_frame import heading
from ...motion.motion import CONTROL_FPS, Motion
from ...scene.ground import NOTHING_M, Ground

SHORTEST_WAY_M = 0.25
"""A pelvis that comes no farther goes nowhere, however often it goes there and back, as over a chair:
its feet stay where they are."""
BEYOND_M = 2.0
"""How far the way is thought to go on at its ends."""
GRAIN_M = 0.01
"""Between the samples of the way, and between the places that are tried."""
STEP_UP_M = 0.6
"""The highest step that a way leads onto."""
EVEN_M = 0.02
"""Metres that ground under a sole may be off a plane; beyond, the sole hangs over an edge."""
TOE_ROOM_M = 0.035
"""Ahead of a sole, free of risers."""
HEEL_ROOM_M = 0.035
"""Behind it, free of the edge that a foot comes down from."""
RISER_M = 0.08
"""What is higher than that over the sole blocks it; a ramp does not."""
MOST_OVER = 0.34
"""Share of a sole that may hang over an edge; with more it tips."""


@dataclass(frozen=True)
class FootfallCosts:
    """Deviations that cost alike, of where a foot comes down."""

    uneven_m: float = 0.012
    """Parts of the sole that are off the plane it stands on."""
    over: float = 0.12
    """Share of the sole that hangs over an edge."""
    step_m: float = 0.28
    """Steps longer or shorter than in the flat motion."""
    easy_rise_m: float = 0.2
    """Of a single step, up or down, that costs nothing: a stair's."""
    rise_m: float = 0.05
    """What is higher than that."""
    rise_most: float = 8.0
    """That a rise costs at most: two stairs at once are dear, but who stands before a box that is
    one high step goes onto it instead of marking time."""
    blocked: float = 0.4
    """Share of the toes or the heel that stands too near to a riser: there they catch."""
    aside_m: float = 0.05
    late_m: float = 2.0
    """Behind, or ahead of, where the flat motion would be."""
    steep: float = 0.6
    """Rise over run of the ground under a sole; steeper is not stood on."""


ASIDE = (-0.1, -0.05, 0.0, 0.05, 0.1)
NEXT_M = 0.5
"""Along the way: a footfall that finds nothing under it within that is led over nothing."""
BEHIND, AHEAD = -0.8, 0.4
"""Metres along the way that places are looked for around those of the footfall before."""


@dataclass(frozen=True)
class Footfall:
    """A foot that stands from frame ``start`` to ``stop`` (not included)."""

    side: str
    start: int
    stop: int
    along: float
    """Metres along the way of the flat motion."""
    aside: float
    """Metres to the left of it."""
    moved: float = 0.0
    """Metres along the way from there to where it comes down."""
    shifted: float = 0.0
    """The same to the left."""
    height: float = 0.0
    """Metres of the ground under the middle of the sole."""
    normal: tuple[float, float, float] = (0.0, 0.0, 1.0)


class Way:
    """The pelvis' way over the floor: straight on beyond both ends, or ahead where it stands."""

    def __init__(self, qpos: np.ndarray) -> None:
        path = gaussian_filter1d(qpos[:, :2], 8, axis=0, mode="nearest")
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
        facing = heading(qpos[:1])[0]
        self.stands = bool(np.hypot(*np.ptp(path, axis=0)) < SHORTEST_WAY_M)
        if self.stands:
            middle = path.mean(axis=0)
            path, steps = (
                np.stack([middle, middle + GRAIN_M * _direction(facing)]),
                np.array([GRAIN_M]),
            )
        kept = np.concatenate([[True], steps > 1e-6])
        path = path[kept]
        length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        samples = np.arange(0, length[-1] + GRAIN_M / 2, GRAIN_M)
        inner = np.stack([np.interp(samples, length, column) for column in path.T], axis=1)
        ahead = _unit(inner[-1] - inner[max(-15, -len(inner))])
        back = _unit(inner[min(14, len(inner) - 1)] - inner[0])
        count = int(BEYOND_M / GRAIN_M)
        reach = GRAIN_M * np.arange(1, count + 1)[:, None]
        self._points = np.concatenate(
            [inner[0] - reach[::-1] * back, inner, inner[-1] + reach * ahead]
        )
        self._along = GRAIN_M * (np.arange(len(self._points)) - count)
        turns = np.unwrap(np.arctan2(*np.gradient(self._points, axis=0).T[::-1]))
        self._turns = gaussian_filter1d(turns, 5, mode="nearest")

    def points(self, along: np.ndarray, aside: np.ndarray | float = 0.0) -> np.ndarray:
        """(n,) metres along and to the left -> (n, 2) on the floor."""
        place = np.stack([np.interp(along, self._along, c) for c in self._points.T], axis=-1)
        turn = self.turns(along)
        left = np.stack([-np.sin(turn), np.cos(turn)], axis=-1)
        return place + np.asarray(aside)[..., None] * left

    def carried(
        self, along: np.ndarray, aside: np.ndarray, moved: np.ndarray, shifted: np.ndarray
    ) -> np.ndarray:
        """(n,) metres along and aside, and by how much these change -> (n, 2) metres over the floor.

        As a difference: what is not moved stays exactly where it is.
        """
        return self.points(along + moved, aside + shifted) - self.points(along, aside)

    def turns(self, along: np.ndarray) -> np.ndarray:
        """(n,) metres along -> (n,) radians of the way there."""
        return np.interp(along, self._along, self._turns)

    def nearest(
        self, points: np.ndarray, close_to: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """(n, 2) -> (n,) along and (n,) aside; within a metre of ``close_to`` (n,) along."""
        away = np.linalg.norm(points[:, None] - self._points, axis=-1)
        if close_to is not None:
            away += 10.0 * (np.abs(self._along - close_to[:, None]) > 1.0)
        index = np.clip(away.argmin(axis=1), 1, len(self._along) - 2)
        along = self._along[index]
        turn = self.turns(along)
        offset = points - self._points[index]
        along = along + offset[:, 0] * np.cos(turn) + offset[:, 1] * np.sin(turn)
        return along, -offset[:, 0] * np.sin(turn) + offset[:, 1] * np.cos(turn)

    def levels(self, ground: Ground, start: float = 0.0) -> np.ndarray:
        """(m,) metres: the ground along the samples of the way, step by step from its start."""
        middle = int(np.searchsorted(self._along, 0.0))
        result = np.full(len(self._points), start)
        for order in (range(middle, len(self._points)), range(middle - 1, -1, -1)):
            level = start
            for index in order:
                point = np.array([*self._points[index], level])
                found = float(ground.heights(point[None], STEP_UP_M)[0])
                level = found if found > NOTHING_M / 2 else level
                result[index] = level
        return result

    def level_at(self, levels: np.ndarray, along: np.ndarray) -> np.ndarray:
        return levels[np.clip(np.searchsorted(self._along, along), 0, len(levels) - 1)]


@lru_cache(maxsize=1)
def sole_outline() -> dict[str, np.ndarray]:
    """Side -> (n, 2) metres: points on the outline of a flat sole, ahead and to the left of its middle."""
    result = {}
    table = support_points()
    rest = np.zeros((1, 76))
    rest[0, 2], rest[0, 3:7] = 1.0, [np.sqrt(0.5), np.sqrt(0.5), 0, 0]
    positions, rotations = forward_kinematics(rest)
    facing = heading(rest)[0]
    for side in "LR":
        bodies = [BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe")]
        used = np.flatnonzero(np.isin(table.body, bodies))
        world = positions[0, table.body[used]] + np.einsum(
            "kij,kj->ki", rotations[0, table.body[used]], table.offset[used]
        )
        ahead = world[:, :2] @ _direction(facing)
        left = world[:, :2] @ _direction(facing + np.pi / 2)
        x = np.linspace(ahead.min(), ahead.max(), 5)
        y = np.linspace(left.min(), left.max(), 3)
        grid = np.stack(np.meshgrid(x - x.mean(), y - y.mean(), indexing="ij"), axis=-1)
        result[side] = grid.reshape(-1, 2)
    return result


def soles(qpos: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(T, 76) -> by side (T, 2) metres of the sole's middle over the floor, (T,) radians it points."""
    positions, rotations = forward_kinematics(qpos)
    table, result = support_points(), {}
    for side in "LR":
        ankle, toe = (BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe"))
        used = np.flatnonzero(np.isin(table.body, [ankle, toe]))
        world = positions[:, table.body[used]] + np.einsum(
            "tkij,kj->tki", rotations[:, table.body[used]], table.offset[used]
        )
        box = np.where(table.body[used] == ankle)[0], np.where(table.body[used] == toe)[0]
        heel, ball = (world[:, part, :2].mean(axis=1) for part in box)
        ahead = ball - heel
        turn = np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0]))
        # The rectangle's middle: half way between the ends, which lie beyond the boxes' middles.
        front = np.einsum("tki,ti->tk", world[..., :2] - heel[:, None], _direction(turn))
        middle = (front.min(axis=1) + front.max(axis=1)) / 2
        result[side] = heel + middle[:, None] * _direction(turn), turn
    return result


def plan_footfalls(
    qpos: np.ndarray,
    ground: Ground,
    way: Way,
    costs: FootfallCosts | None = None,
    posed: np.ndarray | None = None,
) -> list[Footfall]:
    """Flat motion (T, 76) -> its footfalls by the order in which they stand, placed on ``ground``.

    ``posed`` (T,) bool: where somebody posed the feet on it, so that they should stay there. Raises
    ``UserError`` where a foot would come down on nothing, unless nothing pulls it down.
    """
    costs = costs or FootfallCosts()
    levels = way.levels(ground)
    chosen_there = np.zeros(len(qpos), dtype=bool) if posed is None else posed
    found: list[Footfall] = []
    options: list[_Options] = []
    for one in _flat_footfalls(qpos, way):
        places = _options(one, qpos, ground, way, levels, costs, bool(chosen_there[one.start]))
        if places is not None:
            found.append(one)
            options.append(places)
        elif not ground.weightless:
            raise UserError(
                f"At frame {one.start} a foot would come down where there is no ground; lead the way "
                "over the floor or objects of the scene, or let there be a floor.",
                frame=one.start,
            )
    if not found:
        return []
    total = options[0].price.copy()
    best: list[np.ndarray] = []
    for index in range(1, len(found)):
        before, here = options[index - 1], options[index]
        step = found[index].along - found[index - 1].along
        change = here.moved[None] - before.moved[:, None]
        rise = here.height[None] - before.height[:, None]
        high = (np.maximum(np.abs(rise) - costs.easy_rise_m, 0) / costs.rise_m) ** 2
        price = (change / costs.step_m) ** 2 + np.minimum(high, costs.rise_most)
        if abs(step) > SHORTEST_WAY_M / 2:
            # A step that would not get anywhere, or turn back, is none.
            price = price + 1e4 * (np.sign(step) * (step + change) < 0.05)
        whole = total[:, None] + price
        best.append(whole.argmin(axis=0))
        total = whole.min(axis=0) + here.price
    chosen = [int(total.argmin())]
    for back in reversed(best):
        chosen.append(int(back[chosen[-1]]))
    return [
        _placed(one, option, index)
        for one, option, index in zip(found, options, reversed(chosen), strict=True)
    ]


@dataclass(frozen=True)
class _Options:
    moved: np.ndarray
    shifted: np.ndarray
    height: np.ndarray
    slope: np.ndarray  # (n, 2)
    price: np.ndarray


def _placed(one: Footfall, options: _Options, index: int) -> Footfall:
    x, y = options.slope[index]
    normal = _unit(np.array([-x, -y, 1.0]))
    return Footfall(
        one.side,
        one.start,
        one.stop,
        one.along,
        one.aside,
        float(options.moved[index]),
        float(options.shifted[index]),
        float(options.height[index]),
        (float(normal[0]), float(normal[1]), float(normal[2])),
    )


def _flat_footfalls(qpos: np.ndarray, way: Way) -> list[Footfall]:
    from ..mending.grounding import intervals

    contacts = reference_contacts(Motion(CONTROL_FPS, qpos))
    pelvis, _ = way.nearest(qpos[:, :2])
    result = []
    for side, columns in (("L", (0, 1)), ("R", (2, 3))):
        middles, _ = soles(qpos)[side]
        for start, stop in intervals(contacts[:, columns].any(axis=1)):
            frame = (start + stop - 1) // 2
            along, aside = way.nearest(middles[[frame]], pelvis[[frame]])
            result.append(Footfall(side, int(start), int(stop), float(along[0]), float(aside[0])))
    return sorted(result, key=lambda one: (one.start + one.stop, one.side))


def _options(
    one: Footfall,
    qpos: np.ndarray,
    ground: Ground,
    way: Way,
    levels: np.ndarray,
    costs: FootfallCosts,
    posed: bool,
) -> _Options | None:
    """All places a footfall may have, with what each costs by itself; None where nothing is under it."""
    behind = one.along + max(BEHIND * 3, -one.along - BEYOND_M / 2)
    span = np.arange(behind, one.along + AHEAD, GRAIN_M) - one.along
    if way.stands:
        span = np.zeros(1)
    # Standing still somewhere is exact: nought is among them.
    span = span - span[np.abs(span).argmin()]
    moved, shifted = (part.ravel() for part in np.meshgrid(span, ASIDE, indexing="ij"))
    frame = (one.start + one.stop - 1) // 2
    turn = soles(qpos[[frame]])[one.side][1][0]
    turn = turn + way.turns(one.along + moved) - way.turns(np.array([one.along]))
    middle = way.points(one.along + moved, one.aside + shifted)
    outline = sole_outline()[one.side]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x = middle[:, :1] + cos * outline[:, 0] - sin * outline[:, 1]
    y = middle[:, 1:] + sin * outline[:, 0] + cos * outline[:, 1]
    level = np.broadcast_to(way.level_at(levels, one.along + moved)[:, None], x.shape)
    heights = ground.heights(np.stack([x, y, level], axis=-1), STEP_UP_M)
    # The plane through what is under the sole: height at its middle, and slopes in the world.
    design = np.stack([x - middle[:, :1], y - middle[:, 1:], np.ones_like(x)], axis=-1)
    plane = np.einsum("nij,nj->ni", np.linalg.pinv(design), heights)
    off = np.abs(np.einsum("nki,ni->nk", design, plane) - heights).max(axis=1)
    edge = off > EVEN_M
    top = heights.max(axis=1)
    if (top[np.abs(moved) <= NEXT_M] < NOTHING_M / 2).all():
        return None
    over = (heights < top[:, None] - EVEN_M).mean(axis=1)
    steep = np.linalg.norm(plane[:, :2], axis=1)
    bad = np.where(edge, over > MOST_OVER, steep > costs.steep) | (top < NOTHING_M / 2)
    price = np.where(edge, (over / costs.over) ** 2, (off / costs.uneven_m) ** 2) + 1e3 * bad
    price += (shifted / costs.aside_m) ** 2 / 2 + (moved / costs.late_m) ** 2 / 2
    if not one.start or posed:
        # Where it stands at the beginning was chosen by somebody, however near to what.
        price += (moved**2 + shifted**2) / costs.aside_m**2
    else:
        price += _blocked(outline, (middle, cos, sin), ground, level, top, costs)
    height = np.where(edge, top, plane[:, 2])
    slope = np.where(edge[:, None], 0.0, plane[:, :2])
    return _Options(moved, shifted, height, slope, price)


def _blocked(
    outline: np.ndarray,
    at: tuple[np.ndarray, np.ndarray, np.ndarray],
    ground: Ground,
    level: np.ndarray,
    top: np.ndarray,
    costs: FootfallCosts,
) -> np.ndarray:
    """(n,) what it costs that toes or heels stand too near to a riser, of soles whose middle and
    directions are ``at``: (n, 2), (n, 1), (n, 1)."""
    middle, cos, sin = at
    price = np.zeros(len(middle))
    toes = outline[outline[:, 0] >= outline[:, 0].max() - 1e-9] + [TOE_ROOM_M, 0.0]
    heel = outline[outline[:, 0] <= outline[:, 0].min() + 1e-9] - [HEEL_ROOM_M, 0.0]
    for end in (toes, heel):
        x, y = (
            middle[:, :1] + cos * end[:, 0] - sin * end[:, 1],
            middle[:, 1:] + sin * end[:, 0] + cos * end[:, 1],
        )
        beyond = ground.heights(np.stack([x, y, level[:, : x.shape[1]]], axis=-1), STEP_UP_M)
        blocked = (beyond > top[:, None] + RISER_M).mean(axis=1)
        price += (blocked / costs.blocked) ** 2
    return price


def _direction(turn: np.ndarray | float) -> np.ndarray:
    return np.stack([np.cos(turn), np.sin(turn)], axis=-1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
