"""The numbers by which references are mended: one table for each mend, frozen, passed in.

Where a line does not say more, a number was chosen by eye and by the figures of the README's
clips while the mend was written, before there was a command for it. ``python
tools/measuring/reference_settings.py CLIP --set toes.wait_m=0.03,0.08`` measures others on any clips.
"""

from dataclasses import dataclass, field

import numpy as np

from ...body.figures import GRAVITY
from ...motion.contact_detection import GROUNDING, LOW_TOE, ContactSettings


@dataclass(frozen=True)
class DiscontinuityLimits:
    """Changes in one frame (a thirtieth of a second) that nobody makes: errors of a source."""

    root_m: float = 0.4
    """12 m/s beyond the pace around it."""
    root_rad: float = np.radians(75)
    hinge_rad: float = np.radians(100)
    pace_frames: int = 7
    """Frames whose median step is the pace around a frame; odd."""


@dataclass(frozen=True)
class LegSettings:
    """Damped least squares of one leg: what its steps are, and what counts beside the foot's place."""

    iterations: int = 8
    damping_m: float = 0.02
    """Keeps the steps small near a straight knee, where they would shoot off."""
    turn_lever_m: float = 0.25
    """How much a radian by which the foot is turned counts beside metres of place."""
    bent_rad: float = np.radians(10)
    """Of the knee where it is straight: out of that the leg finds no way to be shorter."""
    missed_m: float = 0.03
    """A foot farther off was not found a leg for: it is tried from a knee that is bent for it, and what
    comes nearer by this much is taken."""
    mobility: tuple[float, ...] = (1, 1, 1, 1, 0.05, 0.05, 1, 1, 0.3)
    """How willingly each hinge from hip to ankle moves; knees bend one way only."""


@dataclass(frozen=True)
class GroundingSettings:
    """What stands, how far the body is raised or lowered for it, and how feet are carried."""

    contact: ContactSettings = GROUNDING
    """What is slower and lower is taken to stand on the floor."""
    hovering_m: float = 0.25
    """So is the lowest slow point up to here, if it stays for ``stay_frames``."""
    stay_frames: int = 5
    """In which nobody stays in the air: free fall gains 1.6 m/s."""
    low_m: float = 0.02
    """Lower than this a foot may carry the body though it moves."""
    smooth_frames: float = 3.0
    """How evenly the whole body is raised or lowered."""
    clearance_m: float = 0.045
    """How high the sole is carried in a step; more than in life, whose toes are softer."""
    steepness: float = 0.3
    """Of the way a step goes: short ones need no more height than this share of it."""
    slide_m: float = 0.15
    """A standing foot that slides farther than this was meant to step."""
    creep_m_s: float = 0.15
    """Slower than this it stands all the same."""
    footfall_m_s: float = 1.3
    """A foot that touches the floor between two flights is slower than this there."""
    lying_m: float = 0.12
    """With the trunk below half of this height the body lies; above it, it does not."""
    lying_after_frames: float = 20.0
    """Until that counts fully: what is below the floor at the start would be thrown out of it."""
    reach_m: float = 0.12
    """How far a sliding foot is held back at most."""
    ride_m_s: float = 1.0
    """Faster than this the lowest point goes along with the hips of somebody who is carried, ..."""
    ride_apart: float = 0.2
    """... but for this share of their speed, ..."""
    ride_climb_m_s: float = 0.3
    """... no faster upwards or downwards (who flies falls), ..."""
    ride_frames: int = 7
    """... for so many frames on end; odd."""
    sunk_m: float = 0.002
    """By how much something may be left in the floor before all is lifted."""
    legs: LegSettings = field(default_factory=LegSettings)


@dataclass(frozen=True)
class ToeSettings:
    """When a low toe skates, and whether it waits or is lifted.

    That a foot comes back down where nothing else would carry (``falling_m_s2``,
    ``fall_noise_frames``, ``return_frames``) was chosen on nine clips, performed without help: it
    brought a run from 1.35 / 2.5 to 0.9 / 1.9 cm, a spinning kick from 3.2 / 4.7 to 2.0 / 2.8.
    """

    contact: ContactSettings = LOW_TOE
    """A joint lower than that belongs to the floor; faster, it moves."""
    carried_m: float = 0.08
    """How high the joint of a toe is carried that moves on."""
    off_floor_m: float = 0.02
    """A foot whose lowest point is higher than this carries nothing."""
    brisk_m_s: float = 0.6
    """From here on a toe is on its way even if the other foot is too."""
    step_m_s: float = 0.03
    """That a standing toe may creep."""
    skating_share: float = 0.7
    """Share of frames with a low toe that moves: recordings of people have up to a half."""
    ride_m_s: float = 1.0
    """By which both toes of somebody who is carried glide over the floor, ..."""
    ride_frames: int = 6
    """... for so many frames on end."""
    tries: int = 4
    """Rounds of letting toes creep, or of lifting them, that would have to wait too far away."""
    wait_m: float = 0.05
    """A toe waits behind or hurries ahead by this much at most; beyond that it is lifted."""
    lift_price: float = 0.7
    """How much lifting by a metre costs beside waiting by a metre."""
    falling_m_s2: float = 0.5 * GRAVITY
    """A body that falls faster than this is in the air, and nothing has to carry it."""
    fall_noise_frames: float = 1.5
    """Over which its acceleration is smoothed: captured at 30 Hz it is noisy."""
    return_frames: int = 2
    """Over which toes come down again around those in which they have to carry."""
    spun_reach_m: float = 0.1
    """A foot whose toe stays within this meanwhile, ..."""
    spun_rad: float = np.radians(20)
    """... and that turns by this, is spun upon and held at its ball. A foot that a run sets down
    glides as far, but held so, the run ends 0.4 cm farther off."""
    give_m: float = 0.004
    """A standing toe may be raised by this much to begin a step evenly."""
    even: float = 30.0
    """How evenly a change is spread, against how small it is."""
    firm: float = 30.0
    """Step of the solver towards what is asked for, in the same measure."""
    rounds: int = 200
    changed_m: float = 5e-4
    """A toe that moves by less is left where it is."""
    legs: LegSettings = field(default_factory=lambda: LegSettings(turn_lever_m=0.1))
    """A foot may turn to reach the place of its toe."""


