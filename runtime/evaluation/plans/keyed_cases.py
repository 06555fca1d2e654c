"""Keys that lie apart, filled from the library and performed without help: what comes of them.

A case a line in a file of JSON lines, so that minutes of work go on where they stopped.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...body.figures import BODY_NAMES
from ...body.kinematics import forward_kinematics
from ...cores import core_seconds
from ...measures.physics import HELP_SHOWN
from ...measures.quality import root_relative_error, skate_share, slide_share, world_error
from ...measures.scene import planted_slip
from ...motion.files import save_motion
from ...motion.ground_frame import heading, moved
from ...motion.motion import CONTROL_FPS, Motion
from ...motion.poses import Pose, posed
from ...planning.graph.stretches import eased
from ...planning.paths import standing
from ...planning.reference import Reference, build_reference
from ...posing.library import library_poses
from ...progress import Part, Progress, silent
from ...prompts import MotionPrompt, Timeline
from ...scene.description import Scene
from ...scene.ground import Ground
from .rows import append_row, read_rows

_ANKLES = [BODY_NAMES.index("L_Ankle"), BODY_NAMES.index("R_Ankle")]
LEAP = Pose(
    left_foot=0.4,
    right_foot=-0.42,
    left_lift=0.05,
    right_lift=0.3,
    turned={"L_Shoulder_z": -50, "R_Shoulder_z": 50},
)
"""As somebody keys a leap: one leg ahead, one behind."""
LEAP_UP = 0.24
"""Metres by which its lower foot is over the floor."""
JUMP_UP = 0.25
"""Metres by which somebody who stands is raised to key the top of a jump."""
Key = tuple[int, np.ndarray]
"""Frame, qpos (76,)."""


def _stand(ahead: float = 0.0, left: float = 0.0, turn: float = 0.0) -> np.ndarray:
    return standing(np.array([ahead, left]), np.radians(turn))


def _over_feet(posed_at: np.ndarray, ahead: float) -> np.ndarray:
    """A pose (76,) that faces along +x with its feet where somebody stands at ``ahead``."""
    place = np.array([ahead, 0.0])
    turned = moved(posed_at[None], -heading(posed_at[None])[0], posed_at[:2], place)
    feet, wanted = (
        forward_kinematics(row)[0][0, _ANKLES, :2].mean(axis=0)
        for row in (turned, _stand(ahead)[None])
    )
    turned[0, :2] += wanted - feet
    return np.asarray(turned[0])


def _named(name: str, ahead: float = 0.0) -> np.ndarray:
    return _over_feet(np.array(library_poses()[name].qpos), ahead)


def _raised(qpos: np.ndarray, up: float) -> np.ndarray:
    result = qpos.copy()
    result[2] += up
    return result


def _leap(ahead: float) -> np.ndarray:
    flying = posed(LEAP)[None]
    result = moved(flying, -heading(flying)[0], flying[0, :2], np.array([ahead, 0.0]))[0]
    result[2] += LEAP_UP
    return np.asarray(result)


CASES: dict[str, Callable[[], tuple[Key, ...]]] = {
    "2 m ahead in 2 s": lambda: ((0, _stand()), (60, _stand(2.0))),
    "0.8 m aside in 1.5 s": lambda: ((0, _stand()), (45, _stand(0.0, 0.8))),
    "4 m ahead in 3.3 s": lambda: ((0, _stand()), (100, _stand(4.0))),
    "1 m backwards in 1.5 s": lambda: ((0, _stand()), (45, _stand(-1.0))),
    "1.2 m ahead, 1 m left in 2 s": lambda: ((0, _stand()), (60, _stand(1.2, 1.0))),
    "half a turn in 1.5 s": lambda: ((0, _stand()), (45, _stand(turn=180.0))),
    "crouch and reach in 2.7 s": lambda: (
        (0, _stand()),
        (40, _named("reach-down")),
        (80, _stand()),
    ),
    "sit on the floor and stand in 5.7 s": lambda: (
        (0, _stand()),
        (75, _named("sit-knees-up")),
        (85, _named("sit-knees-up")),
        (170, _stand()),
    ),
    "jump of 0.7 m out of a crouch in 2.5 s": lambda: (
        (0, _stand()),
        (18, _named("ready-crouch")),
        (32, _raised(_named("relaxed", 0.35), JUMP_UP)),
        (47, _named("ready-crouch", 0.7)),
        (75, _stand(0.7)),
    ),
    "run-up and leap in 3.6 s": lambda: ((0, _stand()), (54, _leap(2.8)), (108, _stand(5.0))),
}
"""The keys of each, as a person would set them."""


@dataclass(frozen=True)
class Figures:
    """What a motion makes of its keys and its feet; the same for plans and performances."""

    skate_share: float
    slide_share: float
    """Of the frames, see ``measures.quality``."""
    slip_cm: float
    """How far any corner of a sole moves while it stands on the floor, at most."""
    keys_root_cm: float
    keys_world_cm: float
    """Mean over the joints, of the key that is missed most."""


def timeline_of(keys: tuple[Key, ...], name: str = "keys") -> Timeline:
    """Keys as Blender gives them: eased from one to the next, the keyed frames told."""
    parts = [keys[0][1][None]]
    for (first, start), (last, end) in itertools.pairwise(keys):
        parts.append(eased(start, end, last - first)[1:])
    source = Motion(CONTROL_FPS, np.concatenate(parts))
    frames = tuple(frame for frame, _ in keys)
    return Timeline((MotionPrompt(0, frames[-1], name, source, "world", keyframes=frames),))


def figures_of(qpos: np.ndarray, keys: tuple[Key, ...]) -> Figures:
    """Of frames (T, 76) that were to meet ``keys``."""
    positions, rotations = forward_kinematics(qpos)
    frames = [frame for frame, _ in keys]
    asked = forward_kinematics(np.stack([wanted for _, wanted in keys]))[0]
    done = positions[frames]
    motion = Motion(CONTROL_FPS, qpos)
    return Figures(
        skate_share(positions, CONTROL_FPS),
        slide_share(positions, rotations, CONTROL_FPS),
        100 * planted_slip(motion, Ground(Scene())),
        100 * float(root_relative_error(done, asked).mean(axis=1).max()),
        100 * float(world_error(done, asked).mean(axis=1).max()),
    )


def plan_case(name: str) -> tuple[Reference, Figures, float]:
    """What is planned for a case, its figures, and the CPU seconds that took."""
    keys = CASES[name]()
    timeline = timeline_of(keys, name)
    begin = core_seconds()
    reference = build_reference(timeline)
    return reference, figures_of(reference.motion.qpos, keys), core_seconds() - begin


def perform_cases(
    out: Path,
    takes: Path | None = None,
    names: Iterable[str] = tuple(CASES),
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Performs cases without help, as ``generate`` does by default, and appends a line of each to ``out``.

    Cases that ``out`` has already are not done again. ``takes`` is a folder for the takes.
    """
    names = list(names)
    done = {row["case"] for row in read_rows(out)}
    waiting = [name for name in names if name not in done]
    for index, name in enumerate(waiting):
        part = Part(progress, index / len(waiting), (index + 1) / len(waiting))
        row, motion = perform_case(name, progress=part)
        if takes is not None:
            takes.mkdir(parents=True, exist_ok=True)
            row["take"] = f"{file_name(name)}.npz"
            save_motion(motion, takes / row["take"])
        append_row(out, row)
    return [row for row in read_rows(out) if row["case"] in names]


