"""Files as people have them: each kind made here from one walk of somebody with Mixamo's names."""

import re

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from walkers import FRAMES, ROT, turned, walk

from runtime.errors import UserError
from runtime.motion.formats.amass import clip_from_amass
from runtime.motion.formats.bvh import Bvh, BvhJoint, format_bvh, parse_bvh
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.judging.truth import facts_of_bvh
from runtime.motion.sources.options import SourceOptions
from runtime.planning.mending.repair import without_discontinuities


def heights(clip):
    """Lowest ankle and the head, metres over the floor."""
    at = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    ankles = clip.positions[:, [at["left_ankle"], at["right_ankle"]], 2].min(axis=1)
    return ankles, clip.positions[:, at["head"], 2]


def stands(clip) -> bool:
    ankles, head = heights(clip)
    return bool((head - ankles > 1.1).all() and np.ptp(ankles) < 0.06)


def numbers(text: str, written) -> str:
    """The rows of the motion written in another way."""
    head, rate, rows = text.partition("Frame Time: 0.033333333333\n")
    return head + rate + "\n".join(written(row) for row in rows.split("\n"))


@pytest.fixture
def plain():
    return walk()


@pytest.mark.parametrize(
    "changed",
    {
        "tabs": lambda t: t.replace(" ", "\t").replace("Frame\tTime", "Frame Time"),
        "lower case": lambda t: t.replace("HIERARCHY", "hierarchy").replace("JOINT", "joint"),
        "title case": lambda t: t.replace("HIERARCHY", "Hierarchy").replace("MOTION", "Motion"),
        "decimal commas": lambda t: t.replace(".", ","),
        "one row more": lambda t: t.replace(f"Frames: {FRAMES}", f"Frames: {FRAMES - 1}"),
        "one row fewer": lambda t: t.replace(f"Frames: {FRAMES}", f"Frames: {FRAMES + 1}"),
        "Windows line ends": lambda t: t.replace("\n", "\r\n"),
        "double spaces": lambda t: t.replace("JOINT ", "JOINT   "),
        "three rows fewer": lambda t: t.replace(f"Frames: {FRAMES}", f"Frames: {FRAMES + 3}"),
        "five rows more": lambda t: t.replace(f"Frames: {FRAMES}", f"Frames: {FRAMES - 5}"),
        "no colons": lambda t: t.replace("Frames:", "Frames").replace("Frame Time:", "Frame Time"),
        "on one line": lambda t: t.replace("MOTION\n", "MOTION ").replace("\nFrame T", " Frame T"),
        "a spreadsheet": lambda t: numbers(t, lambda row: row.replace(" ", ",")),
        "a German spreadsheet": lambda t: numbers(
            t, lambda row: row.replace(".", ",").replace(" ", "; ")
        ),
        "commas of both kinds": lambda t: numbers(
            t, lambda row: row.replace(".", ",").replace(" ", ", ")
        ),
        "Fortran's numbers": lambda t: numbers(
            t, lambda row: " ".join(f"{float(word):.8E}".replace("E", "D") for word in row.split())
        ),
        "a word processor's minus": lambda t: numbers(t, lambda row: row.replace("-", "\u2212")),
        "wide colons": lambda t: t.replace("Frames: ", "Frames\uff1a").replace("me: ", "me\uff1a"),
        "end sites in one word": lambda t: t.replace("End Site", "EndSite"),
        "end sites with an underscore": lambda t: t.replace("End Site", "End_Site"),
        "end sites without channels": lambda t: re.sub(
            r"(End Site\s*\{\s*OFFSET[^\n]*\n)", r"\1CHANNELS 0\n", t
        ),
        "a hierarchy on one line": lambda t: (
            " ".join(t.partition("MOTION")[0].split()) + "\nMOTION" + t.partition("MOTION")[2]
        ),
    }.items(),
    ids=lambda item: item[0],
)
def test_spelling_of_a_file_does_not_matter(plain, changed):
    head = [joint.name for joint in plain.joints].index("Head")
    tipped = (*plain.joints, BvhJoint("Head_end", head, (0, 10, 0), ()))
    written = format_bvh(Bvh(tipped, plain.frame_time, plain.values))
    text = changed[1](written)
    assert text != written
    bvh = parse_bvh(text.encode(), "walk.bvh")
    np.testing.assert_allclose(bvh.values, plain.values, atol=1e-6)
    assert len(bvh.joints) == len(tipped)


def test_a_last_row_that_was_cut_is_left_out(plain):
    text = format_bvh(plain).rstrip("\n")
    cut = parse_bvh(text[: text.rindex("\n") + 40].encode(), "walk.bvh")
    assert len(cut.values) == FRAMES - 1


