"""A body with keys, and another that walks beside it."""

import bpy
import pytest
from mathutils import Quaternion


@pytest.fixture
def actor(addon):
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    body.motivo.generation.quality = "draft"
    return body


@pytest.fixture
def other(addon):
    """A second body 2 m beside the first that walks ahead by keys of its object."""
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    body.name = "Anna"
    for frame, y in ((1, 0.0), (20, -1.0)):
        body.location = (2, y, 0)
        body.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(1)
    return body
