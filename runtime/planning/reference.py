"""Timeline -> one reference Motion, at 30 frames a second, over its whole length."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..measures.quality import root_relative_error
from ..motion.contacts import reference_contacts
from ..motion.joining import ease_out
from ..motion.motion import CONTROL_FPS, Motion
from ..motion.repeats import Repeat
from ..performance.tightness import KeyHeld, KeyWeights
from ..posing.limits import into_ranges
from ..progress import Part, Progress, silent
from ..prompts.rewards import Reward
from ..prompts.timeline import Prompt, Timeline
from ..scene.ground import Ground
from ..scene.surroundings import Surroundings
from .behaviours.loops import in_rounds
from .between import EASE_ONLY
from .graph.stretches import velocities
from .kinds.planner import BETWEEN_TIGHTNESS, EASED_TIGHTNESS, Followed, Read
from .kinds.registry import planner_of
from .mending.grounding import on_the_ground
from .mending.joins import carried_by_nothing, join_spans, touching
from .mending.legs import place_foot
from .mending.repair import without_discontinuities
from .mending.settings import MENDING, MendingSettings
from .mending.toes import steady_toes
from .terrain.arms import as_laid
from .terrain.hands import onto_objects
from .terrain.onto_scene import onto_scene
from .terrain.seats import Seat, missing_seats

LOADING = 0.9
"""Share of the preparation that reading and fitting the sources takes."""
STEADYING = 0.97
"""The same up to where the toes are steadied."""
WANDER = 1.5
"""Degrees by which the joints of further takes differ."""
_LEG_HINGES = slice(0, 24)


@dataclass(frozen=True)
class Paid:
    """Frames ``first`` to ``last``, both included, that a reward is asked for."""

    first: int
    last: int
    reward: Reward
    most: float
    """What a frame can earn at best."""


@dataclass(frozen=True)
class Reference:
    """What the controller is to follow."""

    motion: Motion
    """At 30 frames a second, one frame for each of the timeline's, with velocities."""
    timeline: Timeline
    """The timeline with clips of other skeletons already fitted, to be kept as metadata."""
    repair_root_cm: float
    """How far the mending moved the joints relative to the root, on average."""
    keyed: dict[int, np.ndarray]
    """Frame -> joints (24, 3) in metres as a person asked for them there: in keyframes as they
    were before joint limits and mending, at the end of pose prompts."""
    tightness: np.ndarray
    """(T,) 0..1: how tightly each frame is to be followed: 1 in recorded motions and at keys, less
    where the library fills in, least where curves lead from key to key."""
    prices: np.ndarray
    """(T,) times its usual price that it costs to miss a frame: by tolerances and weights."""
    tolerances_cm: dict[int, float]
    """Of the frames in ``keyed``: by how much they may be missed."""
    asked: dict[int, np.ndarray]
    """Frame -> joints (24, 3) in metres as asked for there before anything was mended: keyed
    frames, and all frames of recorded motions."""
    followed: tuple[Followed, ...] = ()
    """The recordings that were asked for, to hold what is performed against."""
    choices: tuple[dict[str, Any], ...] = ()
    """What was taken from the library between keys, along paths and for behaviours, and what hands
    were put onto."""
    surroundings: Surroundings | None = None
    """The scene that the motion was put onto."""
    repeats: tuple[Repeat, ...] = ()
    """Stretches of rounds that are all the same, wherever on the floor."""
    paid: tuple[Paid, ...] = ()
    """Frames that a reward is asked for; none in a scene, whose floor rewards know nothing of."""
    anchored: bool = False
    """Whether its first pose was asked for: keyed, or where the body stands already."""

    seats: tuple[Seat, ...] = ()
    """What the body sits on and is not there."""

    def keys_held(self) -> list[KeyHeld]:
        """What the performer is to meet."""
        return [
            KeyHeld(frame, joints, self.tolerances_cm[frame] / 100)
            for frame, joints in self.keyed.items()
        ]


