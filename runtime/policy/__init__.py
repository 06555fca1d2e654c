"""Policies: published checkpoints in torch, and the ONNX pack that needs no torch.

Importing this loads neither torch nor onnxruntime; the names that need them do.
"""

from typing import TYPE_CHECKING

from ..lazy import lazy_names
from .config import ModelConfig

if TYPE_CHECKING:
    from .model import FBcprModel, FBModel
    from .onnx_export import export_pack
    from .pack import Policy

__all__ = ["FBModel", "FBcprModel", "ModelConfig", "Policy", "export_pack"]

__getattr__ = lazy_names(
    __name__,
    {
        "FBModel": ".model",
        "FBcprModel": ".model",
        "Policy": ".pack",
        "export_pack": ".onnx_export",
    },
)
