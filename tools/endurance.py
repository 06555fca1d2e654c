"""Generates again and again with one worker, and kills it at random moments.

    python tools/endurance.py --generations 200 --kills 50

Prints the worker's memory after a tenth of the generations and at the end, and fails
if it grew by more than a tenth, if a take differs from the first, or if a killed
worker is not told and replaced. Needs Linux, where /proc tells the memory.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from runtime.motion.poses import pose  # noqa: E402
from runtime.prompts import PosePrompt, Timeline  # noqa: E402
from runtime.worker.client import Event, WorkerClient  # noqa: E402

ALLOWED_GROWTH = 1.1
_MB = 1 << 20


def ended(client: WorkerClient, request: int, kill_after: float | None = None) -> Event:
    """The event that ends a request; the worker is killed after some seconds if asked for."""
    began = time.monotonic()
    while True:
        for event in client.poll():
            if event.request == request and event.kind in ("result", "error", "exit"):
                return event
        if kill_after is not None and time.monotonic() - began > kill_after and client.hello:
            os.kill(client.hello["pid"], signal.SIGKILL)
            kill_after = None
        time.sleep(0.005)


def memory(client: WorkerClient) -> int:
    """Bytes of the worker that are in memory."""
    assert client.hello is not None
    pages = Path(f"/proc/{client.hello['pid']}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generations", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    crouch = PosePrompt(0, 45, "Crouch", tuple(pose("crouch").tolist()))
    stand = PosePrompt(46, 89, "Stand", tuple(pose("stand").tolist()))
    asked: dict[str, Any] = {"timeline": Timeline((crouch, stand)).to_dict(), "settings": {}}
    with tempfile.TemporaryDirectory(prefix="motivo-endurance-") as folder:
        client = WorkerClient(sys.executable, [], Path(folder) / "worker.log")
        try:
            first = None
            early = 0
            for number in range(arguments.generations):
                event = ended(client, client.request("generate", asked))
                if event.kind != "result":
                    raise SystemExit(f"Generation {number + 1} failed: {event.payload}")
                qpos = event.payload["motions"][0]["qpos"]
                first = qpos if first is None else first
                if not np.array_equal(first, qpos):
                    raise SystemExit(f"Generation {number + 1} differs from the first.")
                if number == arguments.generations // 10:
                    early = memory(client)
            late = memory(client)
            print(f"worker: {early / _MB:.0f} MB early, {late / _MB:.0f} MB at the end")
            if late > ALLOWED_GROWTH * early:
                raise SystemExit("The worker's memory grew.")
            told = 0
            for number in range(arguments.kills):
                request = client.request("generate", asked)
                event = ended(client, request, rng.uniform(0.0, 1.5))
                told += event.kind == "exit"
                if event.kind == "error":
                    raise SystemExit(f"Kill {number + 1} was told as an error: {event.payload}")
            event = ended(client, client.request("generate", asked))
            assert first is not None and event.payload is not None
            if not np.array_equal(first, event.payload["motions"][0]["qpos"]):
                raise SystemExit("After the kills another motion came out.")
            print(f"killed while working {told} times of {arguments.kills}; works as before")
        finally:
            client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
