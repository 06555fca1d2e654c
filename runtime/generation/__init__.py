"""From a prompt timeline to a performed motion. Loads mujoco when used."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .settings import GenerationSettings
    from .takes import generate

__all__ = ["GenerationSettings", "generate"]

__getattr__ = lazy_names(__name__, {"GenerationSettings": ".settings", "generate": ".takes"})
