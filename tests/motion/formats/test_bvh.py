"""BVH files are read for what they mean, and broken ones are refused with the reason."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.errors import UserError
from runtime.motion.formats.bvh import format_bvh, parse_bvh, stated_rate
from runtime.motion.formats.clip import clip_from_bvh, read_clip

SHARED = Path(__file__).parents[3].parent / "shared" / "mocap"

SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftUpLeg
  {
    OFFSET 10 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 0 -43 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftFoot
      {
        OFFSET 0 -42 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 -6 12
        }
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0083333
1 90 2 10 20 30 0 0 0 0 0 0 0 0 0
2 91 3 11 21 31 40 0 0 0 -50 0 0 0 0
"""


def parse(text: str):
    return parse_bvh(text.encode(), "walk.bvh")


def test_joints_stand_where_the_channels_turn_them():
    clip = clip_from_bvh(parse(SMALL), "walk", unit=1.0, up="z")
    turn = Rotation.from_euler("ZXY", [11, 21, 31], degrees=True)
    knee = np.array([2, 91, 3]) + turn.apply(
        [10, 0, 0] + Rotation.from_euler("Z", 40, degrees=True).apply([0, -43, 0])
    )
    np.testing.assert_allclose(clip.positions[1, 2], knee, atol=1e-9)
    assert clip.names[-1] == "LeftFoot_end"
    assert clip.fps == 120.0


def test_a_file_in_centimetres_with_y_up_becomes_metres_with_z_up():
    clip = clip_from_bvh(parse(SMALL), "walk")
    hip = clip.names.index("Hips")
    np.testing.assert_allclose(clip.positions[0, hip], [0.01, -0.02, 0.9], atol=1e-12)


@pytest.mark.parametrize("unit", [1.0, 0.01, 0.001, 0.0254])
def test_the_unit_is_found_from_the_length_of_the_legs(unit):
    clip = clip_from_bvh(parse(SMALL), "walk")
    bvh = parse(SMALL)
    from dataclasses import replace

    factor = 0.01 / unit
    joints = tuple(
        replace(joint, offset=tuple(factor * x for x in joint.offset)) for joint in bvh.joints
    )
    values = bvh.values.copy()
    values[:, :3] *= factor
    other = clip_from_bvh(replace(bvh, joints=joints, values=values), "walk")
    np.testing.assert_allclose(other.positions, clip.positions, atol=1e-9)


def test_what_is_written_reads_back_equal():
    bvh = parse(SMALL)
    again = parse(format_bvh(bvh))
    assert again.joints == bvh.joints
    np.testing.assert_allclose(again.values, bvh.values, atol=1e-9)
    assert again.fps == bvh.fps


def test_position_channels_on_joints_replace_the_offset():
    text = SMALL.replace(
        "OFFSET 0 -43 0\n      CHANNELS 3 Zrotation",
        "OFFSET 0 -43 0\n      CHANNELS 6 Xposition Yposition Zposition Zrotation",
    )
    text = text.replace("0 0 0 0 0 0 0 0 0\n", "0 0 0 0 -40 0 0 0 0 0 0 0\n")
    text = text.replace("40 0 0 0 -50 0 0 0 0", "40 0 0 0 -40 0 0 -50 0 0 0 0")
    clip = clip_from_bvh(parse(text), "walk", unit=1.0, up="z")
    knee, hip = clip.positions[0, 2], clip.positions[0, 1]
    assert np.linalg.norm(knee - hip) == pytest.approx(40)


