"""What tests of prompts do: add one, see what the worker would be asked, be refused."""

import bpy
import pytest


def timeline_of(addon, body) -> dict:
    return addon.timeline.build_timeline(bpy.context, body).to_dict()


def add_behaviour(body, task="MOVE", **values):
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    row = body.motivo.prompts[-1].behaviour.rows[0]
    row.task = task
    for name, value in values.items():
        setattr(row, name, value)
    return row


def refusal() -> str:
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.motivo.generate()
    return str(caught.value)
