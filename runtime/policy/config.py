"""``config.json`` of a checkpoint: the dimensions of its networks.

Field names are the published ones, so that published files load and ours load
elsewhere. Fields that are not known here are ignored.
"""

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ..errors import UserError

CONFIG_NAME = "config.json"
MODELS = ("simple", "residual")

T = TypeVar("T")


@dataclass(frozen=True)
class ActorConfig:
    """The policy network: two embeddings of half the width each, then the trunk."""

    hidden_dim: int = 1024
    model: str = "simple"
    hidden_layers: int = 2
    embedding_layers: int = 2


@dataclass(frozen=True)
class EnsembleConfig(ActorConfig):
    """The forward map and the critic: ``num_parallel`` networks side by side."""

    num_parallel: int = 2
    ensemble_mode: str = "batch"


@dataclass(frozen=True)
class BackwardConfig:
    hidden_dim: int = 256
    hidden_layers: int = 1
    norm: bool = True


@dataclass(frozen=True)
class DiscriminatorConfig:
    hidden_dim: int = 1024
    hidden_layers: int = 3


@dataclass(frozen=True)
class ArchitectureConfig:
    z_dim: int = 256
    norm_z: bool = True
    f: EnsembleConfig = field(default_factory=EnsembleConfig)
    b: BackwardConfig = field(default_factory=BackwardConfig)
    actor: ActorConfig = field(default_factory=ActorConfig)
    critic: EnsembleConfig = field(default_factory=EnsembleConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)


@dataclass(frozen=True)
class ModelConfig:
    """A whole model. FB without a discriminator leaves those two parts of ``archi`` unused."""

    obs_dim: int
    action_dim: int
    device: str = "cpu"
    archi: ArchitectureConfig = field(default_factory=ArchitectureConfig)
    inference_batch_size: int = 500_000
    seq_length: int = 1
    actor_std: float = 0.2
    norm_obs: bool = True

    def __post_init__(self) -> None:
        archi = self.archi
        _check_positive(self, "", "obs_dim", "action_dim", "seq_length", "inference_batch_size")
        _check_positive(archi, "archi.", "z_dim")
        if self.actor_std < 0:
            raise UserError(f"config.json: actor_std is {self.actor_std}; it must not be negative.")
        for name in ("f", "critic", "actor", "b", "discriminator"):
            part = getattr(archi, name)
            _check_positive(part, f"archi.{name}.", "hidden_dim", "hidden_layers")
            if not isinstance(part, ActorConfig):
                continue
            if part.model not in MODELS:
                raise UserError(
                    f"config.json: archi.{name}.model is '{part.model}'; "
                    f"known are {' and '.join(MODELS)}."
                )
            if part.embedding_layers < 2 or part.hidden_dim % 2:
                raise UserError(
                    f"config.json: archi.{name} needs at least 2 embedding_layers "
                    "and an even hidden_dim."
                )
            if isinstance(part, EnsembleConfig):
                _check_positive(part, f"archi.{name}.", "num_parallel")
                if part.ensemble_mode != "batch":
                    raise UserError(
                        f"config.json: archi.{name}.ensemble_mode is '{part.ensemble_mode}'; "
                        "only 'batch' can be loaded."
                    )

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2) + "\n"

    @classmethod
    def from_dict(cls, data: Any) -> "ModelConfig":
        """Raises ``UserError`` naming each dimension that is missing or not a number."""
        if isinstance(data, dict):
            missing = [name for name in ("obs_dim", "action_dim") if data.get(name) is None]
            if missing:
                raise UserError(
                    f"config.json does not say {' and '.join(missing)}; "
                    "a model cannot be built without these dimensions."
                )
        return _from_dict(cls, data, "")

    @classmethod
    def load(cls, folder: str | Path) -> "ModelConfig":
        path = Path(folder) / CONFIG_NAME
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(
                f"'{folder}' is not a model: it has no readable {CONFIG_NAME}.", repr(error)
            ) from error
        except ValueError as error:
            raise UserError(f"'{path}' is not valid JSON: {error}.") from error
        return cls.from_dict(data)


def _check_positive(part: Any, prefix: str, *names: str) -> None:
    for name in names:
        value = getattr(part, name)
        if value < 1:
            raise UserError(f"config.json: {prefix}{name} is {value}; it must be at least 1.")


def _from_dict(cls: type[T], data: Any, prefix: str) -> T:
    if not isinstance(data, dict):
        where = prefix.removesuffix(".") or "the file"
        raise UserError(f"config.json: {where} must be an object, not {type(data).__name__}.")
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for entry in dataclasses.fields(cls):  # type: ignore[arg-type]
        if data.get(entry.name) is not None:
            value = data[entry.name]
            values[entry.name] = _typed(hints[entry.name], value, prefix + entry.name)
    return cls(**values)


def _typed(kind: type, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _from_dict(kind, value, where + ".")
    # bool is an int to Python, but "true" is no dimension.
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if kind in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
        fits = math.isfinite(value) and (kind is float or value == int(value))
    if not fits:
        raise UserError(f"config.json: {where} must be of type {kind.__name__}, not {value!r}.")
    return kind(value)
