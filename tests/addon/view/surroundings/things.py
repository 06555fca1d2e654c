"""Things of a scene that take part, and the scene that the worker gets."""

import importlib

import bpy


def scene_of(addon, body):
    timeline = importlib.import_module(f"{addon.__name__}.timeline")
    return timeline.build_timeline(bpy.context, body).scene


def error(addon):
    return importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.errors").UserError


def cube(name, location, scale=(1, 1, 1)):
    bpy.ops.mesh.primitive_cube_add(size=1, location=location)
    one = bpy.context.object
    one.name, one.scale = name, scale
    one.motivo_scene.takes_part = True
    return one
