"""Motions survive files; files that are something else are refused in one sentence."""

import json

import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from runtime.body.figures import JOINT_NAMES, JOINT_RANGES, OFFSETS
from runtime.body.kinematics import forward_kinematics, local_rotations
from runtime.body.names import SMPL_NAMES, SMPL_ORDER
from runtime.errors import UserError
from runtime.motion import Motion, load_motion, lowest_points, save_motion
from runtime.motion.poses import pose


def some_motion(frames: int = 40, fps: float = 30.0) -> Motion:
    """A person who stands, turns a little on the spot and swings the arms."""
    time = np.arange(frames)[:, None] / fps
    qpos = np.zeros((frames, 76))
    turn = Rotation.from_euler("z", 0.3 * np.sin(time)) * Rotation.from_euler("x", np.pi / 2)
    qpos[:, 3:7] = turn.as_quat(scalar_first=True)
    upper = [k for k, name in enumerate(JOINT_NAMES) if name[2:6] in ("Shou", "Elbo")]
    middles = (JOINT_RANGES[upper].min(axis=1) + JOINT_RANGES[upper].max(axis=1)) / 2
    spread = np.ptp(JOINT_RANGES[upper], axis=1) / 4
    qpos[:, 7 + np.array(upper)] = middles + spread * np.sin(2 * time + np.arange(len(upper)))
    qpos[:, 2] -= lowest_points(qpos).min(axis=1)
    return Motion(fps, qpos, metadata={"prompt": "Schwanken ↔", "seed": 7})


