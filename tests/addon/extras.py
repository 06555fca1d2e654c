"""Bones that characters have besides those of a person, for the rigs of rigs.py in T-pose."""

from itertools import pairwise

import bpy
import numpy as np
from mathutils import Vector
from rigs import Naming, bone_of

SIDES = ((1.0, "left"), (-1.0, "right"))


def add(rig: bpy.types.Object, naming: Naming, *extras) -> None:
    """Lets each of the functions below add its bones."""
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for extra in extras:
        extra(rig.data.edit_bones, naming)
    bpy.ops.object.mode_set(mode="OBJECT")


def chain(bones, name: str, parent: str, start, end, count: int):
    points = np.linspace(start, end, count + 1)
    above = bones[parent] if parent else None
    for number, (head, tail) in enumerate(pairwise(points)):
        bone = bones.new(f"{name}{number}")
        bone.head, bone.tail, bone.parent = Vector(head), Vector(tail), above
        above = bone
    return above


def ring(bones, name, parent, count, top, bottom, links):
    """A skirt: chains around, from (radius, height) to (radius, height)."""
    for number, angle in enumerate(np.linspace(0.2, 0.2 + 2 * np.pi, count, endpoint=False)):
        around = np.array([np.cos(angle), np.sin(angle), 0.0])
        start, end = (radius * around + (0, 0, height) for radius, height in (top, bottom))
        chain(bones, f"{name}{number}_", parent, start, end, links)


def skirt(bones, naming):
    ring(bones, "sk", naming.hips, 8, (0.15, 1.0), (0.45, 0.05), 6)


def tail(bones, naming):
    chain(bones, "tl", naming.hips, (0, 0.1, 1.0), (0, 0.9, 0.02), 8)


def cape(bones, naming):
    for x in (-0.3, -0.1, 0.1, 0.3):
        chain(bones, f"cp{x}_", naming.spine[-1], (x / 2, 0.15, 1.55), (x, 0.35, 0.15), 6)


def long_hair(bones, naming):
    for x, _ in SIDES:
        chain(bones, f"hr{x}_", naming.head, (0.1 * x, 0.1, 1.9), (0.25 * x, 0.25, 0.4), 8)


def ponytail(bones, naming):
    chain(bones, "pt", naming.head, (0, 0.1, 1.95), (0, 0.4, 1.3), 5)


def wings(bones, naming):
    for x, _ in SIDES:
        start, end = (0.08 * x, 0.15, 1.5), (1.1 * x, 0.3, 1.55)
        last = chain(bones, f"wg{x}_", naming.spine[-1], start, end, 4)
        for feather in range(3):
            tip = np.array(last.tail) + (0.2 * x, 0.05 * feather, 0.1)
            chain(bones, f"wf{x}{feather}_", last.name, last.tail, tip, 2)


def fingers(bones, naming):
    for x, side in SIDES:
        for number in range(5):
            start = np.array((0.88 * x, 0.03 * (number - 2), 1.57))
            hand = bone_of(naming, f"{side}_hand")
            chain(bones, f"fi{x}{number}_", hand, start, start + (0.11 * x, 0, 0), 3)


def sword(bones, naming):
    hand = bone_of(naming, "right_hand")
    chain(bones, "sw", hand, (-0.88, 0, 1.57), (-0.88, -1.2, 1.57), 4)


def sleeves(bones, naming):
    for x, side in SIDES:
        for number in range(2):
            start = np.array((0.6 * x, 0.05 * number, 1.52))
            forearm = bone_of(naming, f"{side}_forearm")
            chain(bones, f"sl{x}{number}_", forearm, start, start + (0.1 * x, 0, -0.4), 3)


def helpers(bones, naming):
    """At every joint of the limbs, as corrective rigs have them."""
    for x, side in SIDES:
        for part in ("thigh", "shin", "upper_arm", "forearm"):
            bone = bones[bone_of(naming, f"{side}_{part}")]
            end = np.array(bone.tail) + (0, 0.05, 0)
            chain(bones, f"hp{x}{part}", bone.name, bone.tail, end, 1)


