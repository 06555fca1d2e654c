"""A take on a character: its limbs point as the body's do, its feet stand where they touch."""

import bpy
import numpy as np
import pytest
from motivo_source.motivo_addon.characters.read_rig import detect_rig
from motivo_source.motivo_addon.characters.write_action import retarget
from motivo_source.motivo_addon.rig.bake import bake_motion, contacts_of
from motivo_source.runtime.retarget.settings import RetargetSettings
from performances import STEP, flail, walk
from rigs import NAMINGS, Shape, build_rig

LIMBS = (
    ("hip", "knee", "thigh", "shin"),
    ("knee", "ankle", "shin", "foot"),
    ("shoulder", "elbow", "upper_arm", "forearm"),
    ("elbow", "wrist", "forearm", "hand"),
)
ANKLE, RIG_ANKLE = 0.0687, 0.09
"""Metres of the ankles over the soles: the body's, and the rigs'."""

SHAPES = {
    "T": Shape(),
    "A": Shape(arms_down=45, legs_apart=6),
    "A, odd rolls": Shape(arms_down=50, roll=1),
    "arms forward, odd rolls": Shape(arms_forward=80, arms_down=5, roll=2),
    "facing back": Shape(arms_down=30, facing=180, roll=3),
    "facing aside": Shape(facing=-75),
    "centimetres": Shape(arms_down=45, unit=0.01, roll=4),
    "moved, turned, parented": Shape(
        place=(4, 2, 0.5), turned=(0, 0, 120), parented=True, unit=0.5, roll=5
    ),
    "lying object": Shape(turned=(90, 0, 0), roll=6),
}


def both_over_time(context, body, rig, bones, frames):
    """Heads of joints over frames of the scene: the body's by joint, the rig's by role."""
    joints = {
        j
        for side in ("left", "right")
        for a, b, _, _ in LIMBS
        for j in (f"{side}_{a}", f"{side}_{b}")
    }
    own = {joint: [] for joint in joints}
    other = {role: [] for role in bones}
    for frame in frames:
        context.scene.frame_set(frame)
        graph = context.evaluated_depsgraph_get()
        seen = body.evaluated_get(graph)
        for joint, track in own.items():
            track.append(seen.matrix_world @ seen.pose.bones[joint].head)
        seen = rig.evaluated_get(graph)
        for role, track in other.items():
            track.append(seen.matrix_world @ seen.pose.bones[bones[role]].head)
    return (
        {joint: np.array(track) for joint, track in own.items()},
        {role: np.array(track) for role, track in other.items()},
    )


def directions_off(own, other) -> float:
    """Degrees: the largest angle between a limb of the body and the character's."""
    worst = 0.0
    for side in ("left", "right"):
        for a, b, upper, lower in LIMBS:
            one = own[f"{side}_{b}"] - own[f"{side}_{a}"]
            two = other[f"{side}_{lower}"] - other[f"{side}_{upper}"]
            cosine = (one * two).sum(axis=1)
            cosine /= np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
            worst = max(worst, float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max()))
    return worst


def leg(points) -> float:
    return float(
        np.linalg.norm(points["left_shin"] - points["left_thigh"], axis=1).mean()
        + np.linalg.norm(points["left_foot"] - points["left_shin"], axis=1).mean()
    )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("name", ["Mixamo", "Unreal 5", "KayKit"])
def test_limbs_point_as_the_bodys_whatever_the_rig_rests_in(context, body, name, shape):
    rig = build_rig(context, NAMINGS[name], shape)
    rig_map = detect_rig(rig)
    motion = flail()
    bake_motion(context, body, motion, "take")
    action = retarget(context, body, motion, rig, rig_map)
    assert rig.animation_data.action == action
    own, other = both_over_time(context, body, rig, rig_map.bones, range(1, 61, 3))
    assert directions_off(own, other) < 0.2


@pytest.mark.parametrize("name", NAMINGS)
def test_every_naming_walks_with_its_feet_on_the_floor(context, body, name):
    rig = build_rig(context, NAMINGS[name], Shape(arms_down=40, roll=7))
    rig_map = detect_rig(rig)
    motion = walk()
    bake_motion(context, body, motion, "take")
    action = retarget(context, body, None, rig, rig_map)
    assert np.array_equal(contacts_of(action), motion.contacts)
    own, other = both_over_time(context, body, rig, rig_map.bones, range(1, motion.frames + 1))
    assert directions_off(own, other) < 3.0
    scale = leg(other) / (0.3765 + 0.4024)
    for side in ("left", "right"):
        asked = scale * (own[f"{side}_ankle"][:, 2] - ANKLE) + RIG_ANKLE
        assert np.abs(other[f"{side}_foot"][:, 2] - asked).max() < 0.01


