"""Fitting a clip of any person to the body.

Whole-clip least squares on limb directions and joint positions of the source,
scaled by leg length, within the joint limits, with standing feet held on the
floor. Chosen by measuring; see ``FitReport`` for what each fit says of itself.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from ...body.kinematics import forward_kinematics
from ...body.support_points import lowest_points
from ...progress import silent
from ..contacts import reference_contacts
from ..judging.limbs import limbs_aside
from ..judging.sides import sides_swapped
from ..judging.truth import Facts, compared, facts_of
from ..judging.upright.bearing import lying_aslant
from ..judging.upright.leaning import leaning
from ..motion import CONTROL_FPS, Motion
from ..sources.skeleton import SkeletonClip
from .calibration import from_poses, known_axes, level_foot, standing_frames
from .continuity import without_jumps
from .floor import find_floor, over_floor
from .least_squares.linkage import BodyPoses, Linkage
from .least_squares.solver import solve
from .least_squares.terms import AboveFloor, Term
from .least_squares.windows import solve_in_windows
from .pelvis import firm_pelvis
from .settings import FIT, FitSettings, FitWeights
from .source import Source, body_index
from .stance import stance_pins
from .targets import (
    LEG_JOINTS,
    ORIENTED,
    UPPER_JOINTS,
    comfort,
    limb_combinations,
    limb_vectors,
    orientation_term,
    shape_terms,
)
from .transfer import first_pose

COMPARED = (*LEG_JOINTS, *UPPER_JOINTS)
FEET = ("left_ankle", "left_foot", "right_ankle", "right_foot")
FITTING = "Fitting the motion to the body"
"""What is told meanwhile."""
_SUNK = 0.005
"""Metres under the floor from which a foot counts as sunk."""


@dataclass(frozen=True)
class FitReport:
    """How well the body follows the source."""

    joint_error_cm: float
    """Mean distance of the joints both have from the scaled source, in the world."""
    direction_error_deg: float
    """Mean angle between the limbs of the source and of the body."""
    below_floor_share: float
    """Share of frames with a foot more than 5 mm under the floor."""
    scale: float
    """The body's leg length over the source's."""
    skeleton: str
    """The table of names that recognised the source."""
    missing: tuple[str, ...]
    """SMPL joints the source does not have."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"missing": list(self.missing)}


@dataclass(frozen=True)
class FitResult:
    """The fitted motion at 30 frames a second, and how well it fits."""

    motion: Motion
    report: FitReport


def fit_to_body(
    clip: SkeletonClip,
    progress: Callable[..., None] = silent,
    raw: Facts | None = None,
    settings: FitSettings = FIT,
) -> FitResult:
    """Fits a clip to the body.

    ``raw`` are the facts of the file the clip was read from; the result is held against them.
    What it does otherwise is in the motion's ``metadata["warnings"]``.

    Raises:
        UserError: when the clip has no legs that are recognised by name.
        Cancelled: from ``progress``.
    """
    clip = clip.resampled(CONTROL_FPS)
    source = Source.of(clip)
    progress(0.02, FITTING)
    if source.rests_upright:
        calibration = _calibrate_at_rest(source, settings)
    elif source.rests_on_its_axes:
        calibration = known_axes(source.bones.skeleton)
    else:
        calibration = {}

    coarse = np.unique(
        np.linspace(0, source.frames - 1, min(source.frames, settings.solver.coarse_frames)).astype(
            int
        )
    )
    pose = _coarse_solution(source, calibration, coarse, settings)
    progress(0.2, FITTING)
    calibration = _calibrate_by_motion(source, calibration, coarse, pose)
    floor = find_floor(source, calibration, pose, CONTROL_FPS, settings.floor)
    source = over_floor(source, floor)

    weights = settings.weights
    pins = stance_pins(source, calibration, CONTROL_FPS, settings)

    def terms(pelvis: np.ndarray | None) -> list[Term]:
        shape = shape_terms(source, weights)
        shape += _orientations(source, calibration, weights, pelvis)
        floor = AboveFloor(weights.floor_per_m)
        return [*shape, floor] if pins is None else [*shape, floor, pins]

    def solved(start: float, end: float, pelvis: np.ndarray | None = None) -> BodyPoses:
        return solve_in_windows(
            first_pose(source),
            terms(pelvis),
            comfort(settings.comfort),
            settings.solver,
            tick=lambda share: progress(start + (end - start) * share, FITTING),
        )

    pose = solved(0.2, 0.6)
    firm = firm_pelvis(pose.turn, source.turns, calibration, settings)
    if firm is not None:
        pose = solved(0.6, 0.9, firm)
    pose = without_jumps(pose, terms(firm), comfort(settings.comfort), settings)
    qpos = pose.qpos()
    qpos[:, 2] += _lift(qpos)
    motion = Motion(CONTROL_FPS, qpos)
    report = _measure(source, qpos)
    notes = [*clip.notes, *floor.notes(settings.floor)]
    motion = Motion(
        CONTROL_FPS,
        qpos,
        contacts=reference_contacts(motion),
        metadata={"source": clip.name, "fit": report.to_dict()}
        | ({"notes": notes} if notes else {}),
    )
    comparison = compared(raw or facts_of(clip.positions, clip.fps), motion)
    warnings = comparison.warnings + limbs_aside(clip, motion) + sides_swapped(clip)
    if comparison.tilt_deg is None:
        warnings += leaning(motion, floor.slope) + lying_aslant(motion)
    if warnings:
        motion = replace(motion, metadata={**motion.metadata, "warnings": warnings})
    progress(1.0, "")
    return FitResult(motion, report)