@dataclass(frozen=True)
class JoinSettings:
    """Where prompts pass into each other, which foot comes to the floor and how far it is held."""

    on_floor_m: float = 0.008
    """A body lower than this does not hover."""
    leap_m: float = 0.04
    """Whoever is higher before or after the join jumps, and is left alone."""
    hover_frames: int = 3
    """For which nothing carries a body, for so long that no contact was merely missed."""
    hover_m: float = 0.06
    """Whoever is higher jumps, however it was warped."""
    flying_share: float = 0.5
    """Of gravity, by which a body that flies falls at least, on average over its flight: runs fall by
    0.5 to 1 where they rise by less than ``hover_m``, side steps that were lifted by nothing to 0.45."""
    upright_m: float = 0.55
    """Hips lower than this belong to somebody who sits, kneels or lies: legs do not carry then."""
    before_frames: int = 6
    """Before the end of the one prompt that a join reaches."""
    leave_frames: int = 5
    """Over which a foot that was held comes back to where it was going."""
    held_m: float = 0.4
    """By which a foot is held at most; farther it slides the rest."""
    legs: LegSettings = field(default_factory=LegSettings)


@dataclass(frozen=True)
class MendingSettings:
    """All of it, in the order in which it is done."""

    discontinuities: DiscontinuityLimits = field(default_factory=DiscontinuityLimits)
    grounding: GroundingSettings = field(default_factory=GroundingSettings)
    toes: ToeSettings = field(default_factory=ToeSettings)
    joins: JoinSettings = field(default_factory=JoinSettings)


MENDING = MendingSettings()
LEGS = LegSettings()
"""Of whoever else asks for a leg."""


@dataclass(frozen=True)
class TreadingSettings:
    """How the feet of a stretch tread that is bent to other places.

    Chosen by the keyed cases, the gaps cut out of recordings and the paths of ``library evaluate``.
    """

    shortest: int = 3
    """Frames: shorter touches are no footfalls, shorter gaps no steps. More takes quick steps for
    one stance, and their foot slides; fewer pins feet that only brush the floor."""
    key_stays: int = 3
    """Frames for which a foot stays where a key has it before it steps, and after it has stepped
    there: more is a halt at each key, fewer is a foot that lands on it sliding."""
    on_floor_m: float = 0.16
    """Of the ankle of a foot that stands, its heel may be off the floor."""
    carried_m: float = 0.06
    """As high over where it stands a foot in the air takes the whole correction of its place: lower,
    and feet that still roll off slide; higher, and the swing's top jerks."""
    low_in_swing: bool = True
    """Whether toes that pass low over the floor in the middle of a swing take their share of that."""
    idle_m: float = 0.002
    """Of a foot's way in a frame that a correction takes besides, for feet that hardly rise."""
    fewest_in_air: int = 4
    """Frames that a step is left in the air at least: fewer are no step that muscles can do."""
    late: int = 1
    """Frames by which a foot stays over its place before it comes down and after it lifts: the
    performed one is that late. Each takes two of the step's."""
    late_at_key: int = 3
    """The same at a key on the floor, where a foot comes down from above."""
    dragged_m: float = 0.08
    """Over which a low toe may be dragged on or off the place where it stands: more makes stances of
    steps that shuffle, less leaves toes that skate as they roll off."""
    pivot_rad: float = np.radians(25)
    """By which a foot that turns where it stands, in life, is kept from it; more twists knees."""
    shuffle_frames: int = 10
    """Of a step of a foot that nobody lifts in life."""
    shuffle_left: float = 0.3
    """Share of the gap at which the left foot does such a step."""
    shuffle_right: float = 0.65
    """The same of the right one: apart, so that one of them always stands."""
    lifted_m: float = 0.1
    """By which such a foot is lifted, where its step is ``long_m`` or longer; by less for less."""
    long_m: float = 0.1
    hips_follow: int = 4
    """Times that hips are moved after feet that legs do not reach."""
    hips_frames: int = 6
    """Over which that is spread: fewer jerk, more miss the foot they are for."""
    hips_m: float = 0.06
    """At most, each time; 0 keeps them on a way that was asked for."""
    reached_m: float = 0.008
    """Nearer feet are reached."""


TREADING = TreadingSettings()
TREADING_TO_LEAP = TreadingSettings(low_in_swing=False)
"""On the way to a key in the air and from it: with calmer swings the search of the run-up and leap ends
before contacts are the body's own, and misses that key by 2.1 cm in place of 1.0."""
