"""Stages of a take, each performed by itself: what is thrown away of them, told and shown."""

from dataclasses import replace

import numpy as np
import pytest

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.generation import GenerationSettings, following, generate
from runtime.generation.parts import cut_to
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.performance.draft.rollout import Rollout
from runtime.performance.keeping import as_record
from runtime.performance.windows import joined
from runtime.progress import Better
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Scene, World, scene_from_dict
from runtime.scene.description import WorldKey

STAND = pose("stand")
BLOWS = tuple((frame, "Chest", 5.0, 0.0, 0.0) for frame in (8, 12, 18))
SETTINGS = GenerationSettings(controller="servo", quality="physical", pushes=BLOWS)


def timeline(scene: Scene) -> Timeline:
    standing = Motion(30, np.repeat(STAND[None], 25, axis=0))
    return Timeline((MotionPrompt(0, 24, "stand", standing, "world"),), scene)


def picked_up() -> Scene:
    """A ball that is in the hand from frame 8 to 16."""
    hand = forward_kinematics(STAND[None])[0][0, BODY_NAMES.index("R_Hand")]
    ball = {"name": "ball", "shape": "sphere", "radius": 0.08, "mass": 2.0}
    place = {"position": (hand - [0, 0, 0.22]).tolist(), "held_by": ["R_Hand"]}
    return scene_from_dict({"objects": [{**ball, **place, "from": 8, "to": 16}]})


class FromDraft:
    """In the optimiser's place: the draft, of which nothing better was found and no push done."""

    asked: list

    def __init__(self, body, settings):
        pass

    def perform(self, qpos, qvel, draft, weights, pushes, progress, fallback, at, **_):
        self.asked.append((at, [push.frame for push in pushes]))
        last = at + len(qpos) - 1
        left_out = tuple(at + push.frame for push in pushes)
        return replace(joined([fallback]), drafted=((at + 4, last),), unpushed=left_out)


@pytest.fixture(scope="module")
def told():
    """A take of three stages, and what was asked, shown, found and measured on the way."""
    kept = {"asked": [], "shown": [], "found": [], "gravity": []}
    measure = following.physics_measures

    def progress(fraction, text="", preview=None):
        if preview is not None:
            kept["shown"].append(preview.start if isinstance(preview, Better) else "piece")

    def measures(motion, performed, ground, gravity):
        kept["gravity"].append(gravity)
        return measure(motion, performed, ground, gravity)

    keyed = World(keys=(WorldKey(0, (0.0, 0.0, -5.0), (0.0, 0.0, 0.0)),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FromDraft, "asked", kept["asked"], raising=False)
        patch.setattr(following, "Performer", FromDraft)
        patch.setattr(following, "after_pushes", lambda *a: kept["found"].append(a) or [])
        patch.setattr(following, "physics_measures", measures)
        scene = replace(picked_up(), world=keyed)
        (kept["take"],) = generate(timeline(scene), SETTINGS, progress)
    return kept


def test_what_is_thrown_away_is_neither_pushed_nor_told(told):
    # A push at the frame where a stage ends is the next one's, as are those behind it.
    assert told["asked"] == [(0, []), (8, [0, 4]), (16, [2])]
    assert told["take"].metadata["drafted"] == [[4, 8], [12, 16], [20, 24]]
    assert told["take"].metadata["pushes_left_out"] == [8, 12, 18]


def test_remarks_are_cut_with_the_frames():
    qpos, held = np.repeat(STAND[None], 25, axis=0), np.zeros(24)
    contacts = np.zeros((25, 4), dtype=bool)
    record = as_record(Rollout(qpos, np.zeros((25, 75)), contacts, held))
    whole = replace(joined([record]), drafted=((42, 44), (48, 64)), unpushed=(41, 48, 50))
    part = cut_to(whole, 9, 40)
    assert len(part.qpos) == 9 and len(part.help) == 8
    assert part.drafted == ((42, 44),) and part.unpushed == (41,)
    assert cut_to(whole, 11, 40).drafted == ((42, 44), (48, 50))


def test_a_later_stage_is_shown_in_its_place_and_begins_no_other_take(told):
    shown = told["shown"]
    assert shown[0] == "piece", "each take begins with its draft"
    assert [what for what in shown if what != "piece"] == [0, 8, 16]
    assert "piece" not in shown[shown.index(0) :]


def test_what_gives_way_to_pushes_is_found_once_a_take(told):
    assert len(told["asked"]) == 3 and len(told["found"]) == 1


def test_flight_is_measured_against_the_gravity_of_the_simulation(told):
    assert told["gravity"] == [(0.0, 0.0, -5.0)]
