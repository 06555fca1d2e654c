"""Hands that are put onto what is there for them: where, from when to when, and what it costs to leave it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.errors import UserError
from runtime.motion.poses import pose
from runtime.performance.physics.bodies import NEAR_M, ServoBody
from runtime.performance.physics.trajectory import Trajectory
from runtime.performance.search.costs import Cost
from runtime.planning.terrain.arms import arm_hinges, as_laid, lay_palm, palm_grid, palm_places
from runtime.planning.terrain.hands import HANDS, onto_objects
from runtime.scene import (
    Box,
    Capsule,
    Mesh,
    Scene,
    SceneObject,
    Sphere,
    scene_from_dict,
    scene_to_dict,
)
from runtime.scene.description import PlaceKey
from runtime.scene.ground import Surface
from runtime.scene.surroundings import Surroundings

STAND = pose("stand")
ALONG_Y = (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0)
"""Turn that lays a capsule along y, the way that a pose of heading zero faces."""
LEFT_M = 0.34


def standing(frames: int, ahead_m: float = 0.0) -> np.ndarray:
    """A body that stands, carried ahead (along -y) as it is on a moving walkway."""
    qpos = np.tile(STAND, (frames, 1))
    qpos[:, 1] -= np.linspace(0, ahead_m, frames)
    return qpos


def rail(length: float = 6.0, **more) -> SceneObject:
    more = {"hands": ("L_Hand",), "rotation": ALONG_Y, "position": (LEFT_M, 0, 0.95)} | more
    return SceneObject("rail", Capsule(0.03, length), **more)


def wall(**more) -> SceneObject:
    more = {"hands": ("L_Hand", "R_Hand"), "position": (0, -0.52, 1)} | more
    return SceneObject("wall", Box((3, 0.2, 2.4)), **more)


def depth_of(qpos: np.ndarray, one: SceneObject, side: str) -> np.ndarray:
    """(T,) metres of the palm's lowest point over an object that stands, negative inside."""
    grid = palm_places(qpos, side, palm_grid(side))
    turn = Rotation.from_quat(one.rotation, scalar_first=True)
    own = turn.inv().apply(grid.reshape(-1, 3) - np.array(one.position))
    return Surface(one).nearest(own).distance.reshape(grid.shape[:2]).min(axis=1)


@pytest.mark.parametrize(
    ("shape", "point", "distance", "normal"),
    [
        (Box((1, 1, 1)), (0.1, 0.2, 0.8), 0.3, (0, 0, 1)),
        (Box((1, 1, 1)), (0.4, 0.1, 0.0), -0.1, (1, 0, 0)),
        (Sphere(0.5), (0, 0.9, 0), 0.4, (0, 1, 0)),
        (Capsule(0.1, 1.0), (0.3, 0, 0.2), 0.2, (1, 0, 0)),
        (Capsule(0.1, 1.0), (0.05, 0, 0.2), -0.05, (1, 0, 0)),
    ],
)
def test_the_nearest_place_of_a_surface_is_known(shape, point, distance, normal):
    """Of an object in its own frame, however it stands."""
    thing = SceneObject("thing", shape, (5, 5, 5), (0.5, 0.5, 0.5, 0.5))
    found = Surface(thing).nearest(np.array([point], dtype=float))
    assert found.distance[0] == pytest.approx(distance, abs=1e-3)
    assert found.normal[0] == pytest.approx(normal, abs=1e-3)
    assert found.place[0] == pytest.approx(np.array(point) - distance * np.array(normal), abs=1e-3)


def test_of_a_mesh_the_nearest_piece_counts():
    corners = np.array(list(np.ndindex(2, 2, 2))) - 0.5
    hull = ConvexHull(corners)
    ways = np.cross(*np.diff(corners[hull.simplices], axis=1).swapaxes(0, 1))
    inwards = (ways * hull.equations[:, :3]).sum(axis=1) < 0
    faces = np.where(inwards[:, None], hull.simplices[:, ::-1], hull.simplices)
    two = Mesh(np.concatenate([corners, corners + [0, 3, 0]]), np.concatenate([faces, faces + 8]))
    found = Surface(SceneObject("two", two)).nearest(np.array([[0, 2.2, 0], [0, 0.8, 0]]))
    assert found.distance == pytest.approx([0.3, 0.3], abs=1e-3)
    assert found.normal[:, 1] == pytest.approx([-1, 1], abs=1e-3)


def test_a_hand_slides_along_what_the_body_passes():
    qpos = standing(60, 1.5)
    moved, (hold,) = onto_objects(qpos, Scene((rail(),)))
    assert hold.slides and (hold.first, hold.last) == (0, 59) and hold.side == "L"
    assert np.ptp(palm_places(moved, "L")[:, 1]) == pytest.approx(1.5, abs=0.1)
    assert depth_of(moved, rail(), "L") == pytest.approx(-HANDS.pressed_m, abs=HANDS.missed_m)
    still = np.setdiff1d(np.arange(76), arm_hinges("L"))
    np.testing.assert_array_equal(moved[:, still], qpos[:, still])
    steps = np.linalg.norm(np.diff(palm_places(moved, "L"), axis=0), axis=1)
    assert steps.max() < 2 * 1.5 / 59, "evenly, as the body goes"


