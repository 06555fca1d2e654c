"""What an animator would find fault with, measured: pure functions over arrays.

Positions are (T, 24, 3) metres in the world, z up, at a steady rate. The first
body is the pelvis, the root.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..body.support_points import lowest_points, support_points
from ..errors import UserError
from ..motion.contact_detection import SKATE, TOUCH
from ..motion.contacts import Surface, reference_contacts
from ..motion.motion import Motion

TOES = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]
FEET = [BODY_NAMES.index(name) for name in ("L_Ankle", "L_Toe", "R_Ankle", "R_Toe")]


@dataclass(frozen=True)
class Quality:
    """The measures of a performed motion against its reference; see the functions below."""

    frames: int
    joint_error_root_cm: float
    joint_error_world_cm: float
    mpjpe_aligned_mm: float
    keyframe_error_cm: float | None
    """World joint error at the keyframes, against what was keyed; None if none are given."""
    skate_share: float
    skate_share_reference: float
    slide_share: float
    slide_share_reference: float
    foot_penetration_max_mm: float
    foot_penetration_mean_mm: float
    body_penetration_max_mm: float
    float_max_mm: float
    float_mean_mm: float
    jerk_normalised: float
    jerk_ratio: float
    """Normalised jerk over that of the reference: 1 is as smooth as what was asked for."""
    assistance_share: float
    """Mean force on the pelvis as a share of body weight."""

    def to_dict(self) -> dict[str, float | int | None]:
        return asdict(self)


def measure_quality(
    motion: Motion,
    reference: Motion,
    assistance: np.ndarray | None = None,
    keyed: Mapping[int, np.ndarray] | None = None,
    ground: Surface | None = None,
    scale: float = 1.0,
) -> Quality:
    """Every measure of ``motion`` against ``reference``, frame by frame at one rate.

    ``assistance`` (n,) is the force on the pelvis as a share of body weight; ``keyed`` has
    the joints (24, 3) in metres that were asked for in some frames. ``ground``: of a scene;
    heights are over it then. ``scale``: metres in the lengths that motions, keys and ground are
    given in, of bodies of other sizes.
    """
    if motion.frames != reference.frames or motion.fps != reference.fps:
        raise UserError(
            f"A motion of {motion.frames} frames at {motion.fps:g} fps cannot be compared with "
            f"one of {reference.frames} at {reference.fps:g} fps; resample and cut them alike."
        )
    fps = motion.fps
    done, done_rotations = forward_kinematics(motion.qpos)
    asked, asked_rotations = forward_kinematics(reference.qpos)
    heights = scale * heights_over(motion, ground)
    foot_depth, body_depth = penetration_mm(heights[:, FEET]), penetration_mm(heights)
    grounded = reference_contacts(reference, ground=ground).any(axis=1)
    floating = float_mm(heights, grounded)
    jerk, asked_jerk = normalised_jerk(done, fps), normalised_jerk(asked, fps)
    keyed = keyed or {}
    return Quality(
        frames=motion.frames,
        joint_error_root_cm=100 * scale * float(root_relative_error(done, asked).mean()),
        joint_error_world_cm=100 * scale * float(world_error(done, asked).mean()),
        mpjpe_aligned_mm=1000
        * scale
        * float(heading_aligned_error(done, done_rotations, asked, asked_rotations).mean()),
        keyframe_error_cm=(
            100
            * scale
            * float(world_error(done[list(keyed)], np.stack(list(keyed.values()))).mean())
            if keyed
            else None
        ),
        skate_share=skate_share(done, fps, ground, scale),
        skate_share_reference=skate_share(asked, fps, ground, scale),
        slide_share=slide_share(done, done_rotations, fps, ground, scale),
        slide_share_reference=slide_share(asked, asked_rotations, fps, ground, scale),
        foot_penetration_max_mm=float(foot_depth.max()),
        foot_penetration_mean_mm=float(foot_depth.mean()),
        body_penetration_max_mm=float(body_depth.max()),
        float_max_mm=float(floating.max(initial=0)),
        float_mean_mm=float(floating.mean()) if len(floating) else 0.0,
        jerk_normalised=jerk,
        jerk_ratio=jerk / asked_jerk if asked_jerk > 0 else 1.0,
        assistance_share=0.0
        if assistance is None or not len(assistance)
        else float(np.mean(assistance)),
    )


def heights_over(motion: Motion, ground: Surface | None) -> np.ndarray:
    """(T, 24) metres of the lowest point of each body over the floor, or the ground below it."""
    if ground is None:
        return lowest_points(motion.qpos)
    table = support_points()
    positions, rotations = forward_kinematics(motion.qpos)
    points = positions[:, table.body] + np.einsum(
        "tkij,kj->tki", rotations[:, table.body], table.offset
    )
    points[..., 2] -= table.radius
    return np.minimum.reduceat(points[..., 2] - ground.heights(points), table.first, axis=1)


def world_error(positions: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(T, 24) metres between each joint and where the reference has it in the world."""
    return np.linalg.norm(positions - reference, axis=-1)


