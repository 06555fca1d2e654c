"""What an animator would find fault with after a retarget, measured against the source.

Everything is measured on a pose of the whole rig over the floor at z = 0, where
the source has its own, so that it says the same of what was computed and of
what Blender makes of the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from ..measures.quality import normalised_jerk
from ..motion.contact_detection import SKATE
from ..skeletons.human_bones import LIMBS, ROLE_TO_SMPL, SIDES
from ..skeletons.segment_frames import body_segments
from ..skeletons.skeleton import SkeletonPose
from .contacts.foot_contact import asked_ankle_height, detect_foot_contact
from .limb_geometry import limb_warnings, worst_limb_off, worst_shoulder_off
from .rig.character import Character
from .rig.skin_surface import Surface
from .transfer.source_motion import SourceMotion, body_lowest

HEADINGS = "  legs  arms in 3 deg ankles flat swing  skate source  sunk  float  jerk"
UNITS = "   deg   deg        %     cm   cm    cm      %      %    mm     mm ratio"
"""Over the lines of ``Measures.in_words``."""
WITHIN_DEG = 3.0
"""Degrees within which a limb points as the source's does."""
_TOUCHING_M = 0.005
_AT_ONCE = 50
"""Frames of a skin of many vertices that are in memory at once."""


@dataclass(frozen=True)
class RetargetMetrics:
    """Of a whole clip; the worst frame where nothing else is said."""

    frames: int
    legs_deg: float
    """Angle between a thigh or shin and the source's."""
    arms_deg: float
    within_share: float
    """Share of frames in which all limbs point within 3 degrees of the source's."""
    ankle_cm: float
    """Height of an ankle off that of the source's, at the character's size."""
    ankle_mean_cm: float
    ankle_standing_cm: float | None
    """The worst of feet that are flat on the floor; None where none ever is."""
    ankle_swinging_cm: float | None
    """The worst of feet that do not touch it."""
    skate_share: float | None
    """Share of frames with a toe lower than 5 cm that moves faster than 0.2 m/s, both at the
    character's size: what a toe joint lies higher at rest than the body's is taken off. None
    where it performs on the spot."""
    skate_share_source: float
    penetration_mm: float
    """How deep the skin is in the floor (soles and limbs, where there is no skin)."""
    deepest: str
    """The bone that carries the deepest point."""
    float_mm: float
    """How high the lowest point is over the floor while the source touches it."""
    jerk_ratio: float | None
    """Normalised jerk of all joints over that of the source's; None on the spot."""
    limbs_off_deg: float = 0.0
    """Median angle of the worst limb as a whole, from where it begins to where its last bone ends,
    whatever the bones between are taken for: see ``limb_geometry``."""
    shoulders_off_deg: float = 0.0
    """Median angle by which a shoulder, told by its length alone, turns further than the source's."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong however good the other figures are; a few words each."""
        return limb_warnings(self.limbs_off_deg, self.shoulders_off_deg)

    @property
    def in_words(self) -> str:
        """One line for a table, under ``HEADINGS``."""
        skate = "-" if self.skate_share is None else f"{100 * self.skate_share:.1f}"
        jerk = "-" if self.jerk_ratio is None else f"{self.jerk_ratio:.2f}"
        flat = "-" if self.ankle_standing_cm is None else f"{self.ankle_standing_cm:.1f}"
        swing = "-" if self.ankle_swinging_cm is None else f"{self.ankle_swinging_cm:.1f}"
        return (
            f"{self.legs_deg:6.1f}{self.arms_deg:6.1f}{100 * self.within_share:9.0f}"
            f"{self.ankle_cm:7.1f}{flat:>5}{swing:>6}{skate:>7}{100 * self.skate_share_source:7.1f}"
            f"{self.penetration_mm:6.1f}{self.float_mm:7.1f}{jerk:>6}"
        )

    def to_dict(self) -> dict[str, float | int | str | None]:
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def measure(
    source: SourceMotion, character: Character, pose: SkeletonPose, surface: Surface
) -> RetargetMetrics:
    """Compares a pose of the character with the source, both over the floor at z = 0.

    ``surface`` is the skin, or what stands for it (see ``support``).
    """
    scale = character.segments.leg / body_segments().leg
    legs = directions_off(source, character.bones, pose, "leg")
    arms = directions_off(source, character.bones, pose, "arm")
    ankles = np.abs(ankle_heights_off(source, character, pose))
    soles_down = [detect_foot_contact(source, side).down for side in SIDES]
    flat = np.stack([down["heel"] & down["ball"] for down in soles_down], axis=1)
    off_floor = np.stack([~(down["heel"] | down["ball"]) for down in soles_down], axis=1)
    lowest, points = _lowest(surface, pose)
    point = points[lowest.argmin()]
    touches = body_lowest(source) < _TOUCHING_M
    off = np.concatenate([legs, arms], axis=1)
    return RetargetMetrics(
        frames=source.frames,
        legs_deg=float(legs.max(initial=0)),
        arms_deg=float(arms.max(initial=0)),
        within_share=float((off.max(axis=1, initial=0) <= WITHIN_DEG).mean()),
        ankle_cm=100 * float(ankles.max()),
        ankle_mean_cm=100 * float(ankles.mean()),
        ankle_standing_cm=100 * float(ankles[flat].max()) if flat.any() else None,
        ankle_swinging_cm=100 * float(ankles[off_floor].max()) if off_floor.any() else None,
        skate_share=skate_share(source, character, pose),
        skate_share_source=_skate(
            [(source.joint(f"{side}_foot"), SKATE.near_m) for side in SIDES],
            SKATE.slow_m_s,
            source.fps,
        ),
        penetration_mm=1000 * max(0.0, -float(lowest.min())),
        deepest=character.rest.names[int(surface.owner[point])],
        float_mm=1000 * float(np.maximum(lowest[touches], 0).max(initial=0)) / scale,
        jerk_ratio=jerk_ratio(source, character.bones, pose),
        limbs_off_deg=worst_limb_off(source, character, pose),
        shoulders_off_deg=worst_shoulder_off(source, character, pose),
    )


