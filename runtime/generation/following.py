"""The performer that follows a reference: the helped servo's draft, or the optimiser from it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..body.figures import GRAVITY
from ..body.size import BodySize
from ..errors import UserError
from ..measures.asked import asked_error_cm, keys_met, skate_of_asked
from ..measures.physics import physics_measures
from ..measures.quality import measure_quality
from ..measures.scene import scene_measures
from ..motion.motion import CONTROL_FPS, Motion
from ..performance.draft.assistance import Assistance
from ..performance.draft.rollout import Rollout, rollout
from ..performance.draft.servo import PoseServo, build_servo_model
from ..performance.draft.support import support_of
from ..performance.keeping import KeepBest, as_record
from ..performance.performer import Performer, PerformerSettings
from ..performance.physics.bodies import ServoBody
from ..performance.recording import Push
from ..performance.tightness import keys_within, weights_of
from ..performance.windows import Performance
from ..planning.reference import Reference, build_reference, relaid, varied
from ..planning.terrain.hands import hands_off
from ..planning.terrain.seats import with_seats
from ..planning.yielding import after_pushes
from ..progress import Better, Part, Progress, silent
from ..prompts.timeline import Timeline
from ..scene.props.loose import led, ways_of
from ..scene.props.stages import after, changes, check_reach, places_of, stage_at
from ..scene.surroundings import Surroundings
from ..scene.unchecked import with_values
from ..simulation.stepping import SUBSTEPS
from .earned import earning_of
from .parts import cut_to, joined_parts
from .performed import PerformedTake
from .retries import with_smaller_steps
from .settings import GenerationSettings
from .together import check_together, led_by, together, told_of_others
from .told import told_of

logger = logging.getLogger(__name__)

TRIES = (SUBSTEPS, 2 * SUBSTEPS, 4 * SUBSTEPS)
"""Physics steps in a control step: the usual number, then what is tried if that diverges."""
PREPARING = 0.2
"""Share of the work that is spent before the first take."""
FOLLOWING = 15
"""Frames beyond the end of a stage that are performed with it and thrown away: what is done for
its end alone falls over behind it."""
ALONE = 0.5
"""Share of a take's work after which the body is performed, where somebody gives way to it then."""
DRAFTING = 0.1
"""Share of a physical take's work after which its draft is there."""


def perform(
    timeline: Timeline, settings: GenerationSettings, progress: Progress = silent
) -> tuple[Timeline, Iterator[PerformedTake]]:
    """See ``performed.Perform``."""
    progress(0.0, "Preparing the reference")
    best = build_reference(timeline, Part(progress, 0.0, PREPARING), settings.seed)
    if settings.seats and best.seats:
        best = build_reference(with_seats(best.timeline, best.seats), silent, settings.seed)
    if timeline.body is not None:
        settings = settings_for(settings, timeline.body)
    around = best.surroundings
    if around is not None:
        for frame in changes(around.scene, best.motion.frames):
            check_reach(around.scene, frame, best.motion.qpos[frame])
        check_together(best, settings)
        whole = around.coupled or around
        whole.check_start(build_servo_model(surroundings=whole), best.motion.qpos[0])
    return best.timeline, takes_of(best, settings, progress)


def settings_for(settings: GenerationSettings, size: BodySize) -> GenerationSettings:
    """Muscles and blows in the body's own lengths and masses, see ``body.size``."""
    blows = tuple(
        (frame, body, *(speed / size.scale for speed in velocity))
        for frame, body, *velocity in settings.pushes
    )
    return with_values(settings, strength=settings.strength * size.strength, pushes=blows)


