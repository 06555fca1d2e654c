"""Hands put onto what is there for them in a scene: a rail, a wall, the arms of a chair.

Where a thing comes into a hand's reach the palm is laid onto it. It stays where it is as long as
that place is in reach; along what is passed by it slides, as on a rail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES, OFFSETS, body_in_words
from ...body.kinematics import forward_kinematics
from ...errors import UserError
from ...motion.ground_frame import heading
from ...motion.motion import Motion
from ...scene.description import Scene, SceneObject
from ...scene.ground import Nearest
from ..mending.grounding import intervals
from .arms import lay_palm, palm_grid, palm_places
from .surfaces import MovingSurface

SIDES = {"L": 1.0, "R": -1.0}
"""Of the body, and which way each is from its middle."""


@dataclass(frozen=True)
class HandSettings:
    """Of people on stairs and beside walls, roughly."""

    ahead_m: float = 0.25
    below_m: float = 0.3
    outwards_m: float = 0.05
    """From the shoulder: where a hand lies well; it is looked for between that and where it is."""
    even: float = 8.0
    """Frames over which a hand that is to lie on something no longer swings."""
    over_m: float = 0.03
    """Beyond its edge, that a palm comes down on the top of a thing."""
    lower_m: float = 0.15
    """Than the shoulder, from where on that top is what it is laid onto, not the side."""
    tries: int = 5
    """Places between there and the shoulder from which the nearest one of a thing is taken."""
    stretch: float = 0.96
    """Of the arm's length, how far a wrist is from its shoulder at most."""
    folded_m: float = 0.2
    """The same, at least."""
    wrist_m: tuple[float, float] = (0.13, 0.03)
    """Of the wrist from the middle of a palm that lies flat: along, and out of, the surface."""
    behind_m: float = 0.05
    """Behind the shoulder, from where on a hand lets go of what the body leaves behind."""
    shortest: int = 8
    """Frames for which a hand is laid onto something at least."""
    stays: float = 0.6
    """Share of the frames in which a thing is in reach that one place of it has to be, for the hand to
    stay there."""
    passes_m: float = 0.5
    """That a shoulder comes along what it is in reach of, from where on the hand slides."""
    approach: int = 10
    """Frames of its way there, and back."""
    arch_m: float = 0.1
    """That it is out of the straight on that way, so that it comes down onto the surface."""
    pressed_m: float = 0.003
    """That the palm is asked to be within the surface: so it lies on it when it is performed."""
    missed_m: float = 0.012
    """By which it may miss its place; where it misses it by more it is not in reach."""
    rounds: int = 4
    """In which an arm is led there, and its palm is lifted until no part of it is deeper."""


HANDS = HandSettings()


@dataclass(frozen=True)
class HandHold:
    """A hand that lies on something from frame ``first`` to ``last`` (included)."""

    side: str
    name: str
    """Of the object."""
    first: int
    last: int
    slides: bool
    place: np.ndarray
    """(n, 3) metres: the middle of the palm in each of those frames."""
    normal: np.ndarray
    """(n, 3) out of the surface."""

    def told(self) -> dict[str, Any]:
        """Plain data for a take's metadata."""
        labels = {
            ("L", True): f"the left hand slides along '{self.name}'",
            ("R", True): f"the right hand slides along '{self.name}'",
            ("L", False): f"the left hand lies on '{self.name}'",
            ("R", False): f"the right hand lies on '{self.name}'",
        }
        return {
            "first": self.first,
            "last": self.last,
            "label": labels[self.side, self.slides],
            "hand": f"{self.side}_Hand",
            "object": self.name,
        }


