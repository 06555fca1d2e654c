"""The pack that ships: made from a trained model by one call, unless the model falls over."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ...body.model import shared_model
from ...errors import UserError
from ...evaluation.rollouts import EPISODE_STEPS
from ...motion.motion_buffer import MotionBuffer
from ...motion.poses import POSES, pose
from ...policy.measures import DEFAULT_FOLDER, SCORES_NAME
from ...policy.model import FBcprModel
from ...policy.onnx_export import export_pack
from ...progress import silent
from ...prompts.reward_buffer import build_reward_buffer
from ...prompts.tasks import STANDARD_TASKS
from ..scoring import STANDING, WALKING, clips_of, spread_rows
from .assessment import LONG_STEPS, Assessment, assess
from .card import LICENCE, model_card
from .comparison import compare_behaviours, compare_controllers
from .coverage import covering_rows, visited_states
from .sifting import sift

CARD_NAME = "README.md"
BUFFER_BYTES = 12_000_000
VISITED = 60_000
COMPARED_CLIPS = 20
"""Held-out motions, evenly spread, that the servo performs too."""


def make_pack(
    model: FBcprModel,
    motions: MotionBuffer,
    held_out: MotionBuffer | None,
    out: str | Path,
    story: Mapping[str, Any],
    episodes: int = 1,
    tasks: Sequence[str] = STANDARD_TASKS,
    visited: int = VISITED,
    steps: int = EPISODE_STEPS,
    long_steps: int = LONG_STEPS,
    known: Mapping[str, np.ndarray] | None = None,
    compared: int = COMPARED_CLIPS,
    trial: bool = False,
    known_names: np.ndarray | None = None,
    progress: Callable[..., None] = silent,
) -> Assessment:
    """Scores a model and, if it stands and walks, writes its pack with card and licence.

    story: how it was trained, plain data for the card. known: states that are reachable,
    such as experts', besides those the policy is let loose to visit; as ``visited_states``
    gives them. compared: how many held-out motions the servo performs too. What is scored is what ships: rewards are inferred from the states of the pack.
    trial: write the pack of a model below the bars too, to look at what it does; its card says
    so, and it is not compared with the servo. known_names: the expert (n,) of each known state;
    those that mislead the model are left out then (``sifting``). Raises ``UserError`` that lists what is missing,
    or says that the disk is full, and leaves ``out`` as it was.
    """
    out = Path(out)
    if trial and out.resolve() == DEFAULT_FOLDER:
        raise UserError("A trial never replaces the model that ships; name another folder.")
    progress(0.0, "Visiting states")
    parts = [] if known is None else [known]
    if visited:
        parts.append(visited_states(model, motions, visited))
    if not parts:
        raise UserError(
            "Rewards need states to be inferred from; give experts, or states to visit."
        )
    states = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows = covering_rows(states, _affordable(model), tasks)
    states = {name: column[rows] for name, column in states.items()}
    if known_names is not None:
        progress(0.05, "Sifting states")
        names = np.append(known_names, np.full(visited, ""))[rows]
        sifted = sift(model, states, names, tasks, steps)
        states = {name: column[sifted.kept] for name, column in states.items()}
        left_out = ", ".join(sorted(sifted.gained)) or "none"
        story = {**story, "experts left out of what rewards are inferred from": left_out}
    first = assess(model, states, None, (STANDING, WALKING), episodes, steps, goals=False)
    if first.failures() and not trial:
        raise UserError(
            "No pack was made, the model is below the bars: " + "; ".join(first.failures()) + "."
        )
    progress(0.1, "Scoring")
    assessment = assess(model, states, held_out, tasks, episodes, steps, long_steps=long_steps)
    with _told_of_the_disk(out), TemporaryDirectory(dir=_parent(out)) as folder:
        pack = _export(model, states, Path(folder))
        if not trial:
            progress(0.8, "Comparing with the servo and the library")
            clips = (
                [] if held_out is None else clips_of(held_out, spread_rows(len(held_out), compared))
            )
            found = compare_controllers(pack, clips, {name: pose(name) for name in POSES})
            found["behaviour"] = compare_behaviours(assessment.rewards)
            assessment = replace(assessment, controllers=found)
        (pack / CARD_NAME).write_text(model_card(assessment, story), encoding="utf-8")
        scores = json.dumps(asdict(assessment), indent=1) + "\n"
        (pack / SCORES_NAME).write_text(scores, encoding="utf-8")
        # By renaming alone: there is always one of both.
        if out.exists():
            out.rename(Path(folder) / "before")
        pack.rename(out)
    progress(1.0, "")
    return assessment


def _export(model: FBcprModel, states: Mapping[str, np.ndarray], folder: Path) -> Path:
    """The pack with its reward buffer, not yet described."""
    checkpoint = folder / "checkpoint"
    model.save(checkpoint)
    build_reward_buffer(
        shared_model(),
        states["next_qpos"],
        states["next_qvel"],
        states["action"],
        lambda obs: model.backward_map(obs).cpu().numpy(),
    ).save(checkpoint)
    return export_pack(checkpoint, folder / "pack", licence=LICENCE)


@contextmanager
def _told_of_the_disk(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"The pack could not be written beside '{out}' ({reason}); make room there or name "
            "another folder.",
            repr(error),
        ) from error


def _affordable(model: FBcprModel) -> int:
    """States whose features and B fit into ``BUFFER_BYTES``, in float32."""
    features = 24 + 24 * 3 + 4 + 1 + 3 + 3 + 1
    return BUFFER_BYTES // (4 * (features + model.cfg.archi.z_dim))


def _parent(out: Path) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    return out.parent
