"""A performer is an entry of the registry and a module: everybody else reads the entry."""

import sys
import types

import numpy as np
import pytest

from runtime.errors import UserError
from runtime.generation import GenerationSettings, generate, performers
from runtime.generation.automatic import choose_controller
from runtime.generation.performed import PerformedTake
from runtime.generation.performers import AUTOMATIC, PERFORMERS, PerformerKind
from runtime.generation.trained.latent_kinds import LATENT_KINDS
from runtime.motion import Motion
from runtime.motion.poses import pose
from runtime.prompts import BehaviourPrompt, PathPrompt, PosePrompt, Timeline
from runtime.prompts.timeline import KINDS


@pytest.fixture
def statue(monkeypatch):
    """A performer nobody has heard of: it stands, and needs no physics."""
    kind = PerformerKind("statue", "Statue", "Stands", 9, frozenset({"pose"}), "statue")

    def perform(timeline, settings, progress):
        still = np.repeat(pose("stand")[None], timeline.frames, axis=0)
        takes = (
            PerformedTake(Motion(30.0, still), 15, {"measures": {"stands": take}}, take == 1)
            for take in range(settings.takes)
        )
        return timeline, takes

    module = types.ModuleType("runtime.generation.statue")
    module.perform = perform
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(PERFORMERS, kind.name, kind)
    return kind


def standing(frames: int = 10) -> Timeline:
    return Timeline((PosePrompt(0, frames - 1, pose=tuple(pose("stand"))),))


def test_a_new_performer_performs_once_it_is_in_the_registry(statue):
    settings = GenerationSettings(controller="statue", takes=3, seed=4)
    takes = generate(standing(), settings)
    assert len(takes) == 2  # it said that enough was seen
    told = takes[1].metadata
    assert told["settings"]["controller"] == "statue" and told["take"] == 1
    assert told["measures"] == {"stands": 1} and told["timestep"] == pytest.approx(1 / 450)
    assert Timeline.from_dict(told["timeline"]).frames == 10


def test_what_a_performer_cannot_do_is_refused_with_who_can(statue):
    way = Timeline((PathPrompt(0, 30, "Way", ((0, 0), (1, 0))),))
    for name in ("statue", "policy"):
        with pytest.raises(
            UserError, match=f"'Way' is not for the controller '{name}'; .*'servo' or 'automatic'"
        ):
            generate(way, GenerationSettings(controller=name))
    run = Timeline((BehaviourPrompt(0, 30, "Run", (("move-ego-0-4", 1.0),)),))
    with pytest.raises(
        UserError, match="choose the controller 'servo' or 'policy' or 'refined' or 'automatic'"
    ):
        generate(run, GenerationSettings(controller="statue"))


@pytest.mark.parametrize("kind", ["path", "goto"])
@pytest.mark.parametrize("installed", [True, False])
def test_automatic_sends_ways_to_who_goes_them(kind, installed):
    """No circle: neither refuses for the other, and the choice is one that performs."""
    chosen = choose_controller([kind, "motion"], {}, installed).controller
    assert kind in PERFORMERS[chosen].performs


def test_the_registry_fits_the_prompts_there_are():
    numbers = [kind.number for kind in PERFORMERS.values()]
    assert len(set(numbers)) == len(numbers) and AUTOMATIC not in PERFORMERS
    for kind in PERFORMERS.values():
        assert kind.performs <= KINDS.keys()
    assert set().union(*(kind.performs for kind in PERFORMERS.values())) == KINDS.keys()
    assert performers.USUAL.performs == KINDS.keys() and not performers.USUAL.needs_model
    for name in ("policy", "refined"):
        assert PERFORMERS[name].performs == LATENT_KINDS.keys()
