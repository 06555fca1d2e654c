"""How far a take is from what a person asked for, before anything was mended: key by key and in all."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..body.figures import BODY_NAMES, body_in_words
from ..body.kinematics import forward_kinematics
from ..motion.motion import CONTROL_FPS, Motion
from .quality import skate_share


def asked_error_cm(
    motion: Motion, asked: Mapping[int, np.ndarray], scale: float = 1.0
) -> float | None:
    """Mean distance of the joints from ``asked`` (frame -> (24, 3) metres); None for nothing asked.

    ``scale``, here and below: as of ``quality.measure_quality``.
    """
    frames = [frame for frame in sorted(asked) if frame < motion.frames]
    if not frames:
        return None
    away = forward_kinematics(motion.qpos[frames])[0] - np.stack([asked[f] for f in frames])
    return 100 * scale * float(np.linalg.norm(away, axis=-1).mean())


def skate_of_asked(
    asked: Mapping[int, np.ndarray], frames: int, scale: float = 1.0
) -> float | None:
    """The share of ``quality.skate_share`` of what was asked for, as recorded; None where a frame
    is nobody's recording."""
    if any(frame not in asked for frame in range(frames)):
        return None
    joints = np.stack([asked[frame] for frame in range(frames)])
    return skate_share(joints, CONTROL_FPS, scale=scale)


def keys_met(
    motion: Motion,
    keyed: Mapping[int, np.ndarray],
    tolerances_cm: Mapping[int, float],
    scale: float = 1.0,
) -> list[dict[str, Any]]:
    """Of each key how far the joints are off on average, and which of them most: plain data."""
    result = []
    for frame in sorted(keyed):
        joints = forward_kinematics(motion.qpos[frame : frame + 1])[0][0]
        off = 100 * scale * np.linalg.norm(joints - keyed[frame], axis=-1)
        worst = int(off.argmax())
        result.append(
            {
                "frame": frame,
                "off_cm": round(float(off.mean()), 2),
                "worst": body_in_words(BODY_NAMES[worst]),
                "worst_cm": round(float(off[worst]), 2),
                "tolerance_cm": round(tolerances_cm[frame] * scale, 6),
            }
        )
    return result
