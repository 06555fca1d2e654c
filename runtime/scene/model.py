"""The scene in a MuJoCo model: geoms that harden with the floor, bodies that move as keyed."""

from collections.abc import Collection, Sequence
from itertools import product
from typing import Any

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..errors import UserError
from .description import Person, Scene, SceneObject
from .people import body_name, ways
from .people import geoms as person_geoms
from .shapes import Box, Capsule, Mesh, Sphere, Terrain
from .terrain import prisms

PREFIX = "scene:"
"""Of the names of all geoms and bodies of the scene."""
OUT_OF_REACH_M = -1000.0
"""Height of the floor of a scene without one."""
HULL_VERTICES = 128
PEOPLE_FRICTION = 0.6
"""Of clothes and skin."""
SCENE_BIT = 2
"""Of what feels the scene."""
LOOSE_BIT = 4
"""Of what feels things that move freely: all but the body, which feels them as the scene."""
PEOPLE_BIT = 8
"""Of the first of several people who move in one model; each next one has the next bit."""
ROLLING = 0.002
"""Metres: arm of the friction that stops what rolls, of balls on grass and carpets."""
FRICTION = "scene:friction"
"""Of models whose floor's friction changes: the name of what it is at present."""
EDGE_PREFIX = "edge:"
FELT_PREFIX = "felt:"
EDGE_M = 0.01
"""Radius of the edges of boxes, which lie within them."""
PALM_EDGES = 4
"""Of each side of a hand where there is something to put it onto: between two, rails would pass through."""
AT_ONCE = 100
"""Pieces of terrain that are put into a model together: MuJoCo looks through all the names that a
specification has for each new one, so that 3,000 one by one take two seconds, and a fifth of one so."""
HIDDEN_GROUP = 4
PRIORITY = 2
"""Above that of the body, as the servo's floor: the scene's figures hold for what touches it."""
GRIP_SOLREF = [0.02, 1]
"""Of the second hand on what both hold: people's palms give."""
SOFT_SOLREF, SOFT_SOLIMP = [0.05, 1], [0.0, 0.5, 0.05, 0.5, 2]
"""Of what is held against the body that holds it."""


def add_scene(
    spec: mujoco.MjSpec,
    scene: Scene,
    start: np.ndarray | None = None,
    near: np.ndarray | None = None,
) -> None:
    """Puts ``scene`` around the body of ``spec``; held things need its first qpos (76,).

    Without a body (see ``ground``) what moves, what is held and terrain are left out. Of terrain only
    what lies ``near`` (n, 2) where somebody goes is there. What is picked up later stands where it is,
    see ``stages``. Raises ``UserError`` for too rough a terrain.
    """
    spec.option.gravity = scene.world.first_gravity
    set_floor(spec, scene)
    if start is not None:
        add_edges(spec, {hand for one in scene.objects for hand in one.hands})
    for one in scene.objects:
        if one.held_by and not one.held_from:
            if start is not None:
                _hold(spec, one, start)
        elif one.free:
            if start is not None:
                _let_go(spec, one)
        elif one.keys:
            if start is not None:
                first = one.keys[0]
                body = spec.worldbody.add_body(
                    name=PREFIX + one.name, mocap=True, pos=first.position, quat=first.rotation
                )
                _add_geoms(spec, body, one, np.zeros(3), Rotation.identity())
        else:
            turn = Rotation.from_quat(one.rotation, scalar_first=True)
            if isinstance(one.shape, Terrain):
                if start is not None:
                    _add_terrain(spec, one, turn, near)
            else:
                _add_geoms(spec, spec.worldbody, one, np.array(one.position), turn)
    if start is not None:
        for person in scene.people:
            _add_person(spec, person)
    if scene.loose:
        for geom in spec.geoms:
            if geom.name == "floor" or geom.name.startswith(PREFIX):
                geom.conaffinity |= LOOSE_BIT


def set_floor(spec: mujoco.MjSpec, scene: Scene) -> None:
    """Tilts the floor, sets its friction, or takes it away."""
    world, floor = scene.world, spec.geom("floor")
    if not world.floor:
        floor.pos = [0, 0, OUT_OF_REACH_M]
    uphill = np.radians(world.uphill)
    # About the axis to the left of uphill, so that the floor rises that way.
    axis = np.array([np.sin(uphill), -np.cos(uphill), 0.0])
    floor.quat = _quat(Rotation.from_rotvec(np.radians(world.slope) * axis))
    floor.friction[0] *= world.first_friction
    for pair in spec.pairs:
        if "floor" in (pair.geomname1, pair.geomname2):
            pair.friction[:2] *= world.first_friction
    if world.friction_changes:
        spec.add_numeric(name=FRICTION, data=[world.first_friction])


