"""The add-on's end of the worker: one piece of work at a time, and what came of it.

Everything here runs on Blender's main thread and returns at once. ``worker_timer``
calls ``Session.pump`` from a timer; without a window ``Session.wait`` does.
Nothing here changes the scene, so whatever goes wrong leaves it as it was.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..runtime.errors import UserError, at_frame
from .bodies import find_body
from .connection import connect
from .preferences import WHEN_CHANGED
from .scene import CONTROL_FPS, scene_fps
from .takes import TakeSet, ghost_lines

if TYPE_CHECKING:
    import numpy as np

    from ..runtime.policy.measures import Measures
    from ..runtime.worker.client import Event, WorkerClient


@dataclass(frozen=True)
class Notice:
    """What the panel's box says: a sentence for the person, and details for a report."""

    text: str
    details: str = ""
    is_error: bool = True


@dataclass
class Job:
    """The work the worker does now."""

    request: int
    title: str
    done: Callable[[dict[str, Any]], None]
    body: int | None = None
    """``session_uid`` of the body it is for; the work ends if that body is deleted."""
    body_name: str = ""
    fraction: float = 0.0
    text: str = "Starting"
    ghost: "np.ndarray | None" = None
    """(46, 3) metres: lines of the pose performed last."""
    best: "np.ndarray | None" = None
    """(T, 76): the whole motion in the best version so far, once there is one."""
    start_frame: int = 0
    """Frame of the scene at which that begins."""
    keeping: bool = False
    """Whether it was asked to end with the best so far."""
    place: tuple[tuple[float, ...], ...] | None = None
    """(4, 4): where in the world it is performed; None for the space of the body's object."""
    here: bool = False
    """Blender does it itself, in steps (``operators/stepping.py``), and not the worker."""


