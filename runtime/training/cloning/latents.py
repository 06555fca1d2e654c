"""The z under which an expert's frame is learned: as prompts will make it.

Four ways: what ``tracking_inference`` makes of the frames ahead, what
``goal_inference`` makes of one of them, the mean over a long stretch around the
frame, which is how a motion sounds that is held, and what a reward prompt makes
(``behaviours``).
"""

from dataclasses import dataclass

import torch

AHEAD = 8
"""Frames ``tracking_inference`` looks at, as all published models do."""
GOAL_AHEAD = 15
HELD = (9, 150)
"""Frames a held behaviour is the mean of, at least and at most."""


@dataclass(frozen=True)
class Shares:
    """How often each way is taken; tracking is the rest."""

    goal: float = 0.1
    held: float = 0.25
    asked: float = 0.3
    """By a reward prompt, as far as the frame is of use for any."""
    own: float = 0.7
    """Of the states that the policy came to when a reward was asked of it, under that reward."""


def draw_windows(
    frame: torch.Tensor, start: torch.Tensor, end: torch.Tensor, shares: Shares
) -> tuple[torch.Tensor, torch.Tensor]:
    """First frames and lengths (n,) of the windows whose mean B is the z of each frame.

    ``frame`` (n,) counts over all experts; the expert of each goes from ``start`` to
    ``end`` (not included), and every frame has one after it.
    """
    count = len(frame)
    kind, place = torch.rand(count), torch.rand(count)
    ahead = torch.minimum(end - frame - 1, torch.tensor(AHEAD))
    goal = torch.minimum(frame + 1 + (place * GOAL_AHEAD).long(), end - 1)
    shortest, longest = HELD
    wanted = shortest + (torch.rand(count) * (longest - shortest + 1)).long()
    length = torch.minimum(wanted, end - start)
    # Anywhere, so that the window holds the frame after this one.
    lowest = torch.maximum(start, frame + 2 - length)
    highest = torch.minimum(frame + 1, end - length)
    held = lowest + (place * (highest - lowest + 1)).long()
    is_held, is_goal = kind < shares.held, kind > 1 - shares.goal
    first = torch.where(is_held, held, torch.where(is_goal, goal, frame + 1))
    return first, torch.where(is_held, length, torch.where(is_goal, torch.ones_like(ahead), ahead))


def window_rows(first: torch.Tensor, length: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, AHEAD) frames of each window and their weights, of which each row sums to 1.

    Of windows longer than ``AHEAD`` that many are drawn at random, one in each equal part.
    """
    steps = torch.arange(AHEAD)
    part = (steps + torch.rand(len(first), AHEAD)) * length[:, None] / AHEAD
    spread = first[:, None] + torch.minimum(part.long(), length[:, None] - 1)
    row = first[:, None] + torch.minimum(steps, length[:, None] - 1)
    short = (length <= AHEAD)[:, None]
    used = torch.where(short, (steps < length[:, None]).float(), torch.ones(len(first), AHEAD))
    return torch.where(short, row, spread), used / used.sum(dim=1, keepdim=True)


def window_means(table: torch.Tensor, first: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """(n, z): the mean of the rows of each window, from running sums (N + 1, z) over all frames."""
    return (table[first + length] - table[first]) / length[:, None]


def running_sums(b: torch.Tensor) -> torch.Tensor:
    """(N, z) -> (N + 1, z)."""
    # In double precision: differences of sums over an hour of frames.
    return torch.cat([torch.zeros(1, b.shape[1], dtype=torch.float64), b.double().cumsum(dim=0)])