def test_a_hand_stays_where_the_body_does():
    moved, holds = onto_objects(standing(40), Scene((wall(),)))
    assert [(hold.side, hold.slides) for hold in holds] == [("L", False), ("R", False)]
    for hold in holds:
        own = palm_places(moved, hold.side)[hold.first : hold.last + 1]
        assert np.ptp(own, axis=0).max() < 2e-3
        assert depth_of(moved, wall(), hold.side) == pytest.approx(-HANDS.pressed_m, abs=5e-3)
    # Flat on the wall, which faces along +y.
    assert all(hold.normal[:, 1].min() > 0.99 for hold in holds)


def test_a_hand_comes_and_goes_with_what_is_in_reach():
    """It leaves what it does over the frames before, and where a rail ends it lets go of it."""
    qpos, short = standing(120, 4.0), rail(1.2, position=(LEFT_M, -2.0, 0.95))
    moved, (hold,) = onto_objects(qpos, Scene((short,)))
    assert 20 < hold.first < hold.last < 100
    own = np.abs(moved - qpos).max(axis=1)
    untouched = np.r_[: hold.first - HANDS.approach, hold.last + 1 + HANDS.approach : 120]
    np.testing.assert_array_equal(own[untouched], 0)
    steps = np.linalg.norm(np.diff(palm_places(moved, "L"), axis=0), axis=1)
    assert steps.max() < 0.2, "no hand goes faster than 6 m/s"


def test_it_may_be_said_when():
    _, (hold,) = onto_objects(standing(60), Scene((rail(hands_from=20, hands_to=45),)))
    assert (hold.first, hold.last) == (20, 44)
    assert hold.told()["label"] == "the left hand lies on 'rail'"


def test_a_hand_goes_with_what_moves():
    keys = (PlaceKey(0, (LEFT_M, 0, 0.95), ALONG_Y), PlaceKey(39, (LEFT_M, 0, 1.1), ALONG_Y))
    moved, (hold,) = onto_objects(standing(40), Scene((rail(keys=keys),)))
    assert np.ptp(palm_places(moved, "L")[:, 2]) == pytest.approx(0.15, abs=0.01)
    assert not hold.slides


def test_two_things_do_not_share_a_hand_at_once():
    near = SceneObject("post", Box((0.1, 0.1, 1.0)), (0.3, -0.25, 0.5), hands=("L_Hand",))
    _, holds = onto_objects(standing(90), Scene((rail(hands_to=40), near)))
    first, second = sorted(holds, key=lambda hold: hold.first)
    assert (first.name, second.name) == ("rail", "post")
    assert second.first > first.last + HANDS.approach


def test_what_no_hand_reaches_is_told():
    far = rail(position=(1.2, 0, 0.95))
    with pytest.raises(
        UserError,
        match=r"'rail' is out of reach of the left hand: 0\.[3-6]\d m are lacking .* at frame",
    ) as caught:
        onto_objects(standing(30), Scene((far,)))
    assert f"at frame {caught.value.frame};" in str(caught.value)
    with pytest.raises(UserError, match="out of reach"):
        onto_objects(standing(30), Scene((rail(position=(-LEFT_M, 0, 0.95)),)))


def test_one_of_two_hands_is_enough():
    _, holds = onto_objects(standing(30), Scene((rail(hands=("L_Hand", "R_Hand")),)))
    assert [hold.side for hold in holds] == ["L"]


def test_keys_ask_for_the_arm_as_it_was_laid():
    moved = lay_palm(
        standing(10),
        "L",
        np.tile([0.4, -0.2, 1.0], (10, 1)),
        np.tile([0.0, 0, 1], (10, 1)),
        np.ones(10),
    )
    asked = {3: np.zeros((24, 3)), 9: np.zeros((24, 3))}
    laid = as_laid(asked, moved, [("L", 0, 5)])
    hand = BODY_NAMES.index("L_Hand")
    assert np.any(laid[3][hand]) and not np.any(laid[9]) and not np.any(asked[3])
    assert not np.any(laid[3][BODY_NAMES.index("R_Hand")])


