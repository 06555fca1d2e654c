"""What a model was measured to do, as its pack tells it: read without loading the model."""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

SCORES_NAME, EXACT = "scores.json", "fp32"
DEFAULT_VARIABLE = "MOTIVO_DEFAULT_MODEL"
DEFAULT_FOLDER = Path(
    os.environ.get(DEFAULT_VARIABLE) or Path(__file__).resolve().parents[1] / "models" / "default"
)
"""Where the model that ships lies, if one does; the variable names another pack in its place."""

Measures = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Kind of prompt -> controller -> score -> mean value, of the model and of the servo beside it."""


def read_measures(folder: Path) -> Measures | None:
    """How the model in a folder performs prompts beside the servo; None if nothing says so."""
    measures = _scores(folder).get("controllers")
    return measures if isinstance(measures, dict) else None


def measured_exactly(folder: Path) -> bool:
    """Whether what is told of the model in a folder holds of its actor in full precision alone."""
    return _scores(folder).get("precision") == EXACT


def _scores(folder: Path) -> Mapping[str, Any]:
    path = folder / SCORES_NAME
    if not path.is_file():
        return {}
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        logger.warning("'%s' cannot be read, the model counts as not measured: %s", path, error)
        return {}
    if not isinstance(content, dict):
        logger.warning("'%s' holds no scores, the model counts as not measured", path)
        return {}
    return content
