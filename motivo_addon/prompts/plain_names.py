"""Behaviours as a person looks for them: a plain name, other words for it, a picture."""

from ..posing.pose_library import pose_icon
from .tasks import TASKS

WORDS: dict[str, tuple[str, str]] = {
    "STAND": ("wait, idle", "relaxed"),
    "MOVE": ("walk, run, go, jog", "lunge"),
    "MOVE_LOW": ("sneak, duck", "sneak"),
    "MOVE_ARMS": ("walk, run, hands up", "welcome"),
    "RAISE_ARMS": ("hands up, reach", "reach-up"),
    "CROUCH": ("squat, duck", "ready-crouch"),
    "SIT": ("sit down, rest", "sit-knees-up"),
    "LIE": ("lie down, sleep", "lie-back"),
    "JUMP": ("hop, leap", "cheer"),
    "ROTATE": ("spin, turn, somersault, cartwheel", "flamingo"),
    "CRAWL": ("creep, all fours", "all-fours"),
    "SPLIT": ("stretch", "sit-floor"),
    "HEADSTAND": ("upside down", "reach-down"),
}
"""Task -> other words for it, and the pose of the library whose picture stands for it."""


def searched() -> list[tuple[str, str, str, int, int]]:
    """Items of an enum property: what a search field lists, with pictures."""
    return [
        (
            task.identifier,
            f"{task.label} ({WORDS[task.identifier][0]})",
            task.description,
            pose_icon(WORDS[task.identifier][1]),
            number,
        )
        for number, task in enumerate(TASKS)
    ]
