"""What is done in a clip, by its name and by how the body moves."""

import re

import numpy as np

TAGS = (
    "stand",
    "walk",
    "run",
    "backward",
    "sidestep",
    "turn",
    "crouch",
    "sit",
    "lie",
    "crawl",
    "jump",
    "get up",
    "kick",
    "punch",
    "dance",
    "carry",
)
"""By bit: tag n is 1 << n."""

_WORDS = {
    "get up": r"lie_?to|crouch_?to_?walk|crouch_?to_?run|getup|get_up",
    "kick": r"kick|roundhouse|crescent|cresent|capoe",
    "punch": r"jab|hook|cross(left|right|_)|uppercut|backfist|punch|boxing",
    "dance": r"salsa|indian|dance|ballet|^cmu_05_",
    "carry": r"withbox|with_box|carry|liftbox|boxlift|pickupbox|putdownbox",
    "crawl": r"crawl",
    "jump": r"hop|leap|jump|skip",
}
_CMU = {
    "punch": ("13_17", "13_18", "14_01", "14_02", "14_03", "02_05"),
    "jump": (
        *("13_11", "13_13", "13_19", "13_32", "13_39", "13_40", "13_41", "13_42", "16_01"),
        *("13_29", "13_30", "13_31", "02_04"),
    ),
    "kick": ("10_01", "10_02", "10_03", "10_05", "10_06", "11_01"),
}
"""Numbers of the CMU database whose description says so; its names do not."""


def bits(*names: str) -> int:
    """The bits of tags."""
    return sum(1 << TAGS.index(name) for name in set(names))


def names_of(tags: int) -> tuple[str, ...]:
    return tuple(name for index, name in enumerate(TAGS) if int(tags) >> index & 1)


def tags_by_name(clip: str) -> int:
    """Of a clip's name, such as ``accad_Male1_B3_Walk`` or ``cmu_07_01``."""
    low = clip.lower()
    found = [tag for tag, words in _WORDS.items() if re.search(words, low)]
    if low.removeprefix("cmu_").startswith("06_"):
        found.append("carry")  # a basketball
    found += [tag for tag, numbers in _CMU.items() if low.removeprefix("cmu_") in numbers]
    return bits(*found)


def tags_by_movement(
    points: np.ndarray, place: np.ndarray, turn: np.ndarray, seconds: float
) -> np.ndarray:
    """(M,) bits of each node of one clip: how fast, which way, how high.

    points (M, 12, 3) and place (M, 2) in metres, heading (M,) radians, ``seconds`` apart.
    """
    from scipy.ndimage import uniform_filter1d

    count = len(points)
    result = np.zeros(count, np.int64)
    if count < 3:
        return result
    velocity = uniform_filter1d(np.gradient(place, seconds, axis=0), 5, axis=0, mode="nearest")
    rate = uniform_filter1d(np.gradient(np.unwrap(turn), seconds), 5, mode="nearest")
    ahead = velocity[:, 0] * np.cos(turn) + velocity[:, 1] * np.sin(turn)
    aside = -velocity[:, 0] * np.sin(turn) + velocity[:, 1] * np.cos(turn)
    speed = np.hypot(ahead, aside)
    pelvis, head = points[:, 0, 2], points[:, 1, 2]
    feet = points[:, [7, 10], 2].min(axis=1)
    hands = points[:, [3, 5], 2].min(axis=1)
    up = (pelvis > 0.72) & (head > 1.15)
    low = pelvis < 0.35
    tests = {
        "stand": up & (speed < 0.25) & (abs(rate) < 0.5),
        "walk": up & (speed >= 0.35) & (speed < 2.2),
        "run": up & (speed >= 2.2),
        "backward": up & (ahead < -0.3) & (abs(ahead) > abs(aside)),
        "sidestep": up & (abs(aside) > 0.3) & (abs(aside) > 1.2 * abs(ahead)),
        "turn": up & (abs(rate) > 0.9),
        "crouch": (pelvis >= 0.35) & (pelvis < 0.68) & (head > 0.6),
        "sit": low & (head > 0.55),
        "lie": low & (head < 0.45),
        "crawl": (pelvis < 0.65) & (head < 0.75) & (hands < 0.25) & (speed > 0.1),
        "jump": (feet > 0.28) & (pelvis > 0.8),
    }
    for tag, flags in tests.items():
        result |= np.where(flags, bits(tag), 0)
    return result


def main_tag(tags: np.ndarray, moving_only: bool = False) -> str:
    """The word for a stretch with these bits of its nodes (n,)."""
    shares = {name: float((tags >> index & 1).mean()) for index, name in enumerate(TAGS)}
    order = ("lie", "crawl", "sit", "get up", "kick", "punch", "jump", "dance", "carry", "run")
    for name in order:
        if shares[name] > (0.15 if name == "jump" else 0.3):
            return name
    for name in ("backward", "sidestep"):
        if shares[name] > 0.35:
            return {"backward": "walk backwards", "sidestep": "side step"}[name]
    if shares["turn"] > 0.35:
        return "walk and turn" if shares["walk"] > 0.5 else "turn"
    for name in ("crouch", "walk"):
        if shares[name] > 0.3:
            return name
    return "stand"