def test_damage_inside_an_archive_is_told_and_is_not_called_a_pickle(tmp_path):
    save_motion(some_motion(), tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    refused = 0
    for place in range(60, len(whole) - 60, max(1, len(whole) // 40)):
        broken = bytearray(whole)
        broken[place : place + 24] = bytes(24)
        path = tmp_path / "broken.npz"
        path.write_bytes(bytes(broken))
        try:
            load_motion(path)
        except UserError as error:
            refused += 1
            assert "pickle" not in str(error)
    assert refused > 30


def test_npz_gives_back_exactly_what_was_saved(tmp_path):
    motion = some_motion()
    motion = Motion(
        motion.fps,
        motion.qpos,
        qvel=motion.velocities(),
        contacts=np.arange(240).reshape(40, 6) % 3 == 0,
        metadata=motion.metadata,
    )
    save_motion(motion, tmp_path / "deep" / "take.npz")
    again = load_motion(tmp_path / "deep" / "take.npz")
    for name in ("qpos", "qvel", "contacts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(motion, name))
    assert (again.fps, again.metadata) == (motion.fps, motion.metadata)


@pytest.mark.parametrize("fps", [30.0, 24.0, 30000 / 1001, 120.0])
def test_bvh_of_the_body_reads_back_equal_without_a_fit(tmp_path, fps):
    motion = some_motion(fps=fps)
    save_motion(motion, tmp_path / "take.bvh")
    again = load_motion(tmp_path / "take.bvh")
    assert again.fps == pytest.approx(fps, rel=1e-9)
    np.testing.assert_allclose(again.positions(), motion.positions(), atol=1e-7)
    np.testing.assert_allclose(again.qpos[:, 7:], motion.qpos[:, 7:], atol=1e-8)


def test_the_bvh_stands_upright_with_y_up_for_other_programs(tmp_path):
    motion = some_motion()
    save_motion(motion, tmp_path / "take.bvh")
    text = (tmp_path / "take.bvh").read_text()
    first = [float(x) for x in text.split("Frame Time:")[1].split("\n")[1].split()]
    assert first[1] == pytest.approx(100 * motion.qpos[0, 2])
    assert text.startswith("HIERARCHY\nROOT pelvis")


def test_hdf5_keeps_the_published_layout(tmp_path):
    motion = some_motion()
    save_motion(motion, tmp_path / "take.hdf5")
    with h5py.File(tmp_path / "take.hdf5") as file:
        assert file.attrs["num_episodes"] == 1
        assert file["ep_0/observation"].shape == (40, 358)
        np.testing.assert_allclose(file["ep_0/observation"][:, 0], motion.qpos[:, 2], atol=1e-9)
        assert file["ep_0/truncated"][:].ravel().tolist() == [False] * 39 + [True]
    again = load_motion(tmp_path / "take.hdf5")
    np.testing.assert_array_equal(again.qpos, motion.qpos)
    np.testing.assert_array_equal(again.qvel, motion.velocities())


def test_a_file_of_many_episodes_asks_which(tmp_path):
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        file.attrs["num_episodes"] = 2
        for k in range(2):
            file[f"ep_{k}/qpos"] = some_motion(10 + k).qpos
    assert load_motion(path, episode=1).frames == 11
    with pytest.raises(UserError, match=r"holds 2 motions; say which one \(0 to 1\)"):
        load_motion(path)
    with pytest.raises(UserError, match="has no motion 2"):
        load_motion(path, episode=2)


def _standing(frames=20, width=76):
    qpos = np.zeros((frames, width))
    qpos[:, 3] = 1.0
    return qpos


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "holds no motion"),
        ({"ep_0": _standing()}, "has no qpos"),
        ({"ep_0/qvel": np.zeros((20, 75))}, "has no qpos"),
        ({"ep_0/qpos/deeper": _standing()}, "holds no numbers"),
        ({"ep_0/qpos": np.array([b"a", b"b"])}, "holds no numbers"),
        ({"ep_0/qpos": _standing() + 1j}, "holds no numbers"),
        ({"ep_0/qpos": _standing(width=36)}, r"shape \(20, 36\); the humanoid's is \(frames, 76\)"),
        ({"ep_0/qpos": _standing()[None]}, r"shape \(1, 20, 76\)"),
        ({"ep_0/qpos": 3.0}, r"shape \(\)"),
        ({"ep_0/qpos": _standing(0)}, "no frames"),
        ({"ep_0/qpos": np.full((20, 76), np.nan)}, "not finite"),
        ({"ep_0/qpos": np.zeros((20, 76))}, "root rotations that are zero"),
        ({"ep_0/qpos": _standing() + 1e9 * (np.arange(76) < 3)}, "not in metres"),
        ({"ep_0/qpos": _standing() + 90 * (np.arange(76) > 6)}, "90 radians; if these are degrees"),
        ({"ep_0/qpos": _standing(), "ep_0/qvel": np.zeros((5, 75))}, r"qvel has shape \(5, 75\)"),
        ({"ep_0/qpos": _standing(), "ep_0/qvel": np.zeros((20, 76))}, r"qvel has shape \(20, 76\)"),
        ({"ep_0/qpos": _standing(), "ep_0/qvel": np.full((20, 75), np.nan)}, "qvel holds numbers"),
        ({"ep_0": h5py.SoftLink("/ep_0")}, "cannot be read as HDF5"),
        ({"ep_0/qpos": h5py.ExternalLink("nowhere.h5", "/qpos")}, "cannot be read as HDF5"),
    ],
)
def test_hdf5_that_holds_no_motion_of_the_body_says_what_is_wrong(tmp_path, content, said):
    path = tmp_path / "clip.hdf5"
    with h5py.File(path, "w") as file:
        file.attrs["num_episodes"] = 1
        for name, value in content.items():
            file[name] = value
    with pytest.raises(UserError, match=said) as error:
        load_motion(path)
    assert "clip.hdf5" in str(error.value) and "\n" not in str(error.value)


def test_hdf5_of_a_billion_frames_is_refused_before_it_is_read(tmp_path):
    with h5py.File(tmp_path / "clip.hdf5", "w") as file:
        file.attrs["num_episodes"] = 1
        file.create_dataset("ep_0/qpos", (10**9, 76), "f8", chunks=(1000, 76))
    with pytest.raises(UserError, match="1000000000 frames, more than 1000000"):
        load_motion(tmp_path / "clip.hdf5")


def test_hdf5_with_a_billion_velocities_is_refused_before_they_are_read(tmp_path):
    with h5py.File(tmp_path / "clip.hdf5", "w") as file:
        file.attrs["num_episodes"] = 1
        file["ep_0/qpos"] = _standing()
        file.create_dataset("ep_0/qvel", (20, 10**9), "f8", chunks=(1, 1000))
    with pytest.raises(UserError, match=r"qvel has shape \(20, 1000000000\)"):
        load_motion(tmp_path / "clip.hdf5")


@pytest.mark.parametrize("number", ["x", np.nan, -3, 7, [1, 2]])
def test_hdf5_is_read_whatever_it_says_of_its_episodes(tmp_path, number):
    with h5py.File(tmp_path / "clip.hdf5", "w") as file:
        file.attrs["num_episodes"] = number
        file["ep_5/qpos"] = _standing()
    motion = load_motion(tmp_path / "clip.hdf5")
    assert motion.frames == 20 and motion.metadata["episode"] == 5


def test_hdf5_with_damaged_bytes_is_read_or_refused_in_a_sentence(tmp_path):
    path = tmp_path / "clip.hdf5"
    with h5py.File(path, "w") as file:
        file.attrs["num_episodes"] = 1
        file["ep_0/qpos"] = _standing()
    whole, refused = path.read_bytes(), 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        damaged = bytearray(whole)
        for place in random.integers(0, 3000, 8):
            damaged[place] = random.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            assert load_motion(path).frames
        except UserError as error:
            refused += 1
            assert "clip.hdf5" in str(error)
    assert refused > 10


def amass_arrays(motion: Motion, width: int = 156) -> dict[str, np.ndarray]:
    """What AMASS would hold for a motion of the body."""
    local = local_rotations(motion.qpos)
    vectors = np.stack(
        [
            Rotation.from_quat(local[:, SMPL_NAMES.index(joint)], scalar_first=True).as_rotvec()
            for joint in SMPL_ORDER
        ],
        axis=1,
    )
    poses = np.zeros((motion.frames, width))
    poses[:, :66] = vectors[:, :22].reshape(motion.frames, 66)
    if width == 72:
        poses[:, 66:] = vectors[:, 22:].reshape(motion.frames, 6)
    return {
        "poses": poses,
        "trans": motion.qpos[:, :3] - OFFSETS[0],
        "mocap_framerate": np.array(motion.fps),
        "betas": np.zeros(16),
    }


@pytest.mark.parametrize(
    ("width", "key"), [(72, "mocap_framerate"), (156, "mocap_frame_rate"), (165, "fps")]
)
def test_amass_poses_arrive_on_the_body(tmp_path, width, key):
    motion = some_motion(160, fps=120.0)
    arrays = amass_arrays(motion, width)
    arrays[key] = arrays.pop("mocap_framerate")
    np.savez(tmp_path / "amass.npz", **arrays)
    fitted = load_motion(tmp_path / "amass.npz")
    assert (fitted.fps, fitted.frames) == (30.0, 40)
    joints = [0, 1, 2, 3, 5, 6, 7, 11, 15, 16, 20, 21]
    error = np.linalg.norm((fitted.positions() - motion.positions()[::4])[:, joints], axis=-1)
    assert error.mean() < 0.02
    assert fitted.metadata["fit"]["direction_error_deg"] < 1.0


def test_smplx_keys_mean_the_same(tmp_path):
    arrays = amass_arrays(some_motion())
    poses = arrays.pop("poses")
    np.savez(tmp_path / "a.npz", poses=poses, **arrays)
    np.savez(tmp_path / "b.npz", root_orient=poses[:, :3], pose_body=poses[:, 3:66], **arrays)
    np.testing.assert_allclose(
        load_motion(tmp_path / "a.npz").qpos, load_motion(tmp_path / "b.npz").qpos
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mocap_framerate": None}, "has no frame rate"),
        ({"mocap_framerate": np.array(0.0)}, "must be one number over zero"),
        ({"trans": np.ones((3, 3))}, r"trans has shape \(3, 3\)"),
        ({"poses": np.zeros((40, 70))}, "SMPL has 72 numbers a frame"),
        ({"poses": np.zeros((0, 72)), "trans": np.zeros((0, 3))}, "no frames"),
        ({"poses": np.full((40, 72), np.nan)}, "No two frames of .* hold numbers"),
        ({"poses": np.array(["a"])}, "holds no numbers"),
        ({"poses": np.array([{}], dtype=object)}, "pickled object, which is never opened"),
        ({"poses": None}, "neither a motion of Motivo"),
    ],
)
def test_an_amass_file_that_lacks_something_says_what(tmp_path, change, said):
    arrays = amass_arrays(some_motion(), 72) | change
    path = tmp_path / "amass.npz"
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(UserError, match=said) as error:
        load_motion(path)
    assert "amass" in str(error.value)