def test_a_file_cut_in_the_middle_is_still_refused(plain):
    text = format_bvh(plain)
    with pytest.raises(UserError, match="announces 60 frames"):
        parse_bvh(text[: len(text) * 3 // 4].encode(), "walk.bvh")


@pytest.mark.parametrize("name", ["LeftToeBase_end", "tail_end"])
def test_a_joint_may_be_called_end(plain, name):
    joints = [*plain.joints, BvhJoint(name, 4, (0, 0, 5), ROT), BvhJoint("tip", 0, (0, 0, 1), ())]
    joints[-1] = BvhJoint(f"{name}_end", len(joints) - 2, (0, 0, 1), ())
    values = np.hstack([plain.values, np.zeros((FRAMES, 3))])
    text = format_bvh(Bvh(tuple(joints), 1 / 30, values))
    assert name in [joint.name for joint in parse_bvh(text.encode(), "walk.bvh").joints]


@pytest.mark.parametrize("axis", ["x", "z"])
def test_who_walks_on_the_head_is_turned_upright(plain, axis):
    clip = clip_from_bvh(turned(plain, Rotation.from_euler(axis, 180, degrees=True)), "walk")
    assert stands(clip) and "turned upright" in clip.notes


@pytest.mark.parametrize(
    ("degrees", "axis"),
    [
        *((degrees, (1, 0, 0)) for degrees in (-14, 5, 7, 10, 18)),
        # Across the way two feet tell little: less is left to the floor's slope.
        *((degrees, (0, 0, 1)) for degrees in (-14, 10, 18)),
        *((degrees, (0.6, 0, 0.8)) for degrees in (-14, 10, 18)),
    ],
)
def test_a_tilted_world_is_levelled(plain, degrees, axis):
    turn = Rotation.from_rotvec(np.radians(degrees) * np.array(axis))
    clip = clip_from_bvh(turned(plain, turn), "walk")
    assert stands(clip), clip.notes
    assert f"floor levelled by {abs(degrees)} degrees" in clip.notes


@pytest.mark.parametrize("degrees", [15, -20])
def test_who_stands_in_one_place_tells_a_tilt_by_soles_and_body(plain, degrees):
    still = Bvh(plain.joints, 1 / 30, np.repeat(plain.values[:1], FRAMES, axis=0))
    clip = clip_from_bvh(turned(still, Rotation.from_euler("z", degrees, degrees=True)), "stands")
    assert f"floor levelled by {abs(degrees)} degrees" in clip.notes and stands(clip)


def test_who_leans_on_flat_soles_is_left_leaning(plain):
    values = np.repeat(plain.values[:1], FRAMES, axis=0)
    at = [joint.name for joint in plain.joints]
    first = np.cumsum([0, *(len(joint.channels) for joint in plain.joints)])
    for name in ("LeftFoot", "RightFoot"):
        values[:, first[at.index(name)] + 1] += 15
    leaning = turned(Bvh(plain.joints, 1 / 30, values), Rotation.from_euler("x", 15, degrees=True))
    feet_back = leaning.values.copy()
    for name in ("LeftFoot", "RightFoot"):
        feet_back[:, first[at.index(name)] + 1] -= 30
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, feet_back), "leans")
    assert not clip.notes


def test_a_ramp_stays_a_ramp(plain):
    values = plain.values.copy()
    values[:, 1] += np.tan(np.radians(10)) * values[:, 2]
    assert not clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk").notes


def test_what_is_right_is_left_alone(plain):
    clip = clip_from_bvh(plain, "walk")
    assert stands(clip) and clip.notes == () and clip.frames == FRAMES


@pytest.mark.parametrize("count", [1, 5, 12])
def test_empty_frames_go(plain, count):
    values = np.vstack([np.zeros((count, plain.values.shape[1])), plain.values])
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
    assert clip.frames == FRAMES and stands(clip) and "empty" in clip.notes[0]


def test_empty_frames_inside_are_bridged(plain):
    values = plain.values.copy()
    values[20:24] = 0
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
    assert clip.frames == FRAMES and stands(clip)
    whole = clip_from_bvh(plain, "walk")
    assert np.abs(clip.positions - whole.positions).max() < 0.05


@pytest.mark.parametrize("count", [1, 4])
def test_frames_without_numbers_are_led_through(plain, count):
    values = plain.values.copy()
    values[20 : 20 + count, 7] = np.nan
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
    whole = clip_from_bvh(plain, "walk")
    assert np.abs(clip.positions - whole.positions).max() < 0.05 and "empty" in clip.notes[0]
    values[:] = np.nan
    with pytest.raises(UserError, match="No frame of 'walk' is whole"):
        clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")


