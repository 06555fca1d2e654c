"""The control loop: a controller drives the body, 30 times a second."""

import time
from dataclasses import dataclass, replace

import mujoco
import numpy as np

from ...body.figures import BODY_NAMES
from ...body.observation import observe
from ...motion.motion import CONTACT_BODIES
from ...progress import Progress
from ...scene.props.loose import loose_geoms, pressing, state_of
from ...scene.surroundings import View
from ...simulation.stepping import DivergenceError, check_divergence, reset
from .assistance import Assistance
from .controller import Controller

PREVIEW_INTERVAL = 0.15
"""Seconds of wall clock between previews, and between chances to cancel."""
PRESSING = 5.0
"""Newtons from which a touch counts as a contact."""


@dataclass(frozen=True)
class Rollout:
    """What the simulation recorded."""

    qpos: np.ndarray
    """(T, 76)"""
    qvel: np.ndarray
    """(T, 75)"""
    contacts: np.ndarray
    """(T, 6) bool"""
    assistance: np.ndarray
    """(T-1,) force on the pelvis at the end of each step, as a share of body weight."""
    loose: np.ndarray | None = None
    """(T, 13 k) states of what moved freely beside it, see ``scene.props.loose``; None without."""
    pressed: np.ndarray | None = None
    """(T-1, 24, 6) N and Nm by which that pressed on the body, on average over each step."""


def rollout(
    controller: Controller,
    assistance: Assistance | None,
    start: tuple[np.ndarray, np.ndarray] | None,
    frames: int,
    substeps: int,
    progress: Progress,
    label: str = "",
    around: View | None = None,
) -> Rollout:
    """The control loop: ``frames`` frames from the state ``start``.

    That is qpos (76,) and qvel (75,), None for the default reset. ``around`` is what changes
    and pushes.
    Raises ``DivergenceError`` whose message starts with the frame.
    """
    model = controller.model
    around = None if around is None else around.coupled()
    data = mujoco.MjData(model)
    reset(model, data, *(start or (None, None)))
    controller.begin(data)
    columns = contact_columns(model)
    record = Rollout(
        np.empty((frames, 76)),
        np.empty((frames, 75)),
        np.zeros((frames, len(CONTACT_BODIES)), dtype=bool),
        np.zeros(frames - 1),
    )
    read_contacts(model, data, columns, record.contacts[0])
    loose = loose_geoms(model)
    states, pressed = [state_of(data)], np.zeros((frames - 1, 24, 6))
    shown, shown_at = 0, time.monotonic()
    for frame in range(frames):
        if frame:
            step = frame - 1
            observation = observe(model, data) if controller.needs_observation else None
            data.ctrl[:69] = controller.act(observation, step)
            if assistance is not None:
                data.ctrl[69:] = assistance.drive(data, step)
            if around is not None:
                around.apply(model, data, step, 1.0)
            try:
                for _ in range(substeps - 1 if loose.any() else 0):
                    mujoco.mj_step(model, data)
                    pressed[step] += pressing(model, data, loose) / (substeps - 1)
                if loose.any():
                    advance(model, data, 1, columns, record.contacts[frame])
                    states.append(state_of(data))
                else:
                    advance(model, data, substeps, columns, record.contacts[frame])
            except DivergenceError as error:
                raise DivergenceError(f"frame {frame} ({error})") from error
            if assistance is not None:
                record.assistance[step] = assistance.force_share(data)
        record.qpos[frame], record.qvel[frame] = data.qpos[:76], data.qvel[:75]
        if time.monotonic() - shown_at > PREVIEW_INTERVAL:
            progress((frame + 1) / frames, label, record.qpos[shown : frame + 1].copy())
            shown, shown_at = frame + 1, time.monotonic()
    progress(1.0, label, record.qpos[shown:].copy() if shown < frames else None)
    return replace(record, loose=np.array(states), pressed=pressed) if loose.any() else record


def advance(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    substeps: int,
    columns: np.ndarray,
    contacts: np.ndarray,
) -> None:
    """Holds the control for 1/30 s, marks ``contacts`` (6,) and refreshes what is observed.

    ``columns`` from ``contact_columns``. Raises ``DivergenceError``.
    """
    mujoco.mj_step(model, data, substeps)
    # Forces belong to the last physics step, as do the contacts until the next line.
    read_contacts(model, data, columns, contacts)
    mujoco.mj_step1(model, data)
    check_divergence(data)


def contact_columns(model: mujoco.MjModel, root: int = 1) -> np.ndarray:
    """(ngeom,) column of ``Motion.contacts`` each geom of the person whose pelvis is the body
    ``root`` belongs to, or the one past the last."""
    bodies = np.full(model.nbody, len(CONTACT_BODIES))
    for column, name in enumerate(CONTACT_BODIES):
        bodies[root + BODY_NAMES.index(name)] = column
    return bodies[model.geom_bodyid]


def read_contacts(
    model: mujoco.MjModel, data: mujoco.MjData, columns: np.ndarray, row: np.ndarray
) -> None:
    """Marks in ``row`` (6,) the bodies that press on something with ``PRESSING`` or more."""
    force = np.empty(6)
    for index, pair in enumerate(columns[data.contact.geom].tolist()):
        if min(pair) < len(row):
            mujoco.mj_contactForce(model, data, index, force)
            if force[0] > PRESSING:
                for column in pair:
                    if column < len(row):
                        row[column] = True
