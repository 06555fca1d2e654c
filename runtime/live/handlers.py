"""What the worker is asked while a body runs live: begin, one step after the other, end."""

import time
from typing import Any

import numpy as np

from ..errors import UserError
from ..generation.performers import PERFORMERS
from ..progress import Progress
from .steering import Steering, Wish

_running: dict[str, Any] = {}
"""The body that runs, under "body"; a worker has one at most."""


def live_begin(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"start": (76,), "model", "controller", "strength", "assistance"}`` -> ``{"qpos": (76,)}``."""
    from ..library import load_library
    from .performing import PolicyBody, ServoBody

    progress(0.1, "Reading the library")
    start = np.asarray(payload["start"], dtype=np.float64)
    performer = PERFORMERS.get(str(payload.get("controller")))
    if performer is not None and performer.needs_model:
        _running["body"] = PolicyBody(str(payload.get("model", "")), start)
    else:
        steering = Steering(load_library(), start)
        steering.prepare()
        _running["body"] = ServoBody(
            steering, float(payload.get("strength", 1.0)), float(payload.get("assistance", 1.0))
        )
    return {"qpos": start}


def live_step(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"style", "velocity", "facing", "push"}`` -> the frame a thirtieth of a second on.

    ``push`` is ``[body, x, y, z]``, m/s of the whole person, or None. ``seconds`` of the
    answer is how long it took.
    """
    if "body" not in _running:
        raise UserError("Nothing runs live; press Live again.")
    began = time.perf_counter()
    body = _running["body"]
    if payload.get("push"):
        number, *velocity = payload["push"]
        body.push(int(number), np.array(velocity, dtype=np.float64))
    x, y = payload["velocity"]
    facing = payload.get("facing")
    wish = Wish(
        str(payload["style"]), (float(x), float(y)), None if facing is None else float(facing)
    )
    qpos, qvel, contacts, held = body.step(wish)
    return {
        "qpos": qpos,
        "qvel": qvel,
        "contacts": contacts,
        "help": held,
        "seconds": time.perf_counter() - began,
    }


def live_end(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Lets go of the body."""
    _running.clear()
    return {}
