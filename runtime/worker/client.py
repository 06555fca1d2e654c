"""The end of the pipe in Blender: starts the worker, asks it, hears of its end.

Standard library and NumPy only, no threads, and nothing here waits: ``poll`` is
called from a timer, moves what the pipes hold and returns what has happened.
"""

import itertools
import logging
import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .child import Child
from .codec import CodecError, Decoder, encode
from .log import LogFile

logger = logging.getLogger(__name__)

EventKind = Literal["hello", "progress", "preview", "result", "error", "exit"]
ROOT = Path(__file__).resolve().parents[2]
"""The folder from which the worker imports ``runtime``."""
POLL_SECONDS = 0.02
"""Most that one ``poll`` spends while much is on its way."""


@dataclass(frozen=True)
class Event:
    """Something the worker said, or its end.

    Every request ends with exactly one of "result", "error" or "exit".

    - "hello": ``{"protocol", "pid", "versions"}``, once per start
    - "progress": ``{"fraction", "text"}``
    - "preview": ``{"qpos": (n, 76), "start": frame}``: the next frames, or with ``"better": True``
      a better version of those from ``start`` on
    - "result": what the request's handler answered
    - "error": ``{"kind": "user" | "internal" | "cancelled", "text", "details"}``, and ``"frame"``
      of the motion, from 0, where the text names one
    - "exit": ``{"kind": "start" | "crash" | "hang" | "garbage", "text", "details", "exit_code"}``:
      the worker is gone; one event for each unfinished request, or one without a
      request. ``details`` is the end of the log. The next request starts another.
    """

    kind: EventKind
    request: int | None
    payload: dict[str, Any]


@dataclass
class _Outgoing:
    """A frame on its way into the pipe; ``rest`` is what has not gone in yet."""

    rest: memoryview
    request: int | None = None
    begun: bool = field(default=False)