def set_friction(model: mujoco.MjModel, friction: float) -> None:
    """Makes a floor whose friction changes so: a multiple of what it is, as in ``World``."""
    kept = model.numeric(FRICTION).data
    share = friction / kept[0]
    if share == 1:
        return
    floor = model.geom("floor").id
    model.geom_friction[floor, 0] *= share
    pairs = (model.pair_geom1 == floor) | (model.pair_geom2 == floor)
    model.pair_friction[pairs, :2] *= share
    kept[0] = friction


def add_edges(spec: mujoco.MjSpec, palms: Collection[str] = ()) -> None:
    """Lets capsules and spheres of the body feel the scene, and boxes by their four long edges;
    those of the bodies ``palms`` by ``PALM_EDGES`` along each of their two large sides.

    MuJoCo's collision of two boxes tells about half of a distance as soon as one is tilted, and
    changes its mind there: no smooth dynamics can be had from it. That of capsules and boxes or
    hulls is exact.
    """
    kinds = mujoco.mjtGeom
    for body in spec.bodies:
        for geom in list(body.geoms):
            if body.name == "world" or not geom.contype:
                continue
            if geom.type in (kinds.mjGEOM_CAPSULE, kinds.mjGEOM_SPHERE):
                geom.contype |= SCENE_BIT
            elif geom.type == kinds.mjGEOM_BOX:
                _add_box_edges(body, geom, PALM_EDGES if body.name in palms else 2)


def _add_box_edges(body: Any, box: Any, across: int) -> None:
    """``across``: how many there are side by side on each of the two large sides."""
    half = np.array(box.size)
    radius = min(EDGE_M, half.min() / 2)
    long = int(half.argmax())
    turn = Rotation.from_quat(box.quat, scalar_first=True)
    sides = [axis for axis in range(3) if axis != long]
    shares = (np.linspace(-1, 1, across if axis == half[sides].argmax() else 2) for axis in (0, 1))
    for number, share in enumerate(product(*shares)):
        middle, reach = np.zeros(3), np.zeros(3)
        middle[sides] = np.array(share) * (half[sides] - radius)
        reach[long] = half[long] - radius
        ends = np.array(box.pos) + turn.apply(np.stack([middle - reach, middle + reach]))
        edge = body.add_geom(
            name=f"{EDGE_PREFIX}{body.name}:{number}",
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            size=[radius, 0, 0],
            fromto=ends.ravel().tolist(),
        )
        edge.mass, edge.group, edge.rgba = 0, HIDDEN_GROUP, [0, 0, 0, 0]
        edge.contype, edge.conaffinity = SCENE_BIT, 0


def scene_geoms(model: mujoco.MjModel) -> np.ndarray:
    """(n,) ids of the geoms that stand or move around the body; not of what it holds."""
    mine = [
        geom
        for geom in range(model.ngeom)
        if model.geom(geom).name.startswith(PREFIX) and model.geom_priority[geom] == PRIORITY
    ]
    return np.array(mine, dtype=int)


def geoms_of(model: mujoco.MjModel, name: str) -> list[int]:
    """Ids of the geoms of an object of the scene: its shape's, or its pieces' by their numbers."""
    own = f"{PREFIX}{name}"
    names = [model.geom(geom).name for geom in range(model.ngeom)]
    return [
        geom
        for geom, called in enumerate(names)
        if called == own or (called.startswith(f"{own}:") and called[len(own) + 1 :].isdigit())
    ]


def held_geoms(model: mujoco.MjModel) -> np.ndarray:
    """(n,) ids of the geoms of what the body holds."""
    mine = [
        geom
        for geom in range(model.ngeom)
        if model.geom(geom).name.startswith(PREFIX) and model.geom_priority[geom] != PRIORITY
    ]
    return np.array(mine, dtype=int)


