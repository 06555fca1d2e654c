"""Timeline -> one reference Motion, at 30 frames a second, over its whole length."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..errors import UserError
from ..library import load_library
from ..measures.quality import root_relative_error
from ..motion.contacts import reference_contacts
from ..motion.ground_frame import heading, moved
from ..motion.joining import JOIN, ease_out, join
from ..motion.motion import CONTROL_FPS, Motion
from ..motion.skeleton import SkeletonClip
from ..performance.tightness import KeyWeights, key_tightness
from ..posing.limits import into_ranges, nearest_pose
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
from ..scene.ground import Ground
from ..scene.surroundings import Surroundings
from .asked import joints_asked, key_holds
from .behaviours import plan_behaviour
from .between import EASE_ONLY, fill_between, needs_steps
from .grounding import on_the_ground
from .held import hold
from .joined import join_spans, touching
from .onto_scene import keyed_levels, onto_scene
from .paths import plan_path, speed_told, standing, style_bits
from .playing import looped, played
from .repair import without_jumps
from .stretches import velocities
from .toes import steady_toes

MOVE = 30
"""Frames a move into a pose or over a gap takes, if there is room."""
WALKING_SPEED = 3.0
"""m/s: a join that has to cover ground takes at least as long as this speed needs."""
LOADING = 0.9
"""Share of the preparation that reading and fitting the sources takes."""
STEADYING = 0.97
"""The same up to where the toes are steadied."""
WANDER = 1.5
"""Degrees by which the joints of further takes differ."""
_LEG_HINGES = slice(0, 24)
_ANKLES = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]


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
            motion = _load(prompt, part)
            if isinstance(prompt.source, SkeletonClip):
                prompt = replace(prompt, source=motion, speed=1.0, mirror=False)
            keyed |= _keyed(prompt, motion)
            raw.append(motion.qpos[prompt.offset :][: prompt.end - prompt.start + 1])
            frames = _source_frames(prompt, motion)
            followed.append(_followed(prompt, motion, frames))
            filled, told = _stepped(prompt, frames, rng)
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
            qpos, plan = _append_planned(qpos, prompt, rng)
            choices.append(plan)
        else:
            qpos = _append(qpos, prompt, source)
    mended = on_the_ground(without_jumps(qpos), Part(progress, LOADING, STEADYING))
    mended = steady_toes(mended, Part(progress, STEADYING, 1.0))
    mended = touching(mended, join_spans(resolved, len(mended)))
    mended = _meeting_keys(mended, qpos, choices)
    for prompt in resolved:
        if isinstance(prompt, MotionPrompt):
            keyed = _keyed_in_part(prompt, keyed, mended)
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
    return raw if stays or anchor is None or not len(raw) else _placed(raw, anchor)


def _stepped(
    prompt: MotionPrompt, frames: np.ndarray, rng: np.random.Generator | None
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Keyed frames (n, 76) with steps of the library where easing would glide."""
    some = dict(prompt.held)
    keys = sorted({f - prompt.offset for f in prompt.keyframes if f not in some})
    keys = [key for key in keys if 0 <= key < len(frames)]
    gaps = list(itertools.pairwise(keys))
    wanted = dict(prompt.between)
    asked = any(choice != EASE_ONLY for choice in wanted.values())
    if not asked and not any(needs_steps(frames[a : b + 1]) for a, b in gaps):
        return frames, []
    filled, told = fill_between(load_library(), frames, keys, wanted, prompt.offset, rng)
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


