"""However a worker ends, that is only an event, and another one answers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.worker.client import WorkerClient

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


@needs_signals
def test_a_worker_killed_in_mid_request_is_an_event_and_a_new_one_answers(listen):
    listener = listen()
    request = listener.client.request("count", {"frames": 100_000, "pause": 0.002})
    queued = listener.client.request("count", {"frames": 3})
    listener.until("progress", request)
    os.kill(listener.client.hello["pid"], signal.SIGKILL)
    answer = listener.end_of(request)
    assert answer.kind == "exit" and answer.payload["kind"] == "crash"
    assert answer.payload["exit_code"] == -9 and "killed" in answer.payload["text"]
    assert listener.end_of(queued).kind == "exit"
    assert not listener.client.alive and listener.client.hello is None
    assert listener.ask("count", frames=3).kind == "result"


@needs_signals
def test_an_idle_worker_that_is_killed_is_told_once_and_replaced(listen):
    listener = listen()
    listener.client.start()
    pid = listener.until("hello").payload["pid"]
    os.kill(pid, signal.SIGKILL)
    assert listener.until("exit").request is None
    assert listener.ask("count", frames=3).kind == "result"
    assert len([event for event in listener.events if event.kind == "exit"]) == 1


@needs_signals
def test_a_request_to_a_worker_that_died_unnoticed_is_answered_by_a_new_one(listen):
    listener = listen()
    listener.client.start()
    pid = listener.until("hello").payload["pid"]
    os.kill(pid, signal.SIGKILL)
    while listener.client.alive:
        time.sleep(0.01)
    assert listener.ask("count", frames=3).kind == "result"


def test_a_crash_tells_the_end_of_the_log(listen):
    answer = listen().ask("crash")
    assert answer.kind == "exit" and answer.payload["kind"] == "crash"
    assert "last words" in answer.payload["details"]
    assert "worker.log" in answer.payload["text"]


@needs_signals
def test_a_worker_that_hangs_is_noticed_and_replaced(listen):
    listener = listen(silence=2.0)
    request = listener.client.request("count", {"frames": 100_000, "pause": 0.002})
    listener.until("progress", request)
    old = listener.client.hello["pid"]
    os.kill(old, signal.SIGSTOP)
    answer = listener.end_of(request)
    assert answer.kind == "exit" and answer.payload["kind"] == "hang"
    assert "no sign of life for 2 seconds" in answer.payload["text"]
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)
    assert listener.ask("count", frames=3).kind == "result"


def test_long_work_without_progress_is_no_hang(listen):
    listener = listen(silence=2.0)
    request = listener.client.request("deaf", {})
    end = time.monotonic() + 4.0
    while time.monotonic() < end:
        listener.poll()
        time.sleep(0.02)
    assert [event.kind for event in listener.of(request)] == ["progress"]
    assert listener.client.alive


def test_a_caller_that_was_away_does_not_take_the_worker_for_hung(listen):
    listener = listen()
    listener.client.start()
    listener.until("hello")  # a busy machine may take longer to start it
    listener.client._silence = 1.5
    request = listener.client.request("count", {"frames": 600, "pause": 0.005})
    listener.until("progress", request)
    time.sleep(3.0)
    assert listener.end_of(request).kind == "result"


def test_garbage_from_the_worker_is_reported_and_the_worker_replaced(listen):
    listener = listen()
    answer = listener.ask("babble")
    assert answer.kind == "exit" and answer.payload["kind"] == "garbage"
    assert "cannot be read" in answer.payload["text"]
    assert listener.ask("count", frames=3).kind == "result"


def test_garbage_to_the_worker_is_reported_and_the_worker_replaced(listen):
    listener = listen()
    listener.client.start()
    listener.until("hello")
    os.write(listener.client._child.writer, b"not a message at all")
    request = listener.client.request("count", {"frames": 3})
    answer = listener.end_of(request)
    assert answer.kind == "exit" and answer.payload["kind"] == "garbage"
    assert "cannot read" in answer.payload["text"]
    assert listener.ask("count", frames=3).kind == "result"


def test_a_python_that_is_not_there_is_an_event(tmp_path):
    client = WorkerClient(str(tmp_path / "no-python"), [], tmp_path / "worker.log")
    request = client.request("ping", {})
    (event,) = client.poll()
    assert (event.kind, event.request) == ("exit", request)
    assert event.payload["kind"] == "start" and "no-python" in event.payload["text"]
    assert not client.alive
    client.close()


def test_a_worker_that_cannot_import_its_parts_tells_why(listen):
    listener = listen("no_such_worker")
    answer = listener.ask("ping")
    assert answer.kind == "exit" and answer.payload["kind"] == "start"
    assert "no_such_worker" in answer.payload["details"]


def test_a_log_that_cannot_be_written_is_an_event(tmp_path):
    (tmp_path / "file").write_text("in the way")
    client = WorkerClient(sys.executable, [], tmp_path / "file" / "worker.log")
    client.start()
    (event,) = client.poll()
    assert event.kind == "exit" and event.payload["kind"] == "start"


def test_closing_ends_the_worker_without_an_event(listen):
    listener = listen()
    request = listener.client.request("count", {"frames": 100_000, "pause": 0.002})
    listener.until("progress", request)
    pid = listener.client.hello["pid"]
    listener.client.close()
    assert not listener.client.alive and listener.client.poll() == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert listener.ask("count", frames=3).kind == "result"


@needs_signals
@pytest.mark.parametrize("work", ["deaf", "count"])
def test_the_worker_dies_with_the_program_that_started_it(tmp_path, work):
    script = f"""
import sys, time
from pathlib import Path
from runtime.worker.client import WorkerClient
client = WorkerClient(
    sys.executable, [Path({str(Path(__file__).parent)!r})], Path({str(tmp_path / "w.log")!r}),
    module="odd_worker",
)
client.request({work!r}, {{"frames": 100_000, "pause": 0.01}})
while True:
    for event in client.poll():
        if event.kind == "progress":
            print(client.hello["pid"], flush=True)
    time.sleep(0.01)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 20
    while time.monotonic() < end and _runs(worker):
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(pid):
    """Whether a process lives; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")