def _add_geoms(
    spec: mujoco.MjSpec, body, one: SceneObject, position: np.ndarray, turn: Rotation
) -> list:
    geoms = []
    for name, options, place, own in _pieces(spec, one):
        geom = body.add_geom(name=name, **options)
        geom.pos, geom.quat = position + turn.apply(place), _quat(turn * own)
        _be_touched(geom, one.friction)
        geom.rgba = [0.55, 0.62, 0.7, 1]
        geoms.append(geom)
    return geoms


def _add_terrain(
    spec: mujoco.MjSpec, one: SceneObject, turn: Rotation, near: np.ndarray | None
) -> None:
    """As pieces, where ``near`` (n, 2) it is."""
    assert isinstance(one.shape, Terrain)
    if near is not None:
        level = np.column_stack([near - np.array(one.position[:2]), np.zeros(len(near))])
        near = turn.inv().apply(level)[:, :2]
    try:
        corners = prisms(one.shape, near)
    except UserError as error:
        raise UserError(f"The object '{one.name}' {error}.") from error
    # One contact of an edge of the body with each piece: a sole has eight edges. With more a crouch on level
    # terrain takes twice the time and is no nearer to what was asked.
    if not len(corners):
        return
    middles, quat = corners.mean(axis=1), _quat(turn)
    outlines = (corners - middles[:, None]).reshape(len(corners), -1).tolist()
    places = (np.array(one.position) + turn.apply(middles)).tolist()
    for first in range(0, len(corners), AT_ONCE):
        part = mujoco.MjSpec()
        for number in range(first, min(first + AT_ONCE, len(corners))):
            name = f"{PREFIX}{one.name}:{number}"
            part.add_mesh(name=name, uservert=outlines[number])
            geom = part.worldbody.add_geom(
                name=name, type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name
            )
            geom.pos, geom.quat = places[number], quat
            _be_touched(geom, one.friction)
            geom.rgba = [0.55, 0.62, 0.7, 1]
        spec.attach(part, frame=spec.worldbody.add_frame(), prefix="")


def _be_touched(geom: Any, friction: float) -> None:
    geom.condim, geom.priority = 3, PRIORITY
    geom.contype, geom.conaffinity = 0, SCENE_BIT
    geom.friction = [friction, 0.005, 0.0001]


def _let_go(spec: mujoco.MjSpec, one: SceneObject) -> None:
    """A thing with joints of its own, behind the body's in the model."""
    body = spec.worldbody.add_body(name=PREFIX + one.name, pos=one.position, quat=one.rotation)
    body.add_freejoint(name=PREFIX + one.name)
    geoms = _add_geoms(spec, body, one, np.zeros(3), Rotation.identity())
    for geom in geoms:
        geom.mass = one.mass / len(geoms)
        geom.contype |= LOOSE_BIT
        geom.condim, geom.friction = 6, [one.friction, 0.005, ROLLING]


def _add_person(spec: mujoco.MjSpec, person: Person) -> None:
    """The person's bodies, each led along its own way."""
    bodies = {}
    for name, (places, turns) in ways(person, 1).items():
        bodies[name] = spec.worldbody.add_body(
            name=PREFIX + name, mocap=True, pos=places[0], quat=turns[0]
        )
    for number, (name, options) in enumerate(person_geoms(person.take.scale)):
        body = bodies[body_name(person, name)]
        geom = body.add_geom(name=f"{body.name}:{number}", **options)
        _be_touched(geom, PEOPLE_FRICTION)
        geom.rgba = [0.75, 0.6, 0.55, 1]


def add_felt(spec: mujoco.MjSpec, person: int) -> None:
    """Lets the body of ``spec``, the ``person``th of several in one model, be felt by those before
    it as the others of a scene are, and feel those behind it."""
    for geom in spec.geoms:
        if geom.contype & SCENE_BIT and geom.name != "floor":
            geom.contype |= PEOPLE_BIT << person
    if not person:
        return
    for number, (name, options) in enumerate(person_geoms()):
        body = spec.body(name)
        geom = body.add_geom(name=f"{FELT_PREFIX}{name}:{number}", mass=0, **options)
        _be_touched(geom, PEOPLE_FRICTION)
        geom.conaffinity = sum(PEOPLE_BIT << other for other in range(person))
        geom.group, geom.rgba = HIDDEN_GROUP, [0, 0, 0, 0]


def felt_geoms(model: mujoco.MjModel) -> np.ndarray:
    """(n,) ids of the geoms by which people who move in one model feel each other."""
    names = [model.geom(geom).name for geom in range(model.ngeom)]
    mine = [FELT_PREFIX in name and not name.startswith(PREFIX) for name in names]
    return np.flatnonzero(mine)


