"""Timeline -> one reference Motion, at 30 frames a second, over its whole length."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..library import load_library
from ..measures.quality import root_relative_error
from ..motion.contacts import reference_contacts
from ..motion.joining import ease_out
from ..motion.motion import CONTROL_FPS, Motion
from ..motion.skeleton import SkeletonClip
from ..performance.tightness import KeyWeights, key_tightness
from ..posing.limits import into_ranges
from ..progress import Part, Progress, silent
from ..prompts.timeline import (
    BehaviourPrompt,
    GoToPrompt,
    MotionPrompt,
    PathPrompt,
    PosePrompt,
    Prompt,
    Timeline,
)
from ..scene.description import Scene
from ..scene.ground import Ground
from ..scene.surroundings import Surroundings
from .asked import joints_asked, key_holds
from .between import EASE_ONLY, Between, fill_between, needs_steps, too_fast
from .graph.stretches import velocities
from .held import hold
from .jumps import GRAVITY, with_jumps
from .mending.grounding import on_the_ground
from .mending.joins import join_spans, touching
from .mending.legs import place_foot
from .mending.repair import without_jumps
from .mending.toes import steady_toes
from .planned import append_planned
from .sequence import append, placed
from .sources import keyed_in_part, keyed_joints, load_source, source_frames
from .terrain.onto_scene import keyed_levels, onto_scene

LOADING = 0.9
"""Share of the preparation that reading and fitting the sources takes."""
STEADYING = 0.97
"""The same up to where the toes are steadied."""
MOON = 1.0
"""m/s2: with less of a fall than that there is no landing to plan for."""
WANDER = 1.5
"""Degrees by which the joints of further takes differ."""
_LEG_HINGES = slice(0, 24)


@dataclass(frozen=True)
class Followed:
    """A recording that a prompt performs as it is."""

    name: str
    start: int
    """Frame of the timeline at which it begins."""
    qpos: np.ndarray
    """(n, 76) as recorded, wherever that was."""
    notes: tuple[str, ...] = ()
    """What was set right when it was read."""
    warnings: tuple[str, ...] = ()
    """What its fit does otherwise than the file."""


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
    """What was taken from the library between keys, along paths and for behaviours."""
    surroundings: Surroundings | None = None
    """The scene that the motion was put onto."""
    anchored: bool = False
    """Whether its first pose was asked for: keyed, or where the body stands already."""


def build_reference(timeline: Timeline, progress: Progress = silent, variety: int = 0) -> Reference:
    """Lays the prompts one after the other and mends what cannot be performed.

    With ``variety`` other than 0 the library gives other stretches, almost as good; the
    same number gives the same ones.

    Keys that nobody could ease between, paths, places and behaviours are filled from the
    library. Raises ``UserError`` for sources that cannot be read or fitted and for what
    nobody could do in the time given.
    """
    resolved: list[Prompt] = []
    keyed: dict[int, np.ndarray] = {}
    sources: list[np.ndarray] = []
    raw: list[np.ndarray] = []  # as asked for, before anything is mended
    choices: list[dict[str, Any]] = []
    rng = np.random.default_rng(variety) if variety else None
    followed: list[Followed] = []
    ground = None if timeline.scene is None else Ground(timeline.scene)
    count = len(timeline.prompts)
    for index, prompt in enumerate(timeline.prompts):
        part = Part(progress, LOADING * index / count, LOADING * (index + 1) / count)
        if isinstance(prompt, MotionPrompt):
            motion = load_source(prompt, part)
            if isinstance(prompt.source, SkeletonClip):
                prompt = replace(prompt, source=motion, speed=1.0, mirror=False)
            keyed |= keyed_joints(prompt, motion)
            raw.append(motion.qpos[prompt.offset :][: prompt.end - prompt.start + 1])
            frames = source_frames(prompt, motion)
            followed.append(_followed(prompt, motion, frames))
            filled, told = _stepped(prompt, frames, rng, _falling(timeline.scene))
            choices += told
            if ground is not None and prompt.keyframes and prompt.placement == "world":
                keys = [frame - prompt.offset for frame in sorted(set(prompt.keyframes))]
                keys = [key for key in keys if 0 <= key < len(filled)]
                filled = filled.copy()
                filled[:, 2] -= keyed_levels(filled, keys, ground)
            sources.append(filled)
        elif isinstance(prompt, PosePrompt):
            raw.append(np.array(prompt.pose)[None])
            sources.append(into_ranges(raw[-1]))
        else:
            raw.append(np.empty((0, 76)))
            sources.append(np.empty((0, 76)))  # planned below, from where the body then is
        resolved.append(prompt)
        part(1.0)
    qpos = np.empty((0, 76))
    asked: dict[int, np.ndarray] = {}
    for prompt, source, wanted in zip(resolved, sources, raw, strict=True):
        asked |= joints_asked(prompt, _placed_as_asked(qpos, prompt, wanted))
        if isinstance(prompt, BehaviourPrompt | PathPrompt | GoToPrompt):
            qpos, plan = append_planned(qpos, prompt, rng)
            choices.append(plan)
        else:
            qpos = append(qpos, prompt, source)
    mended = on_the_ground(without_jumps(qpos), Part(progress, LOADING, STEADYING))
    mended = steady_toes(mended, Part(progress, STEADYING, 1.0))
    mended = touching(mended, join_spans(resolved, len(mended)))
    mended = _meeting_keys(mended, qpos, choices)
    for prompt in resolved:
        if isinstance(prompt, MotionPrompt):
            keyed = keyed_in_part(prompt, keyed, mended)
    error = root_relative_error(forward_kinematics(mended)[0], forward_kinematics(qpos)[0])
    surroundings = None
    if timeline.scene is not None and ground is not None:
        mended, _ = onto_scene(mended, ground)
        surroundings = Surroundings(timeline.scene, mended[0], len(mended))
    motion = Motion(CONTROL_FPS, mended, velocities(mended))
    motion = replace(motion, contacts=reference_contacts(motion, ground=ground))
    kept = replace(timeline, prompts=tuple(resolved))
    ends = [prompt.end for prompt in resolved if isinstance(prompt, PosePrompt)]
    keyed |= {end: asked[end] for end in ends}
    tightness = _tightness(resolved, len(mended), choices)
    prices, tolerances = key_holds(resolved, len(mended))
    return Reference(
        motion,
        kept,
        100 * float(error.mean()),
        keyed,
        tightness,
        prices,
        {frame: tolerances.get(frame, KeyWeights.tolerance_cm) for frame in keyed},
        asked,
        tuple(followed),
        tuple(choices),
        surroundings,
        anchored=0 in keyed or bool(isinstance(resolved[0], MotionPrompt) and resolved[0].anchor),
    )


def _followed(prompt: MotionPrompt, motion: Motion, frames: np.ndarray) -> Followed:
    told = motion.metadata
    # Keys are poses to be led between: what lies there is nobody's recording.
    qpos = frames[:0] if prompt.keyframes else frames
    notes, warnings = (tuple(told.get(key, ())) for key in ("notes", "warnings"))
    return Followed(prompt.name, prompt.start, qpos, notes, warnings)


def _placed_as_asked(before: np.ndarray, prompt: Prompt, raw: np.ndarray) -> np.ndarray:
    """A source as it was given (n, 76), moved and turned to where it goes on from ``before``."""
    anchor = np.array(prompt.anchor) if isinstance(prompt, MotionPrompt) and prompt.anchor else None
    if len(before):
        last = prompt.start if isinstance(prompt, MotionPrompt) else max(prompt.start, 1) - 1
        anchor = before[min(last, len(before) - 1)]
    stays = isinstance(prompt, MotionPrompt) and prompt.placement == "world"
    return raw if stays or anchor is None or not len(raw) else placed(raw, anchor)


def _falling(scene: Scene | None) -> float | None:
    """m/s2 at which a body falls onto a level floor; None where there is more to it."""
    if scene is None:
        return GRAVITY
    world = scene.world
    across = bool(np.any(world.gravity[:2]) or np.any(world.wind))
    if scene.objects or world.keys or world.slope or across or world.gravity[2] > -MOON:
        return None
    return -world.gravity[2]


def _stepped(
    prompt: MotionPrompt,
    frames: np.ndarray,
    rng: np.random.Generator | None,
    gravity: float | None,
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Keyed frames (n, 76) with steps of the library where easing would glide, and flights through
    keys in the air."""
    some = dict(prompt.held)
    keys = sorted({f - prompt.offset for f in prompt.keyframes if f not in some})
    keys = [key for key in keys if 0 <= key < len(frames)]
    gaps = list(itertools.pairwise(keys))
    wanted = dict(prompt.between)
    jumps: list[Between] = []
    if gravity is not None:
        frames, jumps = with_jumps(frames, keys, wanted, prompt.offset, gravity)
    for jump in jumps:
        wanted[jump.start] = EASE_ONLY
    asked = any(choice != EASE_ONLY for choice in wanted.values())
    if (
        not jumps
        and not asked
        and not any(needs_steps(frames[a : b + 1]) or too_fast(frames[a : b + 1]) for a, b in gaps)
    ):
        return frames, []
    filled, told = fill_between(load_library(), frames, keys, wanted, prompt.offset, rng)
    flown = {jump.start: jump for jump in jumps}
    told = [entry for entry in told if entry.start not in flown] + jumps
    told.sort(key=lambda entry: entry.start)
    held = []
    for gap in told:
        inside = [frame for frame in some if gap.start < frame < gap.end]
        for frame in inside if gap.choice != EASE_ONLY else ():
            at = frame - prompt.offset
            filled, result = hold(filled, frames[at], at, some[frame])
            held.append(result)
    shift = prompt.start - prompt.offset
    return into_ranges(filled), [
        {
            "prompt": prompt.name,
            **entry.to_dict(),
            "first": entry.start + shift,
            "last": entry.end + shift,
            "held": [
                {"frame": h.frame + prompt.start, "missed_cm": h.missed_cm}
                for h in held
                if entry.start < h.frame + prompt.offset < entry.end
            ],
        }
        for entry in told
    ]