@pytest.mark.parametrize("count", [1, 5])
def test_where_only_places_or_only_poses_are_lost_these_are_led_through(plain, count):
    far = plain.values.copy()
    far[:, 0] += 300
    whole = clip_from_bvh(Bvh(plain.joints, 1 / 30, far), "walk")
    for columns, said in ((slice(0, 3), "without a place"), (slice(3, None), "of another pose")):
        values = far.copy()
        values[20 : 20 + count, columns] = 0
        clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
        assert np.abs(clip.positions - whole.positions).max() < 0.12
        assert len(clip.notes) == 1 and said in clip.notes[0]
    values = far.copy()
    values[:count, :3] = 0
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
    assert clip.frames == FRAMES - count and "without a place" in clip.notes[0]


def test_who_begins_at_the_origin_and_passes_it_is_left_alone(plain):
    values = plain.values.copy()
    values[:, :3] -= values[0, :3]
    assert not values[0, :3].any()
    assert clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk").frames == FRAMES


def test_places_that_are_all_zero_are_no_places(plain):
    values = plain.values.copy()
    values[:, :3] = 0
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
    assert clip.notes == ("no translation in the file: taken from the feet that stand",)
    assert stands(clip)
    assert facts_of_bvh(Bvh(plain.joints, 1 / 30, values)).travel == 0 < facts_of_bvh(plain).travel


@pytest.mark.parametrize("between", [1, 2])
def test_a_rest_pose_that_was_blended_in_by_resampling_goes(plain, between):
    rest = np.zeros((1, plain.values.shape[1]))
    rest[:, :3] = plain.values[0, :3]
    shares = np.arange(between + 1)[:, None] / (between + 1)
    lead = (1 - shares) * rest + shares * plain.values[:1]
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, np.vstack([lead, plain.values])), "walk")
    assert clip.frames == FRAMES and f"{between + 1} frames of another pose" in clip.notes[0]


def test_a_rest_pose_that_somebody_holds_as_well_as_they_can_goes(plain):
    rest = np.zeros((40, plain.values.shape[1]))
    rest[:, :3] = plain.values[0, :3]
    rest[:, 3:] += np.random.default_rng(0).normal(0, 0.3, rest[:, 3:].shape)
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, np.vstack([rest, plain.values])), "walk")
    assert clip.frames == FRAMES and "40 frames of another pose" in clip.notes[0]


def test_upside_down_on_the_floor_is_upside_down(plain):
    """Turned over and put on the floor again by its head, as by whoever noticed that it hung below."""
    over = turned(plain, Rotation.from_euler("x", 180, degrees=True))
    values = over.values.copy()
    values[:, 1] += 178
    clip = clip_from_bvh(Bvh(over.joints, 1 / 30, values), "walk")
    assert stands(clip) and clip.notes == ("turned upright",)


@pytest.mark.parametrize("count", [1, 3, 6, 40])
@pytest.mark.parametrize("place", ["start", "end"])
def test_a_rest_pose_before_or_behind_is_no_motion(plain, count, place):
    rest = np.zeros((count, plain.values.shape[1]))
    rest[:, :3] = plain.values[0 if place == "start" else -1, :3]
    parts = [rest, plain.values] if place == "start" else [plain.values, rest]
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, np.vstack(parts)), "walk")
    assert clip.frames == FRAMES and f"another pose at the {place}" in clip.notes[0]


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("lost", ["pose", "place"])
def test_what_flashes_up_inside_is_bridged(plain, count, lost):
    values = plain.values.copy()
    values[25 : 25 + count, slice(0, 3) if lost == "place" else slice(3, None)] = 0
    clip = clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "walk")
    whole = clip_from_bvh(plain, "walk")
    assert np.abs(clip.positions - whole.positions).max() < 0.05
    kind = "of another pose inside bridged" if lost == "pose" else "without a place left out"
    assert clip.notes == (f"{count} frame{'s' * (count > 1)} {kind}",)


def test_a_punch_is_no_flash(plain):
    """Ten metres a second out and back is fast, and comes and goes over several frames."""
    values = plain.values.copy()
    column = sum(
        len(j.channels) for j in plain.joints[: [j.name for j in plain.joints].index("LeftArm")]
    )
    values[24:31, column] += np.array([15, 50, 85, 100, 85, 50, 15])
    assert not clip_from_bvh(Bvh(plain.joints, 1 / 30, values), "punch").notes


