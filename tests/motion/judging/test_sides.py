"""Files that were mirrored, or whose sides are named the wrong way round, are told."""

from dataclasses import replace

import numpy as np
import pytest
from walkers import walk

from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.formats.bvh import Bvh
from runtime.motion.formats.clip import clip_from_bvh
from runtime.motion.judging.sides import sides_swapped

SHORT = replace(walk(), values=walk().values[:20])
OTHER = {"Left": "Right", "Right": "Left"}


def swapped(name: str) -> str:
    side = next((side for side in OTHER if name.startswith(side)), "")
    return OTHER[side] + name.removeprefix(side) if side else name


def misnamed() -> Bvh:
    return replace(SHORT, joints=tuple(replace(j, name=swapped(j.name)) for j in SHORT.joints))


def test_names_of_the_other_side_are_told_with_the_result():
    clip = clip_from_bvh(misnamed(), "walk")
    warnings = fit_to_body(clip).motion.metadata["warnings"]
    assert any("what its names call left lies on its right" in warning for warning in warnings)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_mirrored_walk_is_told_and_a_plain_one_is_not(mirrored):
    clip = clip_from_bvh(SHORT, "walk")
    if mirrored:
        clip = replace(clip, positions=clip.positions * np.array([-1.0, 1.0, 1.0]))
    assert bool(sides_swapped(clip)) == mirrored


def test_who_lies_on_their_back_has_their_sides():
    clip = clip_from_bvh(SHORT, "walk")
    lying = np.stack([clip.positions[..., 0], clip.positions[..., 2], clip.positions[..., 1]], -1)
    assert sides_swapped(replace(clip, positions=lying * np.array([1.0, 1.0, -1.0]))) == []