def test_scenes_keep_what_hands_are_for():
    scene = Scene((rail(hands_from=3, hands_to=20), wall()))
    written = scene_to_dict(scene)
    assert written["objects"][0]["hands"] == ["L_Hand"]
    assert (written["objects"][0]["from"], written["objects"][0]["to"]) == (3, 20)
    assert scene_from_dict(written) == scene
    one = {"name": "a", "shape": "box", "size": [1, 1, 1], "hands": "R_Hand"}
    assert scene_from_dict({"objects": [one]}).objects[0].hands == ("R_Hand",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"hands": ("L_Foot",)}, "is there for 'L_Foot' to be put onto; hands are L_Hand, R_Hand"),
        ({"hands": (), "hands_to": 5}, "has frames for hands but no hands"),
        ({"free": True, "mass": 1.0}, "such a thing stands or moves as it is keyed"),
        ({"hands_from": 8, "hands_to": 8}, "has hands on it from frame 8 to 8"),
    ],
)
def test_what_cannot_be_is_told(more, told):
    with pytest.raises(UserError, match=told):
        rail(**more)


def test_a_palm_that_leaves_its_place_costs():
    """By as much as its slope says, and only where the reference has it on something."""
    scene = Scene((wall(),))
    qpos, holds = onto_objects(standing(12), scene)
    around = Surroundings(scene, qpos[0], len(qpos))
    body, still = ServoBody(1.0, around), np.zeros((len(qpos), 75))
    cost = Cost(body.model, qpos, still, surroundings=around)
    bare = Cost(body.model, standing(12), still, surroundings=around)
    shoulder = arm_hinges("R")[3]

    def turned(base: np.ndarray, angle: float) -> Trajectory:
        changed = base.copy()
        changed[:, shoulder] += angle
        return Trajectory(changed, still, np.zeros((len(base) - 1, 75)), np.zeros(0))

    # Away from the wall, so that nothing is deep in it.
    sign = (
        1 if palm_places(turned(qpos, 0.02).qpos, "R")[0, 1] > palm_places(qpos, "R")[0, 1] else -1
    )
    angle, step = 0.05 * sign, 1e-4
    values = [cost.value(turned(qpos, angle + move)) for move in (-step, step)]
    gradient, _ = cost.expand(turned(qpos, angle))
    assert gradient[:, shoulder - 1].sum() == pytest.approx(
        (values[1] - values[0]) / (2 * step), rel=1e-2
    )
    assert cost.value(turned(qpos, angle)) > 3 * bare.value(turned(standing(12), angle))
    assert holds


def test_only_what_is_near_counts_as_felt():
    """An object somewhere else in the scene changes nothing in how a walk is found."""
    for aside, near in ((0.85, False), (0.45 + NEAR_M, True), (30.0, False)):
        post = SceneObject("post", Box((0.2, 0.2, 1.0)), (aside, 0, 0.5))
        body = ServoBody(1.0, Surroundings(Scene((post,)), STAND, 8))
        assert body.feels_objects
        assert body.comes_near_objects(standing(8)) is near, aside
    passing = SceneObject(
        "door",
        Box((0.1, 0.1, 1)),
        keys=(PlaceKey(0, (3, 0, 0.5)), PlaceKey(4, (0.3, 0, 0.5))),
    )
    around = Surroundings(Scene((passing,)), STAND, 8)
    assert ServoBody(1.0, around).comes_near_objects(standing(8), around.view(0))
    assert not ServoBody(1.0, around).comes_near_objects(standing(8)[:3], around.view(0))


def test_palms_feel_what_lies_between_their_edges():
    """A rail as thin as this one passes between the edges of a box."""
    model = ServoBody(1.0, Surroundings(Scene((rail(),)), STAND, 4)).model
    edges = {
        side: sum(
            model.geom(geom).name.startswith(f"edge:{side}_Hand") for geom in range(model.ngeom)
        )
        for side in "LR"
    }
    assert edges == {"L": 8, "R": 4}


def test_a_hand_that_comes_back_to_a_thing_has_left_it_before():
    """Else the way to its next place leads it off the one where it lies."""
    qpos = standing(110)
    qpos[54:57, 0] -= 0.5
    one = rail(position=(LEFT_M + 0.06, 0, 0.95))
    moved, holds = onto_objects(qpos, Scene((one,)))
    assert len(holds) == 2
    assert holds[1].first - holds[0].last > 2 * HANDS.approach
    for hold in holds:
        own = palm_places(moved, "L")[hold.first : hold.last + 1]
        assert np.linalg.norm(own - hold.place, axis=1).max() < HANDS.missed_m


@pytest.mark.parametrize(
    ("things", "told"),
    [
        ((rail(hands_from=500),), "there for hands in 0 frames of the motion"),
        ((rail(hands_from=2, hands_to=6),), r"in 4 frames of the motion; give it at least 8"),
        ((rail(), replace(rail(), name="post")), "lie on the object 'post': another one has it"),
    ],
)
def test_what_no_hand_comes_to_lie_on_is_told_with_the_reason(things, told):
    with pytest.raises(UserError, match=told):
        onto_objects(standing(40), Scene(things))


def test_a_take_whose_hand_no_longer_reaches_is_not_the_end_of_all():
    far, qpos = rail(position=(-LEFT_M, 0, 0.95)), standing(30)
    moved, holds = onto_objects(qpos, Scene((far,)), required=False)
    assert holds == [] and np.array_equal(moved, qpos)