def _append_planned(
    qpos: np.ndarray,
    prompt: BehaviourPrompt | PathPrompt | GoToPrompt,
    rng: np.random.Generator | None,
) -> tuple[np.ndarray, dict[str, Any]]:
    """Continues the frames so far with what the library has for a path, a place, a behaviour."""
    library = load_library()
    if len(qpos):
        before = _held(qpos, max(prompt.start, 1))[: max(prompt.start, 1)]
    else:
        place, facing = np.zeros(2), -np.pi / 2
        if isinstance(prompt, PathPrompt):
            place = np.array(prompt.points[0])
            ahead = np.array(prompt.toward[0] if prompt.toward else prompt.points[1]) - place
            facing = float(np.arctan2(ahead[1], ahead[0]))
        elif prompt.origin:
            place, facing = np.array(prompt.origin[:2]), float(np.radians(prompt.origin[2]))
        before = np.repeat(standing(place, facing)[None], max(prompt.start, 1), axis=0)
    frames = prompt.end + 1 - len(before)
    told: dict[str, Any] = {"prompt": prompt.name, "first": prompt.start, "last": prompt.end}
    if isinstance(prompt, BehaviourPrompt):
        behaviour = plan_behaviour(library, before, prompt.rewards, frames + 1, rng=rng)
        planned, label, clips = behaviour.qpos, behaviour.label, behaviour.clips
        speeds = behaviour.speed_asked, behaviour.speed
    else:
        on_path = isinstance(prompt, PathPrompt)
        path = plan_path(
            library,
            before[-1],
            np.array(prompt.points if isinstance(prompt, PathPrompt) else (prompt.place,)),
            prompt.speed,
            frames + 1,
            None if prompt.facing is None else np.radians(prompt.facing),
            style_bits(prompt.style),
            isinstance(prompt, PathPrompt) and prompt.closed,
            np.array(prompt.toward) if isinstance(prompt, PathPrompt) and prompt.toward else None,
            rng,
        )
        planned, label, clips = path.qpos, path.label, path.clips
        speeds = path.speed_asked, path.speed
        told |= {"metres": path.length, "seconds": path.seconds} if on_path else {}
    whole = join(before, planned[1:], JOIN) if len(before) > 1 else planned[1:]
    result = _held(np.concatenate([before, whole]), prompt.end + 1)[: prompt.end + 1]
    told |= {"label": label, "clips": list(clips)}
    return result, told | speed_told(*speeds)


def _meeting_keys(
    mended: np.ndarray, asked: np.ndarray, choices: list[dict[str, Any]]
) -> np.ndarray:
    """Legs that were moved to hold the feet still are as keyed again at the keys themselves."""
    result = mended.copy()
    gaps = [(c["first"], c["last"]) for c in choices if c.get("choice", EASE_ONLY) != EASE_ONLY]
    for key in {frame for gap in gaps for frame in gap if frame < len(mended)}:
        away = np.abs(np.arange(len(mended)) - key)
        fade = ease_out(away, KEY_REACH)[:, None]
        offset = asked[key, 7:] - result[key, 7:]
        result[:, 7:] += fade * offset
        result[:, :2] += fade * (asked[key, :2] - result[key, :2])
    return into_ranges(result) if gaps else result


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


def _load(prompt: MotionPrompt, progress: Progress) -> Motion:
    source = prompt.source
    if isinstance(source, SkeletonClip):
        from ..motion import fit_to_body

        source = fit_to_body(source, progress).motion
    elif isinstance(source, str):
        from ..motion import load_motion

        source = load_motion(source, progress=progress, options=prompt.options)
    # Keys are in places that a person chose; a recording is mirrored with its world.
    return played(source, prompt.speed, prompt.mirror, in_place=bool(prompt.keyframes))


def _source_frames(prompt: MotionPrompt, motion: Motion) -> np.ndarray:
    """The frames (n, 76) of a source that the prompt performs; fewer if it ends before."""
    if not 0 <= prompt.offset < motion.frames:
        raise UserError(
            f"{prompt.label} starts at frame {prompt.offset} of its motion, "
            f"which has {motion.frames} frames at 30 a second."
        )
    length = prompt.end - prompt.start + 1
    frames = motion.qpos[prompt.offset : prompt.offset + length]
    if prompt.loop and len(frames) < length:
        frames = looped(motion.qpos[prompt.offset :], length)
    # Keys are posed by hand, often beyond what joints can do: limbs then come as near as they can.
    return nearest_pose(frames) if prompt.keyframes else into_ranges(frames)


def _keyed(prompt: MotionPrompt, motion: Motion) -> dict[int, np.ndarray]:
    """Frame of the timeline -> joints (24, 3) of each keyframe that the prompt performs.

    Only where the prompt leaves its source in place: elsewhere nobody keyed a place.
    """
    last = min(motion.frames - 1, prompt.offset + prompt.end - prompt.start)
    frames = [frame for frame in prompt.keyframes if prompt.offset <= frame <= last]
    if prompt.placement != "world" or not frames:
        return {}
    positions, _ = forward_kinematics(motion.qpos[frames])
    places = [prompt.start + frame - prompt.offset for frame in frames]
    return dict(zip(places, positions, strict=True))


def _keyed_in_part(
    prompt: MotionPrompt, keyed: dict[int, np.ndarray], mended: np.ndarray
) -> dict[int, np.ndarray]:
    """Keys that hold some bodies ask for these alone: the others are where they were planned."""
    result = dict(keyed)
    for source, bodies in prompt.held:
        frame = prompt.start + source - prompt.offset
        if frame in result:
            asked = forward_kinematics(mended[frame : frame + 1])[0][0]
            rows = [BODY_NAMES.index(body) for body in bodies]
            asked[rows] = keyed[frame][rows]
            result[frame] = asked
    return result


