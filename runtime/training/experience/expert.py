"""Slices of motions for the update, drawn on the device that learns from them."""

import logging
from pathlib import Path

import numpy as np
import torch

from ...errors import UserError
from ...library.dataset import TEST_LIST, TRAIN_LIST
from ...motion.motion_buffer import MotionBuffer
from ..agents.fb import Batch

log = logging.getLogger(__name__)

EASIEST, HARDEST, BINS_PER_UNIT = 0.5, 5.0, 2.0


class ExpertSampler:
    """Draws slices of ``seq_length`` frames, motions by priority, and the frames after each.

    Like ``TrajectoryBuffer``, but every draw happens on the device without a word
    from the host, so that it can be part of a captured update. Setting the
    weights sets the priorities of ``motions`` too, from which episodes start.
    """

    def __init__(
        self, motions: MotionBuffer, seq_length: int, device: torch.device | str = "cpu"
    ) -> None:
        self.motions = motions
        self.seq_length = seq_length
        ids = motions.get_motion_ids()
        observations = [motions.get(motion_id)["observation"] for motion_id in ids]
        lengths = np.array([len(rows) for rows in observations])
        self.usable = lengths > seq_length
        """(motions,) bool: which hold a slice and the frame after it."""
        if not self.usable.any():
            raise UserError(
                f"None of the {len(ids)} motions is longer than {seq_length} frames, the length "
                "of a training slice; add motions or lower seq_length."
            )
        if not self.usable.all():
            short = [motions.name(ids[row]) for row in np.flatnonzero(~self.usable)]
            log.warning("no longer than %d frames, left out: %s", seq_length, ", ".join(short))
        frames = torch.from_numpy(np.concatenate(observations).astype(np.float32))
        self._observation = frames.to(device)
        self._starts = torch.from_numpy(np.cumsum(lengths) - lengths).to(device)
        self._choices = torch.from_numpy(np.maximum(lengths - seq_length, 1)).to(device)
        self._offsets = torch.arange(seq_length, device=device)
        self._cumulative = torch.zeros(len(ids), dtype=torch.float64, device=device)
        self.weights = np.zeros(len(ids))
        self.set_weights(np.ones(len(ids)))

    def set_weights(self, weights: np.ndarray) -> None:
        """How often each motion (motions,) is drawn, in any scale."""
        self.weights = np.where(self.usable, weights, 0.0)
        # In place: a captured update reads this memory.
        self._cumulative.copy_(torch.from_numpy(np.cumsum(self.weights)))
        self.motions.update_priorities(self.motions.get_motion_ids(), self.weights)

    def sample(self, size: int) -> Batch:
        """observation, next_observation (size, 358): slices of consecutive frames in a row."""
        device = self._observation.device
        slices = size // self.seq_length
        draw = torch.rand(slices, dtype=torch.float64, device=device) * self._cumulative[-1]
        motion = torch.searchsorted(self._cumulative, draw, right=True)
        share = torch.rand(slices, dtype=torch.float64, device=device)
        first = self._starts[motion] + (share * self._choices[motion]).long()
        frames = (first[:, None] + self._offsets).flatten()
        return {
            "observation": self._observation[frames],
            "next_observation": self._observation[frames + 1],
        }


def priorities(emd: np.ndarray) -> np.ndarray:
    """Weights (motions,) from tracking errors (motions,): what is tracked badly comes more often.

    Errors between 0.5 and 5 fall into bins of half a unit. Every bin in use weighs
    the same and shares its weight among its motions, so that a rare kind of
    motion is not lost among many easy ones.
    """
    bins = np.floor(np.clip(emd, EASIEST, HARDEST) * BINS_PER_UNIT).astype(int)
    _, places, counts = np.unique(bins, return_inverse=True, return_counts=True)
    weights = 1 / counts[places]
    return weights / weights.sum()


def load_motions(path: str | Path) -> tuple[MotionBuffer, MotionBuffer | None]:
    """The motions to train on and those held out.

    path: a folder made by ``motions build``, any folder of HDF5 files, one such
    file, or a text file that lists them; only the first holds motions out.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(
            f"There are no motions at '{path}'; make some with `python -m runtime motions build`."
        )
    if not path.is_dir():
        return MotionBuffer(path), None
    if (path / TRAIN_LIST).is_file():
        test = path / TEST_LIST
        held_out = test.is_file() and test.read_text(encoding="utf-8").strip()
        return MotionBuffer(path / TRAIN_LIST), MotionBuffer(test) if held_out else None
    files = sorted(path.glob("*.hdf5"))
    if not files:
        raise UserError(
            f"'{path}' holds no motions; make some with `python -m runtime motions build`."
        )
    return MotionBuffer(files), None
