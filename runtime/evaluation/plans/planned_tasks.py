"""Behaviours without a trained model: what they earn as planned and as performed without help.

Ten seconds from standing, as the published benchmark counts: 0 to 300. A task a line in
a file of JSON lines, so that hours of work go on where they stopped.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...body.model import shared_model
from ...progress import Part, Progress, silent
from ...prompts import BehaviourPrompt, Timeline
from ...prompts.rewards import parse_reward
from ...prompts.rewards.features import read_features
from ...prompts.tasks import STANDARD_TASKS
from .rows import append_row, read_rows

EPISODE = 300
"""Steps of an episode of the published benchmark."""
FREE = 1e-3
"""Share of body weight: a frame that is held by more earns nothing."""
PUBLISHED_MEAN = 151.68
"""Of the published small model over the 45 tasks."""


def perform_tasks(
    out: Path,
    tasks: Iterable[str] = STANDARD_TASKS,
    quality: str = "physical",
    progress: Progress = silent,
    tell: Callable[[dict[str, Any]], None] = lambda row: None,
) -> list[dict[str, Any]]:
    """Performs what is planned for each task and appends a line for it to ``out``.

    Tasks that ``out`` has already are not done again. Each line has the task, ``planned`` (the
    reference, feet put right), ``performed`` and ``least``, all of 300: the first two
    count controls as free, ``least`` as if every muscle always pulled at its limit, for
    muscles of another body have no controls of the published one; ``held``, frames in which
    more than ``FREE`` of the weight was carried and which earn nothing in either; and
    ``seconds`` of computing.
    """
    rows = read_rows(out)
    done = {row["task"] for row in rows}
    waiting = [task for task in tasks if task not in done]
    for index, task in enumerate(waiting):
        part = Part(progress, index / len(waiting), (index + 1) / len(waiting))
        row = perform_task(task, quality, part)
        append_row(out, row)
        rows.append(row)
        tell(row)
    wanted = set(tasks)
    return [row for row in rows if row["task"] in wanted]


def perform_task(task: str, quality: str, progress: Progress = silent) -> dict[str, Any]:
    """One line: see ``perform_tasks``."""
    import time

    from ...generation import GenerationSettings
    from ...generation.following import takes_of
    from ...planning.reference import build_reference

    reward = parse_reward(task)
    timeline = Timeline((BehaviourPrompt(0, EPISODE, task, ((task, 1.0),)),))
    begin = time.process_time()
    reference = build_reference(timeline)
    asked = reference.motion
    settings = GenerationSettings.from_dict({"controller": "servo", "quality": quality})
    take = next(takes_of(reference, settings, progress))
    motion = take.motion
    held = np.zeros(motion.frames, dtype=bool)
    held[1:] = np.array(take.told["help"])[: motion.frames - 1] > FREE
    if motion.qvel is None:
        raise ValueError("a performed motion has velocities")
    pulls = np.ones((motion.frames, 69))
    return {
        "task": task,
        "planned": _earned(reward, asked.qpos, asked.velocities()),
        "performed": _earned(reward, motion.qpos, motion.qvel, ~held),
        "least": _earned(reward, motion.qpos, motion.qvel, ~held, pulls),
        "held": int(held.sum()),
        "joint_error_root_cm": take.told["measures"]["joint_error_root_cm"],
        "seconds": round(time.process_time() - begin, 1),
    }


def table_of(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown: each task, and the mean beside the published one."""
    rows = list(rows)
    lines = ["| task | planned | performed | at least | frames held |", "|---|---|---|---|---|"]
    names = ("planned", "performed", "least")
    for row in rows:
        figures = " | ".join(f"{row[name]:.0f}" for name in names)
        lines.append(f"| `{row['task']}` | {figures} | {row['held']} |")
    if rows:
        means = " | ".join(f"{np.mean([row[name] for row in rows]):.1f}" for name in names)
        lines.append(f"| mean of {len(rows)} (published model S: {PUBLISHED_MEAN}) | {means} | |")
    return "\n".join(lines)


def _earned(
    reward: Any,
    qpos: np.ndarray,
    qvel: np.ndarray,
    free: np.ndarray | None = None,
    ctrl: np.ndarray | None = None,
) -> float:
    ctrl = np.zeros((len(qpos), 69)) if ctrl is None else ctrl
    paid = reward.of(read_features(shared_model(), qpos, qvel, ctrl))
    if free is not None:
        paid = paid * free
    return float(paid[1 : EPISODE + 1].sum())
