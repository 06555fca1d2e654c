"""FBX files as ufbx reads them: the reader inside Godot, with nothing converted."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

needs_ufbx = pytest.mark.skipif(not importlib.util.find_spec("ufbx"), reason="needs ufbx")

# Its module crashes on what is freed before the scene, and when the interpreter ends:
# it reads in a process of its own, and everything is held on to.
_READ = """
import gc, json, os, sys, ufbx
gc.disable()
scene = ufbx.load_file(sys.argv[1])
AXES = ["+X", "-X", "+Y", "-Y", "+Z", "-Z"]
held = []

def matrix(m):
    return [[getattr(c, a) for c in (m.c0, m.c1, m.c2, m.c3)] for a in "xyz"]

def all_of(things):
    held.append([things[i] for i in range(len(things))])
    return held[-1]

nodes = all_of(scene.nodes)
parents = [n.parent for n in nodes]
meshes = [n.mesh for n in nodes]
points = [None if m is None else m.vertices for m in meshes]
found = {
    "up": AXES[int(scene.settings.axes.up)],
    "front": AXES[int(scene.settings.axes.front)],
    "unit": scene.settings.unit_meters,
    "parents": {n.name: None if p is None else p.name for n, p in zip(nodes, parents)},
    "vertices": {
        n.name: [[v.x, v.y, v.z] for v in all_of(p)] for n, p in zip(nodes, points) if p is not None
    },
    "stacks": {},
}
for stack in all_of(scene.anim_stacks):
    frames = found["stacks"][stack.name] = []
    for time in json.loads(sys.argv[2]):
        posed = ufbx.evaluate_scene(scene, stack.anim, stack.time_begin + time)
        held.append(posed)
        frames.append({n.name: matrix(n.node_to_world) for n in all_of(posed.nodes)})
json.dump(found, sys.stdout)
sys.stdout.flush()
os._exit(0)
"""


@dataclass
class UfbxScene:
    up: str
    front: str
    unit: float
    """Metres per unit."""
    parents: dict[str, str | None]
    vertices: dict[str, list]
    stacks: dict[str, list]

    @classmethod
    def read(cls, path, times=(0.0,)) -> "UfbxScene":
        done = subprocess.run(
            [sys.executable, "-c", _READ, str(path), json.dumps(list(times))],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return cls(**json.loads(done.stdout))

    def node(self, stack: str, frame: int, name: str) -> np.ndarray:
        """(3, 4): a node in the file's world and units, at one of the times."""
        return np.array(self.stacks[stack][frame][name])

    def joints(self, stack: str, frame: int, names) -> np.ndarray:
        """(N, 3): in the file's axes and units."""
        return np.array([self.node(stack, frame, name)[:, 3] for name in names])
