import sys
import time
from pathlib import Path

import pytest

from runtime.worker.client import WorkerClient

LONGEST = 60.0
"""Seconds until a test gives up; nothing here takes more than a few."""


class Listener:
    """A client and all it has heard."""

    def __init__(self, client):
        self.client = client
        self.events = []

    def poll(self):
        self.events += self.client.poll()

    def until(self, kind, request=None):
        """Polls until an event of ``kind`` (of ``request``) has come, and returns it."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            for event in self.events:
                if event.kind == kind and request in (None, event.request):
                    return event
            self.poll()
            time.sleep(0.005)
        raise AssertionError(f"no {kind} of {request}, only {self.events}")

    def ask(self, kind, **payload):
        """The event that ends a request."""
        return self.end_of(self.client.request(kind, payload))

    def end_of(self, request):
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            self.poll()
            ends = [e for e in self.of(request) if e.kind in ("result", "error", "exit")]
            if ends:
                assert len(ends) == 1, ends
                return ends[0]
            time.sleep(0.005)
        raise AssertionError(f"request {request} did not end")

    def of(self, request, kind=None):
        return [e for e in self.events if e.request == request and kind in (None, e.kind)]


@pytest.fixture
def listen(tmp_path):
    """Makes listeners on workers, the odd one unless told otherwise, and ends them."""
    clients = []

    def make(module="odd_worker", **options):
        client = WorkerClient(
            sys.executable,
            [Path(__file__).parent],
            tmp_path / "logs" / "worker.log",
            module=module,
            **options,
        )
        clients.append(client)
        return Listener(client)

    yield make
    for client in clients:
        client.close()
