"""Recordings and keyed motions: performed as they are, keys filled between where easing would glide."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...body.figures import GRAVITY
from ...body.kinematics import forward_kinematics
from ...library import load_library
from ...motion.motion import Motion
from ...motion.sources.skeleton import SkeletonClip
from ...performance.tightness import KeyWeights, key_price, key_prices, key_tightness
from ...posing.limits import into_ranges
from ...progress import Progress
from ...prompts.timeline import MotionPrompt
from ...scene.description import Scene
from ...scene.ground import Ground
from ..between import EASE_ONLY, Between, fill_between, needs_steps, too_fast
from ..held import hold
from ..jumping.jumps import with_jumps
from ..sequence import append, placed
from ..terrain.posed import key_levels, levels_between
from .planner import Followed, Hold, PromptPlanner, Read
from .sources import keyed_in_part, keyed_joints, load_source, source_frames

MOON = 1.0
"""m/s2: with less of a fall than that there is no landing to plan for."""


class MotionPlanner(PromptPlanner[MotionPrompt]):
    """A recording, asked for in all its frames, or keys, asked for in these alone."""

    def read(
        self,
        prompt: MotionPrompt,
        progress: Progress,
        scene: Scene | None,
        ground: Ground | None,
        rng: np.random.Generator | None,
    ) -> Read[MotionPrompt]:
        motion = load_source(prompt, progress)
        if isinstance(prompt.source, SkeletonClip):
            prompt = replace(prompt, source=motion, speed=1.0, mirror=False)
        raw = motion.qpos[prompt.offset :][: prompt.end - prompt.start + 1]
        frames = source_frames(prompt, motion)
        posed = ground if prompt.placement == "world" else None
        filled, told, levels = _stepped(prompt, frames, rng, _falling(scene, posed), posed)
        followed = _followed(prompt, motion, frames)
        keyed = keyed_joints(prompt, motion)
        return Read(prompt, filled, raw, keyed, followed, tuple(told), levels)

    def lay(
        self, qpos: np.ndarray, read: Read[MotionPrompt], rng: np.random.Generator | None
    ) -> tuple[np.ndarray, dict[str, Any] | None]:
        prompt, frames = read.prompt, read.frames
        continues = prompt.placement == "continue"
        if continues and prompt.anchor and not len(qpos):
            frames = placed(frames, np.array(prompt.anchor))
        return append(qpos, prompt, frames, continues), None

    def asked(self, qpos: np.ndarray, read: Read[MotionPrompt]) -> dict[int, np.ndarray]:
        prompt, raw = read.prompt, read.raw
        anchor = np.array(prompt.anchor) if prompt.anchor else None
        if len(qpos):
            anchor = qpos[min(prompt.start, len(qpos) - 1)]
        if prompt.placement == "continue" and anchor is not None and len(raw):
            raw = placed(raw, anchor)
        frames = list(range(len(raw)))
        if prompt.keyframes:
            keys = [frame - prompt.offset for frame in prompt.keyframes]
            frames = [key for key in keys if 0 <= key < len(raw)]
        if not frames:
            return {}
        joints = forward_kinematics(raw[frames])[0]
        return {prompt.start + frame: row for frame, row in zip(frames, joints, strict=True)}

    def keyed(
        self,
        read: Read[MotionPrompt],
        mended: np.ndarray,
        keyed: Mapping[int, np.ndarray],
        asked: Mapping[int, np.ndarray],
    ) -> Mapping[int, np.ndarray]:
        return keyed_in_part(read.prompt, keyed, mended)

    def hold(self, prompt: MotionPrompt) -> Hold:
        tolerance, frames = (
            prompt.tolerance_cm or KeyWeights.usual_cm,
            prompt.end + 1 - prompt.start,
        )
        prices = np.full(frames, key_price(tolerance, prompt.weight))
        tolerances = {prompt.end: tolerance}
        if prompt.keyframes:
            own = {frame: (tolerance, weight) for frame, tolerance, weight in prompt.holds}
            at_keys = {}
            for key in prompt.keyframes:
                asked, weight = own.get(key, (prompt.tolerance_cm, prompt.weight))
                at_keys[key - prompt.offset] = key_price(asked, weight)
                tolerances[prompt.start + key - prompt.offset] = asked or KeyWeights.tolerance_cm
            prices = key_prices(frames, at_keys)
        return Hold(prices, tolerances)

    def tightness(self, prompt: MotionPrompt, frames: int) -> np.ndarray:
        if len(prompt.keyframes) < 2:
            return np.ones(frames)
        keys = [frame - prompt.offset for frame in prompt.keyframes]
        return key_tightness(frames, [*keys, 0, frames - 1])

    def anchored(self, prompt: MotionPrompt) -> bool:
        return bool(prompt.anchor)


def _followed(prompt: MotionPrompt, motion: Motion, frames: np.ndarray) -> Followed:
    told = motion.metadata
    # Keys are poses to be led between: what lies there is nobody's recording.
    qpos = frames[:0] if prompt.keyframes else frames
    notes, warnings = (tuple(told.get(key, ())) for key in ("notes", "warnings"))
    return Followed(prompt.name, prompt.start, qpos, notes, warnings)


def _falling(scene: Scene | None, ground: Ground | None) -> float | None:
    """m/s2 at which a body falls onto a level floor, or onto ``ground`` on which its keys were posed;
    None where there is more to it."""
    if scene is None:
        return GRAVITY
    world = scene.world
    across = bool(np.any(world.gravity[:2]) or np.any(world.wind))
    unknown = bool(scene.objects) and ground is None
    if unknown or world.keys or world.slope or across or world.gravity[2] > -MOON:
        return None
    return -world.gravity[2]


def _stepped(
    prompt: MotionPrompt,
    frames: np.ndarray,
    rng: np.random.Generator | None,
    gravity: float | None,
    ground: Ground | None,
) -> tuple[np.ndarray, list[dict[str, Any]], np.ndarray | None]:
    """Keyed frames (n, 76) with steps of the library where easing would glide, and flights through
    keys in the air; where their keys were posed on ``ground``, as they would be on the floor, and
    (n,) metres that they were higher."""
    some = dict(prompt.held)
    keys = sorted({f - prompt.offset for f in prompt.keyframes if f not in some})
    keys = [key for key in keys if 0 <= key < len(frames)]
    gaps = list(itertools.pairwise(keys))
    wanted = dict(prompt.between)
    jumps: list[Between] = []
    stood, all_posed = None, False
    if ground is not None and keys:
        stood, all_posed = key_levels(frames[keys], ground)
    if gravity is not None:
        frames, jumps = with_jumps(frames, keys, wanted, prompt.offset, gravity, levels=stood)
    levels = None
    if ground is not None and stood is not None:
        posed = levels_between(frames, keys, stood, ground)
        frames = frames.copy()
        frames[:, 2] -= posed
        levels = posed if all_posed else None
    flown = {jump.start: jump for jump in jumps}
    wanted |= dict.fromkeys(flown, EASE_ONLY)
    asked = any(choice != EASE_ONLY for choice in wanted.values())
    filled, told = frames, jumps
    if asked or any(
        needs_steps(frames[a : b + 1]) or too_fast(frames[a : b + 1])
        for a, b in gaps
        if a + prompt.offset not in flown
    ):
        filled, told = fill_between(load_library(), frames, keys, wanted, prompt.offset, rng)
        told = [entry for entry in told if entry.start not in flown] + jumps
        told.sort(key=lambda entry: entry.start)
    if not told:
        return frames, [], levels
    held = []
    for gap in told:
        inside = [frame for frame in some if gap.start < frame < gap.end]
        for frame in inside if gap.choice != EASE_ONLY else ():
            at = frame - prompt.offset
            filled, result = hold(filled, frames[at], at, some[frame])
            held.append(result)
    shift = prompt.start - prompt.offset
    entries = [
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
    return into_ranges(filled), entries, levels
