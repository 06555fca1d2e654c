"""Characters as people have them, on whole clips: recognised, true to the take, standing where it stands."""

import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from conftest import ROOT
from motivo_source.motivo_addon.characters.action_metrics import measure_retarget
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.runtime.errors import UserError
from motivo_source.runtime.motion import Motion, load_motion
from motivo_source.runtime.retarget.settings import RetargetSettings
from performances import walk

SHARED = Path(__file__).parents[3].parent / "shared"
CONVENTIONS = {
    "unreal_names_cc0.glb": "Unreal 4",
    "kaykit_knight_cc0.glb": "KayKit",
    "biped_male_mit.fbx": "3ds Max Biped",
}
CLIPS = {"walk": "Male1_B3_Walk.bvh", "get up": "Male1_A10_LieToCrouch.bvh"}

# Limbs within 3 degrees but for a frame, skate below 2 %, skin at most 1 cm in the floor, jerk at most 1.2 of the
# source's; feet that are flat on the floor within 1 cm. Where a thigh is to its shin as it is not
# in the body, or a trunk as thick as legs are long, ankles off the floor cannot be: in cm, below.
ANKLES = {
    ("walk", "unreal_names_cc0.glb"): 1.1,
    ("walk", "biped_male_mit.fbx"): 1.8,
    ("walk", "kaykit_knight_cc0.glb"): 2.4,
    ("get up", "unreal_names_cc0.glb"): 2.6,
    ("get up", "biped_male_mit.fbx"): 4.3,
    ("get up", "kaykit_knight_cc0.glb"): 26.0,
}


@pytest.fixture(scope="module")
def takes(tmp_path_factory) -> dict[str, Motion]:
    """The recordings as physics performs them, and a walk by formula."""
    folder = tmp_path_factory.mktemp("takes")
    found = {"formula": walk(4)}
    for name, file in CLIPS.items():
        recording = SHARED / "mocap" / "accad" / file
        if recording.is_file():
            command = [
                sys.executable,
                "-m",
                "runtime",
                "generate",
                "--quality",
                "draft",
                "--motion",
                str(recording),
            ]
            out = folder / f"{name}.npz"
            subprocess.run(
                [*command, "--out", str(out)],
                cwd=ROOT,
                check=True,
                capture_output=True,
                timeout=200,
            )
            found[name] = load_motion(out)
    return found


def open_character(name: str) -> bpy.types.Object:
    path = SHARED / "characters" / name
    if not path.exists():
        pytest.skip("the characters are not beside the repository")
    before = set(bpy.data.objects)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    else:
        bpy.ops.import_scene.fbx(filepath=str(path))
    return next(o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")


def lowest_of_skin(rig: bpy.types.Object, frame: int) -> float:
    """Metres: the lowest vertex of the skin as Blender deforms it."""
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


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("clip", CLIPS)
def test_a_recording_is_put_on_a_character(context, body, takes, clip, name):
    if clip not in takes:
        pytest.skip("the recordings are not beside the repository")
    character, motion = open_character(name), takes[clip]
    retarget(
        context, body, motion, character, detect_rig(character), RetargetSettings(mute_constraints=True)
    )  # fmt: skip
    told = measure_retarget(context, character, motion)
    assert told.within_share >= 0.99 and max(told.legs_deg, told.arms_deg) < 3.1
    assert told.ankle_cm < ANKLES[clip, name]
    assert told.ankle_standing_cm is None or told.ankle_standing_cm < 1
    assert told.skate_share < 0.02
    assert told.penetration_mm < 10
    assert told.jerk_ratio < 1.2
    # What is measured is what Blender deforms.
    deepest = min(lowest_of_skin(character, frame) for frame in range(1, motion.frames + 1, 5))
    assert deepest > -0.01


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_walk_whose_contacts_are_known_stands_on_the_floor(context, body, takes, name):
    character, motion = open_character(name), takes["formula"]
    rig_map = detect_rig(character)
    assert rig_map.convention == CONVENTIONS[name]
    assert rig_map.missing == () and rig_map.confidence > 0.85
    bake_motion(context, body, motion, "take")
    retarget(context, body, None, character, rig_map)
    told = measure_retarget(context, character, motion)
    assert told.legs_deg < 3.5 and told.arms_deg < 1
    assert told.penetration_mm < 10 and told.skate_share <= told.skate_share_source
    toes = rig_map.bones["left_toe"], rig_map.bones["right_toe"]
    tracks = []
    for frame in range(1, motion.frames + 1):
        context.scene.frame_set(frame)
        seen = character.evaluated_get(context.evaluated_depsgraph_get())
        tracks.append([(seen.matrix_world @ seen.pose.bones[toe].head)[:2] for toe in toes])
    speed = np.linalg.norm(np.diff(np.array(tracks), axis=0), axis=2) * 30
    down = motion.contacts[:, [1, 3]]
    assert (speed[down[1:] & down[:-1]] > 0.05).mean() < 0.02
    # The skin itself: neither in the floor nor over it, one foot always being on it.
    heights = [lowest_of_skin(character, frame) for frame in range(3, motion.frames, 9)]
    assert min(heights) > -0.01
    assert max(heights) < 0.02


@pytest.mark.parametrize("root_motion", ["bone", "object", "in_place"])
def test_the_same_is_measured_whatever_carries_it(context, body, takes, root_motion):
    character, motion = open_character("unreal_names_cc0.glb"), takes["formula"]
    character.location, character.rotation_euler.z = (2, 1, 0.3), 0.7
    character.rotation_mode = "XYZ"
    settings = RetargetSettings(root_motion=root_motion, place="character")
    retarget(context, body, motion, character, detect_rig(character), settings, start_frame=7)
    context.scene.frame_set(40)
    told = measure_retarget(context, character, motion)
    assert told.legs_deg < 1.5 and told.ankle_cm < 1 and told.penetration_mm < 5
    assert (told.skate_share is None) == (root_motion == "in_place")


def test_a_character_that_plays_nothing_cannot_be_measured(context, body, takes):
    character = open_character("kaykit_knight_cc0.glb")
    with pytest.raises(UserError, match="Press Retarget"):
        measure_retarget(context, character, takes["formula"])
