"""A body is made taller, smaller, heavier or lighter, and all that is keyed for it goes along."""

import json

import bpy
from mathutils import Matrix

from ..rig import curves
from ..rig.body.armature import require_body
from ..rig.body.size import check, reference_height
from ..rig.channels import path_of
from ..rig.sample import require_posed
from .base import UNKEYED
from .edits import KEYS, keys_of

HIPS = path_of("pelvis", "location")


def resize(body: bpy.types.Object, height: float, mass: float) -> None:
    """Makes the body ``height`` metres tall and ``mass`` kg heavy, 0 for as its height has it.

    Its bones, its mesh, its pose and the keys of its hips go along, in all Actions that are known
    to be its own. Raises ``UserError`` for what no body is; nothing is changed then.
    """
    require_body(body)
    require_posed(body)
    check(height, mass)
    usual = abs(height - reference_height()) < 5e-4
    before = body.motivo.height or reference_height()
    body.motivo.height, body.motivo.mass = (0.0 if usual else height), mass
    ratio = (reference_height() if usual else height) / before
    if abs(ratio - 1) < 1e-6:
        return
    body.data.transform(Matrix.Scale(ratio, 4))
    for child in body.children:
        if child.type == "MESH" and child.parent_type == "OBJECT":
            child.data.transform(Matrix.Scale(ratio, 4))
    body.pose.bones["pelvis"].location *= ratio
    for action in own_actions(body):
        for curve in curves.curves_of(action, body):
            if curve.data_path == HIPS:
                curves.scale_keys(curve, ratio)
        _scale_base(action, ratio)


def own_actions(body: bpy.types.Object) -> list[bpy.types.Action]:
    """The Action it plays, those of its NLA strips and prompts, and the keys and takes of these."""
    found: set[bpy.types.Action | None] = set()
    animation = body.animation_data
    if animation is not None:
        found = {strip.action for track in animation.nla_tracks for strip in track.strips}
        found.add(animation.action)
    for prompt in body.motivo.prompts:
        if prompt.keyframes.armature in (None, body):
            found.add(prompt.keyframes.action)
        found.add(prompt.pose.action)
    found |= {keys_of(action) for action in found}
    found.discard(None)
    # Takes that were baked of the same keys and are not played now.
    return list(found | {take for take in bpy.data.actions if take.get(KEYS) in found})


def _scale_base(action: bpy.types.Action, ratio: float) -> None:
    """The hips of the pose that is remembered for what the Action does not move."""
    base = json.loads(action.get(UNKEYED, "{}"))
    if HIPS in base:
        base[HIPS] = [value * ratio for value in base[HIPS]]
        action[UNKEYED] = json.dumps(base)