def build_reference(
    timeline: Timeline,
    progress: Progress = silent,
    variety: int = 0,
    mending: MendingSettings = MENDING,
) -> Reference:
    """Lays the prompts one after the other and mends what cannot be performed.

    With ``variety`` other than 0 the library gives other stretches, almost as good; the
    same number gives the same ones.

    Keys that nobody could ease between, paths, places and behaviours are filled from the
    library. Raises ``UserError`` for sources that cannot be read or fitted and for what
    nobody could do in the time given.
    """
    rng = np.random.default_rng(variety) if variety else None
    ground = None if timeline.scene is None else Ground(timeline.scene)
    count = len(timeline.prompts)
    scale = 1.0 if timeline.body is None else timeline.body.scale
    read: list[Read[Any]] = []
    for index, prompt in enumerate(timeline.prompts):
        part = Part(progress, LOADING * index / count, LOADING * (index + 1) / count)
        entry = planner_of(prompt).read(prompt, part, timeline.scene, ground, rng)
        read.append(replace(entry, scale=scale))
        part(1.0)
    resolved = [entry.prompt for entry in read]
    choices = [choice for entry in read for choice in entry.choices]
    qpos = np.empty((0, 76))
    asked: dict[int, np.ndarray] = {}
    for entry in read:
        planner = planner_of(entry.prompt)
        asked |= planner.asked(qpos, entry)
        qpos, chosen = planner.lay(qpos, entry, rng)
        choices += [] if chosen is None else [chosen]
    mended = without_discontinuities(qpos, mending.discontinuities)
    mended = on_the_ground(mended, Part(progress, LOADING, STEADYING), mending.grounding)
    mended = steady_toes(mended, Part(progress, STEADYING, 1.0), mending.toes)
    spans = join_spans(resolved, len(mended), mending.joins)
    for first, last in _on_their_own(choices):
        spans += carried_by_nothing(mended, first, last + 1, mending.joins)
    mended = touching(mended, spans, mending.joins)
    mended = _meeting_keys(mended, qpos, choices)
    mended, repeats = in_rounds(mended, choices)
    keyed: dict[int, np.ndarray] = {}
    for entry in read:
        keyed |= entry.keyed
    for entry in read:
        keyed = dict(planner_of(entry.prompt).keyed(entry, mended, keyed, asked))
    error = root_relative_error(forward_kinematics(mended)[0], forward_kinematics(qpos)[0])
    surroundings, hands = None, list[dict[str, Any]]()
    if timeline.scene is not None and ground is not None:
        mended, _ = onto_scene(mended, ground, _levels(read, len(mended)))
        mended, holds = onto_objects(mended, timeline.scene, scale=scale)
        hands = [hold.told() for hold in holds]
        keyed = as_laid(keyed, mended, [(hold.side, hold.first, hold.last) for hold in holds])
        surroundings = Surroundings(timeline.scene, mended[0], len(mended), near=mended[:, :2])
    seats = missing_seats(mended, timeline.scene, ground)
    motion = Motion(CONTROL_FPS, mended, velocities(mended))
    motion = replace(motion, contacts=reference_contacts(motion, ground=ground))
    kept = replace(timeline, prompts=tuple(resolved))
    tightness = _tightness(resolved, len(mended), choices)
    prices, tolerances = _holds(resolved, len(mended))
    return Reference(
        motion,
        kept,
        100 * float(error.mean()),
        keyed,
        tightness,
        prices,
        {frame: tolerances.get(frame, KeyWeights.tolerance_cm) for frame in keyed},
        asked,
        tuple(entry.followed for entry in read if entry.followed is not None),
        (*choices, *hands),
        surroundings,
        repeats,
        _paid(resolved) if surroundings is None else (),
        anchored=0 in keyed or planner_of(resolved[0]).anchored(resolved[0]),
        seats=seats,
    )


def _meeting_keys(
    mended: np.ndarray, asked: np.ndarray, choices: list[dict[str, Any]]
) -> np.ndarray:
    """What was moved to hold the feet still is as keyed again at the keys themselves; the feet
    stay where they stand, for what leads them back within frames would slide them."""
    gaps = _between_keys(choices)
    if not gaps:
        return mended
    result = mended.copy()
    for key in {frame for gap in gaps for frame in gap if frame < len(mended)}:
        fade = ease_out(np.abs(np.arange(len(mended)) - key), KEY_REACH)[:, None]
        for part in (slice(0, 3), slice(7, 76)):
            result[:, part] += fade * (asked[key, part] - result[key, part])
    positions, rotations = forward_kinematics(mended)
    for side in "LR":
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        result = place_foot(result, side, positions[:, ankle], rotations[:, ankle])
    return into_ranges(result)


