"""What a body is asked to perform, as a text that changes when that does."""

from collections.abc import Collection

import bpy

from ..bodies import is_body
from ..keys.source import source_action
from ..keys.watch import known
from ..surroundings.reading import is_usual, keyed_paths

_LEFT_OUT = {"rna_type", "name", "own_start", "own_end", "follow", "colour", "shown", "action"}
"""An Action counts as the one whose keys are performed, see ``_keys_of``."""


def what_is_asked(body: bpy.types.Object) -> str:
    """Prompts, settings, the scene and the keys as last looked at; cheap enough for a panel."""
    asked = [[*_values(prompt), _keys_of(prompt, body)] for prompt in body.motivo.prompts]
    around = _around(bpy.context.scene, body)
    settings = body.motivo
    sized = [settings.height, settings.mass] if settings.height or settings.mass else []
    return repr((asked + sized, _values(settings.generation), known(body).digest, *around))


def _keys_of(prompt, body: bpy.types.Object) -> str:
    """The Action whose keys a prompt performs: one that Bake names in it was meant before."""
    if prompt.kind != "KEYFRAMES":
        return ""
    action = source_action(prompt.keyframes, body)
    return action.name if action is not None else ""


def is_out_of_date(body: bpy.types.Object, takes) -> bool:
    """Whether something else is asked for by now than what the takes perform."""
    return bool(takes.asked) and takes.asked != what_is_asked(body)


def _around(scene: bpy.types.Scene, body: bpy.types.Object) -> list:
    """The world's settings and those of all that takes part; nothing where there is only a floor.

    Where things are and what moves them is in the checksum of the keys. Of the world's
    settings none that are keyed: they differ from frame to frame.
    """
    # Once through the objects: there may be thousands, and this is asked at each drawing.
    parts = [one for one in scene.objects if one.motivo_scene.takes_part and one != body]
    if not parts and is_usual(scene):
        return []
    keyed = {path.rpartition(".")[2] for path, _ in keyed_paths(scene)}
    things = [
        (one.name, one.type, one.data.name if one.data else "", _values(one.motivo_scene))
        for one in parts
        if not is_body(one)
    ]
    others = [_as_met(one) for one in parts if is_body(one)]
    return [_values(scene.motivo_world, keyed), things, others]


def _as_met(other: bpy.types.Object) -> str | list:
    """Another body that is led by its name, one that gives way with what it holds on to."""
    met = other.motivo_scene
    return [other.name, [_values(grip) for grip in met.grips]] if met.gives_way else other.name


def _values(group, besides: Collection[str] = ()) -> list:
    """Values of a property group but ``besides``, groups and lists within it included."""
    values: list = []
    for entry in group.bl_rna.properties:
        if entry.identifier in _LEFT_OUT or entry.identifier in besides:
            continue
        value = getattr(group, entry.identifier)
        if entry.type == "COLLECTION":
            values.append([_values(item) for item in value])
        elif isinstance(value, bpy.types.PropertyGroup):
            values.append(_values(value))
        elif entry.type == "POINTER":
            values.append(value.name if value is not None else "")
        else:
            values.append(list(value) if getattr(entry, "is_array", False) else value)
    return values
