"""The running mean of weights, which is in use while the weights themselves learn."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch


class RunningMean:
    """Of the weights of an optimizer whose learning rate never falls.

    The mean does without that rate's noise (Polyak & Juditsky, 1992).
    """

    def __init__(self, weights: Sequence[torch.Tensor], kept: float) -> None:
        """``kept``: share of the mean that stays at each update, in the long run."""
        self.weights, self.kept = list(weights), kept
        self.means = [weight.detach().clone() for weight in self.weights]

    def follow(self, updates: int) -> None:
        """Takes the weights in, after so many updates of this run."""
        # The beginning is soon wrong: the mean of the last tenth, until it is long enough.
        kept = min(self.kept, updates / (updates + 10))
        torch._foreach_lerp_(self.means, [w.detach() for w in self.weights], 1 - kept)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The weights hold the mean meanwhile."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        with torch.no_grad():
            for weight, mean in zip(self.weights, self.means, strict=True):
                own = weight.clone()
                weight.copy_(mean)
                mean.copy_(own)
