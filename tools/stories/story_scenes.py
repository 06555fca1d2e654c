"""What the stories of ``scene_stories.py`` ask for: clips of the library or keyed poses, and a scene."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from grounds import hills, ramp, stairs, stairs_down, stones
from meetings import handshake, passing
from motions import keyed, walk
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation
from three_people import bowing, three

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.body.size import BodySize
from runtime.generation import GenerationSettings
from runtime.motion import Motion
from runtime.motion.poses import POSES, Pose, posed
from runtime.planning.mending.legs import place_foot
from runtime.prompts import Timeline
from runtime.scene import Box, Capsule, Mesh, Push, Scene, SceneObject, Sphere, World

MOON = (0.0, 0.0, -1.62)
SEAT_M = 0.45


def raised(qpos: np.ndarray, up: float = 0.0, forward: float = 0.0) -> np.ndarray:
    """A pose of heading zero, which looks along -y, elsewhere."""
    result = qpos.copy()
    result[2] += up
    result[1] -= forward
    return result


def half_crouch() -> np.ndarray:
    crouch = POSES["crouch"]
    return posed(
        replace(
            crouch,
            pelvis=-0.2,
            lean=14,
            turned={name: angle / 2 for name, angle in crouch.turned.items()} | {"R_Elbow_y": 20},
        )
    )


def moon_jump(top: float = 0.6, gravity: tuple[float, float, float] = MOON) -> Timeline:
    """Crouch, a key in the air ``top`` metres up, crouch, stand: as long as gravity takes."""
    stand, low = posed(POSES["stand"]), half_crouch()
    fall = round(30 * np.sqrt(2 * top / -gravity[2]))
    air, landed = 14 + 7 + fall, 14 + 14 + 2 * fall
    poses = {
        0: stand,
        14: low,
        air: raised(stand, top, 0.2),
        landed: raised(low, 0, 0.4),
        landed + 16: raised(stand, 0, 0.4),
    }
    return Timeline((keyed(poses),), Scene(world=World(gravity=gravity)))


def box_jump(height: float = 0.4, far: float = 0.62) -> Timeline:
    """Stands on a box, at its edge, crouches, jumps ``far`` ahead and lands on the floor below; of a
    box that has no height there is none."""
    stand, low, deep = posed(POSES["stand"]), half_crouch(), posed(POSES["crouch"])
    arms = {
        "L_Shoulder_z": -40.0,
        "R_Shoulder_z": 40.0,
        "L_Shoulder_y": -30.0,
        "R_Shoulder_y": 30.0,
    }
    tucked = posed(Pose(0.0, 8, 0.12, 0.12, 0.08, 0.08, turned=arms))
    poses = {
        0: raised(stand, height),
        13: raised(low, height),
        24: raised(tucked, height + 0.1, 0.6 * far),
        40: raised(deep, 0, far),
        62: raised(stand, 0, far),
    }
    if not height:
        return Timeline((keyed(poses),))
    crate = SceneObject("crate", Box((0.8, 0.5, height)), (0, 0.03, height / 2))
    return Timeline((keyed(poses),), Scene((crate,)))


def sat(pelvis: float, lean: float, forward: float, **turned: float) -> np.ndarray:
    """A pose whose feet stay where they are while the hips go back, ``forward`` of them."""
    arms = {"L_Shoulder_z": -62.0, "R_Shoulder_z": 62.0, "L_Elbow_y": -25.0, "R_Elbow_y": 25.0}
    qpos = posed(Pose(pelvis, lean, forward, forward, turned={**arms, **turned}))
    ankles = [BODY_NAMES.index(f"{side}_Ankle") for side in "LR"]
    qpos[1] -= forward_kinematics(qpos[None])[0][0, ankles, 1].mean()
    return qpos


def lowered(hips: float, back: float, lean: float, flexed: float = 0.0) -> np.ndarray:
    """A pose with the hip joints ``hips`` metres high and ``back`` behind the ankles; the arms reach
    ahead as far as the back is bent (``flexed`` 0..1)."""
    bent = {"Torso_x": 20 * flexed, "Spine_x": 15 * flexed}
    arms = {"L_Shoulder_y": -70 * flexed, "L_Shoulder_z": -62 + 30 * flexed}
    arms |= {name.replace("L_", "R_"): -angle for name, angle in arms.items()}
    hip = BODY_NAMES.index("L_Hip")

    def made(pelvis: float) -> np.ndarray:
        return sat(pelvis, lean, back, **bent, **arms)

    low, high = -0.5, 0.0
    for _ in range(30):
        middle = (low + high) / 2
        if forward_kinematics(made(middle)[None])[0][0, hip, 2] < hips:
            low = middle
        else:
            high = middle
    return made(high)


def chair(
    hips: float = 0.557, back: float = 0.2, seat: bool = True, arms: bool = False
) -> Timeline:
    """Sits down on a chair of 45 cm and stands up again: until the thighs are borne, and as soon as
    they are not any more, the weight is over the feet. Without a ``seat`` it stays there, as low; with
    ``arms`` of the chair hands are put onto them where they are in reach."""
    stand, down = sat(-0.02, 0, 0.0), lowered(hips, back, 38, 1.0)
    top = float(forward_kinematics(stand[None])[0][0, BODY_NAMES.index("L_Hip"), 2])
    between = [
        lowered(top + (hips - top) * share, back * share, 38 * share**0.7, share)
        for share in (0.33, 0.67)
    ]
    seated = lowered(hips, back, 2) if seat else down
    poses = {0: stand, 13: between[0], 25: between[1], 38: down, 52: seated, 58: seated, 72: down}
    poses |= {85: between[1], 97: between[0], 110: stand}
    if not seat:
        return Timeline((keyed(poses),))
    stool = SceneObject("chair", Box((0.46, 0.42, SEAT_M)), (0, 0.085 + 0.21, SEAT_M / 2))
    rests = [
        SceneObject(
            f"{side} arm",
            Box((0.06, 0.34, 0.04)),
            (x, 0.24, 0.64),
            hands=(f"{side[0].upper()}_Hand",),
        )
        for side, x in (("left", 0.29), ("right", -0.29))
    ]
    return Timeline((keyed(poses),), Scene((stool, *rests) if arms else (stool,)))


def carried(mass: float = 10.0) -> Timeline:
    """A recorded walk with a box, with a box of that mass in its hands."""
    prompt = walk(40, 110, "accad_Male1_B20_WalkWithBox")
    assert isinstance(prompt.source, Motion)
    positions, _ = forward_kinematics(prompt.source.qpos[:1])
    hands = [positions[0, BODY_NAMES.index(f"{side}_Hand")] for side in "LR"]
    between = hands[0] - hands[1]
    turn = Rotation.from_euler("z", np.arctan2(-between[0], between[1]))
    size = (0.3, float(np.linalg.norm(between)) - 0.1, 0.25)
    place = (hands[0] + hands[1]) / 2
    box = SceneObject(
        "parcel",
        Box(size),
        tuple(place),
        tuple(turn.as_quat(scalar_first=True)),
        held_by=("R_Hand", "L_Hand"),
        mass=mass,
    )
    return Timeline((prompt,), Scene((box,)))


def lifted() -> Timeline:
    """A box of 2 kg is taken from a table, and put down again."""
    arms = {
        "L_Shoulder_z": -42.0,
        "R_Shoulder_z": 42.0,
        "L_Shoulder_y": -78.0,
        "R_Shoulder_y": 78.0,
    }
    bent = {"L_Elbow_y": -18.0, "R_Elbow_y": 18.0}
    low = posed(Pose(-0.04, 8, turned={**arms, **bent}))
    high = posed(Pose(-0.02, 0, turned={**arms, "L_Elbow_y": -45.0, "R_Elbow_y": 45.0}))
    hands = forward_kinematics(low[None])[0][0, [BODY_NAMES.index(f"{s}_Hand") for s in "LR"]]
    poses = {0: posed(POSES["stand"]), 16: low, 20: low, 34: high, 48: low, 52: low}
    middle, width = hands.mean(axis=0), float(np.ptp(hands[:, 0]))
    box = SceneObject(
        "parcel",
        Box((width - 0.155, 0.16, 0.16)),
        tuple(middle),
        held_by=("R_Hand", "L_Hand"),
        mass=2.0,
        held_from=18,
        held_to=50,
    )
    top = float(middle[2]) - 0.08
    board = SceneObject("table", Box((0.7, 0.3, 0.04)), (0, float(middle[1]) - 0.05, top - 0.02))
    return Timeline((keyed(poses),), Scene((box, board)))


def ball(radius: float = 0.11, mass: float = 0.43, after: int = 25) -> Timeline:
    """A football in the way of a walker's swinging foot, which kicks it along."""
    prompt = walk(10, 75)
    assert isinstance(prompt.source, Motion)
    toes = prompt.source.positions()[:, [BODY_NAMES.index(f"{side}_Toe") for side in "LR"]]
    speed = np.diff(toes[..., 0], axis=0)[after:]
    frame, side = np.unravel_index(speed.argmax(), speed.shape)
    x, y, _ = toes[after + frame, side]
    place = (float(x) + 0.09 + radius, float(y), radius)
    football = SceneObject("ball", Sphere(radius), place, mass=mass, free=True)
    return Timeline((prompt,), Scene((football,)))


