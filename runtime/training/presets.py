"""Named configurations, and changing single settings of one by name."""

import dataclasses
from dataclasses import replace
from typing import Any, TypeVar

from ..errors import UserError
from ..policy.config import (
    ActorConfig,
    ArchitectureConfig,
    BackwardConfig,
    DiscriminatorConfig,
    EnsembleConfig,
    ModelConfig,
)
from .agents.fb_cpr import FBcprConfig
from .rollouts import RolloutConfig
from .trainer import TrainConfig

T = TypeVar("T")


def humanoid_model(hidden: int, z_dim: int = 256, discriminator: int | None = None) -> ModelConfig:
    """The published architecture with hidden layers of another width."""
    return ModelConfig(
        obs_dim=358,
        action_dim=69,
        seq_length=8,
        archi=ArchitectureConfig(
            z_dim=z_dim,
            f=EnsembleConfig(hidden_dim=hidden),
            critic=EnsembleConfig(hidden_dim=hidden),
            actor=ActorConfig(hidden_dim=hidden),
            b=BackwardConfig(hidden_dim=min(hidden, 256)),
            discriminator=DiscriminatorConfig(hidden_dim=discriminator or hidden),
        ),
    )


PUBLISHED = TrainConfig(agent=FBcprConfig(model=humanoid_model(1024)))
"""As the published S models were trained: 30 M steps, 3 M updates, days on one GPU."""

SHORT = TrainConfig(
    agent=FBcprConfig(
        # The discriminator keeps its published width: it decides what looks human.
        model=humanoid_model(512, discriminator=1024),
        # Between the published rate and the 3e-4 that shorter schedules report.
        learning_rate_f=2e-4,
        learning_rate_actor=2e-4,
        learning_rate_critic=2e-4,
        regularization=0.02,
        # Others train without it at this length, and it needs a linear solve in each update.
        implicit_reward=0.0,
    ),
    # 512 bodies keep 16 cores busy while few enough to start many episodes a minute.
    rollouts=RolloutConfig(envs=512),
    total_steps=100_000_000,
    replay_capacity=2_000_000,
    updates_per_step=1 / 16,
    ratio_slack=0.5,
    priorities_every=2_000_000,
    priority_motions=128,
    score_every=2_000_000,
    checkpoint_minutes=0.0,
)
"""One large GPU with 16 cores for tens of minutes, continued from weights piece by piece."""

TINY = TrainConfig(
    agent=FBcprConfig(model=humanoid_model(16, z_dim=8), batch_size=32),
    rollouts=RolloutConfig(envs=4, episode_steps=12, threads=2),
    total_steps=100_000,
    random_steps=40,
    replay_capacity=2_000,
    latent_steps=6,
    latent_ring=64,
    updates_per_step=0.25,
    priorities_every=0,
    score_every=0,
    log_seconds=0.5,
)
"""Learns nothing, in seconds: for tests, and to see whether an installation works."""

PRESETS = {"published": PUBLISHED, "short": SHORT, "tiny": TINY}


def with_settings(config: T, settings: list[str]) -> T:
    """The configuration with ``name=value`` applied, names as ``agent.learning_rate_f``.

    Raises ``UserError`` for a name that does not exist or a value of another type.
    """
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise UserError(f"'{setting}' is no setting; write name=value.")
        config = _changed(config, name.split("."), value, name)
    return config


def _changed(config: Any, path: list[str], value: str, whole: str) -> Any:
    known = {field.name for field in dataclasses.fields(config)}
    if path[0] not in known:
        raise UserError(f"There is no setting '{whole}'; here are {', '.join(sorted(known))}.")
    present = getattr(config, path[0])
    if dataclasses.is_dataclass(present):
        if len(path) == 1:
            raise UserError(f"'{whole}' is a group of settings; name one of them.")
        return replace(config, **{path[0]: _changed(present, path[1:], value, whole)})
    if len(path) > 1:
        raise UserError(f"There is no setting '{whole}'.")
    return replace(config, **{path[0]: _typed(present, value, whole)})


def _typed(present: Any, value: str, name: str) -> Any:
    try:
        if isinstance(present, bool):
            return {"true": True, "false": False}[value.lower()]
        if isinstance(present, tuple):
            return tuple(value.split(","))
        # None stands for a number that is found out.
        return type(present)(value) if present is not None else int(value)
    except (ValueError, KeyError) as error:
        raise UserError(
            f"'{name}' cannot be '{value}'; something like '{present}' is expected."
        ) from error
