"""The numbers of the fit: one table of weights, passed in, and one for each of its repairs.

They were chosen by hand on about thirty recordings of ``../shared/mocap`` and the other skeletons of
``tests/motion``, before there was a command; ``python tools/measuring/reference_settings.py CLIP --set
weights.stance_per_m=6,24`` measures others on any clips.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class FitWeights:
    """What the fit weighs against what; residuals are multiplied by these.

    Directions of limbs (unit vectors) say what a person does; positions, scaled by the legs, hold
    the ankles where they step; rotations say what neither does. With 1.2 per metre 8 cm count as
    much as 0.1 of a direction.
    """

    leg_direction: float = 1.7
    """Of thighs and shins."""
    hips_direction: float = 1.5
    """From hip to hip."""
    trunk_direction: float = 1.7
    """From the middle of the hips to the neck."""
    shoulders_direction: float = 1.2
    arm_direction: float = 1.4
    """Of upper arms and forearms."""
    hand_direction: float = 0.3
    """Helps and does not count: sources end it anywhere in the hand."""
    leg_per_m: float = 0.75
    """Of the places of hips and knees."""
    ankle_per_m: float = 1.2
    upper_per_m: float = 0.8
    """Of neck, shoulders, elbows and wrists. They are scaled by the legs and never fit: held too
    firmly, the spine buckles."""
    pelvis_rotation: float = 0.4
    chest_rotation: float = 0.3
    neck_rotation: float = 0.2
    head_rotation: float = 0.7
    """Where the head looks is said by nothing else."""
    wrist_rotation: float = 0.2
    foot_rotation: float = 0.35
    """Of ankles, once it is known how their axes stand to a level sole."""
    exact_rotation: float = 1.0
    """Of every joint where the source is the body itself (AMASS, SMPL rigs)."""
    neck_reach_rad: float = np.radians(110.0)
    """Heads turned farther from the chest are errors of the capture."""
    floor_per_m: float = 20.0
    """Of any point of the body below the floor."""
    stance_per_m: float = 12.0
    """Of heels and balls that stand: 1 cm counts as much as 0.12 rad of direction."""


@dataclass(frozen=True)
class ComfortWeights:
    """What nothing asks for: squared weights of angles off the relaxed pose, and of their change."""

    pull: float = 0.004
    spine_pull: float = 0.03
    """Of the three joints of the spine, neck and head, which share a bend."""
    collar_pull: float = 0.05
    """Collar bones stay where they are unless the shoulders ask."""
    elbow_pull: float = 0.05
    """About the two axes that an elbow does not bend about; the upper arm turns instead."""
    wrist_pull: float = 0.02
    hand_pull: float = 0.01
    ankle_pull: float = 0.01
    toe_pull: float = 0.005
    steady: float = 0.05
    hand_steady: float = 0.15
    """Of hands and wrists: what the source says least about must not wander."""
    coarse_steady: float = 0.1
    """Share of that between the frames of the coarse solution, which lie far apart in time."""


@dataclass(frozen=True)
class SolverSettings:
    """Gauss-Newton with Levenberg's damping, see ``solver.solve``."""

    damping: float = 1e-4
    more_damping: float = 0.03
    """Of a frame that a step has made worse."""
    longest_step: float = 0.6
    """Radians or metres a frame moves at most in one iteration."""
    tolerance: float = 2e-3
    """It stops when no angle moves more, in radians."""
    rest_iterations: int = 40
    coarse_iterations: int = 10
    coarse_frames: int = 60
    """The first, coarse solution is made of."""
    iterations: int = 8
    jump_iterations: int = 12


@dataclass(frozen=True)
class StanceSettings:
    """Where a standing foot is held; when it stands says ``contact_detection.STANCE``."""

    smooth_s: float = 0.4
    """Over which the place of a foot that wanders is averaged."""
    wanders_m: float = 0.04
    """From here on it wanders: it is calmed, not nailed down."""
    ramp_frames: int = 5
    """Over which contacts come and go."""


@dataclass(frozen=True)
class FloorPlane:
    """A slope under the feet that stand: capture volumes are often a degree off level."""

    steepest: float = 0.05
    """Of a slope, where little is known of it, ..."""
    steepest_known: float = 0.14
    """... and along places that lie on one plane: 8 degrees. What is steeper is no floor; left
    aslant it is seen, and told."""
    known_places: int = 3
    """So many tell that, ..."""
    known_m: float = 0.3
    """... spread by this (standard deviation), ..."""
    flat_m: float = 0.012
    """... and off the plane by at most this (median): stairs and uneven ground are none."""
    spread_m: float = 0.4
    """Standing feet must be apart by this before a slope is believed."""
    noise_m: float = 0.025
    """A standing foot may be off the floor by this in a clip."""
    places: int = 2
    """So many places must have been stood on, for one foot tells no plane, ..."""
    places_m: float = 0.15
    """... each so far from all others."""
    below_m: float = 0.1
    """Who stands this much below the floor that most stand on, ..."""
    below_share: float = 0.05
    """... in such a share of the time, stands on a lower one: that is the floor, and a platform, stairs
    or hills rise from it."""
    rounds: int = 3
    """In which it is found who stands on a slope, ..."""
    same: float = 0.003
    """... until it changes by less."""


@dataclass(frozen=True)
class ContinuitySettings:
    """Angles that go from one side of their limits to the other take their time."""

    jump_rad: float = 0.8
    """Between two frames (24 rad/s): faster than people move their joints."""
    around_frames: int = 7
    """On either side over which a jump is spread."""
    margin_frames: int = 12
    """Beyond those that are solved again too, to join smoothly."""
    firm: float = 4.0
    """Weight of steadiness there."""
    passes: int = 3


@dataclass(frozen=True)
class PelvisSettings:
    """A pelvis that gives way to a leg beyond the hip's limits is held firmly there."""

    given_way_deg: float = 15.0
    """Off the source's. In nine recordings within the limits it is never farther off than 13, in dances
    (``cmu/05_06``, ``05_14``) and a crouching start (``Male1_C27_CrouchToRun``) up to 33 to 69."""
    firm: float = 3.0
    """Weight of its rotation there, ..."""
    around_frames: int = 10
    """... and on either side, where it comes and goes."""


@dataclass(frozen=True)
class FitSettings:
    weights: FitWeights = field(default_factory=FitWeights)
    comfort: ComfortWeights = field(default_factory=ComfortWeights)
    solver: SolverSettings = field(default_factory=SolverSettings)
    stance: StanceSettings = field(default_factory=StanceSettings)
    floor: FloorPlane = field(default_factory=FloorPlane)
    continuity: ContinuitySettings = field(default_factory=ContinuitySettings)
    pelvis: PelvisSettings = field(default_factory=PelvisSettings)


FIT = FitSettings()