def _slabs(slabs: list[tuple[tuple[float, float, float], tuple[float, float, float]]]) -> Mesh:
    """Boxes, each by its least and its greatest corner, as one mesh of loose parts."""
    vertices: list[np.ndarray] = []
    faces: list[np.ndarray] = []
    for low, high in slabs:
        corners = np.where(np.array(list(np.ndindex(2, 2, 2))), high, low)
        hull = ConvexHull(corners)
        inwards = (
            np.einsum(
                "ij,ij->i",
                hull.equations[:, :3],
                np.cross(*np.diff(corners[hull.simplices], axis=1).swapaxes(0, 1)),
            )
            < 0
        )
        turned = np.where(inwards[:, None], hull.simplices[:, ::-1], hull.simplices)
        faces.append(turned + 8 * len(vertices))
        vertices.append(corners)
    return Mesh(np.concatenate(vertices), np.concatenate(faces))


def trolley(mass: float = 12.0, friction: float = 0.3) -> Timeline:
    """A stand without wheels is pushed along with both hands: a board at their height, that slides
    on two sides between which the feet step."""
    board = ((0.0, -0.4, 0.65), (0.04, 0.4, 1.05))
    sides = [((0.0, y - 0.02, 0.0), (1.0, y + 0.02, 1.05)) for y in (-0.42, 0.42)]
    thing = SceneObject(
        "stand", _slabs([board, *sides]), (0.34, 0, 0.001), friction=friction, mass=mass, free=True
    )
    return Timeline((walk(40, 105, "accad_Male1_B20_WalkWithBox"),), Scene((thing,)))


