"""Behaviours as a person looks for them: a plain name, other words for it, a picture."""

import re
from functools import lru_cache

from ..posing.pose_library import pose_icon
from .tasks import TASKS

WORDS: dict[str, str] = {
    "STAND": "wait, idle",
    "MOVE": "walk, run, go, jog",
    "MOVE_LOW": "sneak, duck",
    "MOVE_ARMS": "walk, run, hands up",
    "RAISE_ARMS": "hands up, reach",
    "CROUCH": "squat, duck",
    "SIT": "sit down, rest",
    "LIE": "lie down, sleep",
    "JUMP": "hop, leap",
    "ROTATE": "spin, turn, somersault, cartwheel",
    "CRAWL": "creep, all fours",
    "SPLIT": "stretch",
    "HEADSTAND": "upside down",
}
"""Task -> other words for it."""
_PARAMETER = r"-?(?:[a-z]|up|down|\d+(?:\.\d+)?)"


def picture_name(identifier: str) -> str:
    """Of the file in the add-on's pictures that shows a task; made by ``tools/building/build_pictures.py``."""
    return f"behaviour-{identifier.lower().replace('_', '-')}"


def searched() -> list[tuple[str, str, str, int, int]]:
    """Items of an enum property: what a search field lists, with pictures."""
    return [
        (
            task.identifier,
            f"{task.label} ({WORDS[task.identifier]})",
            task.description,
            pose_icon(picture_name(task.identifier)),
            number,
        )
        for number, task in enumerate(TASKS)
    ]


def pictured() -> list[tuple[str, str, str, int, int]]:
    """Items of an enum property: what is chosen by its picture."""
    return [
        (task.identifier, task.label, task.description, pose_icon(picture_name(task.identifier)), n)
        for n, task in enumerate(TASKS)
    ]


def in_plain_words(text: str) -> str:
    """``text`` with the names of rewards in it as a person calls them: "move-ego-0-1.4" -> "Walk or Run"."""
    for pattern, label in _names():
        text = pattern.sub(label, text)
    return text


@lru_cache(maxsize=1)
def _names() -> list[tuple[re.Pattern[str], str]]:
    """Without parameters first: standing is walking at a speed of nothing."""
    tasks = sorted(TASKS, key=lambda task: len(task.defaults))
    return [
        (
            re.compile(
                r"(?<![\w.-])"
                + re.sub(r"\\\{\w+\\\}", lambda _: _PARAMETER, re.escape(task.template))
                + r"(?![\w-]|\.\d)"
            ),
            task.label,
        )
        for task in tasks
    ]