def onto_objects(
    qpos: np.ndarray,
    scene: Scene,
    settings: HandSettings = HANDS,
    required: bool = True,
    scale: float = 1.0,
) -> tuple[np.ndarray, list[HandHold]]:
    """Motion (T, 76) -> the same with its hands on what is there for them, and where they are.

    ``scale``: of the body, in whose own lengths all is. Raises ``UserError`` for an object that no
    hand reaches that is to be put onto it, if that is ``required``.
    """
    result, holds = qpos, list[HandHold]()
    for one in scene.objects:
        if not one.hands:
            continue
        thing, lacking = MovingSurface(one, len(qpos)), list[tuple[float, int]]()
        for side in (hand[0] for hand in one.hands):
            taken = [hold for hold in holds if hold.side == side]
            planned, short = _planned(qpos, side, thing, taken, settings)
            for asked in planned:
                result, kept = _laid(result, asked, thing, settings)
                holds += [] if kept is None else [kept]
            lacking.append(short)
        if required and not any(hold.name == one.name for hold in holds):
            raise _unused(one, int(thing.may.sum()), min(lacking), settings, scale)
    return result, holds


def _unused(
    one: SceneObject,
    frames: int,
    lacking: tuple[float, int],
    settings: HandSettings,
    scale: float,
) -> UserError:
    """Why no hand lies on an object that is there for some in so many ``frames``, and is ``lacking``
    so many metres in the frame in which it is nearest."""
    away, frame = lacking
    if frames < settings.shortest:
        return UserError(
            f"The object '{one.name}' is there for hands in {frames} frames of the motion; give it at "
            f"least {settings.shortest}."
        )
    if away <= 0:
        return UserError(
            f"No hand comes to lie on the object '{one.name}': another one has it, or the arm does not "
            "bend so; move it, or let no hand be put onto it."
        )
    whose = "hands" if len(one.hands) > 1 else body_in_words(one.hands[0])
    return UserError(
        f"The object '{one.name}' is out of reach of the {whose}: {scale * away:.2f} m are lacking where it "
        f"is nearest, at frame {frame}; move it nearer to the body, or let no hand be put onto it.",
        frame=frame,
    )


@dataclass(frozen=True)
class _Shoulder:
    """What a hand hangs on, frame by frame."""

    place: np.ndarray
    """(T, 3) metres"""
    ahead: np.ndarray
    """(T, 2) where the body faces"""

    @classmethod
    def of(cls, qpos: np.ndarray, side: str) -> "_Shoulder":
        place = forward_kinematics(qpos)[0][:, BODY_NAMES.index(f"{side}_Shoulder")]
        turn = heading(qpos)
        return cls(place, np.stack([np.cos(turn), np.sin(turn)], axis=1))

    def lacks(
        self, rows: np.ndarray, place: np.ndarray, normal: np.ndarray, settings: HandSettings
    ) -> np.ndarray:
        """(n,) metres by which a palm misses places (n, 3) on a surface with normals (n, 3) in the
        frames ``rows``; none where it reaches them."""
        parts = (BODY_NAMES.index(f"L_{part}") for part in ("Elbow", "Wrist"))
        arm = sum(float(np.linalg.norm(OFFSETS[part])) for part in parts)
        along, out = settings.wrist_m
        way = self.place[rows] - place
        height = (way * normal).sum(axis=1)
        level = np.linalg.norm(way - height[:, None] * normal, axis=1)
        far = np.hypot(height - out, np.maximum(level - along, 0)) - settings.stretch * arm
        behind = (way[:, :2] * self.ahead[rows]).sum(axis=1) - settings.behind_m
        # On the other side of the surface, or too near to it, no palm lies flat.
        return np.max([far, behind, settings.folded_m - height], axis=0)