def of_height(height: float, mass: float | None = None) -> Timeline:
    """The recorded walk by somebody of that height, at the pace of their legs."""
    size, prompt = BodySize(height, mass), walk(10, 75)
    own = replace(prompt, end=int(prompt.end / size.pace), speed=size.pace)
    return Timeline((own,), Scene(), size)


def lean(motion: Motion) -> float:
    """Degrees that hips to neck are tilted ahead on average, of what walks along +x."""
    positions = motion.positions()
    hips = [BODY_NAMES.index(f"{side}_Hip") for side in "LR"]
    up = positions[:, BODY_NAMES.index("Neck")] - positions[:, hips].mean(axis=1)
    return float(np.degrees(np.arctan2(up[:, 0], up[:, 2])).mean())


def railed(
    scene: Scene, aside: float, ends: tuple[tuple[float, float], tuple[float, float]]
) -> Scene:
    """The same with a rail to the left, from one (x, z) to another, for the left hand to slide along."""
    (x, z), (last_x, last_z) = ends
    length, rise = float(np.hypot(last_x - x, last_z - z)), np.arctan2(last_z - z, last_x - x)
    turn = Rotation.from_euler("y", np.pi / 2 - rise)
    rail = SceneObject(
        "rail",
        Capsule(0.025, length),
        ((x + last_x) / 2, aside, (z + last_z) / 2),
        tuple(turn.as_quat(scalar_first=True)),
        hands=("L_Hand",),
    )
    return replace(scene, objects=(*scene.objects, rail))


