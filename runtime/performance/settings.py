"""How the performer works; plain data."""

from dataclasses import dataclass, field

from .search.costs import CostScales
from .search.optimiser import Effort


@dataclass(frozen=True)
class PerformerSettings:
    """How a reference is performed."""

    help_allowed: float = 0.0
    """Share of weight that the wrench may use freely; 0 asks for none at all."""
    window: int = 105
    """Frames solved at once: longer ones look further ahead and take more memory."""
    overlap: int = 24
    """Frames of a window that are thrown away, for nothing follows them."""
    effort: Effort = field(default_factory=Effort)
    scales: CostScales = field(default_factory=CostScales)
    threads: int = 0
    """0 for as many as there are cores."""
