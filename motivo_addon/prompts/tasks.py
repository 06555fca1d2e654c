"""Behaviours by the names an animator has for them, and the rewards they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Task:
    """``template`` is the reward's name with the parameters it takes."""

    identifier: str
    label: str
    description: str
    template: str
    defaults: Mapping[str, float | str] = field(default_factory=dict)
    """Parameter -> what it is at first; in the order in which they are shown."""

    def reward(self, values: Mapping[str, float | str]) -> str:
        """The reward's name with these parameters; angles in degrees, lengths in metres."""
        return self.template.format(**{key: _text(values[key]) for key in self.defaults})


def _text(value: float | str) -> str:
    # Hundredths are finer than anyone sees; adding 0 makes -0 a plain one.
    return value if isinstance(value, str) else f"{round(value, 2) + 0:g}"


TASKS: tuple[Task, ...] = (
    Task("STAND", "Stand Still", "Stand and do nothing", "move-ego-0-0"),
    Task(
        "MOVE",
        "Walk or Run",
        "Go in a direction from where the chest faces: 0 is forwards, 180 backwards",
        "move-ego-{direction}-{speed}",
        {"direction": 0.0, "speed": 1.4},
    ),
    Task(
        "MOVE_LOW",
        "Walk Crouched",
        "The same with the hips low",
        "move-ego-low-{direction}-{speed}",
        {"direction": 0.0, "speed": 1.0},
    ),
    Task(
        "MOVE_ARMS",
        "Walk with Raised Arms",
        "Walk or run with each hand at a height",
        "move-ego-{direction}-{speed}-raisearms-{left}-{right}",
        {"direction": 0.0, "speed": 1.4, "left": "h", "right": "h"},
    ),
    Task(
        "RAISE_ARMS",
        "Raise Both Arms",
        "Stand with each hand at a height",
        "raisearms-{left}-{right}",
        {"left": "h", "right": "h"},
    ),
    Task(
        "CROUCH", "Crouch", "Crouch with the hips at a height", "crouch-{height}", {"height": 0.0}
    ),
    Task("SIT", "Sit Down", "Sit on the ground", "sitonground"),
    Task("LIE", "Lie Down", "Lie on the ground", "lieonground-{side}", {"side": "up"}),
    Task("JUMP", "Jump", "Jump, the head reaching a height", "jump-{height}", {"height": 2.0}),
    Task(
        "ROTATE",
        "Spin",
        "Turn about an axis of the hips, which stay above a height",
        "rotate-{axis}-{rate}-{height}",
        {"axis": "y", "rate": 5.0, "height": 0.8},
    ),
    Task(
        "CRAWL",
        "Crawl",
        "Crawl with the trunk at a height",
        "crawl-{height}-{speed}-{belly}",
        {"belly": "d", "height": 0.4, "speed": 2.0},
    ),
    Task(
        "SPLIT",
        "Splits",
        "Sit with the ankles a distance apart",
        "split-{distance}",
        {"distance": 1.0},
    ),
    Task("HEADSTAND", "Headstand", "Stand on the head", "headstand"),
)

TASK: dict[str, Task] = {task.identifier: task for task in TASKS}