def leaned(far: float = 0.62, lean: float = 16) -> Timeline:
    """Lets themselves fall against a wall ahead, bears the weight with both hands, and pushes off."""
    arms = {
        "L_Shoulder_y": -80.0,
        "R_Shoulder_y": 80.0,
        "L_Shoulder_z": -10.0,
        "R_Shoulder_z": 10.0,
    }
    bent = {"L_Elbow_y": -45.0, "R_Elbow_y": 45.0}
    stand, ready = posed(POSES["stand"]), posed(replace(POSES["stand"], turned={**arms, **bent}))
    against = tilted(ready, lean)
    poses = {0: stand, 18: ready, 32: against, 56: against, 70: ready, 88: stand}
    wall = SceneObject(
        "wall", Box((2.0, 0.2, 2.2)), (0, -far - 0.1, 1.1), hands=("L_Hand", "R_Hand")
    )
    return Timeline((keyed(poses),), Scene((wall,)))


def tilted(qpos: np.ndarray, degrees: float) -> np.ndarray:
    """A pose of heading zero, which looks along -y, tilted ahead about its ankles; the soles stay."""
    result = qpos.copy()
    about = forward_kinematics(qpos[None])[0][0, BODY_NAMES.index("L_Ankle")]
    turn = Rotation.from_euler("x", degrees, degrees=True)
    result[:3] = about + turn.apply(qpos[:3] - about)
    old = Rotation.from_quat(qpos[3:7], scalar_first=True)
    result[3:7] = (turn * old).as_quat(scalar_first=True)
    for side in "LR":
        positions, rotations = forward_kinematics(qpos[None])
        ankle = BODY_NAMES.index(f"{side}_Ankle")
        result = place_foot(result[None], side, positions[:, ankle], rotations[:, ankle])[0]
    return result


Story = Callable[[GenerationSettings | None], Timeline]
"""With what takes are made that it needs; without, it is asked for alone and nothing performs."""


def _walked(first: int, last: int, scene: Scene) -> Story:
    return lambda _: Timeline((walk(first, last),), scene)


FLAT: dict[str, Story] = {
    "off-box": lambda _: box_jump(0.0),
    "chair": lambda _: chair(seat=False),
}
"""Of stories whose keys nobody could perform without their scene: the same motion on the flat floor, a
jump as far and a squat as deep."""
STORIES: dict[str, Story] = {
    "flat": _walked(10, 75, Scene()),
    "ball": lambda _: ball(),
    "push-stand": lambda _: trolley(),
    "child": lambda _: of_height(1.4),
    "tall": lambda _: of_height(2.0, 100),
    "stairs": _walked(10, 100, stairs()),
    "stairs-down": _walked(10, 100, stairs_down()),
    "stones": _walked(10, 72, stones()),
    "onto-box": _walked(
        10, 100, Scene((SceneObject("crate", Box((3, 1.6, 0.4)), (2.35, 0, 0.2)),))
    ),
    "rail": _walked(10, 100, railed(stairs(), 0.46, ((0.5, 0.77), (2.05, 1.65)))),
    "wall": lambda _: leaned(),
    "off-box": lambda _: box_jump(),
    "ramp": _walked(10, 75, ramp(15)),
    "terrain": _walked(10, 100, hills()),
    "slope": _walked(10, 75, Scene(world=World(slope=15))),
    "push": _walked(10, 80, Scene(pushes=(Push(15, "Chest", (-80, 0, 0)),))),
    "moon": lambda _: moon_jump(),
    "chair": lambda _: chair(),
    "armchair": lambda _: chair(arms=True),
    "carry": lambda _: carried(),
    "carry-light": lambda _: carried(0.1),
    "lift": lambda _: lifted(),
    "passing": lambda _: passing(),
    "handshake": handshake,
    "bow": lambda settings: three(keyed(bowing()), settings),
}
