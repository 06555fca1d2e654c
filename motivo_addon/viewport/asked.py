"""What a body is asked to perform, as a text that changes when that does."""

import bpy

from ..keys.watch import known

_LEFT_OUT = {"rna_type", "name", "own_start", "own_end", "follow", "colour"}


def what_is_asked(body: bpy.types.Object) -> str:
    """Prompts, settings and the keys as last looked at; cheap enough for a panel."""
    asked = [_values(prompt) for prompt in body.motivo.prompts]
    return repr((asked, _values(body.motivo.generation), known(body).digest))


def is_out_of_date(body: bpy.types.Object, takes) -> bool:
    """Whether something else is asked for by now than what the takes perform."""
    return bool(takes.asked) and takes.asked != what_is_asked(body)


def _values(group) -> list:
    """Values of a property group, groups and lists within it included."""
    values: list = []
    for entry in group.bl_rna.properties:
        if entry.identifier in _LEFT_OUT:
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
