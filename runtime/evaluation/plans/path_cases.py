"""Paths and places: how near to them a plan goes, and how it stands at their end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ...body.kinematics import forward_kinematics
from ...measures.quality import skate_share
from ...motion.ground_frame import heading, wrapped
from ...motion.motion import CONTROL_FPS
from ...planning.reference import build_reference
from ...prompts import GoToPrompt, PathPrompt, Timeline
from ...prompts.timeline import Prompt

BAR_CM = 10.0
"""By which a path may be missed."""
SWAY_FRAMES = 8.0
"""Frames over which the sway of the hips from step to step is smoothed away: about a step."""


def _circle(radius: float, count: int = 25) -> tuple[tuple[float, float], ...]:
    angles = np.linspace(0, 2 * np.pi, count)
    return tuple((radius * float(np.sin(a)), radius * float(1 - np.cos(a))) for a in angles)


def _s(length: float, aside: float, count: int = 25) -> tuple[tuple[float, float], ...]:
    share = np.linspace(0, 1, count)
    return tuple((length * float(x), aside * float(np.sin(2 * np.pi * x))) for x in share)


CASES: dict[str, Prompt] = {
    "straight, 5 m at 1.3 m/s": PathPrompt(0, 160, "path", ((0, 0), (5, 0)), 1.3),
    "circle of 1.5 m at 1.1 m/s": PathPrompt(0, 320, "path", _circle(1.5), 1.1),
    "S of 6 m, 1 m to each side, at 1.2 m/s": PathPrompt(0, 300, "path", _s(6.0, 1.0), 1.2),
    "square corner, 3 m and 3 m at 1.2 m/s": PathPrompt(
        0, 240, "path", ((0, 0), (3, 0), (3, 3)), 1.2
    ),
    "square corner, facing back at its end": PathPrompt(
        0, 260, "path", ((0, 0), (3, 0), (3, 3)), 1.2, 180.0
    ),
    "go to 2 m ahead, 1 m left, facing 90 degrees": GoToPrompt(
        0, 150, "go to", (2.0, 1.0), 1.2, 90.0
    ),
    "go to 1 m behind, facing as at first": GoToPrompt(0, 150, "go to", (0.0, 1.0), 1.0, -90.0),
}
"""A path begins where the body stands; who goes to a place looks along -y at first."""


@dataclass(frozen=True)
class Followed:
    """How a plan follows its path."""

    farthest_cm: float
    """Of the hips from the path, at most, without their sway from step to step."""
    swaying_cm: float
    """The same with it."""
    place_cm: float
    """Of the hips from where they should come to rest."""
    heading_deg: float | None
    """Off the heading asked for at the end; None where none was."""
    skate_share: float


def follow(prompt: Prompt) -> Followed:
    """Plans a path or a way to a place and measures it. Raises ``TypeError`` for other prompts."""
    if not isinstance(prompt, PathPrompt | GoToPrompt):
        raise TypeError(f"{type(prompt).__name__} is no way to go")
    qpos = build_reference(Timeline((prompt,))).motion.qpos
    way = np.array(prompt.points if isinstance(prompt, PathPrompt) else [prompt.place])
    if isinstance(prompt, GoToPrompt):
        way = np.concatenate([qpos[:1, :2], way])
    hips = qpos[:, :2]
    steady = gaussian_filter1d(hips, SWAY_FRAMES, axis=0, mode="nearest")
    off = None
    if prompt.facing is not None:
        off = abs(float(np.degrees(wrapped(heading(qpos[-1:])[0] - np.radians(prompt.facing)))))
    return Followed(
        100 * float(distances(steady, way).max()),
        100 * float(distances(hips, way).max()),
        100 * float(np.linalg.norm(hips[-1] - way[-1])),
        off,
        skate_share(forward_kinematics(qpos)[0], CONTROL_FPS),
    )


def distances(points: np.ndarray, way: np.ndarray) -> np.ndarray:
    """(n, 2) metres -> (n,) metres from the nearest place of a polyline (P, 2)."""
    along = np.diff(way, axis=0)
    square = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.einsum("nki,ki->nk", points[:, None] - way[:-1], along) / square
    nearest = way[:-1] + np.clip(share, 0, 1)[..., None] * along
    return np.asarray(np.linalg.norm(points[:, None] - nearest, axis=-1).min(axis=1))


def paths_table(
    names: Iterable[str] = tuple(CASES), measured: Callable[[Prompt], Followed] = follow
) -> str:
    """Markdown, a case a line."""
    lines = [
        f"| path (bar: {BAR_CM:.0f} cm) | farthest off, without / with sway, cm "
        "| end off, cm / degrees | skate, % |",
        "|---|---|---|---|",
    ]
    for name in names:
        one = measured(CASES[name])
        turned = "-" if one.heading_deg is None else f"{one.heading_deg:.1f}"
        lines.append(
            f"| {name} | {one.farthest_cm:.1f} / {one.swaying_cm:.1f} "
            f"| {one.place_cm:.1f} / {turned} | {100 * one.skate_share:.1f} |"
        )
    return "\n".join(lines)
