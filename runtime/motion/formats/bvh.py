"""BVH files as they are: the hierarchy, the channels and the numbers, read strictly, and written.

Own code because no published reader fits: ``pybvh`` (the best kept) refuses
position channels on joints, which half of all exporters write, lets NaN
through and depends on matplotlib; ``bvhio`` fails with an IndexError on a
truncated file and computes in single precision; ``bvh`` checks nothing.
What a file means (metres, which way is up) is decided in ``clip.py``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import UserError
from .bvh_rows import parse_motion
from .bvh_text import Lines, decoded, numbers, on_lines, separated, shortened

_CHANNELS = {f"{axis}{kind}".lower() for axis in "XYZ" for kind in ("position", "rotation")}


_CHANNEL = re.compile(r"([xyz])_?(rot|pos)[a-z]*", re.IGNORECASE)
"""How programs spell them: ``Xrotation``, ``XROTATION``, ``x_rot``."""


@dataclass(frozen=True)
class BvhJoint:
    """One joint of a hierarchy; an end site is a joint without channels."""

    name: str
    parent: int
    """Index into the list of joints, -1 for a root; a parent always comes first."""
    offset: tuple[float, float, float]
    """From the parent, in the file's own units."""
    channels: tuple[str, ...]
    """Lower case, in the order of the columns: ``xposition``, ``zrotation``, ..."""


@dataclass(frozen=True)
class Bvh:
    """The content of a BVH file in its own units and its own axes."""

    joints: tuple[BvhJoint, ...]
    frame_time: float
    values: np.ndarray
    """(T, C): one column per channel, joints in order; angles in degrees. NaN where a program
    had no number."""
    notes: tuple[str, ...] = ()
    """What was read otherwise than it stands, a few words each."""

    @property
    def fps(self) -> float:
        """Frames per second, see ``stated_rate``; near a usual rate, that rate: files round."""
        fps, _ = stated_rate(self.frame_time)
        for usual in (round(fps), round(fps * 1.001) / 1.001):
            if usual and abs(fps / usual - 1) < 1e-4:
                return float(usual)
        return fps

    def local_transforms(self) -> tuple[np.ndarray, list[Rotation]]:
        """Translations (T, J, 3) and per joint T rotations, each relative to the parent."""
        frames = len(self.values)
        translations = np.tile(
            np.array([j.offset for j in self.joints], dtype=float), (frames, 1, 1)
        )
        rotations, column = [], 0
        for index, joint in enumerate(self.joints):
            block = self.values[:, column : column + len(joint.channels)]
            column += len(joint.channels)
            turns = [c for c, name in enumerate(joint.channels) if name.endswith("rotation")]
            moves = [c for c, name in enumerate(joint.channels) if name.endswith("position")]
            # A position stands instead of the offset, but some exporters write
            # zeros for joints and mean the offset alone.
            if joint.parent < 0 or block[:, moves].any():
                for c in moves:
                    translations[:, index, "xyz".index(joint.channels[c][0])] = block[:, c]
            if turns:
                # Columns in the order written turn one inside the other: intrinsic.
                order = "".join(joint.channels[c][0] for c in turns).upper()
                rotations.append(Rotation.from_euler(order, block[:, turns], degrees=True))
            else:
                rotations.append(Rotation.identity(frames))
        return translations, rotations


_USUAL = (24, 25, 30, 48, 50, 60, 72, 90, 100, 120, 144, 150, 200, 240, 250, 300, 480)
"""Rates that are captured and exported, frames a second."""
_SECONDS = (1 / 1000.5, 0.21)
"""Frame times that are seconds."""
_OTHER_UNITS = {"milliseconds": 1e-3, "microseconds": 1e-6, "ticks of 100 ns": 1e-7}
_ASSUMED = 30.0


def stated_rate(frame_time: float) -> tuple[float, str]:
    """Frames a second that a frame time means, and a few words where it is no time in seconds.

    Some programs write milliseconds, some the rate itself, some nothing that means anything.
    """
    if _SECONDS[0] <= frame_time <= _SECONDS[1]:
        return 1.0 / frame_time, ""
    if frame_time > 0:
        meant = [(frame_time, "the rate itself")]
        meant += [(1.0 / (frame_time * unit), name) for name, unit in _OTHER_UNITS.items()]
        off = [min(abs(rate / usual - 1) for usual in _USUAL) for rate, _ in meant]
        best = off.index(min(off))
        if off[best] < 0.005:
            rate, name = meant[best]
            return rate, f"frame time {frame_time:g} taken as {name}: {rate:.4g} frames a second"
    told = f"frame time {frame_time:g} cannot be" if frame_time else "no frame time told"
    return _ASSUMED, (
        f"{told}: {_ASSUMED:g} frames a second assumed; say the true rate (--source-fps)"
    )


def read_bvh(path: Path) -> Bvh:
    """Reads a BVH file strictly.

    Raises:
        UserError: naming the file, the line and what to do.
    """
    return parse_bvh(path.read_bytes(), path.name)


def parse_bvh(content: bytes, name: str) -> Bvh:
    """Parses the bytes of a BVH file; ``name`` is what errors call it."""
    if not content.strip():
        raise UserError(f"'{name}' is empty; export it again.")
    if content.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise UserError(f"'{name}' is packed; unpack it and choose the file in it.")
    lines = Lines(on_lines(decoded(content)), name)
    joints = _parse_hierarchy(lines)
    frame_time, values, notes = parse_motion(lines, sum(len(joint.channels) for joint in joints))
    return Bvh(tuple(joints), frame_time, values, notes)


