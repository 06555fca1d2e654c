"""A real worker process: it answers, it stops when told, and its end is only an event."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from runtime.worker import log
from runtime.worker.codec import CodecError

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


def test_the_real_worker_says_hello_with_its_versions(listen):
    listener = listen("runtime.worker")
    listener.client.start()
    hello = listener.until("hello").payload
    assert hello["versions"]["mujoco"] == "3.3.7"
    assert hello["versions"]["numpy"] == np.__version__
    assert set(hello["versions"]) == {
        "motivo",
        "python",
        "platform",
        "numpy",
        "mujoco",
        "onnxruntime",
    }
    assert hello["protocol"] == 1 and hello["pid"] != os.getpid()
    assert listener.client.hello == hello


def test_the_real_worker_answers_with_what_it_was_given(listen):
    listener = listen("runtime.worker")
    answer = listener.ask("ping", text="hello", nested=[{"qpos": np.eye(3)}])
    assert answer.kind == "result"
    assert answer.payload["text"] == "hello"
    np.testing.assert_array_equal(answer.payload["nested"][0]["qpos"], np.eye(3))


def test_the_client_needs_nothing_heavy():
    script = "import sys, runtime.worker.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    heavy = {"mujoco", "scipy", "onnxruntime", "torch", "bpy"}
    assert done.returncode == 0 and not heavy & set(done.stdout.split())


def test_progress_rises_and_every_preview_frame_comes_once_in_order(listen):
    listener = listen()
    request = listener.client.request("count", {"frames": 200, "pause": 0.002})
    assert listener.end_of(request).payload == {"frames": 200}
    fractions = [e.payload["fraction"] for e in listener.of(request, "progress")]
    assert len(fractions) > 2 and fractions == sorted(fractions)
    previews = listener.of(request, "preview")
    assert len(previews) > 2
    frames = np.concatenate([event.payload["qpos"] for event in previews])
    np.testing.assert_array_equal(frames[:, 0], np.arange(200))
    assert [event.payload["start"] for event in previews] == [
        int(event.payload["qpos"][0, 0]) for event in previews
    ]
    assert listener.events[-1].kind == "result"


def test_two_requests_in_a_row_are_answered_in_order(listen):
    listener = listen()
    first = listener.client.request("count", {"frames": 60, "pause": 0.005})
    second = listener.client.request("total", {"data": np.ones((3, 4))})
    assert listener.end_of(second).payload == {"sum": 12.0, "shape": [3, 4]}
    assert listener.end_of(first).payload == {"frames": 60}
    ends = [event.request for event in listener.events if event.kind == "result"]
    assert ends == [first, second]


def test_a_result_of_100_mb_arrives_whole_and_no_poll_takes_long(listen):
    listener = listen()
    request = listener.client.request("large", {"count": 13_000_000})
    longest = 0.0
    while not listener.of(request, "result"):
        begun = time.process_time()
        listener.poll()
        longest = max(longest, time.process_time() - begun)
        assert not listener.of(request, "exit")
    data = listener.of(request, "result")[0].payload["data"]
    assert data.nbytes == 104_000_000
    np.testing.assert_array_equal(data[::100_003], np.arange(13_000_000)[::100_003])
    assert longest < 1.0


def test_a_large_request_goes_out_while_the_worker_is_busy(listen):
    listener = listen()
    busy = listener.client.request("count", {"frames": 300, "pause": 0.005})
    listener.until("progress", busy)
    large = listener.client.request("total", {"data": np.ones(4_000_000)})
    assert listener.end_of(large).payload["sum"] == 4_000_000
    assert listener.end_of(busy).kind == "result"


@needs_signals
def test_requests_never_wait_for_the_worker_to_read(listen):
    """Even a worker that reads nothing leaves the caller free."""
    listener = listen()
    listener.client.start()
    pid = listener.until("hello").payload["pid"]
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    listener.client.request("total", {"data": np.ones(4_000_000)})
    for _ in range(5):
        listener.poll()
    assert time.monotonic() - begun < 10
    os.kill(pid, signal.SIGCONT)


def test_an_error_for_the_person_passes_with_its_sentence(listen):
    answer = listen().ask("refuse")
    assert answer.kind == "error"
    assert answer.payload == {
        "kind": "user",
        "text": "The path ends on the ceiling; lower it.",
        "details": "for the log",
    }


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("memory", "not enough memory"),
        ("import", "MuJoCo, the physics is missing"),
        ("file", "'walk.bvh' could not be read"),
        ("bug", "went wrong inside Motivo"),
    ],
)
def test_other_errors_get_a_sentence_and_the_traceback_goes_to_details_and_log(
    listen, tmp_path, error, said
):
    listener = listen()
    answer = listener.ask("stumble", error=error)
    assert answer.payload["kind"] == "internal"
    assert said in answer.payload["text"] and "\n" not in answer.payload["text"]
    assert "Traceback" in answer.payload["details"]
    assert "Traceback" in (tmp_path / "logs" / "worker.log").read_text()
    assert listener.ask("count", frames=3).kind == "result"


def test_an_unknown_request_and_an_answer_that_cannot_travel_are_errors(listen):
    listener = listen()
    assert "'dance'" in listener.ask("dance").payload["text"]
    assert listener.ask("unsendable").payload["kind"] == "internal"
    assert listener.ask("count", frames=3).kind == "result"


def test_a_payload_that_cannot_travel_is_refused_where_it_is_made(listen):
    listener = listen()
    with pytest.raises(CodecError):
        listener.client.request("count", {"frames": object()})
    assert listener.ask("count", frames=3).kind == "result"


def test_what_libraries_print_lands_in_the_log_and_not_in_the_messages(listen, tmp_path):
    listener = listen()
    answer = listener.ask("chatter")
    assert answer.kind == "result" and answer.payload == {"read": ""}
    text = (tmp_path / "logs" / "worker.log").read_text()
    for source in ("print", "sys.stdout", "descriptor 1", "a child", "C"):
        assert f"from {source}" in text


# Better versions, and keeping one


def test_better_versions_say_where_they_belong_and_do_not_flood(listen):
    listener = listen()
    request = listener.client.request("improve", {"versions": 400, "pause": 0.002})
    assert listener.end_of(request).payload == {"version": 400, "kept": False}
    shown = listener.of(request, "preview")
    assert 1 < len(shown) < 20, "of what follows each other quickly the newest is enough"
    versions = [event.payload["qpos"][0, 0] for event in shown]
    assert versions == sorted(versions) and versions[-1] == 399
    assert all(event.payload["better"] and event.payload["start"] == 5 for event in shown)


def test_work_that_can_ends_with_its_best_when_it_is_to_be_kept(listen):
    listener = listen()
    request = listener.client.request("improve", {"versions": 100_000, "pause": 0.002})
    listener.until("preview", request)
    listener.client.keep(request)
    answer = listener.end_of(request)
    assert answer.kind == "result" and answer.payload["kept"]
    # It was for that request alone.
    assert listener.ask("improve", versions=3).payload == {"version": 3, "kept": False}


def test_keeping_what_has_nothing_to_keep_or_has_ended_does_nothing(listen):
    listener = listen()
    request = listener.client.request("count", {"frames": 60, "pause": 0.005})
    listener.until("progress", request)
    listener.client.keep(request)
    assert listener.end_of(request).payload == {"frames": 60}
    listener.client.keep(request)
    listener.client.keep(12345)
    assert listener.ask("count", frames=3).kind == "result"


def test_variables_that_steer_python_do_not_reach_the_worker(listen, tmp_path, monkeypatch):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text("raise RuntimeError('the wrong numpy')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert listen().ask("count", frames=3).kind == "result"


def test_a_long_log_is_set_aside_at_the_next_start(listen, tmp_path, monkeypatch):
    monkeypatch.setattr(log, "MAX_BYTES", 1000)
    listener = listen()
    path = tmp_path / "logs" / "worker.log"
    path.parent.mkdir()
    path.write_text("old\n" * 1000)
    assert listener.ask("count", frames=3).kind == "result"
    assert "old" not in path.read_text()
    assert "old" in (tmp_path / "logs" / "worker.log.1").read_text()