def takes_of(
    best: Reference, settings: GenerationSettings, progress: Progress = silent
) -> Iterator[PerformedTake]:
    """The takes of a reference, one after the other."""
    around = best.surroundings
    for take in range(settings.takes):
        share = (1 - PREPARING) / settings.takes
        part = Part(progress, PREPARING + share * take, PREPARING + share * (take + 1))
        label = f"Performing take {take + 1} of {settings.takes}"
        reference, target = _of_take(best, settings.seed, take)
        pushed = after_pushes(target, reference.surroundings)
        spec = _TakeSpec(target, reference, settings, label, pushed)
        meet = around is not None and bool(around.scene.giving_way)
        meet = meet and settings.quality == "physical"
        alone = Part(part, 0.0, ALONE) if meet else part
        performed, substeps = _in_stages(spec, alone)
        stopped = isinstance(performed, Performance) and performed.stopped
        # Whoever stops before has nobody give way, and is told so.
        others: dict[str, Performance] | None = {} if meet else None
        if meet and isinstance(performed, Performance) and not stopped:
            rest = Part(part, ALONE, 1.0)
            try:
                performed, others = together(target, reference, performed, settings, rest)
            except KeepBest:
                performed, stopped = replace(performed, stopped=True), True
        motion = Motion(CONTROL_FPS, performed.qpos, performed.qvel, performed.contacts)
        told = told_of_take(motion, performed, reference, around, others)
        yield PerformedTake(motion, substeps, told, stopped)


@dataclass(frozen=True)
class _TakeSpec:
    """One take's: what is to be performed, and how."""

    target: Motion
    reference: Reference
    settings: GenerationSettings
    label: str
    pushed: list[tuple[int, Motion]]
    """What is followed in its place from such a frame on."""


def _in_stages(spec: _TakeSpec, progress: Progress) -> tuple[Rollout | Performance, int]:
    """A take whose things may be picked up and put down: stage by stage, each from the state in
    which the one before it ended. Behind a stage that the person had enough of, drafts follow."""
    around, frames = spec.reference.surroundings, spec.target.frames
    bounds = changes(around.scene, frames) if around else [0, frames - 1]
    if around is None or len(bounds) <= 2:
        return _perform_part(spec, around, 0, frames, frames - 1, None, progress)
    places = places_of(around.scene)
    parts: list[Rollout | Performance] = []
    used = SUBSTEPS
    for first, last in pairwise(bounds):
        stage = stage_at(around.scene, first, last, places)
        state = (parts[-1].qpos[-1], parts[-1].qvel[-1]) if parts else None
        start = state[0] if state else around.start
        end = min(last + 1 + (FOLLOWING if last < frames - 1 else 0), frames)
        if parts and isinstance(parts[-1], Performance) and parts[-1].stopped:
            spec = replace(spec, settings=replace(spec.settings, quality="draft"))
        told: Progress = Part(progress, first / (frames - 1), last / (frames - 1))
        if parts and isinstance(parts[0], Performance):
            told = _only_better(told)
        performed, substeps = _perform_part(
            spec,
            Surroundings(stage.scene, start, frames, near=around.near),
            first,
            end,
            last,
            state,
            told,
        )
        used = max(used, substeps)
        parts.append(cut_to(performed, last + 1 - first, first))
        places = after(stage, places, start, parts[-1].qpos[-1])
    return joined_parts(parts), used


def _only_better(progress: Progress) -> Progress:
    """The same without the pieces of a draft, which would say that the next take's has begun."""

    def told(fraction: float, text: str = "", preview: np.ndarray | Better | None = None) -> Any:
        return progress(fraction, text, preview if isinstance(preview, Better) else None)

    return told


def _perform_part(
    spec: _TakeSpec,
    around: Surroundings | None,
    first: int,
    end: int,
    last: int,
    state: tuple[np.ndarray, np.ndarray] | None,
    progress: Progress,
) -> tuple[Rollout | Performance, int]:
    """Frames ``first`` to ``end`` (exclusive), from ``state`` if another part came before; those
    behind ``last`` are thrown away."""
    settings, target = spec.settings, spec.target
    # A draft is helped anyway; what it knows of pushes does not show before they come.
    led = spec.pushed[-1][1] if spec.pushed else target
    physical = settings.quality == "physical"
    drafted = Part(progress, 0.0, DRAFTING) if physical else progress
    own = led.cut(first, end)
    draft, substeps = _perform(own, settings, drafted, spec.label, around, first, state)
    if not physical:
        return draft, substeps
    if around is not None and draft.pressed is not None:
        around = around.pressed_by(draft.pressed)
    performed = perform_physically(
        target.cut(first, end),
        spec.reference,
        draft,
        settings,
        Part(progress, DRAFTING, 1.0),
        [(frame, motion.cut(first, end)) for frame, motion in spec.pushed],
        around,
        first,
        last,
    )
    return performed, SUBSTEPS


