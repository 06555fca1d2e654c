"""From a prompt timeline to a performed motion. Loads mujoco when used."""

from typing import TYPE_CHECKING, Any

from .settings import GenerationSettings

if TYPE_CHECKING:
    from .takes import generate

__all__ = ["GenerationSettings", "generate"]


def __getattr__(name: str) -> Any:
    if name == "generate":
        from .takes import generate

        return generate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
