"""What the worker can be asked. Heavy libraries load when a request needs them."""

import importlib
import logging
import os
from pathlib import Path
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
    """``{"path", "options"}`` -> what the panel says about a motion file, without fitting it.

    See ``motion.sources.inspection.Inspection``; ``problem`` says why its bones have to be chosen.
    """
    from ..motion.sources.inspection import inspect_file
    from ..motion.sources.options import SourceOptions

    options = SourceOptions.from_dict(payload.get("options") or {})
    return inspect_file(Path(payload["path"]), options).to_dict()


def fit(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"skeleton"}`` -> ``{"motion", "report"}``: a clip of any skeleton on the body."""
    from ..motion import SkeletonClip, fit_to_body

    result = fit_to_body(SkeletonClip.from_dict(payload["skeleton"]), progress)
    return {"motion": result.motion.to_dict(), "report": result.report.to_dict()}


def add_to_library(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"motion", "name", "credit"}`` -> ``{"clips", "minutes"}`` of the person's own library."""
    from ..library.build import add_motions, clip_of_motion
    from ..motion import Motion

    motion = Motion.from_dict(payload["motion"])
    clip = clip_of_motion(motion, str(payload["name"]), str(payload.get("credit", "")))
    report = add_motions([clip], progress)
    return {"clips": report.clips, "minutes": report.minutes}


def list_models(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """-> ``{"models": [{"name", "licence", "size", "measures"}, ...]}``; "default" ships."""
    from ..policy.choice import list_models

    return {"models": list_models()}


def download_model(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"name", "accepted"}`` -> ``{"name"}`` it is installed under, data for behaviours included.

    ``accepted`` is the name of the licence that the person was shown and agreed to;
    nothing is downloaded if the model turns out to be under another.
    """
    from ..policy.download import fetch_model

    folder = fetch_model(
        payload["name"],
        accept_license=lambda licence: licence.name == payload["accepted"],
        with_buffer=True,
        progress=progress,
    )
    return {"name": folder.name}


def describe_rewards(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """-> what a behaviour can be made of: forms of names, quantities, functions and tasks."""
    from ..prompts.rewards.expressions import FUNCTIONS
    from ..prompts.rewards.forms import REWARD_FORMS
    from ..prompts.rewards.quantities import QUANTITIES
    from ..prompts.tasks import STANDARD_TASKS

    return {
        "forms": [
            {
                "template": form.template,
                "about": form.about,
                "defaults": dict(form.defaults),
                "choices": {name: list(form.choices(name)) for name in form.parameters},
            }
            for form in REWARD_FORMS
        ],
        "quantities": {name: quantity.about for name, quantity in QUANTITIES.items()},
        "functions": [function.usage for function in FUNCTIONS.values()],
        "tasks": list(STANDARD_TASKS),
    }


def check_reward(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """``{"reward"}`` -> ``{"text"}``, that it can be used; an error of the person if not."""
    from ..prompts import parse_reward

    reward = str(payload["reward"]).strip()
    parse_reward(reward)
    return {"text": f"'{reward}' can be performed."}


def live(kind: str) -> Handler:
    """A handler of ``live.handlers``, which loads with the first request for it."""

    def handle(payload: dict[str, Any], progress: Progress) -> dict[str, Any]:
        from ..live import handlers

        return getattr(handlers, kind)(payload, progress)

    return handle


HANDLERS: dict[str, Handler] = {
    "ping": ping,
    "generate": generate,
    "inspect_motion": inspect_motion,
    "fit": fit,
    "add_to_library": add_to_library,
    "list_models": list_models,
    "download_model": download_model,
    "describe_rewards": describe_rewards,
    "check_reward": check_reward,
    **{kind: live(kind) for kind in ("live_begin", "live_step", "live_end")},
}
