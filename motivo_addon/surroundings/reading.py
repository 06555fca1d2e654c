"""Blender's scene -> the scene of the simulation, as plain data and without mujoco."""

from collections.abc import Callable
from itertools import pairwise
from math import degrees
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Matrix, Vector

from ...runtime.errors import UserError
from ..bodies import is_body
from ..scene import CONTROL_FPS, metres_per_unit
from .settings import HELD_BY
from .shapes import shape_of

if TYPE_CHECKING:
    from ...runtime.scene import Scene
    from .settings import MotivoGrip

STILL_M = 1e-5
KEYED = ("gravity", "wind", "friction", "shown")
"""Settings of the world that may change; the last one changes nothing."""
KINDS = {"MESH", "CURVE", "SURFACE", "META", "FONT"}


def members(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The objects of the scene that are part of the physics; no bodies."""
    return [one for one in scene.objects if one.motivo_scene.takes_part and not is_body(one)]


def others(scene: bpy.types.Scene, body: bpy.types.Object | None) -> list[bpy.types.Object]:
    """The bodies of the scene but this one."""
    return [one for one in scene.objects if one != body and is_body(one)]


def people(scene: bpy.types.Scene, body: bpy.types.Object | None) -> list[bpy.types.Object]:
    """Those of them that this one touches, wherever their animation takes them."""
    return [one for one in others(scene, body) if one.motivo_scene.takes_part]


def is_flat_floor(scene: bpy.types.Scene, body: bpy.types.Object | None) -> bool:
    """Whether there is nothing around the body but the floor as it is without any setting."""
    return is_usual(scene) and not members(scene) and not people(scene, body)


def is_usual(scene: bpy.types.Scene) -> bool:
    """Whether the world is as it is without any setting, all the time."""
    world = scene.motivo_world
    usual = abs(world.gravity - 9.81) < 1e-4 and world.floor and not any(world.wind)
    usual = usual and not world.slope and abs(world.friction - 1) < 1e-4
    return usual and not keyed_paths(scene)


def read_scene(
    context: bpy.types.Context,
    body: bpy.types.Object,
    place: Matrix,
    frames: list[float],
    control: Callable[[int], int],
) -> "Scene | None":
    """What is around a ``body`` that performs in ``place`` (its space in the world) at ``frames``.

    ``frames`` of Blender's scene, one for each control frame; ``control`` turns one of the
    scene into one of these. None where there is only a flat floor. Raises ``UserError``.
    """
    from ...runtime.scene import scene_from_dict

    scene = context.scene
    if is_flat_floor(scene, body):
        return None
    location, turn, scale = place.decompose()
    metres = metres_per_unit(scene)
    if max(abs(axis * metres - 1) for axis in scale) > 1e-3:
        raise UserError(
            "The body's object is scaled, so that the scene around it would be of another size; "
            "apply its scale or set it to 1."
        )
    if (
        abs(location.z) * metres > 1e-3
        or (turn.to_matrix() @ Vector((0, 0, 1)) - Vector((0, 0, 1))).length > 1e-3
    ):
        raise UserError(
            "The body's object is raised or tilted, and the floor of the scene is not; "
            "put it onto the grid, upright."
        )
    own = beside(scene, place)
    context.view_layer.update()
    chosen = members(scene)
    ways = _ways(context, [one for one in chosen if may_move(one)], frames)
    objects, pushes = [], []
    for one in chosen:
        if one.type == "EMPTY":
            pushes.append(_push(one, own, control))
        elif one.type in KINDS:
            objects.append(_object(context, one, own, ways.get(one.name, []), frames, control))
        else:
            raise UserError(
                f"'{one.name}' is neither a mesh nor an empty; take it out of the physics, or "
                "convert it to a mesh."
            )
    return scene_from_dict(
        {
            "objects": objects,
            "pushes": pushes,
            "world": _world(scene, own, frames),
            "people": [
                _person(context, one, place, frames, control) for one in people(scene, body)
            ],
        }
    )


def beside(scene: bpy.types.Scene, place: Matrix) -> Matrix:
    """The world in the scene's unit -> metres beside a body that performs in ``place``."""
    location, turn, _ = place.decompose()
    return Matrix.LocRotScale(location, turn, Vector((1, 1, 1)) / metres_per_unit(scene)).inverted()


def _person(
    context: bpy.types.Context,
    one: bpy.types.Object,
    place: Matrix,
    frames: list[float],
    control: Callable[[int], int],
) -> dict[str, Any]:
    """What another body does meanwhile, beside the body that performs in ``place``."""
    import numpy as np

    from ..rig.body.armature import require_body
    from ..rig.body.size import length_of
    from ..rig.sample import is_animated, sample_body, sample_pose

    require_body(one)
    if is_animated(one):
        qpos = sample_body(context, one, frames[0], frames[-1], place).qpos
    else:
        qpos = sample_pose(context, one, place=place)[None]
    scale = length_of(one)
    take = {"fps": CONTROL_FPS, "qpos": qpos * np.where(np.arange(76) < 3, scale, 1.0)}
    if abs(scale - 1) >= 1e-4:
        take["scale"] = scale
    person = {"name": one.name, "take": take}
    if one.motivo_scene.gives_way:
        grips = [_grip(one.name, grip, frames, control) for grip in one.motivo_scene.grips]
        person |= {"gives_way": True, "grips": grips}
    return person


def _grip(
    name: str, grip: "MotivoGrip", frames: list[float], control: Callable[[int], int]
) -> dict[str, Any]:
    """When another body holds on to the one that performs; told in frames of the scene if it cannot."""
    start, stop = control(grip.start), control(grip.stop)
    if not 0 <= start < stop < len(frames):
        raise UserError(
            f"'{name}' holds on from frame {grip.start} to {grip.stop}; the motion goes from "
            f"{round(frames[0])} to {round(frames[-1])}, choose an earlier and a later one of these."
        )
    return {"own": grip.own, "theirs": grip.theirs, "from": start, "to": stop}


def _world(scene: bpy.types.Scene, own: Matrix, frames: list[float]) -> dict[str, Any]:
    world = scene.motivo_world
    turn = own.to_quaternion().to_matrix()
    result: dict[str, Any] = {
        "gravity": [0.0, 0.0, -world.gravity],
        "wind": list(turn @ Vector(world.wind)),
        "friction": world.friction,
        "slope": degrees(world.slope),
        "uphill": degrees(world.uphill + own.to_euler().z),
        "floor": world.floor,
    }
    curves = keyed_paths(scene)
    if not curves:
        return result
    if any(path.removeprefix("motivo_world.") not in KEYED for path, _ in curves):
        raise UserError(
            "The floor's slope is keyed, where it rises to, or whether there is one; a floor cannot "
            "change so while it is stood on. Delete these keys, or put an object there that is keyed."
        )

    def at(path: str, index: int, usual: float, frame: float) -> float:
        curve = curves.get((f"motivo_world.{path}", index))
        return usual if curve is None else curve.evaluate(frame)

    keys = []
    for number, frame in enumerate(frames):
        gravity = at("gravity", 0, world.gravity, frame)
        wind = Vector([at("wind", axis, world.wind[axis], frame) for axis in range(3)])
        key = {"frame": number, "gravity": [0.0, 0.0, -gravity], "wind": list(turn @ wind)}
        keys.append({**key, "friction": at("friction", 0, world.friction, frame)})
    return {**result, "keys": keys}


def keyed_paths(scene: bpy.types.Scene) -> dict[tuple[str, int], Any]:
    """(path, index) -> curve of the world's settings that are animated."""
    from ..rig.curves import curves_of

    if scene.animation_data is None or scene.animation_data.action is None:
        return {}
    return {
        (curve.data_path, curve.array_index): curve
        for curve in curves_of(scene.animation_data.action, scene)
        if curve.data_path.startswith("motivo_world.")
    }


def may_move(one: bpy.types.Object) -> bool:
    """Whether the object, or what it hangs on, is animated; what is held moves with the hand."""
    if one.type == "EMPTY" or one.motivo_scene.held != "none":
        return False
    while one is not None:
        data = one.animation_data
        if data is not None and (data.action or data.drivers or data.nla_tracks):
            return True
        if len(one.constraints):
            return True
        one = one.parent
    return False


def _ways(
    context: bpy.types.Context, moving: list[bpy.types.Object], frames: list[float]
) -> dict[str, list[Matrix]]:
    """Name -> its matrix in the world at each of the frames, of what does move in them."""
    from ..rig.side_scene import side_scene

    if not moving:
        return {}
    result: dict[str, list[Matrix]] = {one.name: [] for one in moving}
    with side_scene(context, moving, "Motivo Scene") as scene:
        for frame in frames:
            scene.frame_set(int(frame // 1), subframe=frame % 1)
            graph = scene.view_layers[0].depsgraph
            for one in moving:
                result[one.name].append(one.evaluated_get(graph).matrix_world.copy())
    return {
        name: way
        for name, way in result.items()
        if any(_apart(matrix, way[0]) > STILL_M for matrix in way)
    }


def _apart(a: Matrix, b: Matrix) -> float:
    return max(
        abs(x - y) for row, other in zip(a, b, strict=True) for x, y in zip(row, other, strict=True)
    )


def _object(
    context: bpy.types.Context,
    one: bpy.types.Object,
    own: Matrix,
    way: list[Matrix],
    frames: list[float],
    control: Callable[[int], int],
) -> dict[str, Any]:
    settings = one.motivo_scene
    matrix = own @ (way[0] if way else one.matrix_world)
    location, turn, scale = matrix.decompose()
    if min(map(abs, scale)) == 0:
        # To apply a scale of 0 would flatten the mesh for good.
        raise UserError(f"'{one.name}' is flattened by a scale of 0; set its scale above 0.")
    if min(scale) <= 0 or matrix.to_3x3().determinant() <= 0:
        raise UserError(
            f"'{one.name}' is mirrored or flattened by its scale; apply its scale, or set it above 0."
        )
    shape, centre, own_turn = shape_of(context, one, scale, turn)
    result = {
        **shape,
        "name": one.name,
        "position": list(location + turn @ centre),
        "rotation": list(turn @ own_turn),
        "friction": settings.friction,
    }
    if settings.held != "none":
        result |= {"held_by": list(HELD_BY[settings.held]), "mass": settings.mass}
        result |= _span(one, frames, control)
    elif settings.loose:
        # From where it is at first, however a bake of before moves it.
        result |= {"free": True, "mass": settings.mass}
    elif way:
        keys = []
        for number, world in enumerate(way):
            place, rotation, _ = (own @ world).decompose()
            keys.append(
                {
                    "frame": number,
                    "position": list(place + rotation @ centre),
                    "rotation": list(rotation @ own_turn),
                }
            )
        _check_pace(one.name, keys, frames)
        result["keys"] = keys
    if settings.hands != "none" and settings.held == "none" and not settings.loose:
        result |= {"hands": list(HELD_BY[settings.hands])}
        result |= _hands_span(one, frames, control)
    return result


def _check_pace(name: str, keys: list[dict[str, Any]], frames: list[float]) -> None:
    """Raises ``UserError`` where it moves too fast to be felt; told in frames of the scene."""
    from ...runtime.scene.description import FASTEST_M

    for number, (before, after) in enumerate(pairwise(keys)):
        way = (Vector(after["position"]) - Vector(before["position"])).length
        if way > FASTEST_M:
            raise UserError(
                f"'{name}' moves {way:.1f} m within 1/30 s after frame {round(frames[number])}; at "
                f"most {FASTEST_M:g} m can be simulated, give it more frames."
            )


def _span(
    one: bpy.types.Object, frames: list[float], control: Callable[[int], int]
) -> dict[str, int]:
    """When a held thing is picked up and put down; told in frames of the scene if it cannot be.

    What was picked up before the start is held from the beginning.
    """
    settings, result = one.motivo_scene, {}
    pick, put = settings.pick_frame, settings.put_frame
    begin, end, last = round(frames[0]), round(frames[-1]), len(frames) - 1
    if settings.picks_up:
        result["from"] = max(0, control(pick))
        if result["from"] >= last:
            raise UserError(
                f"'{one.name}' is picked up at frame {pick}; the motion ends at {end}, choose an "
                "earlier frame."
            )
    if settings.puts_down:
        result["to"] = control(put)
        if settings.picks_up and result["to"] <= control(pick):
            raise UserError(
                f"'{one.name}' is put down at frame {put} and picked up at {pick}; it has to be "
                "held in between."
            )
        if result["to"] <= 0:
            raise UserError(
                f"'{one.name}' is put down at frame {put}; the motion begins at {begin}, choose a "
                "later frame."
            )
        if result["to"] >= last:
            raise UserError(
                f"'{one.name}' is put down at frame {put}; the motion ends at {end}, choose an "
                "earlier frame."
            )
    return result


def _hands_span(
    one: bpy.types.Object, frames: list[float], control: Callable[[int], int]
) -> dict[str, int]:
    """When hands may be on a thing; told in frames of the scene if they never can be."""
    settings = one.motivo_scene
    if not settings.hands_span:
        return {}
    start, stop = max(0, control(settings.hands_start)), control(settings.hands_stop)
    if not start < stop or start >= len(frames) - 1:
        raise UserError(
            f"'{one.name}' is there for hands from frame {settings.hands_start} to "
            f"{settings.hands_stop}; the motion goes from {round(frames[0])} to "
            f"{round(frames[-1])}, choose an earlier and a later one of these."
        )
    return {"from": start, "to": stop}


def _push(one: bpy.types.Object, own: Matrix, control: Callable[[int], int]) -> dict[str, Any]:
    """An empty's arrow, along its z axis, as a shove."""
    settings = one.motivo_scene
    along = (own @ one.matrix_world).to_3x3() @ Vector((0, 0, 1))
    return {
        "frame": max(0, control(settings.frame)),
        "body": settings.body,
        "impulse": list(along.normalized() * settings.impulse),
        "seconds": settings.seconds,
    }
