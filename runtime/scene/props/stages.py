"""Things that are picked up and put down: one scene after the other, each as the model has it.

A model cannot change while it is simulated. Between two frames at which a hand takes something or
lets go of it the scene stays one; there the state goes over into the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.spatial.transform import Rotation

from ...body.figures import BODY_NAMES, body_in_words
from ...body.kinematics import forward_kinematics
from ...errors import UserError
from ..description import Quaternion, Scene, SceneObject, Vector
from ..shapes import reach_of

IN_REACH_M = 0.2
"""From a hand to what it takes, beyond its size: keys are not met to the centimetre."""

Place = tuple[Vector, Quaternion]


@dataclass(frozen=True)
class Stage:
    """A scene that stays one from frame ``first`` to ``last``, the first of the next stage."""

    first: int
    last: int
    scene: Scene
    """With each thing either held all the time or standing."""


def changes(scene: Scene, frames: int) -> list[int]:
    """Frames at which stages begin, and the last frame; [0, frames - 1] where nothing changes.

    Raises ``UserError`` for things that are picked up or put down after the end.
    """
    found = {0, frames - 1}
    for one in scene.objects:
        for frame, what in ((one.held_from, "picked up"), (one.held_to, "put down")):
            if frame is None:
                continue
            if frame >= frames - 1 and frame:
                raise UserError(
                    f"The object '{one.name}' is {what} at frame {frame}; the motion ends at "
                    f"{frames - 1}, choose an earlier one."
                )
            found.add(frame)
    return sorted(found)


def places_of(scene: Scene) -> dict[str, Place]:
    """Where the things that change hands stand at the beginning."""
    return {one.name: (one.position, one.rotation) for one in scene.objects if one.changes_hands}


def stage_at(scene: Scene, first: int, last: int, places: Mapping[str, Place]) -> Stage:
    """The stage from frame ``first`` on, where things are at ``places`` then."""
    return Stage(
        first,
        last,
        replace(
            scene,
            objects=tuple(
                _as_it_is(one, first, places[one.name]) if one.changes_hands else one
                for one in scene.objects
            ),
        ),
    )


def after(
    stage: Stage, places: Mapping[str, Place], start: np.ndarray, end: np.ndarray
) -> dict[str, Place]:
    """Where things are at the end of a stage, through which a body went from qpos (76,) to qpos."""
    positions, rotations = forward_kinematics(np.stack([start, end]))
    result = dict(places)
    for one in stage.scene.objects:
        if one.name not in places or not one.held_by:
            continue
        holder = BODY_NAMES.index(one.held_by[0])
        turn = Rotation.from_matrix(rotations[1, holder] @ rotations[0, holder].T)
        place, quat = places[one.name]
        moved = positions[1, holder] + turn.apply(np.array(place) - positions[0, holder])
        turned = turn * Rotation.from_quat(quat, scalar_first=True)
        result[one.name] = tuple(moved), tuple(turned.as_quat(scalar_first=True))
    return result


def stages_along(scene: Scene, qpos: np.ndarray, start: np.ndarray | None = None) -> list[Stage]:
    """The stages of what was performed, (T, 76): things lie where it let go of them.

    ``start`` (76,) is the pose in which they were taken hold of at the beginning, where the
    performance begins in another one.
    """
    places, result = places_of(scene), []
    for first, last in pairwise(changes(scene, len(qpos))):
        result.append(stage_at(scene, first, last, places))
        begun = start if start is not None and first == 0 else qpos[first]
        places = after(result[-1], places, begun, qpos[last])
    return result


def check_reach(scene: Scene, frame: int, qpos: np.ndarray) -> None:
    """Raises ``UserError`` if something is picked up at a frame that is not at hand in the pose
    (76,) of that frame."""
    positions, _ = forward_kinematics(qpos[None])
    for one in scene.objects:
        for body in one.held_by if frame and one.held_from == frame else ():
            away = np.linalg.norm(positions[0, BODY_NAMES.index(body)] - np.array(one.position))
            if away > reach_of(one.shape) + IN_REACH_M:
                raise UserError(
                    f"The object '{one.name}' is {away:.2f} m from the {body_in_words(body)} at frame {frame}, "
                    "where it is picked up; move one of them, or choose another frame.",
                    frame=frame,
                )


def _as_it_is(one: SceneObject, frame: int, place: Place) -> SceneObject:
    position, rotation = place
    held = one.held_from <= frame and (one.held_to is None or frame < one.held_to)
    return replace(
        one,
        position=position,
        rotation=rotation,
        held_by=one.held_by if held else (),
        held_from=0,
        held_to=None,
    )
