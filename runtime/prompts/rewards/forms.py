"""The published rewards, each a short function of features, and the names that call them.

Every function takes the features of n states and returns (n,) numbers, mostly
0..1. A name is a form with its parameters filled in: ``move-ego-90-2`` is
``move-ego-{angle}-{speed}``. Angles are in degrees, heights in metres, speeds in m/s.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ...errors import UserError
from .features import Features
from .tolerance import tolerance

INF = np.inf
AXES = {"x": 0, "y": 1, "z": 2}

ARM_BOUNDS = {
    "l": (0.0, 0.8, 0.2),
    "m": (1.4, 1.6, 0.1),
    "h": (1.8, INF, 0.2),
    "x": (0.0, INF, 1.0),
}
"""Lower and upper height of a hand in metres and the margin: low, mid, high, anywhere."""

KNEES, ANKLES, HIPS = ("L_Knee", "R_Knee"), ("L_Ankle", "R_Ankle"), ("L_Hip", "R_Hip")
CRAWL_TRUNK = ("Spine", "Torso", "Chest", "Pelvis")


def linear(
    x: np.ndarray,
    lower: float | np.ndarray,
    upper: float | np.ndarray,
    margin: float,
    value_at_margin: float = 0.0,
) -> np.ndarray:
    return tolerance(x, lower, upper, margin, value_at_margin, "linear")


def product(terms: Iterable[np.ndarray]) -> np.ndarray:
    return reduce(np.multiply, terms)


# --- terms that several rewards share ---


def little_control(features: Features) -> np.ndarray:
    return (4 + features.calm) / 5


def upright(features: Features, from_cosine: float = 0.9) -> np.ndarray:
    """How upright the chest is."""
    return linear(features.up_of("Chest", 1), from_cosine, INF, 1.9)


def standing(features: Features, head: float = 1.4) -> np.ndarray:
    return linear(features.height_of("Head"), head, INF, head, 0.01) * upright(features)


def standing_low(features: Features, pelvis: float = 0.6) -> np.ndarray:
    low = linear(features.height_of("Pelvis"), pelvis / 2, pelvis, pelvis / 2, 0.01)
    return low * upright(features)


def still(features: Features, axes: int = 3) -> np.ndarray:
    """How little the upper body moves, over 3 axes or the 2 of the floor."""
    return tolerance(features.velocity[:axes], margin=0.5).mean(axis=0)


def moving(features: Features, angle: float, speed: float) -> np.ndarray:
    """Going at ``speed`` > 0 towards ``angle`` from where the chest faces, left positive."""
    velocity = features.velocity[:2]
    actual = np.hypot(velocity[0], velocity[1])
    fast = tolerance(actual, 0.9 * speed, 1.1 * speed, speed / 2, 0.5)
    towards = np.radians(angle - 90) + features.heading_of("Chest")
    along = (velocity[0] * np.cos(towards) + velocity[1] * np.sin(towards)) / (actual + 1e-6)
    # A body at rest has no direction to be wrong about.
    aligned = np.where(np.isclose(actual, 0), 1, (1 + along) / 2)
    return (5 * fast + 1) / 6 * aligned


def heights_within(
    features: Features,
    bodies: tuple[str, ...],
    lower: float,
    upper: float,
    margin: float,
    value_at_margin: float = 0.0,
) -> np.ndarray:
    """Product over bodies."""
    return product(
        linear(features.height_of(body), lower, upper, margin, value_at_margin) for body in bodies
    )


def facing(
    features: Features, bodies: tuple[str, ...], side: float, lower: float, margin: float
) -> np.ndarray:
    """Product over bodies: their front points up (``side`` 1) or down (-1)."""
    return product(linear(side * features.up_of(body, 2), lower, INF, margin) for body in bodies)


# --- the rewards ---


def move(features: Features, angle: float, speed: float, head: float = 1.4) -> np.ndarray:
    going = moving(features, angle, speed) if speed else still(features, axes=2)
    return little_control(features) * standing(features, head) * going


def move_low(features: Features, angle: float, speed: float, pelvis: float = 0.6) -> np.ndarray:
    going = moving(features, angle, speed) if speed else still(features, axes=2)
    return little_control(features) * standing_low(features, pelvis) * going


def jump(features: Features, height: float, speed: float = 5.0) -> np.ndarray:
    high = linear(features.height_of("Head"), height, height + 0.1, height, 0.01)
    return high * upright(features) * linear(features.velocity[2], speed, INF, speed)


def rotate(features: Features, axis: str, rate: float, height: float) -> np.ndarray:
    index, wanted = AXES[axis], abs(rate)
    turning = linear(np.sign(rate) * features.gyro[index], wanted, wanted + 5, wanted / 2)
    lower, upper = (0.9, INF) if axis == "y" else (-0.1, 0.1)
    return (
        turning
        * linear(features.height_of("Pelvis"), height, INF, height, 0.01)
        * little_control(features)
        * linear(features.up_of("Pelvis", index), lower, upper, 0.9)
    )


def raise_arms(features: Features, left: str, right: str, head: float = 1.4) -> np.ndarray:
    result = little_control(features) * standing(features, head) * still(features)
    for body, letter in (("L_Hand", left), ("R_Hand", right)):
        result = result * (4 * linear(features.height_of(body), *ARM_BOUNDS[letter]) + 1) / 5
    return result


def move_with_arms(
    features: Features, angle: float, speed: float, left: str, right: str
) -> np.ndarray:
    share = arms_share(left, right)
    arms = raise_arms(features, left, right)
    return (arms + share * move(features, angle, speed)) / (1 + share)


def arms_share(left: str, right: str) -> float:
    """Weight of the moving beside the arms."""
    letters = {left, right}
    if "l" in letters:
        return 0.9 if "m" in letters else 0.6 if "h" in letters else 1.0
    if "m" in letters:
        return 0.9
    return 0.7 if letters == {"h"} else 1.0


def headstand(features: Features, height: float = 0.95) -> np.ndarray:
    return (
        linear(features.height_of("Pelvis"), height, INF, height / 2, 0.01)
        * little_control(features)
        * linear(features.up_of("Pelvis", 1), -1, -0.9, 0.9)
        * still(features)
        * linear(features.gyro, -1, 1, 4, 0.1).mean(axis=0)
        * heights_within(features, ANKLES, height, INF, height / 2, 0.01)
        * linear(features.height_of("Head"), 0.3, INF, 0.1, 0.01)
    )


def _crouch(features: Features, pelvis: float, knees: tuple[float, float, float]) -> np.ndarray:
    return (
        little_control(features)
        * linear(features.height_of("Head"), pelvis + 0.58, pelvis + 0.78, 0.1, 0.01)
        * upright(features, 0.85)
        * still(features)
        * linear(features.height_of("Pelvis"), pelvis, pelvis + 0.15, 0.7)
        * heights_within(features, KNEES, *knees)
    )


def crouch(features: Features, pelvis: float) -> np.ndarray:
    return _crouch(features, pelvis, (0.2, 1.0, 0.1))


def sit_on_ground(features: Features) -> np.ndarray:
    return _crouch(features, 0.0, (0.0, 0.1, 0.7))


def lie_on_ground(features: Features, side: str) -> np.ndarray:
    turned = ("Head", "Torso", "Chest", "Pelvis", *KNEES, *ANKLES)
    return (
        little_control(features)
        * still(features)
        * linear(features.up_of("Chest", 1), 0, 0.2, 1)
        * heights_within(features, ("Pelvis", "Head", *KNEES, *ANKLES), 0, 0.2, 0.7)
        * facing(features, turned, 1 if side == "up" else -1, 0.95, 1.9)
    )


def split(features: Features, distance: float) -> np.ndarray:
    return (
        linear(features.height_of("Head"), 0.5, INF, 0.3)
        * linear(features.ankle_distance, distance, INF, 0.5)
        * linear(features.height_of("Pelvis"), 0, 0.2, 0.5)
        * still(features)
        * little_control(features)
    )


def crawl(features: Features, height: float, speed: float, belly: str) -> np.ndarray:
    turned = (*CRAWL_TRUNK, "Head", *KNEES, *HIPS, *ANKLES)
    orientation = facing(features, turned, 1 if belly == "u" else -1, 0.5, 0.5)
    high = heights_within(features, CRAWL_TRUNK, height, height + 0.2, 0.1, 0.01)
    high = high * linear(features.height_of("Head"), 0.3, 1.0, 0.1, 0.01)
    right, left = features.heading_of("Chest") - 0.1, features.heading_of("Chest") + 0.1
    straight = product(linear(features.heading_of(body), right, left, 0.5) for body in CRAWL_TRUNK)
    spin = (1 + linear(np.abs(features.gyro), 0, 2.5, 2).mean(axis=0)) / 2
    going = moving(features, 0, speed) if speed else still(features, axes=2)
    return going * spin * (orientation * (1 + high) / 2) * (1 + straight) / 2


def zero(features: Features) -> np.ndarray:
    return np.zeros(len(features))


# --- names ---

_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)"
_CHOICES = {
    "axis": ("x", "y", "z"),
    "left": tuple(ARM_BOUNDS),
    "right": tuple(ARM_BOUNDS),
    "side": ("up", "down"),
    "belly": ("u", "d"),
}


@dataclass(frozen=True)
class RewardForm:
    """A form of names, such as ``jump-{height}``, and what it pays."""

    template: str
    about: str
    function: Callable[..., np.ndarray]
    defaults: tuple[tuple[str, str], ...] = ()
    """(parameter, usual value) in order, for an interface to start from."""
    margins: tuple[str, ...] = ()
    """Parameters that a margin is made of, for which a negative number means nothing."""

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.template))

    @property
    def family(self) -> str:
        """The first word of every name of this form."""
        return self.template.split("-")[0]

    def choices(self, parameter: str) -> tuple[str, ...]:
        """What a parameter may be; empty for a number."""
        return _CHOICES.get(parameter, ())

    def name(self, **values: str | float) -> str:
        """The name with these parameters, numbers without trailing zeros."""
        texts = {key: v if isinstance(v, str) else f"{v:g}" for key, v in values.items()}
        return self.template.format(**texts)

    def match(self, name: str) -> dict[str, str | float] | None:
        """The parameters in ``name``, or None if it is not of this form."""
        pattern = self.template
        for parameter in self.parameters:
            choices = self.choices(parameter)
            kind = "|".join(choices) if choices else _NUMBER
            pattern = pattern.replace(f"{{{parameter}}}", f"(?P<{parameter}>{kind})")
        found = re.fullmatch(pattern, name)
        if found is None:
            return None
        values = {
            key: text if self.choices(key) else float(text)
            for key, text in found.groupdict().items()
        }
        for key, value in values.items():
            if isinstance(value, float) and not np.isfinite(value):
                raise UserError(f"In the reward '{name[:40]}...' the {key} is too large a number.")
        for key in self.margins:
            if float(values[key]) < 0:
                raise UserError(f"In the reward '{name}' the {key} must not be negative.")
        return values


REWARD_FORMS: tuple[RewardForm, ...] = (
    RewardForm(
        "move-ego-{angle}-{speed}",
        "stand and go at a speed towards an angle (degrees, 0 is forward); speed 0: stand still",
        move,
        (("angle", "0"), ("speed", "2")),
        margins=("speed",),
    ),
    RewardForm(
        "move-ego-low-{angle}-{speed}",
        "the same with the pelvis low",
        move_low,
        (("angle", "0"), ("speed", "2")),
        margins=("speed",),
    ),
    RewardForm(
        "move-ego-{angle}-{speed}-raisearms-{left}-{right}",
        "go with each hand low (l), mid (m), high (h) or anywhere (x)",
        move_with_arms,
        (("angle", "0"), ("speed", "2"), ("left", "h"), ("right", "h")),
        margins=("speed",),
    ),
    RewardForm(
        "raisearms-{left}-{right}",
        "stand with each hand low (l), mid (m), high (h) or anywhere (x)",
        raise_arms,
        (("left", "h"), ("right", "h")),
    ),
    RewardForm(
        "jump-{height}",
        "jump, the head reaching a height",
        jump,
        (("height", "2"),),
        margins=("height",),
    ),
    RewardForm(
        "rotate-{axis}-{rate}-{height}",
        "turn about an axis of the pelvis at a rate (rad/s), the pelvis above a height",
        rotate,
        (("axis", "y"), ("rate", "5"), ("height", "0.8")),
        margins=("height",),
    ),
    RewardForm("headstand", "stand on the head", headstand),
    RewardForm("crouch-{pelvis}", "crouch, the pelvis at a height", crouch, (("pelvis", "0"),)),
    RewardForm("sitonground", "sit on the ground", sit_on_ground),
    RewardForm(
        "lieonground-{side}", "lie on the back (up) or the front", lie_on_ground, (("side", "up"),)
    ),
    RewardForm(
        "split-{distance}", "sit with the ankles a distance apart", split, (("distance", "1"),)
    ),
    RewardForm(
        "crawl-{height}-{speed}-{belly}",
        "crawl with the belly up (u) or down (d), the trunk at a height",
        crawl,
        (("height", "0.4"), ("speed", "2"), ("belly", "d")),
        margins=("speed",),
    ),
    RewardForm("zero", "nothing is paid", zero),
)

FAMILIES = frozenset(form.family for form in REWARD_FORMS)


def find_form(name: str) -> tuple[RewardForm, dict[str, str | float]] | None:
    """The form that ``name`` is of, with its parameters."""
    for form in REWARD_FORMS:
        values = form.match(name)
        if values is not None:
            return form, values
    return None


def list_forms(family: str = "") -> str:
    """All forms, or those of a family, in one line, for messages."""
    return ", ".join(
        form.template.replace("{", "<").replace("}", ">")
        for form in REWARD_FORMS
        if family in ("", form.family)
    )
