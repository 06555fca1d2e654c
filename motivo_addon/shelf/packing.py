"""A take as text that a .blend file keeps, and back. Never pickled."""

import base64
import io
import json
import zlib
from typing import Any

from ...runtime.errors import UserError

_ARRAYS = ("qpos", "qvel", "contacts")


def pack(motion: dict[str, Any]) -> str:
    """A motion, as ``Motion.to_dict`` gives it, as text; about 25 kB for a second."""
    import numpy as np

    arrays = {key: motion[key] for key in _ARRAYS if motion.get(key) is not None}
    file = io.BytesIO()
    np.savez(file, **arrays)
    head = json.dumps(
        {"fps": motion["fps"], "metadata": motion["metadata"]}, default=_plain
    ).encode()
    # Once around all is smaller than array by array, and the timeline's numbers shrink most.
    body = zlib.compress(len(head).to_bytes(8, "little") + head + file.getvalue(), 6)
    return base64.b85encode(body).decode("ascii")


def unpack(text: str) -> dict[str, Any]:
    """The inverse of ``pack``; ``UserError`` for what is none."""
    import numpy as np

    try:
        body = zlib.decompress(base64.b85decode(text))
        length = int.from_bytes(body[:8], "little")
        head = json.loads(body[8 : 8 + length])
        with np.load(io.BytesIO(body[8 + length :]), allow_pickle=False) as archive:
            arrays = {key: archive.get(key) for key in _ARRAYS}
        if arrays["qpos"] is None or arrays["qpos"].ndim != 2 or arrays["qpos"].shape[1] != 76:
            raise ValueError(f"no qpos in {sorted(arrays)}")
        return {"fps": float(head["fps"]), "metadata": dict(head["metadata"]), **arrays}
    except Exception as error:
        # Damaged text comes out of the libraries as anything from zlib.error to KeyError.
        raise UserError(
            "A take in this file is damaged and was left out; generate it again.", repr(error)
        ) from error


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not plain data")