def _planned(
    qpos: np.ndarray,
    side: str,
    thing: MovingSurface,
    taken: list[HandHold],
    settings: HandSettings,
) -> tuple[list[HandHold], tuple[float, int]]:
    """Where a hand is to lie on a thing in (T, 76), beside what it does already; and by how many
    metres it misses it at least, and in which frame."""
    frames = np.arange(len(qpos))
    body = _Shoulder.of(qpos, side)
    wanted = _wanted(qpos, side, body.place, settings)
    # As much nearer to the shoulder as it takes to be in reach.
    raised = np.linspace(0, 1, settings.tries)
    short = np.empty((settings.tries, len(qpos)))
    for number, share in enumerate(raised):
        found = _beneath(
            thing, frames, wanted + share * (body.place - wanted), body.place, settings
        )
        short[number] = body.lacks(frames, found.place, found.normal, settings)
    first = np.where((short <= 0).any(axis=0), (short <= 0).argmax(axis=0), short.argmin(axis=0))
    share = gaussian_filter1d(raised[first], settings.even, mode="nearest")[:, None]
    found = _beneath(thing, frames, wanted + share * (body.place - wanted), body.place, settings)
    lacks = body.lacks(frames, found.place, found.normal, settings)
    may = thing.may.copy()
    for hold in taken:
        may[max(hold.first - settings.approach, 0) : hold.last + 1 + settings.approach] = False
    within = (lacks <= 0) & may
    holds, free = [], 0
    for start, stop in intervals(within).tolist():
        # A hand that comes back to it has left it before.
        start = max(start, free)
        if stop - start < settings.shortest:
            continue
        free = stop + 2 * settings.approach
        rows = frames[start:stop]
        stays = _staying(thing, side, rows, found, body, settings)
        holds.append(stays or _sliding(thing, side, rows, found, settings))
    nearest = int(np.where(may, lacks, np.inf).argmin())
    return holds, (max(float(lacks[nearest]), 0.0), nearest)


def _wanted(
    qpos: np.ndarray, side: str, shoulder: np.ndarray, settings: HandSettings
) -> np.ndarray:
    """(T, 3) metres: where a hand would lie well, half way to where it is."""
    turn = Rotation.from_euler("z", heading(qpos)[:, None])
    own = turn.inv().apply(palm_places(qpos, side) - shoulder)
    own = gaussian_filter1d(own, settings.even, axis=0, mode="nearest")
    well = np.array([settings.ahead_m, SIDES[side] * settings.outwards_m, -settings.below_m])
    return np.asarray(shoulder + turn.apply((own + well) / 2))


def _beneath(
    thing: MovingSurface,
    frames: np.ndarray,
    wanted: np.ndarray,
    shoulder: np.ndarray,
    settings: HandSettings,
) -> Nearest:
    """Where a thing is nearest to ``wanted`` (n, 3), or its top where that is below the shoulder."""
    near = thing.nearest(wanted, frames)
    over = near.place - settings.over_m * near.normal
    over[:, 2] = shoulder[:, 2]
    top = thing.nearest(over, frames)
    low = top.place[:, 2] < shoulder[:, 2] - settings.lower_m
    lies = (low & (top.normal[:, 2] > np.sqrt(0.5)))[:, None]
    return Nearest(
        np.where(lies[:, 0], top.distance, near.distance),
        np.where(lies, top.place, near.place),
        np.where(lies, top.normal, near.normal),
    )


def _staying(
    thing: MovingSurface,
    side: str,
    rows: np.ndarray,
    found: Nearest,
    body: "_Shoulder",
    settings: HandSettings,
) -> HandHold | None:
    """A hand that lies on one place of a thing for most of the frames ``rows``, if it can and if the
    body does not pass by."""
    if np.ptp(thing.own(body.place[rows], rows), axis=0).max() > settings.passes_m:
        return None
    own = thing.own(found.place[rows], rows)
    out = thing.own(found.place[rows] + found.normal[rows], rows) - own
    best: tuple[int, int, int] = (0, 0, 0)
    for tried in range(0, len(rows), 2):
        place = thing.world(np.tile(own[tried], (len(rows), 1)), rows)
        normal = thing.world(np.tile(own[tried] + out[tried], (len(rows), 1)), rows) - place
        reached = body.lacks(rows, place, normal, settings) <= 0
        for start, stop in intervals(reached):
            # Of places that are in reach as long, the one in the middle.
            if stop - start > best[1] - best[0]:
                best = (int(start), int(stop), tried)
    start, stop, tried = best
    if stop - start < max(settings.stays * len(rows), settings.shortest):
        return None
    kept = rows[start:stop]
    place = thing.world(np.tile(own[tried], (len(kept), 1)), kept)
    normal = thing.world(np.tile(own[tried] + out[tried], (len(kept), 1)), kept) - place
    return HandHold(side, thing.name, int(kept[0]), int(kept[-1]), False, place, normal)