class Session:
    """What lives as long as the add-on is enabled.

    The worker starts when it is first asked for something, and again after it
    ended. Bodies are kept as session uids and looked up, never held.
    """

    def __init__(self, connect: "Callable[[], WorkerClient]") -> None:
        self._connect = connect
        self.worker: WorkerClient | None = None
        self.job: Job | None = None
        self.takes: dict[int, TakeSet] = {}
        """By ``session_uid`` of their body."""
        self.on_result: list[Callable[[Job], None]] = []
        """Called with each job whose result has come, after what it asked for was done."""
        self.notice: Notice | None = None
        self.models: tuple[dict[str, Any], ...] | None = None
        """Trained models that can be chosen by name; None until the worker was asked."""
        self.shipped_measures: Measures | None = None
        """What the model that ships was measured to do, known before the worker is asked."""
        self.model_items: list[tuple] = []
        """What the panel's list of them shows."""
        self.reward_words: dict[str, Any] | None = None
        """What expressions can be made of, while the panel shows it."""
        self.idle_since = time.monotonic()
        self.live: Any = None
        """The ``live.running.LiveRun`` of the body that runs live, while one does; its work is ``job``."""
        self.outdated = False
        """Whether a preference changed while the worker was at work, which it reads at its start."""
        self.watch: bpy.types.Timer | None = None
        """Runs while the operator Generate does; Blender does not end it with the operator."""

    def generate(
        self,
        body: bpy.types.Object,
        timeline: dict[str, Any],
        settings: dict[str, Any],
        name: str,
        start_frame: int,
        place: Sequence[Sequence[float]] | None = None,
        asked: str = "",
        only: int | None = None,
    ) -> None:
        """Asks for the motion of ``body``; its takes appear in ``takes`` once it is done.

        ``timeline`` and ``settings`` are what ``Timeline`` and ``GenerationSettings``
        give as plain data; the take begins at ``start_frame`` of the scene, and stands at
        ``place`` (4, 4) in the world if the body's object does not stay where it is. Of its
        takes all are kept, or ``only`` the one with this number. ``asked`` says what was
        asked for, to tell when the takes are out of date.
        """
        uid = body.session_uid
        stands = None if place is None else tuple(tuple(row) for row in place)

        def keep(payload: dict[str, Any]) -> None:
            motions = payload["motions"] if only is None else payload["motions"][only:][:1]
            if not motions:
                self.notice = Notice(
                    "It was stopped before this take was reached; generate it again.",
                    is_error=False,
                )
                return
            motions = [_in_own_lengths(motion) for motion in motions]
            self.takes[uid] = TakeSet(name, start_frame, tuple(motions), asked=asked, place=stands)

        self._begin(
            "generate",
            {"timeline": timeline, "settings": settings},
            Job(
                0,
                "Generating motion",
                keep,
                uid,
                body.name,
                place=stands,
                start_frame=start_frame,
            ),
        )

    def inspect(
        self,
        path: Path,
        done: Callable[[dict[str, Any]], None],
        options: dict[str, Any] | None = None,
    ) -> None:
        """Asks how long a motion file is and what is in it; ``done`` gets the worker's answer.

        ``options`` are what ``SourceOptions`` gives as plain data.
        """
        self._begin(
            "inspect_motion",
            {"path": str(path), "options": options or {}},
            Job(0, f"Reading {path.name}", done),
        )

    def add_to_library(self, motion: dict[str, Any], name: str, credit: str) -> None:
        """Adds a motion of the body to the person's own library; ``notice`` says so later."""

        def tell(payload: dict[str, Any]) -> None:
            self.notice = Notice(
                f"'{name}' is in your library now, which holds {payload['clips']} motions.",
                is_error=False,
            )

        self._begin(
            "add_to_library",
            {"motion": motion, "name": name, "credit": credit},
            Job(0, f"Adding {name}", tell),
        )

    def find_models(self, done: Callable[[], None]) -> None:
        """Asks which trained models there are; ``done`` is called once ``models`` says so."""

        def keep(payload: dict[str, Any]) -> None:
            self.models = tuple(payload["models"])
            done()

        self._begin("list_models", {}, Job(0, "Looking for models", keep))

    def download_model(self, name: str, licence: str, done: Callable[[str], None]) -> None:
        """Downloads a published model; ``done`` gets the name it is installed under.

        ``licence`` is the name of the one that the person accepted.
        """
        self._begin(
            "download_model",
            {"name": name, "accepted": licence},
            Job(0, f"Downloading {name}", lambda payload: done(payload["name"])),
        )

    def find_reward_words(self) -> None:
        """Asks what expressions can be made of; ``reward_words`` says so later."""

        def keep(payload: dict[str, Any]) -> None:
            self.reward_words = payload

        self._begin("describe_rewards", {}, Job(0, "Looking up words", keep))

    def check_reward(self, reward: str) -> None:
        """Asks whether a reward can be performed; ``notice`` says so, or what is wrong."""

        def tell(payload: dict[str, Any]) -> None:
            self.notice = Notice(payload["text"], is_error=False)

        self._begin("check_reward", {"reward": reward}, Job(0, "Checking", tell))

    def begin_here(self, title: str, text: str) -> Job:
        """Work that Blender does itself; its operator says how far it is and when it is over."""
        if self.job is not None:
            raise RuntimeError(f"{self.job.title} is not over yet.")
        self.notice = None
        self.job = Job(0, title, lambda _payload: None, text=text, here=True)
        return self.job

    def end_here(self, job: Job, notice: Notice | None = None) -> None:
        """The work is over, unless it is already."""
        if self.job is job:
            self._finish(notice)

    def cancel(self, notice: Notice | None = None) -> None:
        """Stops the work; whatever the worker still says about it is dropped."""
        if self.job is None:
            return
        if self.worker is not None and not self.job.here:
            self.worker.cancel(self.job.request)
        self._finish(notice)

    def keep_best(self) -> None:
        """Has the work end with the best so far, which becomes the take."""
        if self.worker is not None and can_keep(self.job):
            self.job.keeping = True
            self.worker.keep(self.job.request)

    def discard(self, uid: int) -> None:
        """Drops the takes of a body."""
        self.takes.pop(uid, None)

    def pump(self) -> bool:
        """Takes in what the worker said since the last call. True if anything changed."""
        events = self.worker.poll() if self.worker is not None else []
        for event in events:
            self._handle(event)
        job = self.job
        if job is not None and job.body is not None and find_body(job.body) is None:
            self.cancel(
                Notice(
                    f"'{job.body_name}' was deleted while its motion was generated; add it again.",
                    is_error=False,
                )
            )
            return True
        return bool(events)

    def wait(self, seconds: float = 3600.0) -> None:
        """Pumps until the work is over: for scripts and tests, which have no timers."""
        end = time.monotonic() + seconds
        while self.job is not None and time.monotonic() < end:
            self.pump()
            time.sleep(0.01)

    def close_worker(self) -> None:
        """Ends the worker; the next work starts another."""
        if self.worker is not None:
            self.worker.close()

    def start_anew(self) -> None:
        """The worker reads preferences when it starts: the next work starts another."""
        self.outdated = self.job is not None
        if not self.outdated:
            self.close_worker()

    def close(self) -> None:
        """Ends everything."""
        self.job = None
        self.outdated = False
        self.takes.clear()
        self.close_worker()

    def _begin(self, kind: str, payload: dict[str, Any], job: Job) -> None:
        if self.job is not None:
            raise RuntimeError(f"{self.job.title} is not over yet.")
        self.notice = None
        request = self.ask(kind, payload)
        if request is not None:
            job.request = request
            self.job = job

    def ask(self, kind: str, payload: dict[str, Any]) -> int | None:
        """The number of a request to the worker, which is started if none runs.

        None if there can be no worker; ``notice`` says why.
        """
        if self.worker is None or not self.worker.alive:
            self.close_worker()
            try:
                self.worker = self._connect()
            except UserError as error:
                self.notice = Notice(str(error), error.details)
                return None
        return self.worker.request(kind, payload)

    def _finish(self, notice: Notice | None = None) -> None:
        self.job = None
        self.notice = notice
        self.idle_since = time.monotonic()
        if self.outdated:
            self.start_anew()

    def _handle(self, event: "Event") -> None:
        if self.live is not None and self.live.hear(event):
            return
        job, payload = self.job, event.payload
        if job is None or event.request != job.request:
            return  # late words about work that was given up
        if event.kind == "progress":
            job.fraction = float(payload["fraction"])
            job.text = payload["text"] or job.text
        elif event.kind == "preview":
            show_better(job, payload)
        elif event.kind == "result":
            self._finish()
            job.done(payload)
            for listener in self.on_result:
                listener(job)
        elif event.kind in ("error", "exit"):
            self._finish(Notice(_in_frames_of_the_scene(job, payload), payload.get("details", "")))


