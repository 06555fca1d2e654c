"""A request that is cancelled ends at once, and the worker goes on with what waits."""

import os

import numpy as np
import pytest


def test_a_cancelled_request_ends_in_mid_work_and_the_same_worker_goes_on(listen):
    listener = listen(grace=60.0)
    request = listener.client.request("count", {"frames": 100_000, "pause": 0.002})
    listener.until("preview", request)
    listener.client.cancel(request)
    (event,) = listener.client.poll()  # at once, without waiting for the worker
    assert (event.kind, event.request) == ("error", request)
    assert event.payload["kind"] == "cancelled"
    pid = listener.client.hello["pid"]
    # Were it still counting, this would wait for minutes.
    assert listener.ask("count", frames=3).kind == "result"
    assert listener.client.hello["pid"] == pid


def test_nothing_is_heard_of_a_request_after_its_cancelling(listen):
    listener = listen()
    request = listener.client.request("count", {"frames": 100_000, "pause": 0.002})
    listener.until("progress", request)
    heard = len(listener.events)
    listener.client.cancel(request)
    listener.client.cancel(request)
    listener.ask("count", frames=3)
    after = [event.kind for event in listener.events[heard:] if event.request == request]
    assert after == ["error"]


def test_a_waiting_request_is_cancelled_while_another_is_worked_on(listen):
    listener = listen()
    busy = listener.client.request("count", {"frames": 400, "pause": 0.02})
    waiting = listener.client.request("crash", {})
    listener.until("progress", busy)
    listener.client.cancel(waiting)
    assert listener.end_of(waiting).payload["kind"] == "cancelled"
    # Longer than the grace: the worker on ``busy`` must not be taken for one that does not stop.
    assert listener.end_of(busy).kind == "result"
    assert len([event for event in listener.events if event.kind == "hello"]) == 1


def test_a_request_cancelled_before_it_was_sent_is_never_sent(listen):
    listener = listen()
    request = listener.client.request("crash", {})
    listener.client.cancel(request)
    assert listener.end_of(request).payload["kind"] == "cancelled"
    assert listener.ask("count", frames=3).kind == "result"
    assert not [event for event in listener.events if event.kind == "exit"]


def test_cancelling_what_has_ended_does_nothing(listen):
    listener = listen()
    request = listener.client.request("count", {"frames": 3})
    listener.end_of(request)
    listener.client.cancel(request)
    listener.client.cancel(12345)
    assert listener.ask("count", frames=3).kind == "result"
    assert len(listener.of(request, "error")) == 0


def test_work_that_does_not_listen_is_replaced_and_what_waited_is_done(listen):
    listener = listen(grace=0.2)
    deaf = listener.client.request("deaf", {})
    waiting = listener.client.request("total", {"data": np.ones(1_000_000)})
    listener.until("progress", deaf)
    old = listener.client.hello["pid"]
    listener.client.cancel(deaf)
    assert listener.end_of(waiting).payload["sum"] == 1_000_000
    assert listener.client.hello["pid"] != old
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)
    assert [event.kind for event in listener.of(deaf)] == ["progress", "error"]
    assert not [event for event in listener.events if event.kind == "exit"]