def directions_off(
    source: SourceMotion, bones: Mapping[str, int], pose: SkeletonPose, limb: str
) -> np.ndarray:
    """(T, 2 or 4) degrees between the source's and the character's upper and lower limbs."""
    result = []
    upper, lower, end = LIMBS[limb]
    for side in SIDES:
        for first, second in ((upper, lower), (lower, end)):
            roles = f"{side}_{first}", f"{side}_{second}"
            if not all(role in bones for role in roles):
                continue
            one = source.joint(ROLE_TO_SMPL[roles[1]]) - source.joint(ROLE_TO_SMPL[roles[0]])
            two = pose.positions[:, bones[roles[1]]] - pose.positions[:, bones[roles[0]]]
            # atan2 is exact where the angle is small, arccos is not.
            across = np.linalg.norm(np.cross(one, two), axis=1)
            result.append(np.degrees(np.arctan2(across, (one * two).sum(axis=1))))
    return np.stack(result, axis=1) if result else np.zeros((source.frames, 0))


def ankle_heights_off(source: SourceMotion, character: Character, pose: SkeletonPose) -> np.ndarray:
    """(T, 2) metres by which the ankles are higher than the source's at the character's size."""
    scale = character.segments.leg / body_segments().leg
    off = [
        pose.positions[:, character.bones[f"{side}_foot"], 2]
        - asked_ankle_height(source, character, scale, side)
        for side in SIDES
    ]
    return np.stack(off, axis=1)


def skate_share(source: SourceMotion, character: Character, pose: SkeletonPose) -> float:
    """Share of frames in which a low toe moves, as published measures of foot skate count."""
    own, body = character.segments, body_segments()
    scale = own.leg / body.leg
    toes = []
    for side in SIDES:
        role = f"{side}_toe" if f"{side}_toe" in character.bones else f"{side}_foot"
        limit = own.over_sole(role, side) + scale * (SKATE.near_m - body.over_sole(role, side))
        toes.append((pose.positions[:, character.bones[role]], limit))
    return _skate(toes, scale * SKATE.slow_m_s, source.fps)


def jerk_ratio(source: SourceMotion, bones: Mapping[str, int], pose: SkeletonPose) -> float:
    """Normalised jerk of the joints both have, over the source's: 1 is as smooth."""
    roles = [role for role in ROLE_TO_SMPL if role in bones]
    own = np.stack([pose.positions[:, bones[role]] for role in roles], axis=1)
    asked = np.stack([source.joint(ROLE_TO_SMPL[role]) for role in roles], axis=1)
    before = normalised_jerk(asked, source.fps)
    return normalised_jerk(own, source.fps) / before if before > 0 else 1.0


def _lowest(surface: Surface, pose: SkeletonPose) -> tuple[np.ndarray, np.ndarray]:
    """(T,) metres over the floor and (T,) index of the lowest point; a few frames at a time."""
    lowest, points = [], []
    for start in range(0, len(pose.positions), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        heights = surface.heights(SkeletonPose(pose.positions[part], pose.rotations[part]))
        points.append(heights.argmin(axis=1))
        lowest.append(heights.min(axis=1))
    return np.concatenate(lowest), np.concatenate(points)


def _skate(toes: list[tuple[np.ndarray, float]], speed: float, fps: float) -> float:
    """Tracks (T, 3) with the height under which each counts."""
    skating = np.zeros(max(len(toes[0][0]) - 1, 1), dtype=bool)
    for track, limit in toes:
        fast = np.linalg.norm(np.diff(track[:, :2], axis=0), axis=1) * fps > speed
        low = track[:, 2] < limit
        if len(track) > 1:
            skating |= fast & low[1:] & low[:-1]
    return float(skating.mean())