def _in_frames_of_the_scene(job: Job, payload: dict[str, Any]) -> str:
    """What the worker says, which counts frames from the motion's first."""
    frame = payload.get("frame")
    if frame is None:
        return payload["text"]
    fps = scene_fps(bpy.context.scene)
    return at_frame(payload["text"], frame, round(job.start_frame + frame * fps / CONTROL_FPS))


def _in_own_lengths(motion: dict[str, Any]) -> dict[str, Any]:
    """A take as bodies of the scene play it: in the reference body's lengths, whoever performed."""
    if "scale" not in motion:
        return motion
    from ..runtime.motion import Motion

    return Motion.from_dict(motion).of_scale(1.0).to_dict()


def can_keep(job: Job | None) -> bool:
    """Whether there is something that could become the take before the work is over."""
    return job is not None and job.best is not None and not job.keeping


def show_better(job: Job, payload: dict[str, Any]) -> None:
    """Takes in a piece of the preview: the next frames, or a better version of some."""
    qpos = payload["qpos"]
    if not payload.get("better"):
        # The next take's draft has begun; what there is of it is its last pose.
        job.best, job.ghost = None, ghost_lines(qpos[-1:])[0]
    elif job.best is None:
        job.best = qpos
    else:
        frames = job.best[payload["start"] :][: len(qpos)]
        frames[:] = qpos[: len(frames)]


WHEN_CHANGED.append(lambda: session().start_anew())
_session: Session | None = None


def session() -> Session:
    """The session of the enabled add-on."""
    if _session is None:
        raise RuntimeError("Motivo is not enabled.")
    return _session


def register() -> None:
    global _session
    from ..runtime.policy.measures import DEFAULT_FOLDER, read_measures

    _session = Session(connect)
    # Here, because drawing reads no files.
    _session.shipped_measures = read_measures(DEFAULT_FOLDER)


def unregister() -> None:
    global _session
    if _session is not None:
        _session.close()
    _session = None
