"""A pelvis that gives way: where a leg goes beyond the hip's limits, it turns instead, and springs back.

People's hips go farther than the body's. Held as loosely as recordings within the limits need it,
the pelvis then comes off by up to 60 degrees for a few frames; held firmly throughout, feet that
are as they should be come off. So it is firm where it has given way, and nowhere else.
"""

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter1d

from .settings import FitSettings
from .targets import turned_like


def firm_pelvis(
    turn: np.ndarray,
    turns: dict[str, np.ndarray],
    calibration: dict[str, np.ndarray],
    settings: FitSettings,
) -> np.ndarray | None:
    """Rotations of the root (T, 3, 3) as fitted and of the source's joints -> (T,): weight of the
    pelvis' rotation with which it is to be fitted again; None where it has not given way."""
    if "pelvis" not in calibration or "pelvis" not in turns:
        return None
    pelvis = settings.pelvis
    asked = turned_like(turns, calibration, "pelvis")
    cosine = (np.einsum("tij,tij->t", turn, asked) - 1) / 2
    given_way = cosine < np.cos(np.radians(pelvis.given_way_deg))
    if not given_way.any():
        return None
    around = binary_dilation(given_way, iterations=pelvis.around_frames).astype(float)
    share = gaussian_filter1d(around, pelvis.around_frames / 3, mode="nearest")
    usual = settings.weights.pelvis_rotation
    return np.asarray(usual + (pelvis.firm - usual) * share)