def told_of_take(
    motion: Motion,
    performed: Rollout | Performance,
    reference: Reference,
    around: Surroundings | None,
    others: dict[str, Performance] | None = None,
) -> dict[str, Any]:
    """What the metadata keep of a take beside what is the same for every performer; ``others``: of
    those who gave way, where they were to."""
    ground, size = around.ground if around else None, reference.timeline.body
    scale = 1.0 if size is None else size.scale
    performed = performed if size is None else _of_its_size(performed, size)
    ways: dict[str, Any] = {}
    if around is not None and around.coupled is not None and performed.loose is not None:
        ways = ways_of(around.coupled.scene, performed.loose)
        around = Surroundings(
            led(around.coupled.scene, ways), motion.qpos[0], motion.frames, near=around.near
        )
        ways = ways_of(reference.timeline.scene or around.scene, performed.loose, scale)
    beside: dict[str, Any] = {}
    if around is not None and others is not None:
        led_alone = [one.name for one in around.scene.giving_way if one.name not in others]
        beside = {"led": led_alone} if led_alone else {}
    if around is not None and others:
        beside["people"] = told_of_others(around, others)
        around = led_by(around, others, motion.qpos[0])
    quality = measure_quality(
        motion, reference.motion, performed.assistance, reference.keyed, ground, scale
    )
    return {
        "choices": list(reference.choices),
        **({"seats": [seat.to_dict(scale) for seat in reference.seats]} if reference.seats else {}),
        "help": np.round(performed.assistance, 3).tolist(),
        **_remarks(performed),
        **({"loose": ways} if ways else {}),
        **beside,
        "keys": keys_met(motion, reference.keyed, reference.tolerances_cm, scale),
        "measures": {
            **quality.to_dict(),
            "asked_error_cm": asked_error_cm(motion, reference.asked, scale),
            "skate_share_source": skate_of_asked(reference.asked, motion.frames, scale),
            **physics_measures(motion, performed, ground, _gravity(around)),
            **(scene_measures(motion, around, scale) if around else {}),
            **(hands_off(motion, around.scene, reference.choices, scale) if around else {}),
            "repair_root_cm": scale * reference.repair_root_cm,
        },
        **told_of(reference, motion),
    }


def _of_its_size(performed: Rollout | Performance, size: BodySize) -> Rollout | Performance:
    """With shares of its own weight and of its own muscles, in place of the reference body's."""
    if isinstance(performed, Rollout):
        return replace(performed, assistance=performed.assistance * size.scale)
    return replace(
        performed,
        help=performed.help * size.scale,
        unexplained=performed.unexplained * size.scale,
        torque=performed.torque / size.strength,
    )


def _of_take(best: Reference, seed: int, take: int) -> tuple[Reference, Motion]:
    """What another take performs: other stretches of the library, else the same a little varied."""
    if take and any(choice.get("clips") for choice in best.choices):
        try:
            other = build_reference(best.timeline, variety=seed + take)
            return other, other.motion
        except UserError as error:
            # Takes before it are not lost for it.
            logger.info("take %d has the stretches of the first one: %s", take + 1, error)
    motion = varied(best.motion, seed, take)
    return relaid(best, motion) if take else (best, motion)


def _gravity(around: Surroundings | None) -> tuple[float, float, float]:
    """m/s2 as the simulation has it."""
    return (0.0, 0.0, -GRAVITY) if around is None else around.scene.world.first_gravity