def test_text_about_the_subject_that_is_pickled_is_left_out(tmp_path):
    arrays = amass_arrays(some_motion()) | {"gender": np.array(["male", None], dtype=object)}
    np.savez(tmp_path / "amass.npz", **arrays)
    assert load_motion(tmp_path / "amass.npz").frames == 40


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("take.fbx", b"Kaydara", "is read by Blender"),
        ("take.mov", b"ftyp", "not a motion file; choose one that ends in"),
        ("take.npz", b"no archive at all", "cannot be read as an .npz file"),
        ("take.npz", b"", "is empty"),
        ("take.bvh", b"\x89PNG\r\n\x1a\n\0\0", "not a BVH file"),
        ("take.hdf5", b"not hdf5", "cannot be read as HDF5"),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=said) as error:
        load_motion(tmp_path / name)
    assert "take" in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_files_folders_and_cut_archives_are_refused(tmp_path):
    with pytest.raises(UserError, match="There is no file"):
        load_motion(tmp_path / "nothing.bvh")
    (tmp_path / "folder.bvh").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        load_motion(tmp_path / "folder.bvh")
    save_motion(some_motion(), tmp_path / "take.npz")
    whole = (tmp_path / "take.npz").read_bytes()
    (tmp_path / "take.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"cannot be read as an \.npz file"):
        load_motion(tmp_path / "take.npz")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"qpos": np.zeros((3, 75))}, r"\(frames, 76\)"),
        ({"metadata": np.array("{not json")}, "save it again"),
        ({"qpos": np.array([None], dtype=object)}, "pickled object"),
    ],
)
def test_a_spoiled_motion_file_is_refused(tmp_path, change, said):
    arrays = {"fps": np.array(30.0), "qpos": some_motion().qpos, "metadata": np.array("{}")}
    np.savez(tmp_path / "take.npz", **(arrays | change))
    with pytest.raises(UserError, match=said):
        load_motion(tmp_path / "take.npz")


