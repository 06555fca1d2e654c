"""The extension: Blender calls ``register`` and ``unregister``."""

from .motivo_addon import register, unregister

__all__ = ["register", "unregister"]