def _sliding(
    thing: MovingSurface, side: str, rows: np.ndarray, found: Nearest, settings: HandSettings
) -> HandHold:
    """A hand that goes along a thing as the body does."""
    own = gaussian_filter1d(
        thing.own(found.place[rows], rows), settings.even / 2, axis=0, mode="nearest"
    )
    normal = gaussian_filter1d(found.normal[rows], settings.even / 2, axis=0, mode="nearest")
    again = thing.nearest(thing.world(own, rows) + settings.over_m * normal, rows)
    normal = gaussian_filter1d(again.normal, 2.0, axis=0, mode="nearest")
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return HandHold(side, thing.name, int(rows[0]), int(rows[-1]), True, again.place, normal)


def _laid(
    qpos: np.ndarray, hold: HandHold, thing: MovingSurface, settings: HandSettings
) -> tuple[np.ndarray, HandHold | None]:
    """The motion (T, 76) with a hand where it is to lie, and in which frames it does: None where its
    joints let it do so in too few."""
    while True:
        result, missed = _led(qpos, hold, thing, settings)
        reached = intervals(missed < settings.missed_m)
        if not len(reached):
            return qpos, None
        start, stop = reached[np.argmax(reached[:, 1] - reached[:, 0])]
        if stop - start < settings.shortest:
            return qpos, None
        if stop - start == len(missed):
            return result, hold
        part = slice(int(start), int(stop))
        hold = replace(
            hold,
            first=hold.first + int(start),
            last=hold.first + int(stop) - 1,
            place=hold.place[part],
            normal=hold.normal[part],
        )


def _led(
    qpos: np.ndarray, hold: HandHold, thing: MovingSurface, settings: HandSettings
) -> tuple[np.ndarray, np.ndarray]:
    """The motion with the hand there, and (n,) metres by which its palm misses its places."""
    frames = np.arange(len(qpos))
    rows = np.arange(hold.first, hold.last + 1)
    within = np.clip(frames, hold.first, hold.last)
    phase = np.clip(1 - np.abs(frames - within) / (settings.approach + 1), 0, 1)
    share = phase**2 * (3 - 2 * phase)
    place, normal = hold.place[within - hold.first], hold.normal[within - hold.first]
    own, lift = palm_places(qpos, hold.side), np.full(len(rows), -settings.pressed_m)
    arch = 4 * settings.arch_m * (share * (1 - share))[:, None] * normal
    result = qpos
    for number in range(settings.rounds):
        lifted = place + lift[within - hold.first, None] * normal
        goal = own + share[:, None] * (lifted - own) + arch
        result = lay_palm(qpos, hold.side, goal, normal, share)
        grid = palm_places(result[rows], hold.side, palm_grid(hold.side))
        count = grid.shape[1]
        found = thing.nearest(grid.reshape(-1, 3), np.repeat(rows, count))
        depth = found.distance.reshape(-1, count).min(axis=1)
        if number < settings.rounds - 1:
            lift = gaussian_filter1d(lift - depth - settings.pressed_m, 1.0, mode="nearest")
    return result, np.abs(depth + settings.pressed_m)


def hands_off(
    motion: Motion, scene: Scene, choices: Sequence[Mapping[str, Any]], scale: float = 1.0
) -> dict[str, float]:
    """How far palms are off what they were put onto, by the ``choices`` of its reference, in what was
    performed: plain data, of each hand's nearest point, on average and at most; nothing without hands.
    ``scale``: metres in the lengths that motion and scene are given in."""
    things = {one.name: one for one in scene.objects if one.hands}
    off: list[float] = []
    for choice in choices:
        if choice.get("object") not in things:
            continue
        rows = np.arange(choice["first"], min(choice["last"], motion.frames - 1) + 1)
        grid = palm_places(motion.qpos[rows], choice["hand"][0], palm_grid(choice["hand"][0]))
        count = grid.shape[1]
        thing = MovingSurface(things[choice["object"]], motion.frames)
        found = thing.nearest(grid.reshape(-1, 3), np.repeat(rows, count))
        off += found.distance.reshape(-1, count).min(axis=1).clip(0).tolist()
    if not off:
        return {}
    return {
        "hands_off_mm": 1000 * scale * sum(off) / len(off),
        "hands_off_most_mm": 1000 * scale * max(off),
    }