def _meeting_keys(
    mended: np.ndarray, asked: np.ndarray, choices: list[dict[str, Any]]
) -> np.ndarray:
    """What was moved to hold the feet still is as keyed again at the keys themselves; the feet
    stay where they stand, for what leads them back within frames would slide them."""
    gaps = [(c["first"], c["last"]) for c in choices if c.get("choice", EASE_ONLY) != EASE_ONLY]
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


KEY_REACH = 8
"""Frames before and after a key over which its pose is met again after mending."""
LIBRARY_TIGHTNESS = 0.5
"""How closely what the library fills in is followed, beside keys and recordings themselves."""


def _tightness(prompts: list[Prompt], frames: int, choices: list[dict[str, Any]]) -> np.ndarray:
    result = np.ones(frames)
    for prompt in prompts:
        if isinstance(prompt, MotionPrompt) and len(prompt.keyframes) > 1:
            span = slice(prompt.start, prompt.end + 1)
            keys = [frame - prompt.offset for frame in prompt.keyframes]
            length = len(result[span])
            result[span] = key_tightness(length, [*keys, 0, length - 1])
        elif isinstance(prompt, BehaviourPrompt | PathPrompt | GoToPrompt):
            result[prompt.start : prompt.end + 1] = LIBRARY_TIGHTNESS
    for choice in choices:
        if choice.get("choice", EASE_ONLY) != EASE_ONLY:
            gap = slice(choice["first"], choice["last"] + 1)
            result[gap] = np.maximum(result[gap], LIBRARY_TIGHTNESS)
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
