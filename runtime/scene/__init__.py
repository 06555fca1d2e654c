"""The scene: what stands, moves and blows around the body, as plain data and in MuJoCo."""

from .description import Grip, Person, Push, Scene, SceneObject, World
from .files import load_scene, scene_from_dict, scene_to_dict
from .shapes import Box, Capsule, Mesh, Sphere, Terrain

__all__ = [
    "Box",
    "Capsule",
    "Grip",
    "Mesh",
    "Person",
    "Push",
    "Scene",
    "SceneObject",
    "Sphere",
    "Terrain",
    "World",
    "load_scene",
    "scene_from_dict",
    "scene_to_dict",
]