class WorkerClient:
    """One worker process at a time, started when needed.

    ``search_paths`` are the folders with NumPy, MuJoCo and the rest, if ``python``
    does not find them by itself. The worker is taken for hung when it owes an
    answer and was silent for ``silence`` seconds. One that still works on a
    cancelled request after ``grace`` seconds is replaced by another, which gets
    the requests that waited. ``module`` is what runs in it, with ``environment`` beside
    the caller's.
    """

    def __init__(
        self,
        python: str,
        search_paths: Sequence[Path],
        log_file: Path,
        *,
        silence: float = 30.0,
        grace: float = 1.0,
        module: str = "runtime.worker",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.hello: dict[str, Any] | None = None
        """What the running worker said about itself, None before it has."""
        self._python = python
        self._search_paths = [ROOT, *search_paths]
        self._log = LogFile(log_file)
        self._silence = silence
        self._grace = grace
        self._module = module
        self._own_environment = dict(environment or {})
        self._ids = itertools.count(1)
        self._events: list[Event] = []
        self._pending: dict[int, bytes] = {}
        self._child: Child | None = None
        self._forget()

    @property
    def alive(self) -> bool:
        """Whether a worker runs, as far as is known without asking it."""
        return self._child is not None and self._child.alive

    def start(self) -> None:
        """Starts the worker unless one runs. If that fails, ``poll`` tells in an exit event."""
        if self.alive:
            return
        self._settle()
        command = [self._python, "-s", "-P", "-u", "-X", "utf8", "-m", self._module]
        try:
            with self._log.opened() as log:
                # In the log's folder, for libraries leave files (MUJOCO_LOG.TXT) where they start.
                self._child = Child(command, self._environment(), self._log.folder, log)
        except OSError as error:
            self._end("start", f"The engine could not be started: {error}.")

    def request(self, kind: str, payload: dict[str, Any]) -> int:
        """Asks for something, starting the worker if none runs; events carry the number returned.

        Requests are answered one after the other. Raises ``CodecError`` for a
        payload that is not plain data and arrays.
        """
        number = next(self._ids)
        frame = encode({"type": "request", "request": number, "kind": kind, "payload": payload})
        if not self.alive:
            self._settle()
        self._pending[number] = frame
        self.start()
        if number in self._pending:
            self._outgoing.append(_Outgoing(memoryview(frame), number))
            self._quiet = 0.0
        return number

    def cancel(self, request: int) -> None:
        """Ends a request with the error "cancelled", at once for the caller.

        The worker stops when its work next reports progress, or is replaced.
        """
        if self._pending.pop(request, None) is None:
            return
        payload = {"kind": "cancelled", "text": "Cancelled.", "details": ""}
        self._events.append(Event("error", request, payload))
        for outgoing in self._outgoing:
            if outgoing.request == request and not outgoing.begun:
                self._outgoing.remove(outgoing)
                return
        self._stopping[request] = time.monotonic()
        frame = encode({"type": "cancel", "request": request})
        self._outgoing.append(_Outgoing(memoryview(frame)))
        self._send()  # now, since a caller that gave up may poll rarely from here on

    def keep(self, request: int) -> None:
        """Asks a request that is worked on to end with the best it has so far.

        Its result comes as usual, soon. Work that has nothing to keep goes on to its end.
        """
        if request in self._pending:
            frame = encode({"type": "keep", "request": request})
            self._outgoing.append(_Outgoing(memoryview(frame)))
            self._send()

    def poll(self) -> list[Event]:
        """Moves what the pipes hold and returns what has happened since the last call."""
        if self._child is not None:
            self._exchange()
        if self._child is not None:
            self._watch()
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Ends the worker, without an event. Unfinished requests are forgotten."""
        self._pending.clear()
        self._forget(patience=0.5)

    def __enter__(self) -> "WorkerClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _environment(self) -> dict[str, str]:
        """The caller's environment, in which only the search paths steer Python."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
        }
        # On the small matrices of the fit BLAS threads only wait for one another.
        environment.setdefault("OPENBLAS_NUM_THREADS", "1")
        environment["PYTHONPATH"] = os.pathsep.join(str(path) for path in self._search_paths)
        return {**environment, **self._own_environment}

    def _forget(self, patience: float = 0.0) -> None:
        """No worker, and nothing known of one."""
        if self._child is not None:
            self._child.dismiss(patience)
        self._child = None
        self.hello = None
        self._decoder = Decoder()
        self._outgoing: deque[_Outgoing] = deque()
        self._stopping: dict[int, float] = {}  # cancelled requests, and since when
        self._quiet = 0.0
        self._watched = time.monotonic()
        self._fatal = ""

    def _exchange(self) -> None:
        """Writes and reads until the pipes have nothing more to do or the time is over."""
        end = time.monotonic() + POLL_SECONDS
        while self._child is not None:
            moved = self._send() | self._receive()
            left = end - time.monotonic()
            if left <= 0 or not (moved or self._outgoing or self._decoder.partial):
                return
            if not moved and self._child is not None:
                self._child.wait(left, writing=bool(self._outgoing))

    def _send(self) -> bool:
        if self._child is None or not self._outgoing:
            return False
        first = self._outgoing[0]
        try:
            count = self._child.write(first.rest)
        except BrokenPipeError:
            self._outgoing.clear()  # the end of the other pipe tells the rest
            return False
        first.rest = first.rest[count:]
        first.begun = first.begun or count > 0
        if not first.rest:
            self._outgoing.popleft()
        return count > 0

    def _receive(self) -> bool:
        data = self._child.read() if self._child is not None else None
        if data is None:
            return False
        if not data:
            self._end_of_output()
            return False
        self._quiet = 0.0
        try:
            for message in self._decoder.feed(data):
                self._take(message)
        except (CodecError, KeyError, TypeError) as error:
            logger.error("The worker sent something else than messages: %r", error)
            self._end("garbage", "The engine sent data that cannot be read and was stopped.")
        return True

    def _take(self, message: dict[str, Any]) -> None:
        kind, payload = message["type"], message.get("payload", {})
        if kind == "hello":
            self.hello = payload
            self._events.append(Event("hello", None, payload))
        elif kind == "fatal":
            self._fatal = payload["text"]
        elif kind in ("progress", "preview", "result", "error"):
            self._take_answer(kind, message["request"], payload)
        elif kind != "alive":
            raise CodecError(f"A message of the unknown type {kind!r}.")

    def _take_answer(self, kind: EventKind, request: int, payload: dict[str, Any]) -> None:
        last = kind in ("result", "error")
        if request in self._pending:
            self._events.append(Event(kind, request, payload))
            if last:
                del self._pending[request]
        elif last:
            self._stopping.pop(request, None)

    def _watch(self) -> None:
        """Notices a worker that hangs or goes on after being told to stop."""
        if not self.alive:
            self._settle()
            return
        now = time.monotonic()
        # Time in which nobody polled (a suspended laptop, Blender rendering) proves nothing.
        passed, self._watched = min(now - self._watched, 1.0), now
        if self._pending or self._stopping or self.hello is None:
            self._quiet += passed
        if self._quiet > self._silence:
            self._end(
                "hang",
                f"The engine gave no sign of life for {self._silence:.0f} seconds and was stopped.",
            )
            return
        if self._stopping and now - min(self._stopping.values()) > self._grace:
            self._replace()

    def _replace(self) -> None:
        """Another worker for one that does not stop; it gets the requests that waited."""
        logger.warning("The worker did not stop when told to and is replaced.")
        self._forget()
        self.start()
        for number, frame in self._pending.items():
            self._outgoing.append(_Outgoing(memoryview(frame), number))

    def _settle(self) -> None:
        """Hears out a worker whose process has ended, if there is one."""
        while self._child is not None and self._receive():
            continue
        if self._child is not None:
            self._end_of_output()

    def _end_of_output(self) -> None:
        code = self._child.exit_code(0.2) if self._child is not None else None
        if code is None:
            self._end("crash", "The engine closed its output and was stopped.")
        elif self._fatal:
            self._end("garbage", self._fatal)
        elif self.hello is None:
            self._end("start", f"The engine could not start ({_describe_exit(code)}).")
        else:
            self._end("crash", f"The engine stopped unexpectedly ({_describe_exit(code)}).")

    def _end(self, kind: str, text: str) -> None:
        """The worker is no more: every unfinished request ends, the next one starts another."""
        payload = {
            "kind": kind,
            "text": f"{text} Try again; {self._log.path.name} may say why.",
            "details": f"{self._log.path}\n{self._log.tail()}",
            "exit_code": self._child.exit_code() if self._child is not None else None,
        }
        logger.error("%s\n%s", text, payload["details"])
        self._forget()
        requests: list[int | None] = [*self._pending]
        for request in requests or [None]:
            self._events.append(Event("exit", request, payload))
        self._pending.clear()


def _describe_exit(code: int) -> str:
    if code == -9:
        return "it was killed, perhaps for want of memory"
    if code < 0:
        return f"signal {-code}"
    return f"exit code {code:#x}" if code > 255 else f"exit code {code}"
