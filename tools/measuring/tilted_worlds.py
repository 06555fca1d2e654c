"""Measures what becomes of recordings whose world leans: levelled, told, or left.

    python tools/measuring/tilted_worlds.py ../shared/mocap
    python tools/measuring/tilted_worlds.py ../shared/mocap --clips 20 --seconds 4 --degrees 0 6 9 12

Clips are chosen by hash and cut to their first seconds; each is turned by so many degrees about an
axis on the floor that its name says. ``levelled``: what is left is under 4 degrees; ``told``: more
is left, and a warning says so when the clip is fitted; ``untold``: nothing says it. Level ones (0)
count as told where something warns of a tilt there is not.
"""

import argparse
import hashlib
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from scipy.spatial.transform import Rotation

from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.formats.bvh import Bvh, read_bvh
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.sources.skeleton import SkeletonClip

LEVEL_DEG = 4.0
"""As much is how bodies are built, and nothing takes it out."""
WORDS = ("--up",)
"""What a warning says that asks for the direction of up."""


def turned(bvh: Bvh, turn: Rotation) -> Bvh:
    """The same, all of its world turned."""
    channels, values = bvh.joints[0].channels, bvh.values.copy()
    place = [channels.index(f"{axis}position") for axis in "xyz"]
    angles = [k for k, channel in enumerate(channels) if channel.endswith("rotation")]
    order = "".join(channels[k][0] for k in angles).upper()
    values[:, place] = turn.apply(values[:, place])
    own = Rotation.from_euler(order, values[:, angles], degrees=True)
    values[:, angles] = (turn * own).as_euler(order, degrees=True)
    return replace(bvh, values=values)


def left_over(found: SkeletonClip, level: SkeletonClip) -> float:
    """Degrees between their upward directions."""
    last = min(found.frames, level.frames) - 1
    both, _ = Rotation.align_vectors(
        found.positions[last // 2] - found.positions[last // 2, 0],
        level.positions[last // 2] - level.positions[last // 2, 0],
    )
    return float(np.degrees(np.arccos(np.clip(both.apply([0.0, 0.0, 1.0])[2], -1, 1))))


def outcome(bvh: Bvh, name: str, degrees: float) -> str:
    """``levelled``, ``told`` or ``untold``."""
    number = int(hashlib.sha1(name.encode()).hexdigest()[:8], 16)
    about = 2 * np.pi * (number % 360) / 360
    axis = np.array([np.cos(about), 0.0, np.sin(about)])
    level = clip_from_bvh(bvh, name)
    found = clip_from_bvh(turned(bvh, Rotation.from_rotvec(np.radians(degrees) * axis)), name)
    straight = left_over(found, level) < LEVEL_DEG
    if straight and degrees:
        return "levelled"
    warnings = fit_to_body(found).motion.metadata.get("warnings", [])
    told = any(word in warning for warning in warnings for word in WORDS)
    return "told" if told else "levelled" if straight else "untold"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="recordings (.bvh)")
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--degrees", type=float, nargs="+", default=[0.0, 6.0, 9.0, 12.0])
    args = parser.parse_args()
    files = sorted(
        args.folder.rglob("*.bvh"), key=lambda path: hashlib.sha1(path.name.encode()).hexdigest()
    )
    counts = {degrees: {"levelled": 0, "told": 0, "untold": 0} for degrees in args.degrees}
    for path in files[: args.clips]:
        bvh = read_bvh(path)
        bvh = replace(bvh, values=bvh.values[: round(args.seconds / bvh.frame_time)])
        said = [outcome(bvh, path.stem, degrees) for degrees in args.degrees]
        for degrees, word in zip(args.degrees, said, strict=True):
            counts[degrees][word] += 1
        print(f"{path.stem:32}", *(f"{word:9}" for word in said), flush=True)
    for degrees, words in counts.items():
        print(f"{degrees:5.1f} degrees:", ", ".join(f"{n} {word}" for word, n in words.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
