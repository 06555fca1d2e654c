"""Characters as people have them: recognised, standing where they touch, nothing sunk."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.retarget.detect import detect_rig
from motivo_source.motivo_addon.retarget.transfer import retarget
from motivo_source.motivo_addon.rig.bake import bake_motion
from performances import walk
from test_retarget_transfer import both_over_time, directions_off

CHARACTERS = Path(__file__).parents[2].parent / "shared" / "characters"
CONVENTIONS = {
    "unreal_names_cc0.glb": "Unreal 4",
    "kaykit_knight_cc0.glb": "KayKit",
    "biped_male_mit.fbx": "3ds Max Biped",
}


@pytest.fixture(params=CONVENTIONS)
def character(request, context):
    path = CHARACTERS / request.param
    if not path.exists():
        pytest.skip("the characters are not beside the repository")
    before = set(bpy.data.objects)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    else:
        bpy.ops.import_scene.fbx(filepath=str(path))
    rig = next(o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")
    rig["file"] = request.param
    return rig


def lowest_of_feet(rig, frame: int) -> float:
    """Metres: the lowest vertex of the deformed skin that follows a foot."""
    bpy.context.scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    lowest = np.inf
    for skin in bpy.data.objects:
        if skin.type != "MESH" or not any(
            m.type == "ARMATURE" and m.object == rig for m in skin.modifiers
        ):
            continue
        seen = skin.evaluated_get(graph)
        places = np.empty(len(seen.data.vertices) * 3, dtype=np.float32)
        seen.data.vertices.foreach_get("co", places)
        world = np.array(seen.matrix_world)
        lowest = min(lowest, float((places.reshape(-1, 3) @ world[2, :3] + world[2, 3]).min()))
    return lowest


def test_it_walks_on_the_floor(context, character):
    from motivo_source.motivo_addon.rig.armature import add_body

    body = add_body(context)
    rig_map = detect_rig(character)
    assert rig_map.convention == CONVENTIONS[character["file"]]
    assert rig_map.missing == () and rig_map.confidence > 0.85
    motion = walk(4)
    bake_motion(context, body, motion, "take")
    retarget(context, body, None, character, rig_map)
    frames = range(1, motion.frames + 1)
    own, other = both_over_time(context, body, character, rig_map.bones, frames)
    stylised = "kaykit" in character["file"]
    assert directions_off(own, other) < (15.0 if stylised else 6.0)
    moving = []
    for side, on in (("left", motion.contacts[:, 0]), ("right", motion.contacts[:, 2])):
        both = on[1:] & on[:-1]
        track = other[f"{side}_toe"][:, :2]
        moving.append(np.linalg.norm(np.diff(track, axis=0), axis=1)[both] * 30 > 0.05)
    assert np.concatenate(moving).mean() < 0.02
    # The skin itself: neither in the floor nor over it, one foot always being on it.
    heights = [lowest_of_feet(character, frame) for frame in range(3, motion.frames, 9)]
    assert min(heights) > -0.01
    assert max(heights) < 0.02
