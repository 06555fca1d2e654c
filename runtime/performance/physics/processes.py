"""Derivatives in processes of their own: Python's lock lets threads gain a third, processes all.

Every control step's derivatives are independent of the others', so a pass is cut into
chunks of a few frames, from the last to the first, as the recursion needs them. Each
process has a pipe of its own that nobody else holds: whichever end dies, the other is told.
"""

import logging
import multiprocessing
import pickle
import queue
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from .linearisation import Linearisation, Sampling, chunks
from .trajectory import Trajectory

logger = logging.getLogger(__name__)

MOST = 8
"""Processes: each takes about 100 MB."""
_LOST = (OSError, EOFError)
"""What a pipe raises whose other end has died."""


@contextmanager
def linearising_processes(count: int) -> "Iterator[LinearisingProcesses | None]":
    """Some, or None where one core is all there is or the system allows no processes."""
    processes = None
    if count > 1 and not multiprocessing.current_process().daemon:
        try:
            processes = LinearisingProcesses(count)
        except (OSError, ImportError) as error:
            logger.warning("no processes to find derivatives in: %s", error)
    try:
        yield processes
    finally:
        if processes is not None:
            processes.close()


@dataclass
class _Child:
    process: BaseProcess
    pipe: Connection
    known: object = None
    """The pass whose linearisation it was told last."""


ENDING_S = 2.0
"""That a process which is told to end is waited for."""
LISTENING_S = 0.1
"""Between two moments at which a person is listened to."""


class LinearisingProcesses:
    """Some processes that end with this object, or with this process."""

    def __init__(self, count: int) -> None:
        """Raises ``OSError`` or ``ImportError`` where the system allows no processes."""
        # Fresh ones: forking one that has threads can hang.
        context = multiprocessing.get_context("spawn")
        self._children: list[_Child] = []
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._broken = False
        self.seconds = 0.0
        """Of processor time, spent so far."""
        count = min(count, MOST)
        self._threads = ThreadPoolExecutor(count)
        try:
            for _ in range(count):
                here, there = context.Pipe()
                process = context.Process(target=_serve, args=(there,), daemon=True)
                process.start()
                there.close()
                self._children.append(_Child(process, here))
                self._idle.put(self._children[-1])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """What is still to be done is not. The processes are waited for: the system keeps what is left of
        those that nobody waits for, and counts their time as nobody's."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.process.terminate()
        for child in self._children:
            child.process.join(ENDING_S)

    def slopes(
        self,
        linearisation: Linearisation,
        trajectory: Trajectory,
        sampling: Sampling,
        watch: Callable[[], None] = lambda: None,
    ) -> Iterator[np.ndarray]:
        """From the last step of a trajectory to its first, see ``Linearisation.steps``.

        ``watch`` is called while it waits: processes that only start take half a second. Where a
        process dies, the rest is done in this one, and so is all that is asked for later.
        """
        parts = chunks(len(trajectory.control), sampling)
        waiting: deque[Future] = deque()
        try:
            if not self._broken:
                told = pickle.dumps(linearisation)
                waiting.extend(
                    self._threads.submit(
                        self._asked, told, trajectory.part(rows), rows.start, sampling
                    )
                    for rows in parts
                )
            while waiting:
                while not wait([waiting[0]], LISTENING_S).done:
                    watch()
                found, seconds = waiting[0].result()
                waiting.popleft()
                parts.pop(0)
                self.seconds += seconds
                yield from found[::-1]
        except _LOST:
            logger.warning("a process that finds derivatives is lost; going on without")
            self._broken = True
        finally:
            for one in waiting:
                one.cancel()
        for rows in parts:
            yield from linearisation.steps(trajectory.part(rows), rows.start, sampling)[::-1]

    def _asked(
        self, told: bytes, path: Trajectory, first: int, sampling: Sampling
    ) -> tuple[np.ndarray, float]:
        """In a thread: has a process do a part."""
        child = self._idle.get()
        try:
            # Every pass has another linearisation, for its contacts are other ones.
            new = None if child.known is told else told
            child.known = told
            child.pipe.send((new, path, first, sampling))
            answer = child.pipe.recv()
        finally:
            self._idle.put(child)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(pipe: Connection) -> None:
    """In a process: answers until the other end of its pipe is gone."""
    # Ctrl-C is for the parent, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    linearisation: Linearisation | None = None
    try:
        while True:
            told, path, first, sampling = pipe.recv()
            begun = time.process_time()
            try:
                if told is not None:
                    linearisation = pickle.loads(told)
                assert linearisation is not None
                slopes = linearisation.steps(path, first, sampling)
            except Exception as error:
                pipe.send(error)
                continue
            pipe.send((slopes, time.process_time() - begun))
    except _LOST:
        return
