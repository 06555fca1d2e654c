"""Scenes as JSON: ``scene.json`` beside a timeline, or the "scene" within one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..motion.motion import Motion
from .description import Grip, Person, PlaceKey, Push, Scene, SceneObject, World, WorldKey
from .shapes import Box, Capsule, Mesh, Shape, Sphere, Terrain

VERSION = 1
_SHAPES: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "box": (Box, ("size",)),
    "sphere": (Sphere, ("radius",)),
    "capsule": (Capsule, ("radius", "length")),
    "mesh": (Mesh, ("vertices", "faces", "fit")),
    "terrain": (Terrain, ("size", "heights")),
}


def load_scene(path: Path) -> Scene:
    """Reads a scene; raises ``UserError`` saying what is wrong and where."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(
            f"Cannot read the scene '{path}': {error.strerror}.", repr(error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"The scene '{path.name}' is not valid JSON: {error}.") from error
    return scene_from_dict(data, path.parent)


def scene_to_dict(scene: Scene) -> dict[str, Any]:
    """Plain data that ``scene_from_dict`` reads back equal."""
    return {
        "scene": VERSION,
        "world": _plain(vars(scene.world) | {"keys": [vars(key) for key in scene.world.keys]}),
        "objects": [_object_to_dict(one) for one in scene.objects],
        "pushes": [_plain(vars(push)) for push in scene.pushes],
        # None of them is left out, so that scenes of earlier versions stay as they are written.
        **({"people": [_person_to_dict(one) for one in scene.people]} if scene.people else {}),
    }


def scene_from_dict(data: Any, folder: Path | None = None) -> Scene:
    """The inverse of ``scene_to_dict``; what is left out keeps its default.

    Takes of other people may be files, of ``folder`` where their names are relative.
    """
    known = ("scene", "world", "objects", "pushes", "people")
    _check_names(data, known, "A scene")
    if data.get("scene", VERSION) != VERSION:
        raise UserError(
            f"The scene is of version {data['scene']}, this Motivo reads {VERSION}; update it."
        )
    for name in ("objects", "pushes", "people"):
        if not isinstance(data.get(name, []), list):
            raise UserError(f"A scene's '{name}' are a list.")
    return Scene(
        tuple(_object(entry, index) for index, entry in enumerate(data.get("objects", []))),
        _world(data.get("world", {})),
        tuple(_made(_push, entry, "A push") for entry in data.get("pushes", [])),
        tuple(_person(entry, index, folder) for index, entry in enumerate(data.get("people", []))),
    )


def _object_to_dict(one: SceneObject) -> dict[str, Any]:
    kind = next(kind for kind, (cls, _) in _SHAPES.items() if type(one.shape) is cls)
    shape = {name: getattr(one.shape, name) for name in _SHAPES[kind][1]}
    fields = vars(one) | {"keys": [vars(key) for key in one.keys]}
    del fields["shape"]
    spans = {
        name: {"from": fields.pop(f"{name}_from"), "to": fields.pop(f"{name}_to")}
        for name in ("held", "hands")
    }
    if not one.free:
        del fields["free"]
    if not one.hands:
        del fields["hands"]
    # What is held all the time is written as it was before things were picked up.
    span = spans["hands"] if one.hands else spans["held"] if one.changes_hands else {}
    return _plain({"shape": kind, **shape, **fields, **span})


def _object(entry: Any, index: int) -> SceneObject:
    label = f"Object {index + 1}"
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        label = f"The object '{entry['name']}'"
    kind = entry.get("shape") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in _SHAPES:
        raise UserError(f"{label} needs a 'shape' that is one of {', '.join(_SHAPES)}.")
    cls, names = _SHAPES[kind]
    own = ("name", "position", "rotation", "friction", "keys", "held_by", "mass", "free", "hands")
    _check_names(entry, ("shape", *names, *own, "from", "to"), label)

    def make(fields: dict[str, Any]) -> SceneObject:
        given = {name: _tupled(fields[name]) for name in names if name in fields}
        try:
            shape: Shape = cls(**given)
        except UserError as error:
            raise UserError(f"{label} {error}.", error.details) from error
        rest = {name: _tupled(fields[name]) for name in own if name in fields}
        rest["name"] = str(rest.get("name", label))
        rest["keys"] = tuple(
            PlaceKey(int(key["frame"]), **{k: _tupled(v) for k, v in key.items() if k != "frame"})
            for key in fields.get("keys", ())
        )
        # Of hands that hold it or are put onto it, whichever there are.
        whose = "hands" if fields.get("hands") else "held"
        for name in ("from", "to"):
            if fields.get(name) is not None:
                rest[f"{whose}_{name}"] = _frame(fields[name], f"{label} has a '{name}'")
        if not isinstance(fields.get("free", False), bool):
            raise UserError(f"{label} is 'free' or not; give true or false.")
        for name in ("held_by", "hands"):
            if isinstance(fields.get(name), str):
                rest[name] = (fields[name],)
        return SceneObject(shape=shape, **rest)

    return _made(make, entry, label)