def named_joints(bones, naming):
    """Helpers at the joints that are called as other tools call the limbs' own bones."""
    for x, side in SIDES:
        for part, name in (
            *(("thigh", "hip"), ("shin", "knee"), ("foot", "ankle")),
            *(("upper_arm", "shoulder"), ("forearm", "elbow"), ("hand", "wrist")),
        ):
            bone = bones[bone_of(naming, f"{side}_{part}")]
            helper = bones.new(f"{name}.{'LR'[x < 0]}")
            helper.head, helper.tail = bone.head, bone.head + Vector((0, 0.05, 0))
            helper.parent = bone.parent


def halved_limbs(bones, naming):
    """Twist bones between the joints, as Daz has them: the shin hangs on the thigh's."""
    for _, side in SIDES:
        for part, following in (("thigh", "shin"), ("upper_arm", "forearm"), ("forearm", "hand")):
            upper, lower = (bones[bone_of(naming, f"{side}_{p}")] for p in (part, following))
            half = bones.new(f"{upper.name}Half")
            half.head, half.tail = (upper.head + lower.head) / 2, lower.head
            upper.tail, half.parent, lower.parent = half.head, upper, half


def pelvis(bones, naming):
    """Beside the spine, and the legs on it."""
    hips = bones[naming.hips]
    made = chain(bones, "pv", naming.hips, hips.head, hips.head - Vector((0, 0, 0.1)), 1)
    for _, side in SIDES:
        bones[bone_of(naming, f"{side}_thigh")].parent = made


def hip_bones(bones, naming):
    """From the middle of the hips to each leg, as MakeHuman and CMU have them."""
    hips = bones[naming.hips]
    for x, side in SIDES:
        thigh = bones[bone_of(naming, f"{side}_thigh")]
        thigh.parent = chain(bones, f"hb{x}", naming.hips, hips.head, thigh.head, 1)


def doubles(bones, naming):
    """Helpers that begin where collar bones and upper arms do and carry them, as in MMD models."""
    for x, side in SIDES:
        for part in ("clavicle", "upper_arm"):
            bone = bones[bone_of(naming, f"{side}_{part}")]
            above = bone.parent
            helper = chain(bones, f"db{x}{part}", above.name, bone.head, bone.tail, 1)
            bone.parent = helper


def middle_feet(bones, naming):
    for x, side in SIDES:
        foot, toe = (bones[bone_of(naming, f"{side}_{part}")] for part in ("foot", "toe"))
        middle = chain(bones, f"mf{x}", foot.name, (foot.head + toe.head) / 2, toe.head, 1)
        toe.parent = middle
        chain(bones, f"he{x}", foot.name, foot.head + Vector((0, 0.05, -0.09)), foot.head, 1)


def steering(bones, naming):
    """Goals and poles, on no limb."""
    for x, side in SIDES:
        for name, place in (("foot", (0.12, 0.02, 0.09)), ("hand", (0.79, 0.02, 1.57))):
            start = np.array(place) * (x, 1, 1)
            chain(bones, f"ik{name}{side}", "", start, start + (0, -0.1, 0), 1)
        pole = np.array((0.12 * x, -0.6, 0.55))
        chain(bones, f"pole{side}", "", pole, pole + (0, 0, 0.1), 1)


def ends(bones, naming):
    """What FBX files carry on: a bone after every last one."""
    for bone in list(bones):
        if not bone.children:
            along = np.array(bone.tail) + (np.array(bone.tail) - np.array(bone.head)) / 5
            chain(
                bones, f"{bone.name}_end", bone.name, bone.tail, along, 1
            ).name = f"{bone.name}_end"


def loose_feet(bones, naming):
    """Under the root, where the shins' IK has its goals."""
    for _, side in SIDES:
        bones[bone_of(naming, f"{side}_foot")].parent = bones[naming.root]