def root_relative_error(positions: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(T, 24) metres, both taken relative to their own pelvis but not turned."""
    return np.linalg.norm((positions - positions[:, :1]) - (reference - reference[:, :1]), axis=-1)


def heading_aligned_error(
    positions: np.ndarray,
    rotations: np.ndarray,
    reference: np.ndarray,
    reference_rotations: np.ndarray,
) -> np.ndarray:
    """(T, 24) metres, both relative to their own pelvis and with their own heading taken out.

    Rotations (T, 24, 3, 3) give the heading: where +z of the pelvis points.
    """
    return np.linalg.norm(
        _without_heading(positions, rotations) - _without_heading(reference, reference_rotations),
        axis=-1,
    )


def _without_heading(positions: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    heading = np.arctan2(rotations[:, 0, 1, 2], rotations[:, 0, 0, 2])[:, None]
    cos, sin = np.cos(heading), np.sin(heading)
    x, y, z = np.moveaxis(positions - positions[:, :1], -1, 0)
    return np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=-1)


def skate_share(
    positions: np.ndarray, fps: float, ground: Surface | None = None, scale: float = 1.0
) -> float:
    """Share of frames with a toe joint below 5 cm that moves faster than 0.2 m/s on the floor.

    Published measures of foot skate count so. A toe that rolls off, turns about
    the heel or swings low over the floor counts as well: recorded motions of
    real people do not reach zero. ``slide_share`` leaves those out. ``scale``: as of
    ``measure_quality``.
    """
    if len(positions) < 2:
        return 0.0
    toes = positions[:, TOES].copy()
    speed = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=-1) * fps
    if ground is not None:
        toes[..., 2] -= ground.heights(toes)
    low = scale * np.maximum(toes[1:, :, 2], toes[:-1, :, 2]) < SKATE.near_m
    return float((low & (scale * speed > SKATE.slow_m_s)).any(axis=1).mean())


def slide_share(
    positions: np.ndarray,
    rotations: np.ndarray,
    fps: float,
    ground: Surface | None = None,
    scale: float = 1.0,
) -> float:
    """Share of frames in which a foot touches the floor and no point that touches stands still.

    Points are the corners of heel and toes, from positions (T, 24, 3) and rotations
    (T, 24, 3, 3) of the bodies; touching is lower than 5 mm in two frames on end,
    standing still is slower than 0.2 m/s. ``scale``: as of ``measure_quality``.
    """
    if len(positions) < 2:
        return 0.0
    table = support_points()
    sliding = np.zeros(len(positions) - 1, dtype=bool)
    for foot in (FEET[:2], FEET[2:]):
        used = np.flatnonzero(np.isin(table.body, foot))
        bodies = table.body[used]
        corners = positions[:, bodies] + np.einsum(
            "tkij,kj->tki", rotations[:, bodies], table.offset[used]
        )
        speed = np.linalg.norm(np.diff(corners[..., :2], axis=0), axis=-1) * fps
        if ground is not None:
            corners[..., 2] -= ground.heights(corners)
        touching = scale * np.maximum(corners[1:, :, 2], corners[:-1, :, 2]) < TOUCH.near_m
        slowest = np.where(touching, speed, np.inf).min(axis=1)
        sliding |= touching.any(axis=1) & (scale * slowest > TOUCH.slow_m_s)
    return float(sliding.mean())


def penetration_mm(heights: np.ndarray) -> np.ndarray:
    """Lowest points (T, n) metres -> (T,) mm: how deep the deepest of them is in the floor."""
    return 1000 * np.maximum(-heights.min(axis=1), 0)


def float_mm(heights: np.ndarray, grounded: np.ndarray) -> np.ndarray:
    """Lowest points (T, 24) metres -> (n,) mm over the floor in the frames ``grounded`` (T,) bool.

    Those are the frames in which the reference touches the floor and the body should too.
    """
    return 1000 * np.maximum(heights[grounded].min(axis=1, initial=np.inf), 0)


def normalised_jerk(positions: np.ndarray, fps: float) -> float:
    """Jerk of all joints free of units: sqrt(1/2 int |j|^2 dt * duration^5 / length^2).

    Sums over joints inside the root, so joints that hardly move do not dominate
    (Teulings et al. 1997 for a single point). It grows with the duration: compare
    motions of one length only. 0 for motions of fewer than four frames or without movement.
    """
    if len(positions) < 4:
        return 0.0
    jerk = np.diff(positions, n=3, axis=0) * fps**3
    length = np.linalg.norm(np.diff(positions, axis=0), axis=-1).sum(axis=0)
    squared_length = float((length**2).sum())
    if squared_length < 1e-12:
        return 0.0
    duration = (len(positions) - 1) / fps
    return float(np.sqrt(0.5 * (jerk**2).sum() / fps * duration**5 / squared_length))
