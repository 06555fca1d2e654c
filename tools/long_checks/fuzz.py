"""Throws damaged input at everything that reads some, for as long as is asked.

    python tools/long_checks/fuzz.py --seconds 3600 --seed 1     seconds of CPU, over all runs together

Stopped by Ctrl-C, a signal or a restart it goes on where it was; --anew begins again.

The protocol, motion files (BVH of the body and of other skeletons, AMASS, own ones),
expressions, timelines, scenes and bone maps get valid input with bytes changed, cut,
doubled and swapped; expressions are made up, too. Each may refuse it in its own words
and nothing else: any other error ends the run, names the seed and keeps the input.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tools" / "long_checks")]

from collected import STATE, Collected  # noqa: E402

from runtime.errors import UserError  # noqa: E402
from runtime.motion import Motion, load_motion, save_motion  # noqa: E402
from runtime.motion.poses import pose  # noqa: E402
from runtime.progress import silent  # noqa: E402
from runtime.prompts import Timeline, parse_reward  # noqa: E402
from runtime.prompts.rewards.expressions import FUNCTIONS  # noqa: E402
from runtime.prompts.rewards.quantities import QUANTITIES  # noqa: E402
from runtime.prompts.tasks import STANDARD_TASKS  # noqa: E402
from runtime.scene.files import scene_from_dict  # noqa: E402
from runtime.skeletons.bone_map import RigMap, RigRow  # noqa: E402
from runtime.worker.codec import CodecError, Decoder, encode  # noqa: E402
from runtime.worker.handlers import inspect_motion  # noqa: E402

PART_SECONDS = 5.0
"""Of CPU between two times that what was done is written down."""
TOLD = 12
"""Parts between two times that it is told."""
QUIRKS = ROOT / "tests" / "motion" / "quirks"
Target = tuple[bytes, Callable[[bytes], object], tuple[type[Exception], ...]]
WORDS = (b"0", b"-1", b"1e999", b"nan", b"(", b")", b"*", b"{", b"}", b"[", b'"', b"\n", b"\x00")
"""What breaks readers more often than random bytes do."""


def damaged(data: bytes, rng: random.Random) -> bytes:
    """``data`` after one to eight accidents."""
    result = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(result) + 1)
        length = min(rng.choice((1, 1, 2, 8, 64)), len(result) - at)
        accident = rng.randrange(5)
        if accident == 0:
            result[at : at + length] = rng.randbytes(length)
        elif accident == 1:
            del result[at : at + length]
        elif accident == 2:
            result[at:at] = result[at : at + length]
        elif accident == 3:
            result[at : at + length] = rng.choice(WORDS)
        elif rng.random() < 0.2:
            del result[at:]
    return bytes(result)


def targets(folder: Path) -> dict[str, Target]:
    """Name -> valid input, what reads it, and how it may refuse."""
    motion = Motion(30.0, np.repeat(pose("stand")[None], 4, axis=0), metadata={"seed": 1})
    result: dict[str, Target] = {}
    for suffix in (".bvh", ".npz"):
        path = folder / f"valid{suffix}"
        save_motion(motion, path)
        result[f"motion {suffix}"] = (path.read_bytes(), _reads(folder, suffix), (UserError,))
    message = {"kind": "generate", "n": [1, 2.5, None], "qpos": motion.qpos}
    result["protocol"] = (encode(message), lambda data: Decoder().feed(data), (CodecError,))
    result["expression"] = (
        b"0.5 * move-ego-0-2 + 0.5 * above(left_hand_height, 1.8, 0.2) * jump-high",
        lambda data: parse_reward(data.decode("utf-8", "replace")),
        (UserError,),
    )
    timeline = {
        "fps": 30,
        "prompts": [
            {"kind": "pose", "start": 0, "end": 9, "pose": pose("stand").round(3).tolist()},
            {"kind": "behaviour", "start": 5, "end": 30, "rewards": [["move-ego-0-2", 1.0]]},
            {"kind": "path", "start": 31, "end": 90, "points": [[0, 0], [1, 2]], "speed": 1.3},
        ],
    }
    result["timeline"] = (
        json.dumps(timeline).encode(),
        lambda data: Timeline.from_json(data.decode("utf-8", "replace")),
        (UserError,),
    )
    scene = {
        "world": {"gravity": [0, 0, -9.81], "wind": [1, 0, 0]},
        "objects": [{"name": "Step", "shape": "box", "size": [1, 2, 0.2], "position": [2, 0, 0.1]}],
        "pushes": [{"frame": 20, "body": "Chest", "impulse": [40, 0, 0], "seconds": 0.2}],
    }
    scene_from_dict(scene)
    result["scene"] = (json.dumps(scene).encode(), _reads_scene, (UserError,))
    rig_map = recognise_example()
    result["bone map"] = (
        rig_map.to_json().encode(),
        lambda data: RigMap.from_json(data.decode("utf-8", "replace")),
        (UserError,),
    )
    amass = folder / "valid-amass.npz"
    np.savez(amass, poses=np.zeros((4, 156)), trans=np.zeros((4, 3)), mocap_framerate=30.0)
    result["AMASS"] = (amass.read_bytes(), _inspects(folder, ".npz"), (UserError,))
    for path in sorted(QUIRKS.glob("*.bvh"))[::5]:
        result[path.stem] = (path.read_bytes(), _inspects(folder, ".bvh"), (UserError,))
    return result


def recognise_example() -> RigMap:
    """A bone map as the panel saves one."""
    rows = tuple(
        RigRow(f"{side}_{part}", f"{part}.{side[0].upper()}", "name")
        for side in ("left", "right")
        for part in ("thigh", "shin", "foot")
    )
    return RigMap("Example", 0.9, rows)


def made_up(rng: random.Random, depth: int = 0) -> str:
    """An expression of the words there are, mostly one that nobody means."""
    names = (*list(STANDARD_TASKS)[::4], *QUANTITIES, "1", "-0.5", "1e9")
    if depth > 4 or rng.random() < 0.3:
        return rng.choice(names)
    if rng.random() < 0.5:
        sign = rng.choice(("+", "-", "*", "/", "**", ",", "<"))
        return f"{made_up(rng, depth + 1)} {sign} {made_up(rng, depth + 1)}"
    inner = ", ".join(made_up(rng, depth + 1) for _ in range(rng.randint(0, 3)))
    return f"{rng.choice((*FUNCTIONS, 'eval', ''))}({inner})"


def _reads_scene(data: bytes) -> object:
    try:
        plain = json.loads(data.decode("utf-8", "replace"))
    except ValueError as error:
        raise UserError("This is no JSON.") from error
    return scene_from_dict(plain)


def _inspects(folder: Path, suffix: str) -> Callable[[bytes], object]:
    path = folder / f"inspected{suffix}"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return inspect_motion({"path": str(path)}, silent)

    return read


def _reads(folder: Path, suffix: str) -> Callable[[bytes], object]:
    path = folder / f"damaged{suffix}"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return load_motion(path)

    return read


def throw(chosen: dict[str, Target], rng: random.Random, out: Path, where: str) -> str:
    """One damaged input to one of the targets, whose name is returned; any other error is raised."""
    name = rng.choice(list(chosen))
    valid, read, allowed = chosen[name]
    data = damaged(valid, rng)
    if name == "expression" and rng.random() < 0.5:
        data = made_up(rng).encode()
    try:
        read(data)
    except allowed:
        pass
    except Exception:
        out.mkdir(parents=True, exist_ok=True)
        kept = out / f"{name.replace(' ', '_')}-{where}"
        kept.write_bytes(data)
        print(f"{name} did not refuse in its own words; the input is {kept}")
        raise
    return name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600.0, help="of CPU (default an hour)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "fuzz", help="for what it finds")
    parser.add_argument("--state", type=Path, default=STATE, help="folder of what was done so far")
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs did")
    arguments = parser.parse_args()
    so_far = Collected(
        arguments.state / f"fuzz-seed{arguments.seed}.json",
        {"seconds": 0.0, "parts": 0, "tried": {}},
        arguments.anew,
    )
    values, tried = so_far.values, so_far.values["tried"]
    before = time.process_time()
    with tempfile.TemporaryDirectory(prefix="motivo-fuzz-") as folder:
        chosen = targets(Path(folder))
        while values["seconds"] < arguments.seconds:
            # Each part has a seed of its own, so that a run which goes on repeats nothing.
            where = f"seed{arguments.seed}-part{values['parts']}"
            rng = random.Random(where)
            part = min(PART_SECONDS, arguments.seconds - values["seconds"])
            while time.process_time() - before < part:
                name = throw(chosen, rng, arguments.out, where)
                tried[name] = tried.get(name, 0) + 1
            now = time.process_time()
            values["seconds"] += now - before
            before = now
            values["parts"] += 1
            so_far.save()
            if values["parts"] % TOLD == 0:
                print(f"{values['seconds']:.0f} of {arguments.seconds:.0f} s", flush=True)
    told = ", ".join(f"{name} {count}" for name, count in sorted(tried.items()))
    print(f"{values['seconds']:.0f} s of CPU, {sum(tried.values())} inputs: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
