"""Files as an independent program reads them: assimp, from Debian's assimp-utils."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from mathutils import Matrix, Quaternion, Vector
from motivo_source.runtime.body import SMPL_NAMES

needs_assimp = pytest.mark.skipif(not shutil.which("assimp"), reason="needs assimp-utils")


class AssimpScene:
    """The file as assimp reads it: nodes and one animation, in metres, brought back to z up."""

    def __init__(self, path) -> None:
        target = path.with_suffix(".json")
        subprocess.run(
            ["assimp", "export", str(path), str(target), "-fassjson"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.data = json.loads(target.read_text())
        self.animations = self.data.get("animations", [])
        self.parents, self.rest = {}, {}
        self._walk(self.data["rootnode"], None)

    def _walk(self, node, parent) -> None:
        self.parents[node["name"]] = parent
        self.rest[node["name"]] = Matrix(np.reshape(node["transformation"], (4, 4)).tolist())
        for child in node.get("children", []):
            self._walk(child, node["name"])

    def joints(self, seconds: float) -> np.ndarray:
        """(24, 3): the joints in Blender's world, that long after the animation's start."""
        (animation,) = self.animations
        ticks = seconds * animation["tickspersecond"]
        local = dict(self.rest)
        for channel in animation["channels"]:
            place = _between(channel["positionkeys"], ticks, Vector.lerp, Vector)
            turn = _between(channel["rotationkeys"], ticks, Quaternion.slerp, Quaternion)
            size = _between(channel["scalingkeys"], ticks, Vector.lerp, Vector)
            local[channel["name"]] = Matrix.LocRotScale(place, turn, size)
        return np.array([self._world(name, local).translation for name in SMPL_NAMES])[
            :, [0, 2, 1]
        ] * (1, -1, 1)

    def _world(self, name, local) -> Matrix:
        parent = self.parents[name]
        return self._world(parent, local) @ local[name] if parent else local[name]


def _between(keys, ticks, mix, kind):
    times = np.array([key[0] for key in keys])
    after = int(np.clip(np.searchsorted(times, ticks), 1, len(times) - 1)) if len(keys) > 1 else 0
    before = max(after - 1, 0)
    first, second = kind(keys[before][1]), kind(keys[after][1])
    span = times[after] - times[before]
    return mix(first, second, float(np.clip((ticks - times[before]) / span, 0, 1)) if span else 0.0)
