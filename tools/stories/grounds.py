"""What the stories of ``scene_stories.py`` walk on."""

import numpy as np
from scipy.spatial.transform import Rotation

from runtime.scene import Box, Scene, SceneObject, Terrain, World


def stairs(count: int = 4, rise: float = 0.17, tread: float = 0.3, start: float = 1.0) -> Scene:
    steps = []
    for number in range(count):
        length = tread if number < count - 1 else 6.0
        middle = start + tread * number + length / 2
        height = rise * (number + 1)
        steps.append(
            SceneObject(f"step {number + 1}", Box((length, 1.6, height)), (middle, 0, height / 2))
        )
    return Scene(tuple(steps))


def stairs_down(
    count: int = 4, rise: float = 0.17, tread: float = 0.3, start: float = 0.75
) -> Scene:
    """From a landing at the height of the origin down to a ground below."""
    low, deep = -rise * count, 1.0
    landing = SceneObject("landing", Box((4.0, 1.6, deep)), (start - 2.0, 0, -deep / 2))
    ground = SceneObject("ground", Box((6.0, 1.6, deep)), (start + 2.5, 0, low - deep / 2))
    steps = [
        SceneObject(
            f"step {number}",
            Box((tread, 1.6, deep)),
            (start + tread * (number - 0.5), 0, -rise * number - deep / 2),
        )
        for number in range(1, count)
    ]
    return Scene((landing, *steps, ground), World(floor=False))


def stones(height: float = 0.15, apart: float = 0.62) -> Scene:
    """Stones in a row, to the left and right in turn, and nothing between them but a floor below."""
    objects = [SceneObject("bank", Box((1.2, 1.2, height)), (-0.25, 0, height / 2))]
    for number in range(6):
        place = (0.62 + apart * number, 0.06 * (-1) ** number, height / 2)
        objects.append(SceneObject(f"stone {number + 1}", Box((0.4, 0.3, height)), place))
    return Scene(tuple(objects))


def ramp(degrees: float, start: float = 0.7) -> Scene:
    turn = Rotation.from_euler("y", -degrees, degrees=True)
    place = turn.apply([2.0, 0.0, -0.05]) + [start, 0, 0]
    quat = turn.as_quat(scalar_first=True)
    board = SceneObject("ramp", Box((4.0, 2.0, 0.1)), tuple(place), tuple(quat))
    return Scene((board,))


def hills(wave: float = 0.12, rise: float = 0.06) -> Scene:
    """Ground in waves of 2.4 by 1.9 m, ``wave`` metres from trough to crest, that rises by ``rise`` a metre;
    level where the walk begins."""
    x, y = np.linspace(-2.0, 6.0, 129), np.linspace(-2.0, 2.0, 65)
    waves = wave / 2 * np.sin(2 * np.pi * x / 2.4)[None] * np.cos(2 * np.pi * y / 1.9)[:, None]
    begins = np.clip((x - 0.3) / 0.8, 0, 1)
    heights = (3 * begins**2 - 2 * begins**3) * waves + rise * np.maximum(x - 0.3, 0)
    # The floor is below all of it.
    return Scene(
        (SceneObject("hills", Terrain((8.0, 4.0), heights), (2.0, 0, 0)),), World(floor=False)
    )
