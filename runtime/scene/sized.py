"""A scene as a body of another size meets it: in that body's own lengths and masses, see ``body.size``."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..body.size import BodySize
from .description import Person, Push, Scene, SceneObject, World
from .shapes import Box, Capsule, Mesh, Shape, Sphere, Terrain
from .unchecked import with_values


def scene_for(scene: Scene | None, size: BodySize) -> Scene:
    """The world of the scene, or of none, in lengths and masses of the body."""
    scene = Scene() if scene is None else scene
    return with_values(
        scene,
        world=_world(scene.world, size),
        objects=tuple(_object(one, 1 / size.scale, 1 / size.mass_ratio) for one in scene.objects),
        pushes=tuple(_push(push, size) for push in scene.pushes),
        people=tuple(_person(one, size) for one in scene.people),
    )


def things_in_metres(things: tuple[SceneObject, ...], size: BodySize) -> tuple[SceneObject, ...]:
    """The inverse, of objects that a plan has put there."""
    return tuple(_object(one, size.scale, size.mass_ratio) for one in things)


def _times(vector: Any, factor: float) -> tuple[Any, ...]:
    return tuple(float(value) * factor for value in vector)


def _world(world: World, size: BodySize) -> World:
    pull = 1 / size.scale
    # Drag goes by area and the square of the speed; what a lighter body has less is put into that.
    blow = (size.scale**3 / size.mass_ratio) ** 0.5 / size.scale
    return with_values(
        world,
        gravity=_times(world.gravity, pull),
        wind=_times(world.wind, blow),
        keys=tuple(
            replace(key, gravity=_times(key.gravity, pull), wind=_times(key.wind, blow))
            for key in world.keys
        ),
    )


def _object(one: SceneObject, length: float, mass: float) -> SceneObject:
    """With lengths and masses so many times as large."""
    return with_values(
        one,
        shape=_shape(one.shape, length),
        position=_times(one.position, length),
        keys=tuple(replace(key, position=_times(key.position, length)) for key in one.keys),
        mass=one.mass * mass,
    )


def _shape(shape: Shape, length: float) -> Shape:
    if isinstance(shape, Box):
        return with_values(shape, size=_times(shape.size, length))
    if isinstance(shape, Sphere):
        return with_values(shape, radius=shape.radius * length)
    if isinstance(shape, Capsule):
        return with_values(shape, radius=shape.radius * length, length=shape.length * length)
    if isinstance(shape, Mesh):
        return Mesh(np.asarray(shape.vertices) * length, shape.faces, shape.fit)
    assert isinstance(shape, Terrain)
    return with_values(shape, size=_times(shape.size, length), heights=shape.heights * length)


def _push(push: Push, size: BodySize) -> Push:
    return with_values(push, impulse=_times(push.impulse, 1 / (size.mass_ratio * size.scale)))


def _person(one: Person, size: BodySize) -> Person:
    return with_values(
        one,
        take=one.take.of_scale(one.take.scale / size.scale),
        position=_times(one.position, 1 / size.scale),
    )