def perform_case(
    name: str, quality: str = "physical", progress: Progress = silent
) -> tuple[dict[str, Any], Motion]:
    """One line, and the take it is of."""
    from ...generation import GenerationSettings, generate

    _, planned, planning = plan_case(name)
    keys = CASES[name]()
    settings = GenerationSettings.from_dict({"controller": "servo", "quality": quality})
    begin = core_seconds()
    motion = generate(timeline_of(keys, name), settings, progress)[0]
    seconds = core_seconds() - begin
    done = figures_of(motion.qpos, keys)
    held = np.array(motion.metadata["help"])
    row = {
        "case": name,
        "ways": [choice["label"] for choice in motion.metadata["choices"]],
        "held_frames": int((held > HELP_SHOWN).sum()),
        "held_most": round(float(held.max()), 4),
        **{key: round(value, 4) for key, value in vars(done).items()},
        "planned": {key: round(value, 4) for key, value in vars(planned).items()},
        "planning_seconds": round(planning, 1),
        "seconds": round(seconds, 1),
        "frames": motion.frames,
    }
    return row, motion


def file_name(case: str) -> str:
    """ "2 m ahead in 2 s" -> "2-m-ahead-in-2-s"."""
    return "-".join(case.replace(",", "").replace(".", "_").split())


def table_of(rows: Iterable[dict[str, Any]]) -> str:
    """Markdown, a case a line."""
    lines = [
        "| keys | what leads there | frames held | keys off, root / world, cm | skate / slide, % "
        "| sole slips, cm | CPU s, of which planning |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        held = str(row["held_frames"])
        if row["held_frames"]:
            held += f" (up to {100 * row['held_most']:.0f} % of weight)"
        lines.append(
            f"| {row['case']} | {'; '.join(row['ways']) or 'eased'} | {held} "
            f"| {row['keys_root_cm']:.1f} / {row['keys_world_cm']:.1f} "
            f"| {100 * row['skate_share']:.1f} / {100 * row['slide_share']:.1f} "
            f"| {row['slip_cm']:.1f} | {row['seconds']:.0f}, {row['planning_seconds']:.1f} |"
        )
    return "\n".join(lines)


def planned_table(names: Iterable[str] = tuple(CASES)) -> str:
    """Markdown of the plans alone: what the performer is given."""
    lines = [
        "| keys, as planned | what leads there | keys off, root / world, cm | skate / slide, % "
        "| sole slips, cm | CPU s |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        reference, figures, seconds = plan_case(name)
        ways = "; ".join(choice["label"] for choice in reference.choices) or "eased"
        lines.append(
            f"| {name} | {ways} | {figures.keys_root_cm:.1f} / {figures.keys_world_cm:.1f} "
            f"| {100 * figures.skate_share:.1f} / {100 * figures.slide_share:.1f} "
            f"| {figures.slip_cm:.1f} | {seconds:.1f} |"
        )
    return "\n".join(lines)