def _append(qpos: np.ndarray, prompt: Prompt, source: np.ndarray) -> np.ndarray:
    """Continues the frames so far (T, 76) with a prompt, up to its end."""
    if not len(qpos):
        if isinstance(prompt, MotionPrompt) and prompt.placement == "continue" and prompt.anchor:
            source = _placed(source, np.array(prompt.anchor))
        lead = np.repeat(source[:1], prompt.start, axis=0)
        return _held(np.concatenate([lead, source]), prompt.end + 1)
    if isinstance(prompt, PosePrompt):
        return _append_pose(qpos, prompt, source[0])
    if prompt.start > len(qpos):
        # Stand through the gap, and move into the prompt over its last part.
        gap = prompt.start - len(qpos)
        qpos = _held(qpos, prompt.start - min(gap, MOVE))
    before = qpos[: prompt.start]
    if not isinstance(prompt, MotionPrompt) or prompt.placement == "continue":
        anchor = qpos[min(prompt.start, len(qpos) - 1)]
        source = _placed(source, anchor)
    gap = prompt.start - len(before)
    if gap > 0:
        before = np.concatenate([before, _bridge(before, source, gap)])
    overlap = len(qpos) - prompt.start
    if overlap > 1:
        whole = _held(source, max(len(source), overlap))
        source = np.concatenate(
            [_crossfade(qpos[prompt.start :], whole[:overlap]), whole[overlap:]]
        )
        return _held(np.concatenate([before, source]), max(prompt.end + 1, len(qpos)))
    distance = np.linalg.norm(before[-1, :2] - source[0, :2])
    length = max(JOIN, int(np.ceil(distance / WALKING_SPEED * CONTROL_FPS)))
    whole = _held(source, prompt.end + 1 - prompt.start)
    return np.concatenate([before, join(before, whole, min(length, len(whole)))])


def _append_pose(qpos: np.ndarray, prompt: Prompt, pose: np.ndarray) -> np.ndarray:
    """Moves from wherever the motion is at the prompt's start into the pose, and holds it."""
    before = _held(qpos, max(prompt.start, 1))[: max(prompt.start, 1)]
    pose = _placed(pose[None], before[-1])
    length = prompt.end + 1 - len(before)
    move = min(MOVE, max(2, int(0.75 * length)))
    return np.concatenate([before, join(before, np.repeat(pose, length, axis=0), move)])


def _held(qpos: np.ndarray, frames: int) -> np.ndarray:
    """At least ``frames`` frames: the motion comes to rest in its last pose and stays there."""
    missing = frames - len(qpos)
    if missing <= 0:
        return qpos
    rest = np.repeat(qpos[-1:], missing, axis=0)
    if len(qpos) > 1:
        # Coming to rest takes a moment and a little way; a dead stop would be a blow.
        rest = join(qpos, rest, JOIN)
    return np.concatenate([qpos, rest])


def _bridge(before: np.ndarray, after: np.ndarray, gap: int) -> np.ndarray:
    """(gap, 76) frames that lead from the end of ``before`` to the start of ``after``."""
    return join(before, np.repeat(after[:1], gap, axis=0), gap)


def _crossfade(leaving: np.ndarray, coming: np.ndarray) -> np.ndarray:
    """(n, 76), (n, 76) -> (n, 76): from the one to the other, the root by slerp."""
    count = len(leaving)
    share = ease_out(np.arange(count), count - 1)[:, None]
    result = share * leaving + (1 - share) * coming
    old = Rotation.from_quat(leaving[:, 3:7], scalar_first=True)
    new = Rotation.from_quat(coming[:, 3:7], scalar_first=True)
    step = Rotation.from_rotvec((1 - share) * (new * old.inv()).as_rotvec())
    result[:, 3:7] = (step * old).as_quat(scalar_first=True)
    return result


def _placed(source: np.ndarray, anchor: np.ndarray) -> np.ndarray:
    """Moves and turns ``source`` (n, 76) so that its first frame stands where ``anchor`` does.

    Feet are put over feet where both stand on them, else the pelvis over the pelvis.
    """
    facing = heading(np.stack([anchor, source[0]]))
    result = moved(source, facing[0] - facing[1], np.zeros(2), np.zeros(2))
    positions, _ = forward_kinematics(np.stack([anchor, result[0]]))
    standing = (positions[:, _ANKLES, 2] < 0.2).all()
    places = positions[:, _ANKLES].mean(axis=1) if standing else positions[:, 0]
    result[:, :2] += (places[0] - places[1])[:2]
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
