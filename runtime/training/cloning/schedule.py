"""A whole run in one file: which settings hold from which update to which.

What a policy is asked for in its roll-outs changes as it learns: to follow experts
first, then to stand and walk, then all else. A schedule says it, so that one command
does the whole run, and goes on in the right place after an interruption.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ..presets import with_settings
from .config import CloningConfig

FIXED = ("agent", "graph", "seed", "average", "perturbations", "samples", "transitions")
"""Settings that a run begins with and keeps: networks, stores and what is made of them."""


@dataclass(frozen=True)
class Stage:
    """Settings that hold until so many updates, all of them on top of those the run began with."""

    until: int
    settings: tuple[str, ...] = ()
    """As ``--set`` takes them, NAME=VALUE."""


@dataclass(frozen=True)
class Schedule:
    """Stages one after the other; without any, a run keeps its settings and has no end."""

    stages: tuple[Stage, ...] = ()

    @property
    def end(self) -> int | None:
        """Updates at which the last stage is over; None without stages."""
        return self.stages[-1].until if self.stages else None

    def at(self, config: CloningConfig, updates: int) -> CloningConfig:
        """``config`` with what holds after so many updates; after the end, what held last."""
        if not self.stages:
            return config
        stage = next((s for s in self.stages if updates < s.until), self.stages[-1])
        return with_settings(config, list(stage.settings))

    def check(self, config: CloningConfig) -> None:
        """Raises ``UserError`` unless all stages can follow on ``config``."""
        for number, stage in enumerate(self.stages, start=1):
            found = with_settings(config, list(stage.settings))
            changed = [name for name in FIXED if getattr(found, name) != getattr(config, name)]
            if changed:
                raise UserError(
                    f"Stage {number} of the schedule changes '{changed[0]}', which a run keeps from "
                    "its beginning; give it with --set instead."
                )


def load_schedule(path: Path) -> Schedule:
    """Reads ``{"stages": [{"until": 4000, "settings": {"rollouts.asked": 0.3}}, ...]}``.

    Raises ``UserError`` for what is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        stages = tuple(
            Stage(int(stage["until"]), tuple(_written(stage.get("settings", {}))))
            for stage in content["stages"]
        )
        ends = [stage.until for stage in stages]
        if not ends or ends[0] < 1 or sorted(set(ends)) != ends:
            raise ValueError("stages must end one after the other")
    except OSError as error:
        raise UserError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f'\'{path}\' is no schedule: it needs "stages", each with "until" (updates, growing '
            'from stage to stage) and "settings" by name.',
            repr(error),
        ) from error
    return Schedule(stages)


def _written(settings: dict[str, object]) -> list[str]:
    return [
        f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in settings.items()
    ]