@pytest.mark.parametrize("speed", [8.0, 15.0, 40.0])
def test_who_is_fast_in_every_frame_is_not_mended(speed):
    qpos = np.zeros((40, 76))
    qpos[:, 3] = 1.0
    qpos[:, 0] = speed * np.arange(40) / 30
    np.testing.assert_array_equal(without_discontinuities(qpos), qpos)
    qpos[20:, 1] += 2.0
    assert np.abs(np.diff(without_discontinuities(qpos)[:, 1])).max() < 0.5


@pytest.mark.parametrize("keys", ["3d", "smplx", "transl", "none"])
def test_smpl_files_by_any_usual_key(keys):
    poses, places = np.zeros((8, 66)), np.zeros((8, 3))
    poses[:, 0] = np.pi / 2
    places[:, 2] = 1.0
    arrays = {"fps": np.array(30.0), "poses": poses, "trans": places}
    if keys == "3d":
        arrays["poses"] = poses.reshape(8, 22, 3)
    elif keys == "smplx":
        del arrays["poses"]
        arrays |= {"global_orient": poses[:, :3], "body_pose": poses[:, 3:].reshape(8, 21, 3)}
    elif keys == "transl":
        arrays["transl"] = arrays.pop("trans")
    else:
        del arrays["trans"]
    clip = clip_from_amass(arrays, "walk")
    ankles, head = heights(clip)
    assert (head - ankles > 1.2).all()
    assert bool(clip.notes) == (keys == "none")


def two(first: Bvh, second: Bvh) -> Bvh:
    count = len(first.joints)
    more = [
        BvhJoint(f"B_{j.name}", j.parent + count if j.parent >= 0 else -1, j.offset, j.channels)
        for j in second.joints
    ]
    values = np.hstack([first.values, second.values])
    return Bvh((*first.joints, *more), first.frame_time, values)


def test_of_two_people_one_is_chosen_and_the_other_named(plain):
    fast = walk(2.0)
    both = two(plain, fast)
    clip = clip_from_bvh(both, "walk")
    assert "Hips, B_Hips" in clip.notes[0] and len(clip.names) == len(plain.joints)
    for person in ("B_Hips", "2", "b_hips"):
        other = clip_from_bvh(both, "walk", options=SourceOptions(person=person))
        moved = np.linalg.norm(other.positions[-1, 0] - other.positions[0, 0])
        assert moved == pytest.approx(2.0 * 59 / 30, abs=0.05)
    with pytest.raises(UserError, match=r"nobody called 'C'.*Hips, B_Hips"):
        clip_from_bvh(both, "walk", options=SourceOptions(person="C"))


def test_two_people_who_hang_on_one_scene_are_two_people(plain):
    both = two(plain, walk(2.0))
    scene = BvhJoint("Scene", -1, (0, 0, 0), ("xposition", "yposition", "zposition"))
    joints = [BvhJoint(j.name, j.parent + 1, j.offset, j.channels) for j in both.joints]
    values = np.hstack([np.zeros((FRAMES, 3)), both.values])
    under = Bvh((scene, *joints), both.frame_time, values)
    clip = clip_from_bvh(under, "walk")
    assert "Hips of 2 people (Hips, B_Hips)" in clip.notes[0]
    other = clip_from_bvh(under, "walk", options=SourceOptions(person="B_Hips"))
    hips = other.positions[:, other.names.index(other.bones.joints["pelvis"])]
    assert np.linalg.norm(hips[-1] - hips[0]) == pytest.approx(2.0 * 59 / 30, abs=0.05)
    alone = Bvh(
        (scene, *joints[: len(plain.joints)]),
        both.frame_time,
        values[:, : 3 + plain.values.shape[1]],
    )
    assert not any("people" in note for note in clip_from_bvh(alone, "walk").notes)


def test_what_a_person_says_of_a_file_is_done(plain):
    said = SourceOptions(up="y", fps=120.0, unit=0.02)
    clip = clip_from_bvh(plain, "walk", options=said)
    assert clip.fps == 120.0
    usual = clip_from_bvh(plain, "walk")
    np.testing.assert_allclose(clip.positions, 2 * usual.positions, atol=1e-9)
    upside = clip_from_bvh(plain, "walk", options=SourceOptions(up="-y"))
    assert (heights(upside)[1] < heights(upside)[0]).all()
    with pytest.raises(UserError, match="no axis"):
        SourceOptions(up="w")
    with pytest.raises(UserError, match="over zero"):
        SourceOptions(fps=0.0)
