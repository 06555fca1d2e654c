"""Derivatives found in other processes are the same, and a process that dies costs nothing but time."""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from runtime.motion.poses import pose
from runtime.performance.physics import processes as processes_module
from runtime.performance.physics.bodies import ServoBody
from runtime.performance.physics.dynamics import Dynamics
from runtime.performance.physics.processes import linearising_processes
from runtime.performance.physics.tangent import NV
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.search.schedule import stage_at
from runtime.progress import Cancelled

STEPS = 15  # some chunks and a rest


@pytest.fixture
def standing():
    body = ServoBody()
    body.set_contact(stage_at(0.5).contact)
    rng = np.random.default_rng(2)
    qpos = np.repeat(pose("stand")[None], STEPS + 1, axis=0)
    qvel = rng.normal(size=(STEPS + 1, NV)) * 0.1
    targets, _ = body.feed_forward(qpos, qvel)
    control = rng.normal(size=(STEPS, 75)) * 0.05
    alone = Dynamics(body, targets, threads=1)
    substates = alone.steps(qpos[:-1], qvel[:-1], control, 0)
    return body, targets, alone, Trajectory(qpos, qvel, control, substates)


@pytest.fixture
def processes():
    with linearising_processes(2) as found:
        yield found


def test_other_processes_find_the_same(standing, processes):
    body, targets, alone, path = standing
    shared = Dynamics(body, targets, threads=1, processes=processes)
    expected = list(alone.linearise(path))
    # Contacts change from pass to pass, and the processes are told.
    for position in (0.5, 0.9):
        body.set_contact(stage_at(position).contact)
        found = list(shared.linearise(path))
        assert (position == 0.5) == np.array_equal(found[0][0], expected[0][0])
        for (a, b), (other_a, other_b) in zip(found, alone.linearise(path), strict=True):
            np.testing.assert_array_equal(a, other_a)
            np.testing.assert_array_equal(b, other_b)
    assert processes.seconds > 0


def test_a_process_that_dies_costs_nothing_but_time(standing, processes):
    body, targets, alone, path = standing
    shared = Dynamics(body, targets, threads=1, processes=processes)
    given = shared.linearise(path)
    found = [next(given)]
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    found += given
    found_later = list(shared.linearise(path))
    for expected, one, other in zip(alone.linearise(path), found, found_later, strict=True):
        np.testing.assert_array_equal(expected[0], one[0])
        np.testing.assert_array_equal(expected[0], other[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count what children spent")
def test_what_the_processes_spent_is_counted_as_this_ones_when_they_have_ended(standing):
    body, targets, _, path = standing
    before = os.times()
    with linearising_processes(2) as processes:
        shared = Dynamics(body, targets, threads=1, processes=processes)
        list(shared.linearise(path))
    after = os.times()
    assert not multiprocessing.active_children()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    assert spent >= processes.seconds > 0


def test_one_core_needs_no_processes():
    with linearising_processes(1) as found:
        assert found is None


def test_where_the_system_allows_no_processes_threads_do(monkeypatch, caplog):
    def refused(*arguments, **settings):
        raise OSError("no processes here")

    monkeypatch.setattr(processes_module.multiprocessing, "get_context", refused)
    with linearising_processes(2) as found:
        assert found is None
    assert "no processes here" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes_end_with_a_parent_that_is_killed():
    program = (
        "import multiprocessing, time\n"
        "from runtime.performance.physics.processes import LinearisingProcesses\n"
        "if __name__ == '__main__':\n"
        "    found = LinearisingProcesses(2)\n"
        "    print(*(one.pid for one in multiprocessing.active_children()), flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    children = [int(one) for one in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(_alive(one) for one in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(one) for one in children)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    # One that nobody has waited for is no more than a number.
    return state.rsplit(")", 1)[1].split()[0] != "Z"


def test_a_person_is_listened_to_while_they_start(standing):
    """Before the first answer: until then they read their modules."""
    body, targets, _, path = standing

    def enough() -> None:
        raise Cancelled

    with linearising_processes(2) as starting:
        shared = Dynamics(body, targets, threads=1, processes=starting)
        shared.watch = enough
        with pytest.raises(Cancelled):
            next(shared.linearise(path))
