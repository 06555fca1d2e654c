"""A kind of prompt is a class and a planner: nobody else asks what kind it is."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from runtime.body.size import BodySize
from runtime.motion.motion import Motion
from runtime.motion.poses import pose
from runtime.planning.kinds.planner import PromptPlanner
from runtime.planning.kinds.registry import PLANNERS
from runtime.planning.reference import build_reference
from runtime.planning.sequence import append
from runtime.prompts import MotionPrompt, PosePrompt, Timeline
from runtime.prompts.kinds import KINDS, Prompt
from runtime.prompts.sized import in_own_lengths


@dataclass(frozen=True)
class Nod(Prompt):
    """A kind nobody has heard of: the head goes down and comes up."""

    kind: ClassVar[str] = "nod"
    form: ClassVar[str] = "degrees"

    degrees: float = 20.0

    @classmethod
    def from_fields(cls, fields, folder):
        return cls(**fields)


class NodPlanner(PromptPlanner[Nod]):
    def lay(self, qpos, read, rng):
        prompt = read.prompt
        frames = np.repeat(qpos[-1:], prompt.end - prompt.start + 1, axis=0)
        bell = np.sin(np.linspace(0, np.pi, len(frames)))
        frames[:, 7 + 3 * 12] += np.radians(prompt.degrees) * bell
        return append(qpos, prompt, frames), {"prompt": prompt.name, "label": "nods"}

    def tightness(self, prompt, frames):
        return np.full(frames, 0.7)


@pytest.fixture
def nod(monkeypatch):
    monkeypatch.setitem(KINDS, "nod", Nod)
    monkeypatch.setitem(PLANNERS, "nod", NodPlanner())


def test_a_new_kind_is_written_read_and_planned_once_it_is_registered(nod):
    stand = tuple(pose("stand"))
    timeline = Timeline((PosePrompt(0, 29, pose=stand), Nod(30, 59, "Yes", degrees=25.0)))
    again = Timeline.from_dict(timeline.to_dict())
    assert again == timeline
    reference = build_reference(again)
    assert reference.choices == ({"prompt": "Yes", "label": "nods"},)
    bent = np.abs(reference.motion.qpos[30:60] - reference.motion.qpos[29])[:, 7:].max(axis=0)
    assert np.degrees(bent[3 * 12]) > 20.0
    np.testing.assert_array_equal(reference.tightness[30:60], 0.7)
    child = replace(timeline, body=BodySize(1.4, 30.0))
    assert in_own_lengths(child).prompts[1] == timeline.prompts[1]
    np.testing.assert_array_equal(reference.tightness[:30], 1.0)
    assert list(reference.keyed) == [29] and reference.followed == ()


def test_every_kind_has_its_planner():
    assert PLANNERS.keys() == KINDS.keys()


def test_what_prompts_ask_for_is_kept_by_frame():
    """Recordings are asked for in all frames, keys in theirs, a pose in its last."""
    still = Motion(30.0, np.repeat(pose("stand")[None], 40, axis=0))
    prompts = (
        MotionPrompt(0, 19, source=still, placement="world"),
        MotionPrompt(20, 49, source=still, keyframes=(5, 25), holds=((5, 1.0, 2.0),)),
        PosePrompt(50, 79, pose=tuple(pose("crouch")), tolerance_cm=2.0),
    )
    reference = build_reference(Timeline(prompts))
    assert set(reference.asked) == {*range(20), 25, 45, 79}
    assert set(reference.keyed) == {79} and reference.tolerances_cm == {79: 2.0}
    assert [followed.start for followed in reference.followed] == [0, 20]
    assert len(reference.followed[0].qpos) == 20 and not len(reference.followed[1].qpos)
    assert reference.prices[0] == pytest.approx(1.0)
    assert reference.prices[25] == reference.prices[20] > reference.prices[45] > 1.0
    assert reference.prices[60] == pytest.approx(4.0)
    assert reference.tightness[25] == pytest.approx(1.0) and reference.tightness[35] < 0.01
