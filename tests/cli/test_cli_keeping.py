"""Ctrl-C keeps the best so far once there is something to keep, and says so."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runtime.cli.terminal.progress import KEEPING, ProgressBar
from runtime.motion import load_motion
from runtime.motion.poses import pose
from runtime.progress import Better

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


def test_ctrl_c_keeps_only_what_there_is(capsys):
    before = signal.getsignal(signal.SIGINT)  # ignored, where tests run in the background
    bar = ProgressBar()
    with bar.keeping():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert not bar(0.1, "Performing", np.zeros((3, 76)))
        bar(0.2, "Performing", Better(np.zeros((3, 76))))
        signal.raise_signal(signal.SIGINT)
        assert bar(0.3, "Performing")
        assert KEEPING in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupted_performance_is_a_take_that_says_so(tmp_path):
    crouch, stand = pose("crouch").tolist(), pose("stand").tolist()
    prompts = [
        {"kind": "pose", "start": 0, "end": 30, "pose": stand},
        {"kind": "pose", "start": 31, "end": 44, "pose": crouch},
    ]
    (tmp_path / "prompts.json").write_text(json.dumps({"prompts": prompts}))
    # In the process itself: a signal from outside would have to guess when there is something.
    script = (
        "import signal, sys\n"
        "from runtime.__main__ import main\n"
        "from runtime.performance.keeping import Watch\n"
        "told = Watch.__call__\n"
        "def once(self, position, best):\n"
        "    Watch.__call__ = told\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    return told(self, position, best)\n"
        "Watch.__call__ = once\n"
        "sys.exit(main(['generate', 'prompts.json', '--controller', 'servo', '--out', 'take.npz']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert KEEPING in done.stderr and "Traceback" not in done.stderr
    assert "Stopped before its end" in done.stdout
    take = load_motion(tmp_path / "take.npz")
    assert take.frames == 45 and take.metadata["stopped"]
