"""Derivatives in processes of their own: Python's lock lets threads gain a third, processes all.

Every control step's derivatives are independent of the others', so a pass is cut into
chunks of a few frames, from the last to the first, as the recursion needs them.
"""

import logging
import multiprocessing
import os
import pickle
import time
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ..child_process import end_with_parent
from .linearisation import Linearisation, Sampling, chunks
from .trajectory import Trajectory

logger = logging.getLogger(__name__)

UNAVAILABLE = (OSError, ImportError, NotImplementedError)
"""Errors of a system without processes, or without semaphores for them."""
MOST = 8
"""Processes: each takes about 100 MB."""

_known: dict[Path, Linearisation] = {}
"""In such a process: the last one it was told of."""


@contextmanager
def linearising_processes(count: int) -> "Iterator[LinearisingProcesses | None]":
    """Some, or None where one core is all there is or the system allows no processes."""
    processes = None
    if count > 1:
        try:
            processes = LinearisingProcesses(count)
        except UNAVAILABLE as error:
            logger.warning("no processes to find derivatives in: %s", error)
    try:
        yield processes
    finally:
        if processes is not None:
            processes.close()


class LinearisingProcesses:
    """Some processes that end with this object, or with this process."""

    def __init__(self, count: int) -> None:
        """Raises one of ``UNAVAILABLE`` where the system allows no processes."""
        # Fresh ones: forking one that has threads can hang.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            min(count, MOST), mp_context=context, initializer=end_with_parent
        )
        self._folder = TemporaryDirectory(prefix="motivo-", ignore_cleanup_errors=True)
        self._broken = False
        self.seconds = 0.0
        """Of processor time, spent so far."""
        # One starts with each thing to do, while others are done here.
        for _ in range(min(count, MOST)):
            self._pool.submit(os.getpid)

    def close(self) -> None:
        """What is still to be done is not; does not wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._folder.cleanup()

    def slopes(
        self, linearisation: Linearisation, trajectory: Trajectory, sampling: Sampling
    ) -> Iterator[np.ndarray]:
        """From the last step of a trajectory to its first, see ``Linearisation.steps``.

        Where a process dies, the rest is done in this one, and so is all that is asked for later.
        """
        waiting = chunks(len(trajectory.control), sampling)
        try:
            if not self._broken:
                for slopes in self._found(linearisation, trajectory, sampling, list(waiting)):
                    waiting.pop(0)
                    yield from slopes[::-1]
        except (BrokenProcessPool, OSError):
            logger.warning(
                "a process that found derivatives has died; going on without", exc_info=True
            )
            self._broken = True
        for rows in waiting:
            yield from linearisation.steps(trajectory.part(rows), rows.start, sampling)[::-1]

    def _found(
        self,
        linearisation: Linearisation,
        trajectory: Trajectory,
        sampling: Sampling,
        parts: list[slice],
    ) -> Iterator[np.ndarray]:
        # A new file for every pass, in which contacts are other ones.
        told = Path(self._folder.name) / uuid.uuid4().hex
        told.write_bytes(pickle.dumps(linearisation))
        waiting: deque[Future] = deque()
        try:
            for rows in parts:
                path = trajectory.part(rows)
                waiting.append(self._pool.submit(_linearised, told, path, rows.start, sampling))
            while waiting:
                found, seconds = waiting.popleft().result()
                self.seconds += seconds
                yield found
        finally:
            for one in waiting:
                one.cancel()
            told.unlink(missing_ok=True)


def _linearised(
    told: Path, path: Trajectory, first: int, sampling: Sampling
) -> tuple[np.ndarray, float]:
    """See ``Linearisation.steps``, of the one that is pickled in a file; with seconds of processor
    time."""
    begun = time.process_time()
    if told not in _known:
        _known.clear()
        _known[told] = pickle.loads(told.read_bytes())
    slopes = _known[told].steps(path, first, sampling)
    return slopes, time.process_time() - begun