def _between_keys(choices: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """First and last frames of what leads from key to key and is not eased."""
    return [(c["first"], c["last"]) for c in choices if c.get("choice", EASE_ONLY) != EASE_ONLY]


def _on_their_own(choices: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The same of behaviours and paths, where nobody keyed or recorded a body that hovers. Kinds of
    prompts that were registered may tell no frames."""
    return [(c["first"], c["last"]) for c in choices if "choice" not in c and "first" in c]


KEY_REACH = 8
"""Frames before and after a key over which its pose is met again after mending."""


def _paid(prompts: list[Prompt]) -> tuple[Paid, ...]:
    asked = [(prompt, planner_of(prompt).reward(prompt)) for prompt in prompts]
    return tuple(Paid(one.start, one.end, *paid) for one, paid in asked if paid is not None)


def _levels(read: list[Read[Any]], frames: int) -> np.ndarray:
    """(T,) metres that somebody posed each frame higher than the floor, NaN where nobody did."""
    result = np.full(frames, np.nan)
    for entry in read:
        if entry.levels is not None:
            own = result[entry.prompt.start :][: len(entry.levels)]
            own[:] = entry.levels[: len(own)]
    return result


def _holds(prompts: list[Prompt], frames: int) -> tuple[np.ndarray, dict[int, float]]:
    """(T,) times the usual price of missing each frame, and the tolerance in cm of keyed frames."""
    prices = np.ones(frames)
    tolerances: dict[int, float] = {}
    for prompt in prompts:
        hold = planner_of(prompt).hold(prompt)
        if hold is not None:
            part = prices[prompt.start : prompt.end + 1]
            part[:] = hold.prices[: len(part)]
            tolerances |= hold.tolerances_cm
    return prices, tolerances


def _tightness(prompts: list[Prompt], frames: int, choices: list[dict[str, Any]]) -> np.ndarray:
    result = np.ones(frames)
    for prompt in prompts:
        part = result[prompt.start : prompt.end + 1]
        part[:] = planner_of(prompt).tightness(prompt, len(part))
    made = [(c["first"], c["last"]) for c in choices if c.get("made")]
    for first, last in [*_between_keys(choices), *made]:
        gap = slice(first, last + 1)
        result[gap] = np.maximum(result[gap], BETWEEN_TIGHTNESS)
    for first, last in (choice["eased"] for choice in choices if "eased" in choice):
        way = slice(first, last + 1)
        result[way] = np.minimum(result[way], EASED_TIGHTNESS)
    return result


def varied(motion: Motion, seed: int, take: int) -> Motion:
    """The reference of another take: joints wander slowly by about a degree, legs by a third.

    Take 0 is the reference itself.
    """
    if take == 0:
        return motion
    rng = np.random.default_rng([seed, take])
    noise = rng.normal(size=(motion.frames + 60, 69))
    wander = gaussian_filter1d(noise, 8, axis=0)[30 : 30 + motion.frames]
    wander *= np.radians(WANDER) / wander.std()
    wander[:, _LEG_HINGES] /= 3
    qpos = motion.qpos.copy()
    qpos[:, 7:] += wander
    qpos = into_ranges(qpos)
    return Motion(motion.fps, qpos, velocities(qpos), metadata=motion.metadata)


def relaid(reference: Reference, motion: Motion) -> tuple[Reference, Motion]:
    """The same for a ``varied`` motion, whose hands are put again onto what they lie on, where they reach it
    yet."""
    scene = reference.timeline.scene
    if scene is None or not any("hand" in choice for choice in reference.choices):
        return reference, motion
    qpos, holds = onto_objects(motion.qpos, scene, required=False)
    others = [choice for choice in reference.choices if "hand" not in choice]
    reference = replace(reference, choices=(*others, *(hold.told() for hold in holds)))
    return reference, Motion(motion.fps, qpos, velocities(qpos), metadata=motion.metadata)