def test_saving_under_an_unknown_or_impossible_name_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"must end in .npz, .bvh"):
        save_motion(some_motion(), tmp_path / "take.fbx")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="choose another place"):
        save_motion(some_motion(), tmp_path / "file" / "take.npz")


def test_metadata_travels_as_json(tmp_path):
    save_motion(some_motion(), tmp_path / "take.npz")
    with np.load(tmp_path / "take.npz", allow_pickle=False) as archive:
        assert json.loads(str(archive["metadata"]))["seed"] == 7


def test_a_motion_in_a_bvh_of_another_program_is_fitted(tmp_path):
    motion = some_motion(60)
    save_motion(motion, tmp_path / "take.bvh")
    text = (tmp_path / "take.bvh").read_text().replace("ROOT pelvis", "ROOT Hips")
    (tmp_path / "foreign.bvh").write_text(text)
    fitted = load_motion(tmp_path / "foreign.bvh")
    error = np.linalg.norm(fitted.positions() - motion.positions(), axis=-1)
    assert error.mean() < 0.02
    positions, _ = forward_kinematics(fitted.qpos)
    assert positions.shape == (60, 24, 3)


def test_a_number_that_is_lost_in_a_file_of_our_own_is_mended_as_in_any_other(tmp_path):
    qpos = np.repeat(pose("stand")[None], 12, axis=0)
    qpos[:, 1] -= np.linspace(0.0, 0.1, 12)
    save_motion(Motion(30.0, qpos), tmp_path / "lost.bvh")
    head, _, frames = (tmp_path / "lost.bvh").read_text().partition("Frame Time")
    rows = frames.splitlines()
    rows[6] = " ".join(
        "nan" if number == 3 else word for number, word in enumerate(rows[6].split())
    )
    (tmp_path / "lost.bvh").write_text(f"{head}Frame Time" + "\n".join(rows) + "\n")
    motion = load_motion(tmp_path / "lost.bvh")
    assert len(motion.qpos) == 12 and np.isfinite(motion.qpos).all()
    assert np.abs(motion.qpos[:, :2] - qpos[:, :2]).max() < 0.03
