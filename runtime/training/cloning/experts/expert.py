"""What is kept of a motion performed by muscles alone: its states and muscle targets.

Half a kilobyte a frame. Feedback gains, 40 times as much, are found again by one
pass (``gains``); the mirror image costs nothing.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....body.figures import JOINT_RANGES
from ....errors import UserError
from ....motion.formats.archive import read_arrays
from ....motion.mirror import mirror_qpos, mirror_qvel

STEP_RAD = 1e-4
"""Angles are kept in such steps as int16, which reach past 3 rad."""


@dataclass(frozen=True)
class Expert:
    """T states that the published body went through in its exact contacts, without a wrench."""

    name: str
    """Of the stretch: clip, first frame and, if it began beside the clip, which try."""
    kinds: tuple[str, ...]
    qpos: np.ndarray
    """(T, 76)"""
    qvel: np.ndarray
    """(T, 75)"""
    targets: np.ndarray
    """(T-1, 69) rad: where the muscles pulled to from each state, held for 1/30 s."""

    @property
    def frames(self) -> int:
        return len(self.qpos)

    def mirrored(self) -> "Expert":
        """As seen in a mirror. The body's sides differ by millimetres: follow it by its gains."""
        turned = np.concatenate([np.zeros((len(self.targets), 6)), self.targets], axis=1)
        return Expert(
            f"{self.name}-mirrored",
            self.kinds,
            mirror_qpos(self.qpos),
            mirror_qvel(self.qvel),
            mirror_qvel(turned)[:, 6:],
        )

    def save(self, path: Path) -> None:
        """Writes the file, whole or not at all."""
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                name=np.array(self.name),
                kinds=np.array(self.kinds, dtype="U16"),
                root=self.qpos[:, :7].astype(np.float32),
                hinges=_steps(self.qpos[:, 7:]),
                qvel=self.qvel.astype(np.float16),
                targets=_steps(self.targets),
            )
        part.replace(path)


def _steps(angles: np.ndarray) -> np.ndarray:
    largest = np.iinfo(np.int16).max
    return np.clip(np.round(angles / STEP_RAD), -largest, largest).astype(np.int16)


def load_expert(path: Path) -> Expert:
    """Raises ``UserError`` for a file that is none of ``Expert.save``."""
    arrays = read_arrays(path)
    try:
        root = np.asarray(arrays["root"], float)
        hinges = np.asarray(arrays["hinges"]) * STEP_RAD
        targets = np.asarray(arrays["targets"]) * STEP_RAD
        qvel = np.asarray(arrays["qvel"], float)
        qpos = np.concatenate([root, hinges], axis=1)
        name, kinds = str(arrays["name"]), tuple(str(kind) for kind in arrays["kinds"])  # type: ignore[union-attr]
        frames = len(qpos)
        shapes = {
            qpos.shape: (frames, 76),
            qvel.shape: (frames, 75),
            targets.shape: (frames - 1, 69),
        }
        if any(found != wanted for found, wanted in shapes.items()):
            raise ValueError(f"shapes {sorted(shapes)}")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"'{path.name}' is no expert of this version; build it again with "
            "`python -m runtime experts build`.",
            repr(error),
        ) from error
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    # The step of a kept angle may reach past the end of its range.
    qpos[:, 7:] = np.clip(qpos[:, 7:], *JOINT_RANGES.T)
    return Expert(name, kinds, qpos, qvel, targets)
