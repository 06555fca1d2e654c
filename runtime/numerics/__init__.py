"""Rotations, smooth fits and banded least squares: what the fit, the retarget and its measures share."""
