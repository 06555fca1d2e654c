"""Skirts, hair, wings, swords and helper bones are not taken for limbs, and limbs go on moving."""

import extras
import numpy as np
import pytest
from extras import add
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.runtime.retarget.settings import RetargetSettings
from performances import walk
from rigs import NAMINGS, Naming, build_rig
from test_retarget_detection import expected
from test_retarget_transfer import both_over_time, directions_off

DRESSED = {
    "skirt": (extras.skirt,),
    "cape and tail": (extras.cape, extras.tail),
    "hair": (extras.long_hair, extras.ponytail),
    "wings": (extras.wings,),
    "sword": (extras.sword,),
    "sleeves": (extras.sleeves, extras.fingers),
    "helpers": (extras.helpers,),
    "halved limbs": (extras.halved_limbs, extras.pelvis, extras.middle_feet),
    "hip bones": (extras.hip_bones,),
    "doubles": (extras.doubles,),
    "goals and poles": (extras.steering, extras.fingers),
    "all": (
        *(extras.skirt, extras.cape, extras.long_hair, extras.wings, extras.fingers),
        *(extras.sleeves, extras.helpers, extras.pelvis, extras.middle_feet, extras.ends),
    ),
}

FOREIGN = {
    "German": Naming(
        ("L", "R"),
        "Becken",
        ("Wirbel1", "Wirbel2"),
        ("Hals",),
        "Kopf",
        tuple(
            f"{part}.{{s}}"
            for part in (
                *("Schluesselbein", "Oberarm", "Unterarm", "Hand"),
                *("Oberschenkel", "Unterschenkel", "Fuss", "Zehen"),
            )
        ),
    ),
    "MMD": Naming(
        ("左", "右"),
        "腰",
        ("上半身", "上半身2"),
        ("首",),
        "頭",
        tuple(
            f"{{s}}{part}" for part in ("肩", "腕", "ひじ", "手首", "足", "ひざ", "足首", "つま先")
        ),
        root="全ての親",
    ),
    # Shoulders that are upper arms, and elbows that are forearms.
    "Synty": Naming(
        ("L", "R"),
        "Hips",
        ("Spine_01", "Spine_02", "Spine_03"),
        ("Neck",),
        "Head",
        tuple(
            f"{part}_{{s}}"
            for part in (
                *("Clavicle", "Shoulder", "Elbow", "Hand"),
                *("UpperLeg", "LowerLeg", "Ankle", "Ball"),
            )
        ),
        root="Root",
    ),
    "Second Life": Naming(
        ("Left", "Right"),
        "mPelvis",
        ("mTorso", "mChest"),
        ("mNeck",),
        "mHead",
        tuple(
            f"m{part}{{s}}"
            for part in (
                *("Collar", "Shoulder", "Elbow", "Wrist"),
                *("Hip", "Knee", "Ankle", "Foot"),
            )
        ),
    ),
}


def assert_recognised(found, naming):
    assert {role: found.bones.get(role) for role in expected(naming)} == expected(naming)


@pytest.mark.parametrize("dress", DRESSED.values(), ids=DRESSED)
@pytest.mark.parametrize("name", ["Unknown names", "Mixamo"])
def test_what_hangs_on_a_person_is_no_limb(context, body, name, dress):
    naming = NAMINGS[name]
    rig = build_rig(context, naming)
    add(rig, naming, *dress)
    found = detect_rig(rig)
    assert_recognised(found, naming)
    assert found.chain("spine") == naming.spine
    motion = walk(2)
    bake_motion(context, body, motion, "take")
    retarget(context, body, None, rig, found)
    own, other = both_over_time(context, body, rig, found.bones, range(1, motion.frames, 4))
    assert directions_off(own, other) < 3.0


@pytest.mark.parametrize("dress", [(), (extras.fingers, extras.ends)], ids=["plain", "fingers"])
@pytest.mark.parametrize("naming", FOREIGN.values(), ids=FOREIGN)
def test_names_of_no_table_or_with_another_meaning(context, naming, dress):
    rig = build_rig(context, naming)
    add(rig, naming, *dress)
    assert_recognised(detect_rig(rig), naming)


@pytest.mark.parametrize(
    "prefix", ["", "mixamorig1:", "mixamorig12:", "mixamorig_", "Hero:mixamorig:"]
)
def test_every_prefix_of_mixamo(context, prefix):
    naming = NAMINGS["Mixamo"]
    rig = build_rig(context, naming)
    for bone in rig.data.bones:
        bone.name = bone.name.replace("mixamorig:", prefix)
    found = detect_rig(rig)
    wanted = {role: bone.replace("mixamorig:", prefix) for role, bone in expected(naming).items()}
    assert {role: found.bones.get(role) for role in wanted} == wanted
    assert found.convention == "Mixamo" and found.confidence > 0.85


QUATERNIUS = Naming(
    ("L", "R"),
    "Hips",
    ("Abdomen", "Torso"),
    ("Neck",),
    "Head",
    tuple(
        f"{part}.{{s}}"
        for part in (
            *("Shoulder", "UpperArm", "LowerArm", "Wrist"),
            *("UpperLeg", "LowerLeg", "Foot", "Toes"),
        )
    ),
    root="Root",
)


@pytest.mark.parametrize(
    "naming", [QUATERNIUS, NAMINGS["Unreal 4"]], ids=["Quaternius", "Unreal 4"]
)
@pytest.mark.parametrize("root_motion", ["hips", "bone", "object", "in_place"])
def test_feet_that_hang_on_the_root_are_carried_by_the_legs(context, body, naming, root_motion):
    rig = build_rig(context, naming)
    add(rig, naming, extras.loose_feet)
    found = detect_rig(rig)
    assert_recognised(found, naming)
    motion = walk(2)
    bake_motion(context, body, motion, "take")
    retarget(context, body, None, rig, found, RetargetSettings(root_motion=root_motion))
    own, other = both_over_time(context, body, rig, found.bones, range(1, motion.frames, 4))
    assert directions_off(own, other) < 3.0
    for side in ("left", "right"):
        shin = np.linalg.norm(other[f"{side}_foot"] - other[f"{side}_shin"], axis=1)
        assert np.ptp(shin) < 1e-4


def test_helpers_called_as_other_tools_call_limbs_are_no_limbs(context):
    parts = ("collarbone", "upperarm", "forearm", "hand", "thigh", "shin", "foot", "toe")
    naming = Naming(
        ("L", "R"),
        "hips",
        ("spine", "chest"),
        ("neck",),
        "head",
        tuple(f"{part}.{{s}}" for part in parts),
    )
    rig = build_rig(context, naming)
    add(rig, naming, extras.named_joints)
    assert_recognised(detect_rig(rig), naming)