def draft_of(target: Motion, settings: GenerationSettings) -> Rollout:
    """The servo along ``target``, helped: what the optimiser starts from."""
    return _perform(target, settings, silent, "")[0]


def _remarks(performed: Rollout | Performance) -> dict[str, Any]:
    """What is to be told of how a performance came about, where there is anything."""
    if isinstance(performed, Rollout):
        return {}
    told = {
        "stopped": performed.stopped,
        "drafted": [list(stretch) for stretch in performed.drafted],
        "pushes_left_out": list(performed.unpushed),
    }
    return {name: value for name, value in told.items() if value}


def perform_physically(
    target: Motion,
    reference: Reference,
    draft: Rollout,
    settings: GenerationSettings,
    progress: Progress,
    pushed: list[tuple[int, Motion]] | None = None,
    around: Surroundings | None = None,
    first: int = 0,
    last: int | None = None,
) -> Performance:
    """The optimiser along ``target``, from its draft; the draft where nothing better is found.

    ``pushed``: what is followed in its place from such a frame on. ``target`` is the reference from
    frame ``first`` on; ``around`` is what it is performed in, the reference's own if none is given.
    Pushes from frame ``last`` on are left to who goes on there; it is the target's last if not given.
    """
    frames = reference.motion.frames
    late = [push[0] for push in settings.pushes if push[0] >= frames - 1]
    if late:
        raise UserError(f"The push at frame {late[0]} comes after the motion's last, {frames - 1}.")
    rows = slice(first, first + target.frames)
    if last is None:
        last = first + target.frames - 1
    blows = [push for push in settings.pushes if first <= push[0] < last]
    performer = Performer(
        ServoBody(settings.strength, around or reference.surroundings),
        PerformerSettings(help_allowed=settings.help_allowed),
    )
    progress(0.0, "Letting go of the draft", Better(draft.qpos, first))
    return performer.perform(
        target.qpos,
        target.velocities(),
        (draft.qpos, draft.qvel),
        weights_of(reference.tightness, reference.prices)[rows],
        [Push(frame - first, body, (x, y, z)) for frame, body, x, y, z in blows],
        progress,
        as_record(draft),
        anchored=reference.anchored or first > 0,
        at=first,
        yielding=[(frame, led.qpos, led.velocities()) for frame, led in pushed or ()],
        repeats=reference.repeats if first == 0 and target.frames == frames else (),
        keys=keys_within(reference.keys_held(), first, first + target.frames),
        earnings=[earning_of(one) for one in reference.paid],
    )


def _perform(
    target: Motion,
    settings: GenerationSettings,
    progress: Progress,
    label: str,
    around: Surroundings | None = None,
    first: int = 0,
    state: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[Rollout, int]:
    """Rolls out the servo along ``target``, which begins at frame ``first`` of the scene and from
    ``state`` if it is not its own; with smaller steps if the usual ones diverge."""
    qvel = target.velocities()
    progress(0.0, label)

    def attempt(substeps: int) -> Rollout:
        model = build_servo_model(settings.strength, around)
        model.opt.timestep = 1 / (CONTROL_FPS * substeps)
        ground = around.ground if around else None
        rolled = model
        if around is not None and around.coupled is not None:
            rolled = build_servo_model(settings.strength, around.coupled)
            rolled.opt.timestep = model.opt.timestep
        support = support_of(model, target.qpos, qvel, Part(progress, 0.0, 0.1), ground)
        servo = PoseServo(rolled, target.qpos, qvel, support.torques)
        assistance = Assistance(rolled, target.qpos, qvel, support.missing, settings.assistance)
        return rollout(
            servo,
            assistance,
            state or (target.qpos[0], qvel[0]),
            target.frames,
            substeps,
            Part(progress, 0.1, 1.0),
            label,
            around.view(first, as_it_comes=True) if around else None,
        )

    advice = "look for a sudden jump there, or lower the muscle strength"
    return with_smaller_steps(TRIES, attempt, advice)
