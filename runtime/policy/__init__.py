"""Policies: published checkpoints in torch, and the ONNX pack that needs no torch.

Importing this loads neither torch nor onnxruntime; the names that need them do.
"""

from typing import TYPE_CHECKING, Any

from .config import ModelConfig

if TYPE_CHECKING:
    from .model import FBcprModel, FBModel
    from .onnx_export import export_pack
    from .pack import Policy

_HOMES = {
    "FBModel": "model",
    "FBcprModel": "model",
    "Policy": "pack",
    "export_pack": "onnx_export",
}

__all__ = ["FBModel", "FBcprModel", "ModelConfig", "Policy", "export_pack"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
