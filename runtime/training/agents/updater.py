"""Running an update again and again: one by one, or as a CUDA graph that is only replayed.

At the sizes used here a GPU spends most of an update waiting for the next launch.
Captured once, the whole update (sampling, five backward passes, five optimizers)
is one launch.
"""

import logging
from collections import deque
from collections.abc import Callable

import torch

from .fb import Metrics

log = logging.getLogger(__name__)

WARM_UP = 5
"""Updates before the capture: optimizers make their state, libraries their workspaces."""
IN_FLIGHT = 2
"""Updates handed to the device ahead of it; more would only delay the next actions."""
SMOOTHING = 0.02


def capture_cuda_graph(function: Callable[[], None]) -> Callable[[], None]:
    """The function as one launch. It has been called before, on a side stream."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        function()
    return graph.replay


class Updater:
    """Calls ``update`` and keeps a running mean of its metrics on the device.

    With ``capture`` the update is captured after ``WARM_UP`` calls; should that
    fail, it goes on one launch at a time, with a warning.
    """

    def __init__(
        self,
        update: Callable[[], Metrics],
        device: torch.device,
        capture: bool = True,
        capture_graph: Callable[[Callable[[], None]], Callable[[], None]] = capture_cuda_graph,
    ) -> None:
        self._update = update
        self._capture_graph = capture_graph
        self._capture = capture
        self._cuda = device.type == "cuda"
        self._side = torch.cuda.Stream() if self._cuda else None
        self._ahead: deque[torch.cuda.Event] = deque()
        self._means: Metrics = {}
        self._run: Callable[[], None] = self._observe
        self._calls = 0

    @property
    def captured(self) -> bool:
        return self._run != self._observe

    def __call__(self) -> None:
        """One update. Returns before the device has done it."""
        if self._capture and self._calls == WARM_UP:
            self._try_capture()
        if self._capture and self._calls < WARM_UP:
            self._on_side_stream()
        else:
            self._run()
        self._calls += 1
        if self._cuda:
            self._ahead.append(torch.cuda.Event())
            self._ahead[-1].record()
            if len(self._ahead) > IN_FLIGHT:
                self._ahead.popleft().synchronize()

    def metrics(self) -> dict[str, float]:
        """Running means; waits for the device."""
        if not self._means:
            return {}
        values = torch.stack(list(self._means.values())).tolist()
        return dict(zip(self._means, values, strict=True))

    def _observe(self) -> None:
        metrics = self._update()
        if not self._means:
            self._means = {name: value.clone() for name, value in metrics.items()}
            return
        for name, value in metrics.items():
            # In place: a captured update writes to this memory.
            self._means[name].lerp_(value, SMOOTHING)

    def _on_side_stream(self) -> None:
        """As CUDA asks of whatever is captured later; on other devices a plain call."""
        if self._side is None:
            self._observe()
            return
        self._side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._side):
            self._observe()
        torch.cuda.current_stream().wait_stream(self._side)

    def _try_capture(self) -> None:
        try:
            self._run = self._capture_graph(self._observe)
            log.info("the update is captured as one graph")
        except (RuntimeError, NotImplementedError) as error:
            log.warning(
                "the update cannot be captured as a CUDA graph and runs launch by launch, "
                "several times slower: %s",
                error,
            )
            self._capture = False
            self._run = self._observe
