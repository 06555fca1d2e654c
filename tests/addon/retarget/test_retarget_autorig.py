"""A control rig named and built as Auto-Rig Pro's: its controls are keyed, its skeleton follows.

Auto-Rig Pro itself is sold; names and how they hang together are as its manual tells.
"""

import bpy
import pytest
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.rig.bake import bake_motion
from motivo_source.motivo_addon.rig.curves import curves_of
from motivo_source.runtime.retarget.settings import RetargetSettings
from performances import walk
from rigs import NAMINGS, SIDED, Shape, bone_of, build_rig
from test_retarget_transfer import both_over_time, directions_off

DEFORM = NAMINGS["Auto-Rig Pro"]
TRUNK = {
    # control: (what it is on, what it moves)
    "c_root_master.x": ("c_traj", None),
    "c_root.x": ("c_root_master.x", "root.x"),
    "c_spine_01.x": ("c_root_master.x", "spine_01.x"),
    "c_spine_02.x": ("c_spine_01.x", "spine_02.x"),
    "c_spine_03.x": ("c_spine_02.x", "spine_03.x"),
    "c_neck.x": ("c_spine_03.x", "neck.x"),
    "c_head.x": ("c_neck.x", "head.x"),
}
LIMBS = {
    "c_shoulder": ("c_spine_03.x", "clavicle"),
    # The arm hangs on the bone that the shoulder's control moves.
    "c_arm_fk": ("shoulder", "upper_arm"),
    "c_forearm_fk": ("c_arm_fk", "forearm"),
    "c_hand_fk": ("c_forearm_fk", "hand"),
    "c_thigh_fk": ("c_root.x", "thigh"),
    "c_leg_fk": ("c_thigh_fk", "shin"),
    "c_foot_fk": ("c_leg_fk", "foot"),
    "c_toes_fk": ("c_foot_fk", "toe"),
}


@pytest.fixture
def autorig(context):
    rig = build_rig(context, DEFORM, Shape(arms_down=45))
    moved: dict[str, str] = {}
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones

    def control(name, parent, like):
        made, model = bones.new(name), bones[like]
        made.head, made.tail, made.roll = model.head, model.tail, model.roll
        made.parent = bones[parent] if parent else None
        return made

    ground = control("c_traj", "", "root.x")
    ground.head, ground.tail = (0, 0, 0), (0, 0.5, 0)
    for name, (parent, follower) in TRUNK.items():
        control(name, parent, follower or "root.x")
        if follower:
            moved[follower] = name
    for side, word in (("left", "l"), ("right", "r")):
        for name, (parent, part) in LIMBS.items():
            follower = bone_of(DEFORM, f"{side}_{part}")
            above = parent if parent.endswith(".x") else f"{parent}.{word}"
            control(f"{name}.{word}", above, follower)
            moved[follower] = f"{name}.{word}"
        for name, part in (("c_hand_ik", "hand"), ("c_foot_ik", "foot")):
            control(f"{name}.{word}", "c_traj", bone_of(DEFORM, f"{side}_{part}"))
    bpy.ops.object.mode_set(mode="OBJECT")
    for follower, name in moved.items():
        constraint = rig.pose.bones[follower].constraints.new("COPY_TRANSFORMS")
        constraint.target, constraint.subtarget = rig, name
        goal = {"arm": "c_hand_ik", "leg": "c_foot_ik"}.get(limb_of(name))
        if goal:
            _drive(rig, constraint, f"{goal}.{name[-1]}")
    context.view_layer.update()
    return rig


def limb_of(control: str) -> str:
    stem = control.split("_")[1]
    return {"arm": "arm", "forearm": "arm", "hand": "arm"}.get(stem) or (
        "leg" if stem in ("thigh", "leg", "foot", "toes") else ""
    )


def _drive(rig, constraint, goal: str) -> None:
    """With the switch at 0 the limb follows its IK goal, and here stays where it is."""
    rig.pose.bones[goal]["ik_fk_switch"] = 0.0
    driver = constraint.driver_add("influence").driver
    driver.type = "SUM"
    variable = driver.variables.new()
    variable.targets[0].id = rig
    variable.targets[0].data_path = f'pose.bones["{goal}"]["ik_fk_switch"]'


def test_the_controls_are_recognised_and_the_skeleton_without_them_too(context, autorig):
    found = detect_rig(autorig)
    assert found.convention == "Auto-Rig Pro controls" and found.missing == ()
    assert found.bones["root"] == "c_traj" and found.bones["left_shin"] == "c_leg_fk.l"
    assert found.chain("spine") == ("c_spine_01.x", "c_spine_02.x", "c_spine_03.x")
    assert detect_rig(build_rig(context, DEFORM)).convention == "Auto-Rig Pro"


@pytest.mark.parametrize("root_motion", ["hips", "bone"])
def test_what_the_controls_move_walks(context, body, autorig, root_motion):
    motion = walk(2)
    bake_motion(context, body, motion, "take")
    settings = RetargetSettings(root_motion=root_motion)
    action = retarget(context, body, None, autorig, detect_rig(autorig), settings)
    deform = {
        f"{side}_{part}": bone_of(DEFORM, f"{side}_{part}")
        for side in ("left", "right")
        for part in SIDED
    }
    own, other = both_over_time(context, body, autorig, deform, range(1, motion.frames, 4))
    assert directions_off(own, other) < 3.0
    keyed = {curve.data_path for curve in curves_of(action, autorig)}
    assert 'pose.bones["c_foot_ik.l"]["ik_fk_switch"]' in keyed
    assert not any("stretch" in path for path in keyed)