def _frame(value: Any, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UserError(f"{what} of {value!r}; give a whole frame at 30 a second.")
    return value


def _person_to_dict(one: Person) -> dict[str, Any]:
    scale = {} if one.take.scale == 1.0 else {"scale": one.take.scale}
    take = {"fps": one.take.fps, "qpos": one.take.qpos, **scale}
    fields = vars(one) | {"take": take}
    # Who is led alone is written as before anybody gave way.
    if not one.gives_way:
        del fields["gives_way"], fields["grips"]
    else:
        fields["grips"] = [
            {"own": grip.own, "theirs": grip.theirs, "from": grip.start, "to": grip.stop}
            for grip in one.grips
        ]
    return _plain(fields)


def _person(entry: Any, index: int, folder: Path | None) -> Person:
    label = f"Person {index + 1}"
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        label = f"The person '{entry['name']}'"
    _check_names(
        entry, ("name", "take", "position", "rotation", "start", "gives_way", "grips"), label
    )

    def make(fields: dict[str, Any]) -> Person:
        take = fields["take"]
        try:
            if isinstance(take, str):
                from ..motion.files import load_motion  # late: SciPy and formats

                motion = load_motion(folder / take if folder else take)
            else:
                motion = Motion.from_dict(take)
        except UserError as error:
            raise UserError(f"{label} has no take: {error}", error.details) from error
        start = _frame(fields.get("start", 0), f"{label} has a 'start'")
        gives_way = fields.get("gives_way", False)
        if not isinstance(gives_way, bool):
            raise UserError(f"{label} gives way or not; give true or false.")
        return Person(
            str(fields.get("name", label)),
            motion,
            _tupled(fields.get("position", Person.position)),
            _tupled(fields.get("rotation", Person.rotation)),
            start,
            gives_way,
            tuple(
                _made(_grip, grip, f"A grip of {label[0].lower()}{label[1:]}")
                for grip in fields.get("grips", ())
            ),
        )

    return _made(make, entry, label)


def _grip(fields: dict[str, Any]) -> Grip:
    _check_names(fields, ("own", "theirs", "from", "to"), "A grip")
    start, stop = (_frame(fields[name], f"A grip has a '{name}'") for name in ("from", "to"))
    return Grip(str(fields["own"]), str(fields["theirs"]), start, stop)


def _world(entry: Any) -> World:
    names = ("gravity", "wind", "friction", "slope", "uphill", "floor", "keys")
    _check_names(entry, names, "The world")

    def make(fields: dict[str, Any]) -> World:
        given = {name: _tupled(value) for name, value in fields.items() if name != "keys"}
        usual = World(**{k: v for k, v in given.items() if k in ("gravity", "wind", "friction")})
        keys = tuple(
            WorldKey(
                int(key["frame"]),
                _tupled(key.get("gravity", usual.gravity)),
                _tupled(key.get("wind", usual.wind)),
                key.get("friction", usual.friction),
            )
            for key in fields.get("keys", ())
        )
        return World(**given, keys=keys)

    return _made(make, entry, "The world")


def _push(fields: dict[str, Any]) -> Push:
    _check_names(fields, ("frame", "body", "impulse", "seconds"), "A push")
    return Push(**{name: _tupled(value) for name, value in fields.items()})


def _made(make: Callable[[Any], Any], entry: Any, label: str) -> Any:
    try:
        return make(entry)
    except UserError:
        raise
    except KeyError as error:
        raise UserError(f"{label} lacks {error}.") from error
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UserError(f"{label} is not well formed: {error}.", repr(error)) from error


def _check_names(entry: Any, known: tuple[str, ...], label: str) -> None:
    if not isinstance(entry, dict):
        raise UserError(f"{label} is an object of named values.")
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise UserError(f"{label} has an unknown '{unknown[0]}'; there are {', '.join(known)}.")


def _tupled(value: Any) -> Any:
    """Lists of numbers and names as tuples; longer ones are arrays' and stay."""
    return (
        tuple(value)
        if isinstance(value, list) and len(value) <= 4 and not _nested(value)
        else value
    )


def _nested(value: list[Any]) -> bool:
    return any(isinstance(one, list) for one in value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value