ROWS = "".join(f"{n} 90 2 10 20 30 0 0 0 0 0 0 0 0 {n}\n" for n in range(20))
LONG = SMALL[: SMALL.index("Frames: 2")] + "Frames: 20\nFrame Time: 0.0083333\n" + ROWS


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("Frames: 20", "Frames:", "no number of frames told, all 20 read"),
        ("Frames: 20", "Frames: 0", "no number of frames told, all 20 read"),
        ("Frames: 20", "Frames: ####", "'####' is no number of frames, all 20 read"),
        ("Frames: 20", "Frames: abc", "'abc' is no number of frames, all 20 read"),
        ("Frames: 20", "Frames: -5", "'-5' is no number of frames, all 20 read"),
        ("Frames: 20\n", "", "no number of frames told, all 20 read"),
        ("Frames: 20", "Frames: 12", "12 frames announced, all 20 read"),
        ("Frames: 20", "Frames: 21", "21 frames announced, all 20 read"),
        ("Frames: 20\nFrame Time: 0.0083333", "Frame Time: 0.0083333\nFrames: 20", ""),
        ("Frame Time", "FRAME_TIME", ""),
        (ROWS, ROWS + "}\n", ""),
        (ROWS, ROWS.replace("30", "30°"), ""),
        ("3 Zrotation Xrotation Yrotation", "3 Zrot Xrot Yrot", ""),
        (ROWS, "".join(f"{n} {row}\n" for n, row in enumerate(ROWS.splitlines())), "a column that"),
    ],
)
def test_what_is_meant_is_read_and_told(old, new, note):
    assert old in LONG
    found = parse(LONG.replace(old, new))
    np.testing.assert_array_equal(found.values, parse(LONG).values)
    assert found.fps == 120.0 and len(found.notes) == bool(note)
    assert not note or found.notes[0].startswith(note)


@pytest.mark.parametrize("row", ["5 90 2 10 20 30 0 0 0 0 0 0 0 0 5 7", "5 90 2 10 20 30"])
def test_a_row_with_a_wrong_number_of_numbers_is_an_empty_frame(row):
    found = parse(LONG.replace("5 90 2 10 20 30 0 0 0 0 0 0 0 0 5", row, 1))
    assert np.flatnonzero(np.isnan(found.values).all(axis=1)).tolist() == [5]
    assert found.notes[0] == "line 34 does not hold 15 numbers, taken as an empty frame"
    with pytest.raises(UserError, match="15 numbers are expected and 16 found"):
        parse(LONG.replace(ROWS, "".join(f"7 {row}\n" for row in ROWS.splitlines())))


@pytest.mark.parametrize("line", ["Frame Time: 0.0083333\n", "0.0083333"])
def test_a_rate_that_is_not_told_is_assumed_and_asked_for(line):
    found = parse(LONG.replace(line, ""))
    assert found.fps == 30.0 and "no frame time told" in stated_rate(found.frame_time)[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (SMALL, "", "is empty"),
        (SMALL, "\x00\x01\x02PK binary", "not a BVH file"),
        (SMALL, "solid of something else", "not a BVH file"),
        (SMALL[300:], "", "cut off"),
        ("2 91 3 11 21 31 40 0 0 0 -50 0 0 0 0\n", "", "announces 2 frames and holds 1"),
        ("0 -50 0 0 0 0\n", "0 -50 0\n", "line 30: 15 numbers are expected and 12 found"),
        ("OFFSET 10 0 0", "OFFSET nan 0 0", "line 8: 'nan' is not a finite number"),
        ("2 91 3 11", "2 ninety 3 11", "line 30: 'ninety' is not a number"),
        ("CHANNELS 3 Zrotation", "CHANNELS 4 Zrotation", "announces 4 channels and names 3"),
        ("3 Zrotation", "3 Wrotation", "channels that do not exist"),
        ("OFFSET 10 0 0", "OFFSET 10 0", "needs OFFSET and three numbers"),
        ("OFFSET 10 0 0", ";", "needs OFFSET and three numbers"),
        ("0.0083333", "soon", "line 28: 'soon' is not a number"),
        ("Frames: 2", "Farmes: 2", "line 27: 'Frames:' and a whole number"),
        (SMALL[SMALL.index("Frames: 2") :], "Frames: 0\nFrame Time: 0.03", "no frames"),
        ("JOINT LeftUpLeg", "JONT LeftUpLeg", "is not expected here"),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence_that_names_it(old, new, said):
    assert old in SMALL
    with pytest.raises(UserError, match=said) as error:
        parse(SMALL.replace(old, new, 1))
    assert "walk.bvh" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the motion capture beside the project")
@pytest.mark.parametrize(
    ("written", "rate", "note"),
    [
        (0.0083333, 120.0, ""),
        (0.1, 10.0, ""),
        (33.3333, 30.0, "milliseconds"),
        (8.3333, 120.0, "milliseconds"),
        (30.0, 30.0, "the rate itself"),
        (25.0, 25.0, "the rate itself"),
        (41.667, 24.0, "milliseconds"),
        (33333.0, 30.0, "microseconds"),
        (1.0, 30.0, "say the true rate"),
        (0.0, 30.0, "say the true rate"),
        (-1.0, 30.0, "say the true rate"),
    ],
)
def test_a_frame_time_that_cannot_be_seconds_is_read_for_what_is_meant(written, rate, note):
    found, told = stated_rate(written)
    assert found == pytest.approx(rate, rel=1e-3) and note in told and bool(note) == bool(told)
    whole = parse_bvh(SMALL.replace("0.0083333", str(written)).encode(), "walk.bvh")
    assert whole.fps == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize(
    ("file", "speed"),
    [("accad/Male1_B3_Walk", 1.28), ("accad/Male1_C03_Run", 4.8), ("cmu/07_01", 1.28)],
)
def test_a_recorded_person_moves_at_the_speed_known_of_them(file, speed):
    clip = read_clip(SHARED / f"{file}.bvh")
    way = np.linalg.norm(np.diff(clip.positions[:, 0, :2], axis=0), axis=1).sum()
    assert way * clip.fps / clip.frames == pytest.approx(speed, rel=0.05)
    assert 1.2 < np.ptp(clip.positions[0, :, 2]) < 2.0


HEAD, BODY = LONG.split("MOTION\n")
TIME = "Frame Time: 0.0083333"


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("HIERARCHY", "HIERARCHY:"),
        ("MOTION\n", "MOTION:\n"),
        ("JOINT ", "JOINT: "),
        ("Frames: 20", "Frames = 20"),
        ("Frames: 20", "Frames: 20 frames"),
        ("Frames: 20", "Frame Count: 20"),
        ("Frames: 20", "Number of Frames: 20"),
        (TIME, "Frame Time: 1/120"),
        (TIME, "Frame Time: 8.3333ms"),
        (TIME, "Frame Time: 0.0083333s"),
        (TIME, "Frame Time = 0.0083333"),
        (TIME, "Frame Rate: 120"),
        (TIME, "FPS: 120"),
        (TIME, "Frame Time: 120 fps"),
    ],
)
def test_heads_as_other_programs_write_them_mean_the_same(written, instead):
    assert written in LONG
    bvh, plain = (
        parse_bvh(LONG.replace(written, instead).encode(), "x.bvh"),
        parse_bvh(LONG.encode(), "x.bvh"),
    )
    np.testing.assert_array_equal(bvh.values, plain.values)
    assert bvh.joints == plain.joints and bvh.notes == ()
    assert bvh.fps == pytest.approx(120, rel=1e-3)


