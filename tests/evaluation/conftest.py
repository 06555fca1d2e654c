"""A small random model, states to infer rewards from, and a motion to track."""

from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="session")
def checkpoint():
    return GOLDEN / "model_simple"


@pytest.fixture(scope="session")
def model(checkpoint):
    from runtime.policy import FBcprModel

    return FBcprModel.load(checkpoint)


@pytest.fixture(scope="session")
def transitions():
    """280 states with the controls that led to them."""
    rewards = np.load(GOLDEN / "rewards.npz")
    return {
        "next_qpos": rewards["qpos"],
        "next_qvel": rewards["qvel"],
        "action": rewards["ctrl"],
    }


@pytest.fixture(scope="session")
def buffer_file(transitions, tmp_path_factory):
    """The same as a file in the published layout."""
    import h5py

    path = tmp_path_factory.mktemp("buffer") / "buffer.hdf5"
    with h5py.File(path, "w") as file:
        for name, values in transitions.items():
            file[name] = values
    return path


@pytest.fixture(scope="session")
def motion_folder(tmp_path_factory):
    """Two motion files of 20 simulated frames each, and the list of them."""
    import mujoco

    from runtime.body import build_model
    from runtime.motion import Motion, save_motion
    from runtime.simulation import control_step, reset

    folder = tmp_path_factory.mktemp("motions")
    body = build_model()
    data = mujoco.MjData(body)
    for number in range(2):
        reset(body, data)
        rng = np.random.default_rng(number)
        qpos, qvel = [data.qpos.copy()], [data.qvel.copy()]
        for _ in range(19 + 6 * number):
            control_step(body, data, rng.uniform(-0.3, 0.3, 69))
            qpos.append(data.qpos.copy())
            qvel.append(data.qvel.copy())
        motion = Motion(30.0, np.array(qpos), np.array(qvel))
        save_motion(motion, folder / f"shake_{number}.hdf5")
    (folder / "all.txt").write_text("shake_0.hdf5\nshake_1.hdf5\n")
    return folder
