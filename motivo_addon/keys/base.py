"""What the pose was where nothing is keyed, from the moment a take is baked over the keys.

Keys often move an arm only; the rest of the body stands as it was posed. A
baked take keys everything and leaves its own pose behind, so that the same keys
would mean another motion afterwards. Bake therefore remembers.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..rig import curves
from ..rig.channels import Base, current_base

UNKEYED = "motivo_unkeyed"
"""Custom property of an Action with keys: JSON, data path -> values of what it does not move."""


def remember_base(body: bpy.types.Object, action: bpy.types.Action) -> None:
    """Keeps the pose of all that ``action``, which the body plays, does not move."""
    moved = {(curve.data_path, curve.array_index) for curve in curves.curves_of(action, body)}
    base = {
        path: values
        for path, values in current_base(body).items()
        if not all((path, index) in moved for index in range(len(values)))
    }
    action[UNKEYED] = json.dumps(base)


def base_of(body: bpy.types.Object, action: bpy.types.Action) -> Base:
    """The pose of what ``action`` does not move: as remembered, else as it stands now."""
    base = current_base(body)
    if action != curves.active_action(body) and UNKEYED in action:
        remembered = json.loads(action[UNKEYED])
        base |= {path: tuple(values) for path, values in remembered.items() if path in base}
    return base


@contextmanager
def based(body: bpy.types.Object, action: bpy.types.Action | None) -> Iterator[None]:
    """Poses the body, where ``action`` does not move it, as it was when that was keyed."""
    if action is None or action == curves.active_action(body) or UNKEYED not in action:
        yield
        return
    before = current_base(body)
    apply_base(body, base_of(body, action))
    try:
        yield
    finally:
        apply_base(body, before)


def apply_base(body: bpy.types.Object, base: Base) -> None:
    for path, values in base.items():
        bone, name = path.rsplit(".", 1)
        setattr(body.path_resolve(bone), name, values)
