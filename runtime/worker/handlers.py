"""What the worker can be asked. Heavy libraries load when a request needs them."""

import importlib
import logging
import os
from typing import Any

from ..progress import Progress
from .server import Handler

logger = logging.getLogger(__name__)


def warm_up() -> None:
    """Loads what the first request will need, while the person still sets it up."""
    for name in ("mujoco", "scipy.spatial.transform"):
        try:
            importlib.import_module(name)
        except ImportError as error:  # the request that needs it will tell the person
            logger.error("%s cannot be loaded: %s", name, error)


def ping(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Sends everything back."""
    return {**payload, "pid": os.getpid()}


def generate(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"timeline", "settings"}`` -> ``{"motions": [...]}``, one for each take."""
    from ..generation import GenerationSettings, generate
    from ..prompts import Timeline

    timeline = Timeline.from_dict(payload["timeline"])
    settings = GenerationSettings.from_dict(payload.get("settings", {}))
    return {"motions": [motion.to_dict() for motion in generate(timeline, settings, progress)]}


def inspect_motion(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"path"}`` -> what the panel says about a motion file, frames at 30 a second."""
    from ..motion import read_clip
    from ..motion.motion import CONTROL_FPS

    clip = read_clip(payload["path"])
    seconds = (clip.frames - 1) / clip.fps
    return {
        "frames": int(seconds * CONTROL_FPS + 1e-6) + 1,
        "fps": clip.fps,
        "seconds": seconds,
        "skeleton": clip.name,
    }


def fit(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"skeleton"}`` -> ``{"motion", "report"}``: a clip of any skeleton on the body."""
    from ..motion import SkeletonClip, fit_to_body

    fields = payload["skeleton"]
    names, parents = tuple(fields["names"]), tuple(fields["parents"])
    result = fit_to_body(SkeletonClip(**{**fields, "names": names, "parents": parents}), progress)
    return {"motion": result.motion.to_dict(), "report": vars(result.report)}


HANDLERS: dict[str, Handler] = {
    "ping": ping,
    "generate": generate,
    "inspect_motion": inspect_motion,
    "fit": fit,
}
