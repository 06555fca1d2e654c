"""SMPL files as networks and data sets write them: the same walk under any key, shape and unit."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.errors import UserError
from runtime.motion.formats.amass import clip_from_amass, is_amass
from runtime.motion.sources.options import SourceOptions

FRAMES = 60


def walk() -> dict[str, np.ndarray]:
    """Two seconds of AMASS, z up: one foot stands while the other swings."""
    poses, places = np.zeros((FRAMES, 156)), np.zeros((FRAMES, 3))
    time = np.arange(FRAMES) / 30
    upright = Rotation.from_euler("x", 90, degrees=True)
    poses[:, :3] = upright.as_rotvec()
    swing = 0.3 * np.sin(2 * np.pi * time)
    poses[:, 3], poses[:, 6] = -swing, swing
    bend = 0.5 * np.clip(np.cos(2 * np.pi * time), 0, None)
    poses[:, 12], poses[:, 15] = bend, 0.5 * np.clip(-np.cos(2 * np.pi * time), 0, None)
    places[:, 1] = -1.1 * time
    places[:, 2] = 0.9
    return {"poses": poses, "trans": places, "mocap_framerate": np.array(30.0)}


def without(arrays, *keys):
    return {key: value for key, value in arrays.items() if key not in keys}


def vibe(a):
    return without(a, "poses", "mocap_framerate") | {
        "pose": a["poses"][:, :72],
        "mocap_frame_rate": np.array(30),
    }


def aist(a):
    return {
        "smpl_poses": a["poses"][:, :72],
        "smpl_trans": 93.7 * a["trans"],
        "smpl_scaling": np.array([93.7]),
        "fps": np.array(30),
    }


def romp(a):
    return {
        "global_orient": a["poses"][:, :3],
        "body_pose": a["poses"][:, 3:72],
        "transl": a["trans"],
        "fps": np.array(30),
    }


def smplx(a):
    return {
        "root_orient": a["poses"][:, :3],
        "pose_body": a["poses"][:, 3:66],
        "trans": a["trans"],
        "mocap_frame_rate": np.array(30.0),
        "gender": np.array("neutral"),
        "betas": np.zeros(16),
    }


def matrices(a):
    turns = Rotation.from_rotvec(a["poses"][:, :66].reshape(-1, 3)).as_matrix()
    return a | {"poses": turns.reshape(FRAMES, 22, 3, 3)}


def batch_of_one(a):
    return a | {"poses": a["poses"][None, :, :66], "trans": a["trans"][None]}


SAME = {
    "AMASS": dict,
    "new AMASS, mocap_frame_rate (VIBE#243)": vibe,
    "AIST++": aist,
    "ROMP (ml-neuman#77)": romp,
    "SMPL-X with root_orient and pose_body (GMR#54)": smplx,
    "(T, J, 3)": lambda a: a | {"poses": a["poses"].reshape(FRAMES, 52, 3)},
    "rotation matrices": matrices,
    "a batch of one": batch_of_one,
    "without gender": lambda a: without(a, "gender"),
    "gender as a pickled object": lambda a: a | {"gender": None},
    "SMPL-X full pose": lambda a: (
        without(a, "poses") | {"fullpose": np.hstack([a["poses"][:, :66], np.zeros((FRAMES, 99))])}
    ),
    "flat rotation matrices": lambda a: a | {"poses": matrices(a)["poses"].reshape(FRAMES, 198)},
    "a place of one a frame": lambda a: a | {"trans": a["trans"][:, None]},
    "places in columns": lambda a: a | {"trans": a["trans"].T},
    "the root by itself (EasyMocap)": lambda a: {
        "poses": np.hstack([np.zeros((FRAMES, 3)), a["poses"][:, 3:72]]),
        "Rh": a["poses"][:, :3],
        "Th": a["trans"],
        "fps": np.array(30.0),
    },
    "a place more": lambda a: a | {"trans": np.vstack([a["trans"], a["trans"][-1:]])},
    "a rate in words": lambda a: a | {"mocap_framerate": np.array("30")},
    "a rate in other words": lambda a: (
        without(a, "mocap_framerate") | {"frameRate": np.array(30.0)}
    ),
    "seconds a frame": lambda a: without(a, "mocap_framerate") | {"dt": np.array(1 / 30)},
    "parts in a batch of one": lambda a: (
        without(a, "poses", "trans")
        | {
            "global_orient": a["poses"][None, :, :3],
            "body_pose": a["poses"][None, :, 3:66],
            "transl": a["trans"][None],
        }
    ),
    "degrees": lambda a: a | {"poses": np.degrees(a["poses"])},
    "centimetres": lambda a: a | {"trans": 100 * a["trans"]},
    "millimetres": lambda a: a | {"trans": 1000 * a["trans"]},
}


@pytest.mark.parametrize("kind", SAME)
def test_the_walk_is_the_same(kind):
    usual = clip_from_amass(walk(), "walk")
    clip = clip_from_amass(SAME[kind](walk()), "walk")
    np.testing.assert_allclose(clip.positions, usual.positions, atol=2e-3)
    assert bool(clip.notes) == (kind in ("centimetres", "millimetres", "degrees"))


@pytest.mark.parametrize("places", ["none", "zeros", "none, y up"])
def test_without_places_the_feet_tell_where_the_body_goes(places):
    arrays = without(walk(), "trans")
    if places == "zeros":
        arrays["trans"] = np.zeros((FRAMES, 3))
    elif places == "none, y up":
        arrays["poses"][:, :3] = 0.0
    clip = clip_from_amass(arrays, "walk")
    usual = clip_from_amass(walk(), "walk")
    at = clip.names.index("pelvis")
    went = clip.positions[-1, at, 1] - clip.positions[0, at, 1]
    assert went < -0.5 and clip.positions[..., 2].min() > -0.01
    assert usual.positions[0, at, 2] > 0.8
    assert "feet that stand" in clip.notes[-1]


@pytest.mark.parametrize("axis", ["x", "y", "-x", "-y", "-z"])
def test_whichever_axis_is_up_the_person_stands(axis):
    arrays = walk()
    up = {"x": [1, 0, 0], "y": [0, 1, 0], "-x": [-1, 0, 0], "-y": [0, -1, 0], "-z": [0, 0, -1]}
    turn = Rotation.align_vectors([up[axis]], [[0, 0, 1.0]])[0]
    arrays["trans"] = turn.apply(arrays["trans"])
    root = turn * Rotation.from_rotvec(arrays["poses"][:, :3])
    arrays["poses"][:, :3] = root.as_rotvec()
    for options in (None, SourceOptions(up=axis)):
        clip = clip_from_amass(arrays, "walk", options)
        head, foot = (clip.positions[:, clip.names.index(j), 2] for j in ("head", "left_ankle"))
        assert (head - foot > 1.0).all() and clip.notes


def test_what_a_file_does_not_tell_is_asked_for():
    with pytest.raises(UserError, match="no frame rate; say it \\(--source-fps"):
        clip_from_amass(without(walk(), "mocap_framerate"), "walk")
    said = SourceOptions(fps=30.0)
    assert clip_from_amass(without(walk(), "mocap_framerate"), "walk", said).fps == 30.0
    with pytest.raises(UserError, match="leave out --map"):
        clip_from_amass(walk(), "walk", SourceOptions(person="2"))
    big = walk()
    big["trans"] = big["trans"] * 50
    clip = clip_from_amass(big, "walk", SourceOptions(unit=0.02))
    np.testing.assert_allclose(clip.positions, clip_from_amass(walk(), "walk").positions, atol=1e-9)


def moved(arrays):
    return arrays | {"trans": arrays["trans"] + [5.0, 0.0, 0.0]}


def stacked(one, other, axis):
    return one | {key: np.stack([one[key], other[key]], axis=axis) for key in ("poses", "trans")}


def keyed(one, other, form):
    people = {
        form.format(key=key, who=number): person[key]
        for number, person in ((1, one), (2, other))
        for key in ("poses", "trans")
    }
    return people | {"fps": np.array(30.0)}


SEVERAL = {
    "people first": lambda a, b: stacked(a, b, 0),
    "frames first": lambda a, b: stacked(a, b, 1),
    "joints apart": lambda a, b: (
        stacked(a, b, 0) | {"poses": np.stack([a["poses"], b["poses"]]).reshape(2, FRAMES, 52, 3)}
    ),
    "a person before each key": lambda a, b: keyed(a, b, "person{who}_{key}"),
    "a number behind each key": lambda a, b: keyed(a, b, "{key}_{who}"),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_of_several_people_one_is_chosen_and_the_others_named(kind):
    one, other = walk(), moved(walk())
    both = SEVERAL[kind](one, other)
    assert is_amass(both)
    first = clip_from_amass(both, "walk")
    assert "of 2 people" in first.notes[0] and first.positions[0, 0, 0] < 1
    second = clip_from_amass(both, "walk", SourceOptions(person="2"))
    np.testing.assert_allclose(
        second.positions, clip_from_amass(other, "walk").positions, atol=1e-6
    )
    with pytest.raises(UserError, match="nobody called '3'; choose one of"):
        clip_from_amass(both, "walk", SourceOptions(person="3"))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_lost_frames_go_at_the_start_and_are_led_through_inside(value):
    usual = clip_from_amass(walk(), "walk")
    arrays = walk()
    arrays["poses"][20:23], arrays["trans"][20:23] = value, value
    inside = clip_from_amass(arrays, "walk")
    np.testing.assert_allclose(inside.positions, usual.positions, atol=0.04)
    arrays = {
        key: np.concatenate([np.full((5, *array.shape[1:]), value), array]) if array.ndim else array
        for key, array in walk().items()
    }
    before = clip_from_amass(arrays, "walk")
    np.testing.assert_allclose(before.positions, usual.positions, atol=1e-6)
    assert inside.notes[0] == "3 empty frames left out" and before.notes[0].startswith("5 empty")
