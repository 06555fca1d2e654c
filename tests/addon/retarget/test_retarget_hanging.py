"""Whatever the bones of a character hang on, it moves as one whose bones hang as a person's do."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.runtime.errors import UserError
from motivo_source.runtime.retarget.settings import RetargetSettings
from performances import walk
from rigs import NAMINGS, Shape, bone_of, build_rig

NAMING = NAMINGS["Unreal 4"]
HUNG = {
    "trunk beside the hips": ((NAMING.spine[0], None),),
    "thighs on the root": (("thigh_l", "root"), ("thigh_r", "root")),
    "collar bones on the root": (("clavicle_l", "root"), ("clavicle_r", "root")),
    "head on the root": (("head", "root"),),
    "hands on nothing": (("hand_l", None), ("hand_r", None)),
    "head on the hips": (("head", "pelvis"),),
    "collar bones on the hips": (("clavicle_l", "pelvis"), ("clavicle_r", "pelvis")),
    "hips and trunk on the root": ((NAMING.spine[0], "root"),),
    "everything on the root": tuple(
        (bone, "root")
        for bone in (
            *NAMING.spine,
            "neck_01",
            "head",
            *(
                bone_of(NAMING, f"{side}_{part}")
                for side in ("left", "right")
                for part in ("clavicle", "upper_arm", "forearm", "hand")
            ),
            *(f"{bone}_{side}" for bone in ("thigh", "calf", "foot", "ball") for side in "lr"),
        )
    ),
}


def edited(rig, change) -> None:
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    change(rig.data.edit_bones)
    bpy.ops.object.mode_set(mode="OBJECT")


def tracks(context, body, rig, settings=None) -> dict[str, np.ndarray]:
    """Role -> (frames, 3): heads of the bones over a walk."""
    rig_map = detect_rig(rig)
    motion = walk(2)
    retarget(context, body, motion, rig, rig_map, settings)
    roles = {r: b for r, b in rig_map.bones.items() if "twist" not in r and r != "root"}
    found = {role: [] for role in roles}
    for frame in range(1, motion.frames, 5):
        context.scene.frame_set(frame)
        seen = rig.evaluated_get(context.evaluated_depsgraph_get())
        for role, bone in roles.items():
            found[role].append(seen.matrix_world @ seen.pose.bones[bone].head)
    return {role: np.array(track) for role, track in found.items()}


def furthest(one, two) -> float:
    assert one.keys() == two.keys()
    return max(float(np.abs(one[role] - two[role]).max()) for role in one)


@pytest.mark.parametrize("moved", HUNG.values(), ids=HUNG.keys())
@pytest.mark.parametrize("root_motion", ["hips", "bone", "object"])
def test_parts_that_hang_elsewhere_come_along(context, body, moved, root_motion):
    settings = RetargetSettings(root_motion)
    usual = tracks(context, body, build_rig(context, NAMING, Shape(roll=2)), settings)
    rig = build_rig(context, NAMING, Shape(roll=2))

    def hang(bones):
        for bone, parent in moved:
            bones[bone].parent = bones[parent] if parent else None

    edited(rig, hang)
    assert furthest(tracks(context, body, rig, settings), usual) < 1e-3


def test_a_part_that_hangs_elsewhere_and_does_not_turn_with_it(context, body):
    usual = tracks(context, body, build_rig(context, NAMING, Shape(roll=2)))
    rig = build_rig(context, NAMING, Shape(roll=2))

    def hang(bones):
        for side in "lr":
            bones[f"hand_{side}"].parent = bones["head"]
            bones[f"hand_{side}"].use_inherit_rotation = False

    edited(rig, hang)
    assert furthest(tracks(context, body, rig), usual) < 1e-3


def test_a_part_that_cannot_come_along_is_refused(context, body):
    rig = build_rig(context, NAMING)

    def connect(bones):
        bones["root"].tail = bones["spine_01"].head
        bones["spine_01"].parent = bones["root"]
        bones["spine_01"].use_connect = True

    edited(rig, connect)
    with pytest.raises(UserError, match=r"'spine_01'.*disconnect it"):
        retarget(context, body, walk(2), rig, detect_rig(rig))
    assert rig.animation_data is None


def test_a_root_on_the_floor_is_the_hips_where_nothing_else_is(context, body):
    rig = build_rig(context, NAMING)

    def remove(bones):
        for child in list(bones["pelvis"].children):
            child.parent = bones["root"]
        bones.remove(bones["pelvis"])

    edited(rig, remove)
    found = detect_rig(rig)
    assert found.bones["hips"] == "root" and found.chain("spine") == NAMING.spine


@pytest.mark.parametrize("tail", [(0, 0, 0.2), (0, 0.2, 0), (0.1, 0.1, 0.1)])
@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_hips_that_move_along_their_parents_axes(context, body, tail, unit):
    """Blender's option Local Location, switched off."""
    shape = Shape(unit=unit, turned=(0, 0, 40))
    usual = tracks(context, body, build_rig(context, NAMING, shape))
    rig = build_rig(context, NAMING, shape)

    def turn(bones):
        bones["root"].tail = Vector(tail) / unit
        bones["root"].roll = 0.3

    edited(rig, turn)
    rig.data.bones["pelvis"].use_local_location = False
    assert furthest(tracks(context, body, rig), usual) < 1e-3


@pytest.mark.parametrize("degrees", [15, 35])
def test_a_character_that_rests_on_one_foot_stands_on_both(context, body, degrees):
    usual = tracks(context, body, build_rig(context, NAMING))
    rig = build_rig(context, NAMING)

    def raise_knee(bones):
        thigh, shin = bones["thigh_l"], bones["calf_l"]
        up, back = (
            Matrix.Rotation(np.radians(angle), 3, "X") for angle in (-degrees, 0.9 * degrees)
        )
        knee = thigh.head + up @ (shin.head - thigh.head)
        ankle = knee + back @ (bones["foot_l"].head - shin.head)
        away = ankle - bones["foot_l"].head
        for name in ("foot_l", "ball_l"):
            bones[name].head += away
            bones[name].tail += away
        thigh.tail = shin.head = knee
        shin.tail = ankle

    edited(rig, raise_knee)
    assert rig.data.bones["foot_l"].head_local.z > 0.1
    found = tracks(context, body, rig)
    for role in ("left_foot", "right_foot", "left_toe", "hips"):
        assert np.abs(found[role] - usual[role]).max() < 0.005