@pytest.mark.parametrize(
    ("said", "fps"),
    [
        ("Frame Rate: 20", 20),
        ("FPS: 10", 10),
        ("Frame Rate: 40 Hz", 40),
        ("Frame Time: 50ms", 20),
        ("Frame Time: 15 fps", 15),
        ("Frame Rate: 1/25", 25),
        ("Frame Rate: 0.0333333", 30),
    ],
)
def test_a_unit_that_is_told_is_believed(said, fps):
    """20 without a unit would be milliseconds, and 50 the rate."""
    assert parse_bvh(LONG.replace(TIME, said).encode(), "x.bvh").fps == pytest.approx(fps, rel=1e-3)


def test_offsets_and_channels_in_brackets_and_with_commas_mean_the_same():
    plain = parse_bvh(LONG.encode(), "x.bvh")
    text = re.sub(r"OFFSET (.*)", lambda m: f"OFFSET ({', '.join(m[1].split())})", LONG)
    text = re.sub(r"(CHANNELS \d) (.*)", lambda m: f"{m[1]} [{', '.join(m[2].split())}]", text)
    assert parse_bvh(text.encode(), "x.bvh").joints == plain.joints


@pytest.mark.parametrize("again", [f"MOTION\n{BODY}", LONG])
def test_what_begins_again_behind_the_motion_is_left_out_and_told(again):
    plain, bvh = (parse_bvh(text.encode(), "x.bvh") for text in (LONG, LONG + again))
    np.testing.assert_array_equal(bvh.values, plain.values)
    assert bvh.notes == ("what begins again behind the first motion left out",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x1f\x8b\x08 packed", "'x.bvh' is packed; unpack it"),
        (b"PK\x03\x04 packed", "'x.bvh' is packed; unpack it"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS keeps"),
    ],
)
def test_packed_files_and_pointers_say_what_to_do(content, said):
    with pytest.raises(UserError, match=said):
        parse_bvh(content, "x.bvh")