def _parse_hierarchy(lines: Lines) -> list[BvhJoint]:
    joints: list[BvhJoint] = []
    ends: set[int] = set()
    open_joints: list[int] = []
    while True:
        line = lines.next("the MOTION part")
        word, rest = (*line.split(None, 1), "")[:2]
        word = "END" if word.upper() in ("ENDSITE", "END_SITE") else word.upper()
        if word == "MOTION" and not open_joints:
            break
        if word == "}" and open_joints:
            open_joints.pop()
        elif word in ("ROOT", "JOINT", "END"):
            if (word == "ROOT") == bool(open_joints):
                raise lines.error(f"'{line}' stands where it cannot")
            parent = open_joints[-1] if open_joints else -1
            if word == "END":
                if parent < 0 or parent in ends:
                    raise lines.error("an end site belongs to no joint")
                name = f"{joints[parent].name}_end"
            else:
                name = rest.strip()
                if not name:
                    raise lines.error("a joint has no name")
            if word == "END":
                ends.add(len(joints))
            joints.append(_parse_joint(lines, name, parent, word == "END"))
            open_joints.append(len(joints) - 1)
        elif (
            word == "CHANNELS"
            and rest.split() == ["0"]
            and open_joints[-1:]
            and open_joints[-1] in ends
        ):
            continue  # an end site that says that it has none
        else:
            raise lines.error(f"'{shortened(line)}' is not expected here")
    if not any(joint.channels for joint in joints):
        raise lines.error("the hierarchy has no joint that moves")
    return _with_unique_names(joints)


def _parse_joint(lines: Lines, name: str, parent: int, end: bool) -> BvhJoint:
    if lines.next("'{'") != "{":
        raise lines.error(f"'{{' is missing after joint '{name}'")
    words = separated(lines.next("OFFSET")).split()
    if len(words) != 4 or words[0].upper() != "OFFSET":
        raise lines.error(f"joint '{name}' needs OFFSET and three numbers")
    offset = numbers(lines, words[1:], lines.number)
    if end:
        return BvhJoint(name, parent, (offset[0], offset[1], offset[2]), ())
    words = lines.next("CHANNELS").split()
    channels = tuple(_channel(word) for word in words[2:])
    if words[0].upper() != "CHANNELS" or len(words) < 2 or not words[1].isdecimal():
        raise lines.error(f"joint '{name}' needs CHANNELS and their number")
    if len(channels) != int(words[1]):
        raise lines.error(f"joint '{name}' announces {words[1]} channels and names {len(channels)}")
    wrong = [
        word for word, channel in zip(words[2:], channels, strict=True) if channel not in _CHANNELS
    ]
    if wrong or len(set(channels)) != len(channels):
        raise lines.error(f"joint '{name}' has channels that do not exist or come twice")
    return BvhJoint(name, parent, (offset[0], offset[1], offset[2]), channels)


def _channel(word: str) -> str:
    spelled = _CHANNEL.fullmatch(word)
    if spelled is None:
        return word.lower()
    return spelled[1].lower() + {"rot": "rotation", "pos": "position"}[spelled[2].lower()]


def _with_unique_names(joints: Sequence[BvhJoint]) -> list[BvhJoint]:
    """Names told apart by a number, as in ``foot``, ``foot.2``: maps go by name."""
    seen: dict[str, int] = {}
    result = []
    for joint in joints:
        count = seen[joint.name] = seen.get(joint.name, 0) + 1
        name = joint.name if count == 1 else f"{joint.name}.{count}"
        result.append(BvhJoint(name, joint.parent, joint.offset, joint.channels))
    return result


def format_bvh(bvh: Bvh) -> str:
    """The text of a BVH file: 9 decimals, which is less than 1e-9 m of error on a person."""
    children: dict[int, list[int]] = {}
    for index, joint in enumerate(bvh.joints):
        children.setdefault(joint.parent, []).append(index)
    spelled = {channel: channel[0].upper() + channel[1:] for channel in _CHANNELS}
    lines = ["HIERARCHY"]

    def describe(index: int, depth: int) -> None:
        joint, indent = bvh.joints[index], "\t" * depth
        if joint.channels:
            lines.append(f"{indent}{'JOINT' if depth else 'ROOT'} {joint.name}")
        else:
            lines.append(f"{indent}End Site")
        lines.append(f"{indent}{{")
        lines.append(f"{indent}\tOFFSET " + " ".join(f"{x:.9f}" for x in joint.offset))
        if joint.channels:
            names = " ".join(spelled[channel] for channel in joint.channels)
            lines.append(f"{indent}\tCHANNELS {len(joint.channels)} {names}")
        for child in children.get(index, []):
            describe(child, depth + 1)
        lines.append(f"{indent}}}")

    for root in children[-1]:
        describe(root, 0)
    lines += ["MOTION", f"Frames: {len(bvh.values)}", f"Frame Time: {bvh.frame_time:.12f}"]
    lines += [" ".join(f"{value:.9f}" for value in row) for row in bvh.values]
    return "\n".join(lines) + "\n"
