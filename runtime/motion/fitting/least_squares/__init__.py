"""Least squares over a whole clip: the linkage, terms with their derivatives, the solver."""
