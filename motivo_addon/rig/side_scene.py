"""A scene beside the person's own, where a few objects can be looked at frame by frame."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import bpy


@contextmanager
def side_scene(
    context: bpy.types.Context, objects: Collection[bpy.types.Object], name: str
) -> Iterator[bpy.types.Scene]:
    """A temporary scene with these objects, at the rate and units of the current one.

    Going through its frames evaluates the objects and what they depend on, and
    nothing else of the file; the current scene keeps its frame, and poses that
    are not keyed yet stay as they are. What is disabled in viewports would stand still
    and is enabled meanwhile. The scene is gone when the block ends.
    """
    own = context.scene
    disabled = [member for member in objects if member.hide_viewport]
    scene = bpy.data.scenes.new(name)
    try:
        scene.render.fps, scene.render.fps_base = own.render.fps, own.render.fps_base
        for unit in ("system", "scale_length", "length_unit"):
            setattr(scene.unit_settings, unit, getattr(own.unit_settings, unit))
        scene.frame_start, scene.frame_end = own.frame_start, own.frame_end
        for member in objects:
            scene.collection.objects.link(member)
        for member in disabled:
            member.hide_viewport = False
        yield scene
    finally:
        for member in disabled:
            member.hide_viewport = True
        bpy.data.scenes.remove(scene)