def stands(motion, side: str) -> np.ndarray:
    return motion.contacts[:, 0 if side == "left" else 2]


@pytest.mark.parametrize(
    "shape", [Shape(), Shape(arms_down=45, unit=0.01, roll=1, place=(3, 0, 0))]
)
def test_feet_in_contact_stand_still_without_popping(context, body, shape):
    rig = build_rig(context, NAMINGS["Unreal 4"], shape)
    rig_map = detect_rig(rig)
    motion = walk()
    bake_motion(context, body, motion, "take")
    retarget(context, body, None, rig, rig_map)
    own, other = both_over_time(context, body, rig, rig_map.bones, range(1, motion.frames + 1))
    moving = []
    for side in ("left", "right"):
        on = stands(motion, side)
        both = on[1:] & on[:-1]
        for role in ("foot", "toe"):
            track = other[f"{side}_{role}"]
            speed = np.linalg.norm(np.diff(track[:, :2], axis=0), axis=1) * 30
            moving.append(speed[both] > 0.05)
        assert other[f"{side}_toe"][:, 2].min() > 0.01  # 2 cm over the sole at rest
    assert np.concatenate(moving).mean() < 0.02

    def jerk(track) -> float:
        third = np.diff(track, n=3, axis=0)
        return float(np.linalg.norm(third) / np.linalg.norm(np.diff(track, axis=0)))

    for side in ("left", "right"):
        assert jerk(other[f"{side}_foot"]) < 1.2 * jerk(own[f"{side}_ankle"])
        assert jerk(other[f"{side}_shin"]) < 1.2 * jerk(own[f"{side}_knee"])


def lengths(rig) -> list[float]:
    """Of what the pose makes of each bone, in metres of the world."""
    seen = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    world = seen.matrix_world
    return [((world @ b.head) - (world @ b.tail)).length for b in seen.pose.bones]


def test_the_characters_own_proportions_are_kept(context, body):
    rig = build_rig(context, NAMINGS["Unreal 5"], Shape(arms_down=45, roll=2))
    before = lengths(rig)
    retarget(context, body, flail(), rig, detect_rig(rig))
    for frame in (1, 20, 55):
        context.scene.frame_set(frame)
        assert np.allclose(lengths(rig), before, atol=1e-5)


def test_only_rotations_are_keyed_and_the_place_of_the_hips(context, body):
    from motivo_source.motivo_addon.rig.curves import curves_of

    naming = NAMINGS["Unreal 5"]
    rig = build_rig(context, naming)
    action = retarget(context, body, flail(), rig, detect_rig(rig))
    moved = {c.data_path for c in curves_of(action, rig) if c.data_path.endswith("location")}
    assert moved == {'pose.bones["pelvis"].location'}
    assert not any(c.data_path.endswith("scale") for c in curves_of(action, rig))
    assert not any("ik_" in c.data_path for c in curves_of(action, rig))


def axes(rig, bone) -> np.ndarray:
    seen = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array((seen.matrix_world @ seen.pose.bones[bone].matrix).to_3x3().normalized())


def test_the_twist_of_the_hand_is_shared_along_the_forearm(context, body):
    rig = build_rig(context, NAMINGS["Unreal 5"])
    rig_map = detect_rig(rig)
    motion = flail(30)
    twisted = motion.qpos.copy()
    twisted[:, 7:] = 0
    from motivo_source.runtime.body.figures import JOINT_NAMES
    from motivo_source.runtime.motion import Motion

    twisted[:, 3:7] = (np.sqrt(0.5), np.sqrt(0.5), 0, 0)
    twisted[:, 7 + JOINT_NAMES.index("L_Wrist_x")] = np.linspace(0, 1.2, 30)
    retarget(context, body, Motion(30.0, twisted), rig, rig_map)

    def turned(bone: str) -> float:
        """Radians by which the bone turned about the arm since the first frame."""
        context.scene.frame_set(1)
        first = axes(rig, bone)
        context.scene.frame_set(30)
        turn = axes(rig, bone) @ first.T
        return float(np.arctan2(turn[2, 1] - turn[1, 2], turn[1, 1] + turn[2, 2]))

    hand = turned("hand_l")
    first, second = (turned(bone) for bone in ("lowerarm_twist_02_l", "lowerarm_twist_01_l"))
    assert hand == pytest.approx(1.2, abs=0.05)
    assert turned("lowerarm_l") == pytest.approx(0, abs=0.05)
    assert 0.2 * hand < first < second < 0.9 * hand