def people_geoms(model: mujoco.MjModel, led: Sequence[Person]) -> np.ndarray:
    """(n,) ids of the geoms of other people, who are ``led`` or move in the same model."""
    bodies = [
        model.body(PREFIX + body_name(person, body)).id for person in led for body in BODY_NAMES
    ]
    of_led = np.flatnonzero(np.isin(model.geom_bodyid, np.array(bodies, dtype=int)))
    return np.union1d(of_led, felt_geoms(model))


def _pieces(spec: mujoco.MjSpec, one: SceneObject) -> list[tuple]:
    """Name, options, position and rotation in the object's frame of each geom."""
    shape, name = one.shape, PREFIX + one.name
    kinds, still = mujoco.mjtGeom, Rotation.identity()
    if isinstance(shape, Box):
        options = {"type": kinds.mjGEOM_BOX, "size": [length / 2 for length in shape.size]}
    elif isinstance(shape, Sphere):
        options = {"type": kinds.mjGEOM_SPHERE, "size": [shape.radius, 0, 0]}
    elif isinstance(shape, Capsule):
        options = {"type": kinds.mjGEOM_CAPSULE, "size": [shape.radius, shape.length / 2, 0]}
    else:
        assert isinstance(shape, Mesh), "terrain has pieces of its own"
        return _mesh_pieces(spec, shape, name)
    return [(name, options, np.zeros(3), still)]


def _mesh_pieces(spec: mujoco.MjSpec, shape: Mesh, name: str) -> list[tuple]:
    # Soles lie on faces of hulls with more than one point only so.
    spec.option.enableflags |= int(mujoco.mjtEnableBit.mjENBL_MULTICCD)
    pieces = []
    for number, vertices in enumerate(shape.pieces):
        piece = f"{name}:{number}"
        mesh = spec.add_mesh(name=piece, uservert=vertices.ravel().tolist())
        mesh.maxhullvert = HULL_VERTICES
        options = {"type": mujoco.mjtGeom.mjGEOM_MESH, "meshname": piece}
        pieces.append((piece, options, np.zeros(3), Rotation.identity()))
    return pieces


def _hold(spec: mujoco.MjSpec, one: SceneObject, start: np.ndarray) -> None:
    """Fixes a thing to the first of its holders; the others' middles stay where they touch it."""
    positions, rotations = forward_kinematics(start[None])
    holder = BODY_NAMES.index(one.held_by[0])
    back = Rotation.from_matrix(rotations[0, holder]).inv()
    place = back.apply(np.array(one.position) - positions[0, holder])
    turn = back * Rotation.from_quat(one.rotation, scalar_first=True)
    geoms = _add_geoms(spec, spec.body(one.held_by[0]), one, place, turn)
    for geom in geoms:
        geom.mass = one.mass / len(geoms)
        geom.contype, geom.conaffinity = 1 | SCENE_BIT, 1
        geom.condim, geom.priority = 1, 0
        geom.solref, geom.solimp = SOFT_SOLREF, SOFT_SOLIMP
    for other in one.held_by[1:]:
        spec.add_exclude(bodyname1=one.held_by[0], bodyname2=other)
        grip = BODY_NAMES.index(other)
        middle = positions[0, grip] + rotations[0, grip] @ _middle(spec, other)
        # Between sites: MuJoCo takes bodies to be where the zero pose has them.
        grips = [f"{PREFIX}{one.name}:{name}" for name in (one.held_by[0], other)]
        places = back.apply(middle - positions[0, holder]), _middle(spec, other)
        for body, site, at in zip((one.held_by[0], other), grips, places, strict=True):
            spec.body(body).add_site(name=site + other, pos=at.tolist())
        equality = spec.add_equality(
            type=mujoco.mjtEq.mjEQ_CONNECT,
            objtype=mujoco.mjtObj.mjOBJ_SITE,
            name1=grips[0] + other,
            name2=grips[1] + other,
        )
        equality.solref = GRIP_SOLREF


def _quat(turn: Rotation) -> np.ndarray:
    return np.asarray(turn.as_quat(scalar_first=True))


def _middle(spec: mujoco.MjSpec, body: str) -> np.ndarray:
    return np.array(spec.body(body).geoms[0].pos)
