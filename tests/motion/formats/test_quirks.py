"""Many ways in which programs write the same walk; ``quirks/README.md`` says whose."""

from pathlib import Path

import numpy as np
import pytest
from walkers import walk

from runtime.motion.formats.bvh import Bvh
from runtime.motion.formats.clip import clip_from_bvh, read_clip

QUIRKS = sorted((Path(__file__).parent / "quirks").glob("*.bvh"))
FRAMES = 24


def test_every_quirk_says_whose_it_is():
    told = (Path(__file__).parent / "quirks" / "README.md").read_text(encoding="utf-8")
    assert len(QUIRKS) >= 68
    assert [path.name for path in QUIRKS if f"`{path.name}`" not in told] == []


@pytest.mark.parametrize("path", QUIRKS, ids=lambda path: path.stem)
def test_the_walk_is_the_same(path):
    clip = read_clip(path)
    assert clip.frames == FRAMES and clip.fps == pytest.approx(30, abs=0.01)
    assert set(clip.bones.missing) == {"left_hand", "right_hand"}
    plain = clip_from_bvh(Bvh(walk().joints, 1 / 30, walk().values[:FRAMES]), "walk")
    own = {joint: clip.names.index(bone) for joint, bone in clip.bones.joints.items()}
    usual = {joint: plain.names.index(bone) for joint, bone in plain.bones.joints.items()}
    joints = sorted(own)
    got = clip.positions[:, [own[joint] for joint in joints]]
    asked = plain.positions[:, [usual[joint] for joint in joints]]
    if path.stem == "root_without_positions":
        assert "no translation" in clip.notes[-1]
        got, asked = got - got[:, :1], asked - asked[:, :1]
    # Wherever it is in the world.
    off = (got - got[0].mean(axis=0)) - (asked - asked[0].mean(axis=0))
    assert np.abs(off).max() < 0.006
