"""A worker that can be asked for what the real one hopefully never does."""

import ctypes
import os
import subprocess
import sys
import time

import numpy as np

from runtime.errors import UserError
from runtime.progress import Better
from runtime.worker.channel import Channel
from runtime.worker.server import serve


def count(payload, progress):
    """Preview frames in pieces of three, whose first number is the frame's own."""
    frames = payload["frames"]
    for start in range(0, frames, 3):
        piece = np.zeros((min(3, frames - start), 76))
        piece[:, 0] = start + np.arange(len(piece))
        progress(start / frames, f"frame {start}", piece)
        time.sleep(payload.get("pause", 0.0))
    return {"frames": frames}


def improve(payload, progress):
    """Ever better versions of ten frames, until somebody has enough."""
    for version in range(payload["versions"]):
        frames = np.full((10, 76), float(version))
        if progress(version / payload["versions"], f"version {version}", Better(frames, 5)):
            return {"version": version, "kept": True}
        time.sleep(payload.get("pause", 0.0))
    return {"version": payload["versions"], "kept": False}


def large(payload, progress):
    return {"data": np.arange(payload["count"], dtype=np.float64)}


def total(payload, progress):
    return {"sum": float(payload["data"].sum()), "shape": list(payload["data"].shape)}


def chatter(payload, progress):
    """Prints by every way there is, then answers."""
    print("from print")  # noqa: T201
    sys.stdout.write("from sys.stdout")
    os.write(1, b"from descriptor 1\n")
    subprocess.run(["echo", "from a child"], check=True)
    libc = ctypes.CDLL(None)
    libc.puts(b"from C")
    libc.fflush(None)
    return {"read": sys.stdin.read()}


def deaf(payload, progress):
    """Never calls progress."""
    progress(0.0, "begun")
    time.sleep(60)
    return {}


def refuse(payload, progress):
    raise UserError("The path ends on the ceiling; lower it.", "for the log")


def stumble(payload, progress):
    raise payload_error(payload["error"])


def payload_error(name):
    return {
        "memory": MemoryError(),
        "import": ModuleNotFoundError("No module named 'mujoco'", name="mujoco"),
        "file": FileNotFoundError(2, "No such file or directory", "walk.bvh"),
        "bug": RuntimeError("the inner workings"),
    }[name]


def unsendable(payload, progress):
    return {"object": object()}


def crash(payload, progress):
    sys.stderr.write("last words\n")
    os.abort()


def babble(payload, progress):
    """Writes to the pipe itself, past the messages."""
    os.write(CHANNEL._writer, b"Hello, I am no message")
    time.sleep(60)
    return {}


CHANNEL = Channel.claim()
HANDLERS = (count, improve, large, total, chatter, deaf, refuse, stumble, unsendable, crash, babble)
serve({handler.__name__: handler for handler in HANDLERS}, CHANNEL)