@pytest.mark.parametrize("root_motion", ["hips", "bone", "object", "in_place"])
def test_each_root_motion_carries_what_it_says(context, body, root_motion):
    rig = build_rig(context, NAMINGS["Unreal 4"], Shape(place=(1, 1, 0), turned=(0, 0, 40)))
    rig_map = detect_rig(rig)
    motion = walk()
    bake_motion(context, body, motion, "take")
    context.scene.frame_set(1)
    retarget(context, body, None, rig, rig_map, RetargetSettings(root_motion=root_motion))
    bones = rig_map.bones
    own, other = both_over_time(context, body, rig, bones, range(1, motion.frames + 1))
    hips, root = other["hips"], other["root"]
    if root_motion == "in_place":
        assert np.ptp(hips[:, :2], axis=0).max() < 1e-3
        assert np.ptp(hips[:, 2]) > 0.005
        assert directions_off(own, other) < 3.0
        return
    assert directions_off(own, other) < 3.0
    assert np.linalg.norm(hips[-1, :2] - hips[0, :2]) > 1.0
    if root_motion == "hips":
        assert np.ptp(root, axis=0).max() < 1e-4
    else:
        assert np.abs(root[:, 2]).max() < 1e-3
        assert np.linalg.norm((root - hips)[:, :2], axis=1).max() < 0.05


def test_where_the_object_carries_it_the_object_moves(context, body):
    rig = build_rig(context, NAMINGS["Mixamo"], Shape(parented=True, unit=0.01))
    rig_map = detect_rig(rig)
    motion = walk()
    retarget(context, body, motion, rig, rig_map, RetargetSettings(root_motion="object"))
    places = []
    for frame in (1, motion.frames):
        context.scene.frame_set(frame)
        places.append(
            rig.evaluated_get(context.evaluated_depsgraph_get()).matrix_world.translation.copy()
        )
    assert (places[1] - places[0]).length > 1.0
    assert abs(places[1].z - places[0].z) < 1e-3


def test_a_character_can_perform_from_where_it_stands(context, body):
    rig = build_rig(context, NAMINGS["Mixamo"], Shape(place=(5, 0, 0), turned=(0, 0, 90)))
    rig_map = detect_rig(rig)
    motion = walk()
    retarget(context, body, motion, rig, rig_map, RetargetSettings(place="character"))
    _, other = both_over_time(context, body, rig, rig_map.bones, (1, motion.frames))
    start, end = other["hips"]
    assert abs(start[0] - 5) < 0.3
    # The walk goes along -Y, which for this character is +X.
    assert end[0] - start[0] > 1.0 and abs(end[1] - start[1]) < 0.3


def test_a_turned_and_moved_body_is_followed_in_the_world(context, body):
    body.location, body.rotation_euler = (2, -1, 0.4), (0, 0, 1.0)
    rig = build_rig(context, NAMINGS["Mixamo"], Shape(arms_down=45))
    rig_map = detect_rig(rig)
    motion = walk()
    bake_motion(context, body, motion, "take")
    retarget(context, body, None, rig, rig_map)
    own, other = both_over_time(context, body, rig, rig_map.bones, range(1, motion.frames, 5))
    assert directions_off(own, other) < 3.0
    assert other["left_foot"][:, 2].min() > 0.4


def test_keys_lie_where_the_take_lies_at_other_frame_rates(context, body):
    from motivo_source.motivo_addon.rig.curves import keyed_range

    context.scene.render.fps = 24
    rig = build_rig(context, NAMINGS["Mixamo"])
    motion = walk(2)
    retarget(context, body, motion, rig, detect_rig(rig), start_frame=10)
    first, last = keyed_range(rig)
    assert first == pytest.approx(10)
    assert last == pytest.approx(10 + (2 * STEP - 1) * 24 / 30, abs=1e-3)


@pytest.mark.parametrize("mode", ["XYZ", "ZXY", "AXIS_ANGLE"])
def test_bones_keep_their_rotation_mode(context, body, mode):
    rig = build_rig(context, NAMINGS["Mixamo"], Shape(arms_down=45, roll=1))
    rig_map = detect_rig(rig)
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    motion = flail()
    bake_motion(context, body, motion, "take")
    retarget(context, body, motion, rig, rig_map)
    assert all(bone.rotation_mode == mode for bone in rig.pose.bones)
    own, other = both_over_time(context, body, rig, rig_map.bones, range(1, 61, 6))
    assert directions_off(own, other) < 0.2
