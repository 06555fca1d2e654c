"""What runs: thirty frames a second asked of the worker, what came, what was too late.

No Blender here. The clock is handed in, so that it can be looked at without waiting.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from ...runtime.worker.client import Event

FPS = 30
LONG = 0.03
"""Seconds after which a piece of work on Blender's main thread is felt."""
AHEAD = 2
"""Frames that are asked for and not there yet, at most: more would lag behind the hand."""


@dataclass(frozen=True)
class Asked:
    """What the worker is asked for next."""

    style: str = "walk"
    velocity: tuple[float, float] = (0.0, 0.0)
    """m/s over the floor, in the space of the body's object."""
    facing: float | None = None


@dataclass
class PieceTimes:
    """How long pieces of work of one kind took."""

    pieces: int = 0
    long: int = 0
    """Of these those that took longer than ``LONG``."""
    slowest: float = 0.0
    """Seconds."""

    def note(self, seconds: float) -> None:
        self.pieces += 1
        self.long += seconds > LONG
        self.slowest = max(self.slowest, seconds)


@dataclass
class LiveRun:
    """One body from the press on Live to its end."""

    body: int
    """``session_uid`` of the body it is for."""
    ask: Callable[[str, dict[str, Any]], int | None]
    """Sends a request to the worker."""
    begin: dict[str, Any]
    """What ``live_begin`` is sent."""
    clock: Callable[[], float] = time.perf_counter
    frames: list[dict[str, Any]] = field(default_factory=list)
    """Answers of ``live_step``, in order."""
    dropped: int = 0
    """Frames that were due and could not be had in time: so much slower than real time it was."""
    times: dict[str, PieceTimes] = field(default_factory=dict)
    """What Blender's main thread did for it: "beat" of the clock, "figure" for each picture, "drawing"."""
    failed: str = ""
    """What went wrong, in a sentence."""
    details: str = ""
    arrow: "np.ndarray | None" = None
    """Lines (2 n, 3) in the world of the push that is drawn by the mouse."""
    _began: float | None = None
    _asked: int = 0
    _waiting: set[int] = field(default_factory=set)
    _beginning: int | None = None
    _push: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        self._beginning = self.ask("live_begin", self.begin)
        if self._beginning is None:
            self.failed = "The engine could not be started"

    @property
    def shown(self) -> "np.ndarray | None":
        """(76,): the pose to draw."""
        return self.frames[-1]["qpos"] if self.frames else self.begin["start"]

    @property
    def ready(self) -> bool:
        """Whether it runs: the library is read."""
        return self._began is not None

    def push(self, body: int, velocity: tuple[float, float, float]) -> None:
        """Pushes a body (its number) with the next frame: m/s that the person would take up."""
        self._push = (float(body), *velocity)

    def tick(self, asked: Asked) -> None:
        """Asks for the frames that are due; called more often than there are frames."""
        if self._began is None or self.failed:
            return
        due = int((self.clock() - self._began) * FPS) + 1
        free = AHEAD - len(self._waiting)
        late = due - self._asked - max(free, 0)
        if late > 0:
            # Worker or Blender is behind: time stands still for so long, and it is told.
            self.dropped += late
            self._began += late / FPS
            due -= late
        while self._asked < due and len(self._waiting) < AHEAD:
            request = self.ask(
                "live_step",
                {
                    "style": asked.style,
                    "velocity": list(asked.velocity),
                    "facing": asked.facing,
                    "push": None if self._push is None else list(self._push),
                },
            )
            self._push = None
            if request is None:
                self.failed = "The engine could not be started"
                return
            self._waiting.add(request)
            self._asked += 1

    def hear(self, event: "Event") -> bool:
        """Takes an answer of the worker in; False if it is about something else."""
        beginning = event.request == self._beginning
        if not beginning and event.request not in self._waiting:
            return False
        if event.kind in ("error", "exit"):
            self.failed, self.details = event.payload["text"], event.payload.get("details", "")
        elif event.kind == "result" and beginning:
            self._began = self.clock()
        elif event.kind == "result":
            self._waiting.discard(event.request or 0)
            self.frames.append(event.payload)
        return True

    @property
    def rate(self) -> float:
        """Frames a second that were had of ``FPS``."""
        due = len(self.frames) + self.dropped
        return FPS * len(self.frames) / due if due else float(FPS)

    def note(self, kind: str, seconds: float) -> None:
        """Remembers how long a piece of work on the main thread took."""
        self.times.setdefault(kind, PieceTimes()).note(seconds)

    def end(self) -> None:
        """The worker lets go of the body; what it still says is not heard."""
        if not self.failed:
            self.ask("live_end", {})
        self._waiting.clear()

    def motion(self, label: str) -> dict[str, Any]:
        """What was performed, as ``Motion.to_dict`` gives it."""
        import numpy as np

        held = [round(float(frame["help"]), 3) for frame in self.frames[1:]]
        return {
            "fps": float(FPS),
            "qpos": np.array([frame["qpos"] for frame in self.frames]),
            "qvel": np.array([frame["qvel"] for frame in self.frames]),
            "contacts": np.array([frame["contacts"] for frame in self.frames]),
            "metadata": {
                "live": {
                    "label": label,
                    "dropped": self.dropped,
                    "rate": round(self.rate, 1),
                    "main_thread": {
                        name: {
                            "pieces": times.pieces,
                            "long": times.long,
                            "slowest_ms": round(1000 * times.slowest, 1),
                        }
                        for name, times in self.times.items()
                    },
                },
                "help": held,
                "measures": {"assistance_share": float(np.mean(held)) if held else 0.0},
            },
        }
