"""What every preference does: to the process that computes, to new bodies, and set back."""

import importlib
import os
import sys
from pathlib import Path

import bpy
import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process was given")


@pytest.fixture
def own(addon):
    return addon.preferences.preferences()


@pytest.fixture
def session(addon):
    return addon.client.session()


def asked(session) -> int:
    """The number of the process that answered a question."""
    session.find_models(lambda: None)
    session.wait(120)
    assert session.notice is None and session.worker.alive
    return session.worker.hello["pid"]


def given(pid: int) -> dict[str, str]:
    """The environment of a process."""
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


@linux
def test_the_process_that_computes_is_given_what_was_set(addon, own, session, tmp_path):
    own.cores, own.memory, own.log_level = 1, 3, "DEBUG"
    own.library_folder, own.model_folder = str(tmp_path / "clips"), str(tmp_path / "models")
    pid = asked(session)
    environment = given(pid)
    assert environment["MOTIVO_CORES"] == "1"
    assert environment["MOTIVO_LOG_LEVEL"] == "DEBUG"
    assert environment["MOTIVO_LIBRARY"] == str(tmp_path / "clips")
    assert environment["MOTIVO_MODELS"] == str(tmp_path / "models")
    (limit,) = [
        line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "data" in line
    ]
    assert limit.split()[3] == str(3 << 30)


@linux
def test_nothing_set_leaves_it_the_whole_computer(session):
    environment = given(asked(session))
    assert "MOTIVO_CORES" not in environment and "MOTIVO_MEMORY_GB" not in environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("cores", 1), ("memory", 4), ("log_level", "ERROR")),
        *(("library_folder", "/tmp"), ("model_folder", "/tmp"), ("python_path", sys.executable)),
    ],
)
def test_a_change_counts_from_the_next_work_on(own, session, name, value):
    """While something is computed that ends first, and is not lost."""
    closed = []
    session.close_worker = lambda: closed.append(session.job)
    setattr(own, name, value)
    assert closed == [None]
    job = session.begin_here("Computing", "")
    own.property_unset(name)
    setattr(own, name, value)
    assert closed == [None] and session.job is job
    session.end_here(job)
    assert closed == [None, None]
    session.end_here(session.begin_here("Computing", ""))
    assert closed == [None, None], "once is enough"


def test_what_ended_altogether_is_outdated_no_more(own, session):
    """Else the first work after it would end a process that has just been started."""
    session.begin_here("Computing", "")
    own.cores = 1
    assert session.outdated
    session.close()
    closed = []
    session.close_worker = lambda: closed.append(session.job)
    session.end_here(session.begin_here("Computing", ""))
    assert closed == []


def test_reset_counts_from_the_next_work_on_too(own, session):
    own.cores, own.memory, own.python_path = 2, 8, "/nowhere"
    closed = []
    session.close_worker = lambda: closed.append(session.job)
    bpy.ops.motivo.reset_preferences()
    assert (own.cores, own.memory, own.python_path) == (0, 0, "")
    assert closed == [None]


def test_reset_sets_back_every_preference(own):
    """Each away from its default first, so that one that is forgotten would stay there."""
    entries = [
        entry
        for entry in own.bl_rna.properties
        if entry.identifier in type(own).__annotations__ and not entry.is_readonly
    ]
    assert len(entries) >= 13
    for entry in entries:
        if entry.type == "ENUM":
            other = [
                item.identifier for item in entry.enum_items if item.identifier != entry.default
            ]
            setattr(own, entry.identifier, other[0])
        elif entry.type == "BOOLEAN":
            setattr(own, entry.identifier, not entry.default)
        else:
            setattr(own, entry.identifier, "x" if entry.type == "STRING" else entry.default + 1)
    bpy.ops.motivo.reset_preferences()
    for entry in entries:
        assert getattr(own, entry.identifier) == entry.default, entry.identifier


def test_kept_ready_it_outlives_its_idle_minutes(addon, own, session):
    own.keep_warm, own.idle_minutes = True, 1
    pid = asked(session)
    session.idle_since -= 61
    addon.worker_timer.end_idle_worker(session)
    assert session.worker.alive and session.worker.hello["pid"] == pid
    own.keep_warm = False
    addon.worker_timer.end_idle_worker(session)
    assert not session.worker.alive


def test_new_bodies_begin_as_was_set_and_others_stay(own):
    own.default_quality, own.default_takes = "draft", 3
    bpy.ops.motivo.add_body()
    first = bpy.context.object.motivo.generation
    own.default_quality, own.default_takes = "physical", 2
    bpy.ops.motivo.add_body()
    second = bpy.context.object.motivo.generation
    assert (first.quality, first.takes) == ("draft", 3)
    assert (second.quality, second.takes) == ("physical", 2)


def test_a_part_that_is_missing_is_named_with_the_way_to_get_it(
    addon, session, tmp_path, monkeypatch
):
    """As where a zip for another computer was installed."""
    (tmp_path / "mujoco").mkdir()
    (tmp_path / "mujoco" / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'mujoco'\", name='mujoco')\n"
    )
    connection = importlib.import_module(f"{addon.__name__}.connection")
    there = connection.search_paths()
    monkeypatch.setattr(connection, "search_paths", lambda: [tmp_path, *there])
    bpy.ops.motivo.add_body()
    bpy.ops.motivo.prompt_add(kind="POSE")
    with pytest.raises(RuntimeError, match="MuJoCo, the physics is missing in Python 3"):
        bpy.ops.motivo.generate()
    assert "install the zip" in session.notice.text and session.notice.is_error
    assert len(bpy.context.object.motivo.prompts) == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a program that does nothing")
def test_a_python_chosen_while_another_runs_is_taken_next(own, session, tmp_path):
    first = asked(session)
    python = tmp_path / "python-of-mine"
    python.symlink_to(sys.executable)
    own.python_path = str(python)
    second = asked(session)
    assert second != first
    assert python.name in Path(f"/proc/{second}/cmdline").read_text()
