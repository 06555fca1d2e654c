"""The end of the pipe in the child process: one request after the other.

The main thread computes. A thread of its own reads, so that a cancel or the end
of Blender is heard at any time, and another tells that there is still life.
"""

import logging
import os
import platform
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, NoReturn

from .. import __version__
from ..errors import UserError, describe
from ..progress import Cancelled, Progress
from .channel import Channel
from .codec import VERSION, CodecError, Decoder, encode
from .reporting import ProgressReport

logger = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any], Progress], dict[str, Any]]
"""Answers a request's payload; calls the ``Progress`` often."""

HEARTBEAT_SECONDS = 1.0
READ_BYTES = 1 << 20


def serve(
    handlers: Mapping[str, Handler], channel: Channel, warm_up: Callable[[], None] | None = None
) -> NoReturn:
    """Answers requests until Blender closes the pipe. ``warm_up`` runs before the first wait."""
    Server(handlers, channel).run(warm_up)


def versions() -> dict[str, str | None]:
    """Of what a result depends on; None for what is not installed. Imports none of it."""
    return {
        "motivo": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: _version(name) for name in ("numpy", "mujoco", "onnxruntime")},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


class Server:
    """The queue of requests and the three threads around it."""

    def __init__(self, handlers: Mapping[str, Handler], channel: Channel) -> None:
        self._handlers = handlers
        self._channel = channel
        self._changed = threading.Condition()
        self._queue: deque[dict[str, Any]] = deque()
        self._current: int | None = None
        self._idle = False
        self._cancel_current = self._keep_current = False

    def run(self, warm_up: Callable[[], None] | None) -> NoReturn:
        hello = {"protocol": VERSION, "pid": os.getpid(), "versions": versions()}
        self._channel.send({"type": "hello", "payload": hello})
        for task in (self._read, self._beat):
            threading.Thread(target=task, name=task.__name__, daemon=True).start()
        if warm_up is not None:
            warm_up()
        while True:
            with self._changed:
                self._idle = not self._queue
                self._changed.wait_for(lambda: self._queue)
                self._idle = False
                request = self._queue.popleft()
                self._current = request["request"]
                self._cancel_current = self._keep_current = False
            frame = self._answer(request)
            with self._changed:
                self._current = None
            self._channel.send_frame(frame)

    def _answer(self, request: dict[str, Any]) -> bytes:
        """The frame that ends a request, whatever happens in its handler."""
        number, kind = request["request"], request["kind"]
        try:
            if kind not in self._handlers:
                raise UserError(f"The engine does not know the request '{kind}'.")
            report = ProgressReport(
                number,
                self._channel.send,
                lambda: self._cancel_current,
                lambda: self._keep_current,
            )
            payload = self._handlers[kind](request["payload"], report)
            report.flush()
            return encode({"type": "result", "request": number, "payload": payload})
        except Exception as error:
            described = describe_error(error)
            if described["kind"] == "internal":
                logger.exception("Request %d (%s) failed", number, kind)
            elif described["details"]:
                logger.warning("%s %s", described["text"], described["details"])
            return encode({"type": "error", "request": number, "payload": described})

    def _read(self) -> NoReturn:
        decoder = Decoder()
        while True:
            data = self._channel.receive(READ_BYTES)
            if not data:
                logger.info("The other end is closed; the worker ends.")
                _exit(0)
            try:
                for message in decoder.feed(data):
                    self._take(message)
            except (CodecError, KeyError, TypeError) as error:
                # The place in the stream is lost; a new process is the only way on.
                logger.error("Something else than messages came in: %r", error)
                text = "The engine was sent data that it cannot read and stopped."
                self._channel.send({"type": "fatal", "payload": {"text": text}})
                _exit(1)

    def _take(self, message: dict[str, Any]) -> None:
        number = message["request"]
        if message["type"] == "request":
            if not isinstance(message["kind"], str) or not isinstance(message["payload"], dict):
                raise TypeError("a request without kind or payload")
            with self._changed:
                self._queue.append(message)
                self._changed.notify()
        elif message["type"] == "cancel":
            self._cancel(number)
        elif message["type"] == "keep":
            with self._changed:
                # One that waits has nothing to keep yet, and one that has ended nothing more.
                self._keep_current = self._keep_current or number == self._current
        else:
            raise CodecError(f"A message of the unknown type {message['type']!r}.")

    def _cancel(self, number: int) -> None:
        with self._changed:
            if number == self._current:
                self._cancel_current = True
                return
            waiting = [request for request in self._queue if request["request"] == number]
            for request in waiting:
                self._queue.remove(request)
        if waiting:  # answered from here, the main thread may be busy for long
            payload = describe_error(Cancelled())
            self._channel.send({"type": "error", "request": number, "payload": payload})

    def _beat(self) -> NoReturn:
        """While there is work; an idle worker owes nothing and stays silent."""
        pause = threading.Event()
        while True:
            pause.wait(HEARTBEAT_SECONDS)
            if not self._idle:
                self._channel.send({"type": "alive"})


def describe_error(error: Exception) -> dict[str, Any]:
    """The payload of an error: its kind, one sentence for a person, details for the log, and the
    frame of the motion that the sentence names, if it does."""
    match error:
        case UserError(frame=int() as frame):
            told = {"kind": "user", "text": str(error), "details": error.details}
            return {**told, "frame": frame}
        case UserError():
            kind, details = "user", error.details
        case Cancelled():
            return {"kind": "cancelled", "text": "Cancelled.", "details": ""}
        case _:
            kind, details = "internal", "".join(traceback.format_exception(error))
    return {"kind": kind, "text": describe(error), "details": details}


def _exit(status: int) -> NoReturn:
    """Ends the process from any thread, even if the main thread is inside a long C call."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(status)
