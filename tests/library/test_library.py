"""The library gives back what was put into it, mirrored, described and joined."""

from pathlib import Path

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.library import Stretch, load_library
from runtime.library.build import SourceClip, build_library, write_library
from runtime.library.features import pose_points
from runtime.library.joins import NO_JOIN
from runtime.library.tags import bits, names_of, tags_by_name
from runtime.motion.ground_frame import heading, moved, wrapped
from runtime.motion.mirror import mirror_qpos


@pytest.fixture(scope="module")
def library():
    return load_library()


def test_frames_come_back_to_a_millimetre_and_a_thousandth_of_a_radian(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    clips = []
    for name in ("one", "two"):
        qpos = np.cumsum(rng.normal(size=(70, 76)) * 0.01, axis=0)
        qpos[:, 3:7] += [1, 0, 0, 0]
        qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
        clips.append(SourceClip(name, qpos, "someone"))
    write_library(clips, tmp_path / "library.npz")
    made = load_library(tmp_path / "library.npz")
    back = made.qpos(Stretch(75, 135))
    asked = clips[1].qpos[5:65]
    np.testing.assert_allclose(back[:, 2:], asked[:, 2:], atol=6e-4)
    np.testing.assert_allclose(np.diff(back, axis=0), np.diff(asked, axis=0), atol=1e-3)
    image = made.qpos(Stretch(made.frames + 75, made.frames + 135))
    np.testing.assert_allclose(image, mirror_qpos(back), atol=1e-12)
    assert made.credit_of(1) == "someone"


def test_nodes_of_clips_and_mirror_images_are_where_their_frames_are(library) -> None:
    rng = np.random.default_rng(0)
    for node in rng.integers(0, 2 * library.node_count, 40):
        frame = int(library.node_frames[node])
        qpos = library.qpos(Stretch(frame, frame + 1))
        np.testing.assert_allclose(pose_points(qpos)[0], library.node_points[node], atol=0.02)
        assert abs(wrapped(heading(qpos)[0] - library.node_heading[node])) < 0.02
        np.testing.assert_allclose(qpos[0, :2], library.node_place[node], atol=1e-6)


def test_joins_lead_to_like_poses_elsewhere(library) -> None:
    nodes, joins = np.arange(2 * library.node_count), library.joins[:, 0]
    joined = joins != NO_JOIN
    assert joined.mean() > 0.9
    points = library.node_points
    apart = np.linalg.norm(points[nodes[joined]] - points[joins[joined]], axis=-1).mean(axis=-1)
    assert apart.mean() < 0.1
    same = library.node_clips[nodes[joined]] == library.node_clips[joins[joined]]
    assert (np.abs(nodes[joined] - joins[joined])[same] >= 8).all()


def test_the_library_that_ships_holds_every_kind_of_motion_and_its_credits(library) -> None:
    shipped = names_of(int(np.bitwise_or.reduce(library.clip_tags)))
    for tag in ("walk", "run", "turn", "crouch", "lie", "crawl", "jump", "kick", "punch", "dance"):
        assert tag in shipped
    assert any("CMU" in credit for credit in library.credits)
    assert any("CC BY 3.0" in credit for credit in library.credits)


def test_a_clip_s_name_tells_what_its_movement_does_not() -> None:
    assert tags_by_name("accad_Male2_G2_FrontKick") == bits("kick")
    assert tags_by_name("cmu_salsa_01") == bits("dance")
    assert tags_by_name("cmu_07_01") == 0


def test_a_file_that_is_no_library_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(UserError, match="no library of motions"):
        load_library(tmp_path / "other.npz")
    with pytest.raises(UserError, match="no library of motions"):
        load_library(tmp_path / "nowhere.npz")


def test_moving_on_the_floor_turns_the_heading_with_the_place() -> None:
    qpos = np.zeros((4, 76))
    qpos[:, 0] = np.arange(4)
    qpos[:, 3:7] = [0.5, 0.5, 0.5, 0.5]  # upright, looking along +x
    np.testing.assert_allclose(heading(qpos), 0, atol=1e-12)
    turned = moved(qpos, np.pi / 2, qpos[0, :2], np.array([5.0, 5.0]))
    np.testing.assert_allclose(turned[3, :2], [5, 8], atol=1e-12)
    np.testing.assert_allclose(heading(turned), np.pi / 2, atol=1e-12)


def test_what_is_added_is_joined_both_ways_without_joining_everything_anew(tmp_path, library):
    names = ("accad_Male1_B3_Walk", "cmu_07_01", "cmu_07_02", "cmu_08_01")
    clips = []
    for name in names:
        index = library.names.index(name)
        start, stop = int(library.starts[index]), int(library.starts[index + 1])
        clips.append(SourceClip(name, library.qpos(Stretch(start, min(stop, start + 150))), "x"))
    write_library(clips[:3], tmp_path / "base.npz")
    base = load_library(tmp_path / "base.npz")
    write_library(clips, tmp_path / "more.npz", base=base)
    write_library(clips, tmp_path / "anew.npz")
    more, anew = load_library(tmp_path / "more.npz"), load_library(tmp_path / "anew.npz")
    first, count = base.node_count, more.node_count
    np.testing.assert_array_equal(more.joins[first:count], anew.joins[first:count])
    # An old node takes one new one: its best join is what a whole build finds.
    best_more = more.join_costs[:first].min(axis=1, where=more.joins[:first] != NO_JOIN, initial=9)
    best_anew = anew.join_costs[:first].min(axis=1, where=anew.joins[:first] != NO_JOIN, initial=9)
    np.testing.assert_allclose(best_more, best_anew, atol=2e-3)
    assert ((more.joins[:first] % count >= first) & (more.joins[:first] != NO_JOIN)).any()


def test_a_take_in_which_nobody_moves_is_left_out(library):
    from runtime.library.dataset import is_still

    walk = library.names.index("accad_Male1_B3_Walk")
    frames = library.qpos(Stretch(int(library.starts[walk]), int(library.starts[walk + 1])))
    assert is_still(np.repeat(frames[:1], 40, axis=0)) and not is_still(frames)
    stand = library.names.index("accad_Male1_A1_Stand")
    frames = library.qpos(Stretch(int(library.starts[stand]), int(library.starts[stand + 1])))
    assert not is_still(frames)
    assert not any("Subject_Cal" in name for name in library.names)


def test_a_folder_of_broken_files_is_told_with_reasons_and_nothing_is_written(tmp_path):
    source = tmp_path / "mocap"
    source.mkdir()
    for name in ("a", "b", "c", "d"):
        (source / f"{name}.bvh").write_text("")
    with pytest.raises(UserError) as caught:
        build_library(source, tmp_path / "library.npz", workers=1)
    said = str(caught.value)
    assert "4 clips" in said and "And 1 more" in said
    assert said.count("is empty") == 3 and "'a.bvh'" in said and "'d.bvh'" not in said
    assert "motivo-fits" not in said, "a folder that is gone by now"
    assert "d.bvh" in caught.value.details
    assert not (tmp_path / "library.npz").exists()
    with pytest.raises(UserError, match=r"report\.json"):
        build_library(source, tmp_path / "library.npz", tmp_path / "fits", workers=1)
