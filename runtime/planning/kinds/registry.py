"""Who plans which kind of prompt.

A new kind is a class in ``prompts.kinds`` and an entry here; who performs it says so in
``generation.performers``.
"""

from typing import Any

from ...prompts.timeline import Prompt
from .found import BehaviourPlanner, GoToPlanner, PathPlanner
from .planner import PromptPlanner
from .posed import PosePlanner
from .recorded import MotionPlanner

PLANNERS: dict[str, PromptPlanner[Any]] = {
    "motion": MotionPlanner(),
    "pose": PosePlanner(),
    "behaviour": BehaviourPlanner(),
    "path": PathPlanner(),
    "goto": GoToPlanner(),
}
"""By ``Prompt.kind``."""


def planner_of(prompt: Prompt) -> PromptPlanner[Any]:
    return PLANNERS[prompt.kind]
