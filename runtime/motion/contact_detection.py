"""One detector of contact with the floor, and the settings of everybody who asks it.

What is low and slow rests on the floor. How low and how slow depends on what is asked: of a
capture whose feet slide and hover, of a reference whose muscles are told to push, of a take
that is judged. The differences stand in one table, each with its reason.
"""

from dataclasses import dataclass

import numpy as np

from ..numerics.smoothing import runs


@dataclass(frozen=True)
class ContactSettings:
    """Up to where something counts as resting on the floor."""

    near_m: float
    """Metres over the floor."""
    slow_m_s: float
    """Speed in metres a second."""
    shortest: int = 1
    """Frames that a contact, or a gap in one, lasts at least; shorter ones are noise."""
    ends: bool = False
    """Whether contacts that short go at the ends of a clip, too, where they may have been cut."""


REFERENCE = ContactSettings(0.03, 0.4, shortest=2)
"""Contacts kept on a motion: read by the performer's cost, the retarget and the measures. Fitted
feet hover by up to 2 cm, and a heel that rolls is carried over its edge at up to 0.4 m/s."""
STANCE = ContactSettings(0.035, 0.45, shortest=3, ends=True)
"""Feet that are held while a clip is fitted: half a centimetre and a tenth looser than what the
fit is judged by, for it is the fit that makes them still; under a tenth of a second is noise."""
CALIBRATION = ContactSettings(0.15, 0.25)
"""Ankles, over their own lowest: how high they lie over the sole is not known yet, so they may
be high but must be slow."""
LEVELLING = ContactSettings(0.05, 0.5)
"""Ankles, over the lower of the two, in a world that may lean: the steps of a run count, too."""
GROUNDING = ContactSettings(0.035, 0.4, shortest=2)
"""Points of a reference that is put onto the floor before it is performed."""
BEARING = ContactSettings(0.01, 0.12)
"""Points that muscles push against: were rolling and leaving feet to bear, they would glide."""
LOW_TOE = ContactSettings(0.078, 0.1)
"""Toe joints of a reference: lower than this they belong to the floor, faster they move over it.
Measures of skate say 0.05 and 0.2; what is performed rises up to two centimetres later."""
SKATE = ContactSettings(0.05, 0.2)
"""Toe joints, as published measures of foot skate count them; faster is skating."""
TOUCH = ContactSettings(0.005, 0.2)
"""Corners of the soles of a take: these are on the floor, or they are not."""
PRESSURE = ContactSettings(0.015, np.inf)
"""Corners of the soles that may bear, however fast: of balance."""
HOVER = ContactSettings(0.02, np.inf)
"""Whatever of a take is lowest: above this nothing of the body touches."""
ON_CHARACTER = ContactSettings(0.01, 0.6, shortest=2)
"""Soles and hands of the source of a retarget, whatever the flags of the simulation say; what is
faster only brushes the floor in passing."""
HAND = ContactSettings(0.03, 0.6, shortest=2)
"""Hands whose flags say that they touch: it may be the body itself, or a thing."""


def speeds(points: np.ndarray, fps: float) -> np.ndarray:
    """Points (T, ..., 3) metres -> (T, ...) m/s, by central differences; 0 for a single frame."""
    if len(points) < 2:
        return np.zeros(points.shape[:-1])
    return np.linalg.norm(np.gradient(points, axis=0), axis=-1) * fps


def resting(heights: np.ndarray, speed: np.ndarray, settings: ContactSettings) -> np.ndarray:
    """Heights and speeds, alike in shape -> bool: what rests on the floor, frame by frame."""
    return (heights < settings.near_m) & (speed < settings.slow_m_s)


def lasting(heights: np.ndarray, speed: np.ndarray, settings: ContactSettings) -> np.ndarray:
    """(T, K) metres and m/s -> (T, K) bool: contacts that last."""
    return without_short(resting(heights, speed, settings), settings.shortest, settings.ends)


def without_short(flags: np.ndarray, shortest: int, ends: bool = False) -> np.ndarray:
    """(T,) or (T, K) bool: gaps, then runs, of fewer frames become what is around them.

    What touches the ends of the clip may go on there: gaps stay, and runs unless ``ends``.
    """
    result = flags.copy()
    columns = result if result.ndim > 1 else result[:, None]
    for column in columns.T:
        for value in (False, True):
            for run in runs(column == value):
                inside = run.start > 0 and run.stop < len(column)
                if run.stop - run.start < shortest and (inside or (value and ends)):
                    column[run] = not value
    return result