def _calibrate_at_rest(source: Source, settings: FitSettings) -> dict[str, np.ndarray]:
    rest = source.at_rest()
    pose = solve(
        first_pose(rest),
        shape_terms(rest, settings.weights, upper=False),
        comfort(settings.comfort),
        settings.solver.rest_iterations,
        settings=settings.solver,
    )
    return from_poses(rest, Linkage.of(pose).rotations, source.turns)


def _coarse_solution(
    source: Source,
    calibration: dict[str, np.ndarray],
    frames: np.ndarray,
    settings: FitSettings,
) -> BodyPoses:
    guess = first_pose(source)
    start = BodyPoses(guess.root[frames], guess.turn[frames], guess.angles[frames])
    terms = shape_terms(source, settings.weights, upper=False)
    terms += _orientations(source, calibration, settings.weights)
    # Coarse frames lie far apart in time: steadiness between them is weak.
    soft = comfort(settings.comfort)
    soft = replace(soft, steady=soft.steady * settings.comfort.coarse_steady)
    parts, solver = [term.part(frames) for term in terms], settings.solver
    return solve(start, parts, soft, solver.coarse_iterations, settings=solver)


def _orientations(
    source: Source,
    calibration: dict[str, np.ndarray],
    weights: FitWeights,
    pelvis: np.ndarray | None = None,
) -> list[Term]:
    term = orientation_term(source, calibration, weights, pelvis)
    return [term] if len(term.bodies) else []


def _calibrate_by_motion(
    source: Source, calibration: dict[str, np.ndarray], frames: np.ndarray, pose: BodyPoses
) -> dict[str, np.ndarray]:
    """Adds what the rest pose did not tell, and levels the feet where they stand."""
    result = dict(calibration)
    unknown = [joint for joint in ORIENTED if joint not in result]
    part = Source(
        source.bones,
        source.scale,
        {joint: value[frames] for joint, value in source.positions.items()},
        {joint: value[frames] for joint, value in source.turns.items()},
        source.rest_positions,
        source.rest_turns,
    )
    result.update(from_poses(part, Linkage.of(pose).rotations, unknown))
    if source.is_the_body:
        return result
    for side in ("left", "right"):
        ankle = f"{side}_ankle"
        standing = standing_frames(source, side, CONTROL_FPS)
        foot = level_foot(source, side, standing, calibration.get(ankle))
        if foot is not None:
            result[ankle] = foot
    return result


def _lift(qpos: np.ndarray) -> np.ndarray:
    """(T,) metres: what is still missing to stand on the floor, smoothed over time."""
    missing = np.maximum(0.0, -lowest_points(qpos).min(axis=1))
    if len(missing) < 3:
        return missing
    # The largest value around, smoothed over less than that: never under what is missing.
    return gaussian_filter1d(maximum_filter1d(missing, 5), 0.7, truncate=3.0, mode="nearest")


def _measure(source: Source, qpos: np.ndarray) -> FitReport:
    positions, _ = forward_kinematics(qpos)
    limbs, vectors = limb_vectors(source)
    counted = [row for row, limb in enumerate(limbs) if not limb[1].endswith("_hand")]
    own = (limb_combinations(limbs) @ positions)[:, counted]
    own /= np.linalg.norm(own, axis=-1, keepdims=True)
    cosines = np.clip((own * vectors[:, counted]).sum(axis=-1), -1, 1)
    joints = [joint for joint in COMPARED if joint in source.positions]
    bodies = [body_index(joint) for joint in joints]
    target = np.stack([source.positions[joint] for joint in joints], axis=1)
    feet = lowest_points(qpos)[:, [body_index(joint) for joint in FEET]].min(axis=1)
    return FitReport(
        joint_error_cm=float(np.linalg.norm(positions[:, bodies] - target, axis=-1).mean() * 100),
        direction_error_deg=float(np.degrees(np.arccos(cosines)).mean()),
        below_floor_share=float((feet < -_SUNK).mean()),
        scale=source.scale,
        skeleton=source.bones.skeleton,
        missing=source.bones.missing,
    )
