"""What a take's figures mean: a name, a unit, how good the value is, and what to do about it.

One line for each figure. A new measure of ``runtime`` becomes visible by a line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Grade = Literal["good", "fair", "poor"]


@dataclass(frozen=True)
class Figure:
    """One measure as a person reads it.

    Good is up to ``good`` and fair up to ``fair``, both in ``unit``; where more is
    better ``good`` is the larger of the two and both are lower bounds.
    """

    key: str
    """Name in a motion's ``metadata["measures"]``."""
    name: str
    unit: str
    factor: float
    """From the measure's unit to ``unit``."""
    good: float
    fair: float
    about: str
    """What is measured, in a sentence."""
    advice: str
    """What to do where it is poor, in a sentence."""

    def grade(self, value: float) -> Grade:
        """How good ``value`` (in ``unit``) is; what is no number is poor."""
        sign = 1.0 if self.good <= self.fair else -1.0
        if sign * value <= sign * self.good:
            return "good"
        return "fair" if sign * value <= sign * self.fair else "poor"

    def better(self, first: float, second: float) -> int:
        """-1 if ``first`` is better, 1 if ``second`` is, 0 if one cannot tell them apart."""
        if f"{first:.1f}" == f"{second:.1f}":
            return 0
        return -1 if (first < second) == (self.good <= self.fair) else 1


FIGURES = (
    Figure(
        "keyframe_error_cm",
        "Off your keys",
        "cm",
        1.0,
        good=2.0,
        fair=5.0,
        about="How far joints are from where you keyed them, on average over the keys",
        advice="Give the body more time between keys, or key poses a person can balance in",
    ),
    Figure(
        "asked_error_cm",
        "Off what was asked",
        "cm",
        1.0,
        good=3.0,
        fair=8.0,
        about=(
            "How far joints are from the motion or the keys as they were given, before feet were"
            " put right, on average"
        ),
        advice="Slow the motion down, or let the body use stronger muscles",
    ),
    Figure(
        "joint_error_world_cm",
        "Off the plan",
        "cm",
        1.0,
        good=3.0,
        fair=8.0,
        about=(
            "How far joints are from what was planned, which is what was asked for with its feet put"
            " right and its gaps filled, on average over all frames"
        ),
        advice="Slow the motion down, or let the body use stronger muscles",
    ),
    Figure(
        "assistance_share",
        "Help from outside",
        "% of weight",
        100.0,
        good=2.0,
        fair=25.0,
        about="Force of the invisible hand that steadies the hips; nobody has it in the real world",
        advice="Generate with the quality Physical, and give jumps and leans time to be performed",
    ),
    Figure(
        "unexplained_share",
        "Force from nowhere",
        "% of weight",
        100.0,
        good=1.0,
        fair=10.0,
        about=(
            "Largest force on the hips that neither muscles nor ground explain, found again from"
            " the motion alone by inverse dynamics"
        ),
        advice="Look at the frames that are held, and give the body time or ground there",
    ),
    Figure(
        "torque_max_share",
        "Strongest muscle",
        "% of a person's",
        100.0,
        good=101.0,
        fair=150.0,
        about="Largest torque of any joint beside the most that this body's muscles can give",
        advice="Set Muscle Strength back to 1, or slow the motion down",
    ),
    Figure(
        "support_share",
        "Balance",
        "% of standing",
        100.0,
        good=90.0,
        fair=70.0,
        about="How often the pressure of a standing body lies inside its soles, as it must",
        advice="Move the hips over the feet where the body leans, or generate as Physical",
    ),
    Figure(
        "float_share",
        "Floating",
        "% of frames",
        100.0,
        good=1.0,
        fair=5.0,
        about="Frames in which nothing touches the floor although the body does not fall freely",
        advice="Key the feet on the floor, or give a jump its height and its time in the air",
    ),
    Figure(
        "ballistic_error",
        "Flight",
        "% off gravity",
        100.0,
        good=5.0,
        fair=20.0,
        about="How far the body's centre is from falling freely while nothing touches the floor",
        advice="Generate with the quality Physical",
    ),
    Figure(
        "skate_share",
        "Sliding feet",
        "% of time",
        100.0,
        good=3.0,
        fair=10.0,
        about="How often a foot near the floor slides over it",
        advice="Key planted feet in one place for as long as they stand",
    ),
    Figure(
        "foot_penetration_max_mm",
        "Feet in the floor",
        "mm",
        1.0,
        good=5.0,
        fair=15.0,
        about="How deep a foot sinks into the floor at worst",
        advice="Raise the hips where the feet sink in",
    ),
    Figure(
        "float_max_mm",
        "Feet over the floor",
        "mm",
        1.0,
        good=10.0,
        fair=30.0,
        about="How high the body hovers at worst where it should stand",
        advice="Lower the hips where the feet hover",
    ),
    Figure(
        "hands_off_mm",
        "Hands off their object",
        "mm",
        1.0,
        good=10.0,
        fair=30.0,
        about="How far palms are from what they were put onto, on average while they should lie on it",
        advice="Move the object nearer to the body, or let the hand be on it for fewer frames",
    ),
    Figure(
        "jerk_ratio",
        "Roughness",
        "x the wanted",
        1.0,
        good=1.5,
        fair=3.0,
        about="How jerky it is beside what was asked for; 1 is as smooth",
        advice="Lower Muscle Strength, or spread the keys",
    ),
    Figure(
        "mean_reward",
        "Does what was asked",
        "%",
        100.0,
        good=70.0,
        fair=40.0,
        about="How well the behaviour was performed, on average over all frames",
        advice="Give the behaviour more frames, or mix in fewer others",
    ),
)


@dataclass(frozen=True)
class Reading:
    """One figure of one take."""

    figure: Figure
    value: float
    """In the figure's unit."""

    @property
    def grade(self) -> Grade:
        return self.figure.grade(self.value)

    @property
    def text(self) -> str:
        return f"{self.value:.1f} {self.figure.unit}"

    @property
    def short(self) -> str:
        """For narrow columns, under the figure's name: "2.3 %" of what that tells."""
        return f"{self.value:.1f} {self.figure.unit.split()[0]}"


def readings(motion: Mapping[str, Any]) -> list[Reading]:
    """The figures of a motion (as ``Motion.to_dict`` gives it) that were measured, in order."""
    measures = motion["metadata"].get("measures") or {}
    return [
        Reading(figure, figure.factor * float(measures[figure.key]))
        for figure in FIGURES
        if measures.get(figure.key) is not None
    ]
