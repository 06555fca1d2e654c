"""Takes the skating out of a reference: a low toe stands, a toe that travels is carried.

A recorded toe begins to glide while it still rolls off, comes down while it still
travels, and shuffles over the floor in small steps. Each is told from the joint
at the ball of the foot: lower than ``ToeSettings.contact`` says in two frames on end it may not move.
What is cheaper mends it: the toe waits until it is high enough, or it is lifted
sooner, unless the other foot is in the air. The change is spread over the frames
around it, so that the leg does not jerk.
"""

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.ndimage import binary_closing, binary_dilation, gaussian_filter1d

from ...body.figures import BODY_NAMES, OFFSETS
from ...body.kinematics import forward_kinematics
from ...body.support_points import lowest_points
from ...body.weight import centre_of_mass
from ...motion.motion import CONTROL_FPS
from ...posing.limits import into_ranges
from ...progress import Part, Progress, silent
from .grounding import intervals
from .legs import place_foot
from .settings import MENDING, ToeSettings

BLOCK = 256
"""Frames worked on between two chances to cancel."""
CHANCE = 20
"""Rounds of the solver between two of them."""


def steady_toes(
    qpos: np.ndarray, progress: Progress = silent, settings: ToeSettings = MENDING.toes
) -> np.ndarray:
    """(T, 76) -> (T, 76) whose toes do not move over the floor while they are low.

    Who skates all the time is left alone, who rides for a while is so there.
    """
    if len(qpos) < 4:
        return qpos
    result = qpos.copy()
    positions, rotations = forward_kinematics(qpos)
    feet = {
        side: [BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe")] for side in "LR"
    }
    toes = positions[:, [toe for _, toe in feet.values()]]
    if _skates(toes, settings):
        return qpos
    rides = _rides(toes, settings)
    for side, other in (("L", feet["R"]), ("R", feet["L"])):
        ankle, toe = feet[side]
        alone = lowest_points(result)[:, other].min(axis=1) > settings.off_floor_m
        alone[:-1] &= _pace(positions[:, toe]) < settings.brisk_m_s / CONTROL_FPS
        begun = 0.5 * (side == "R")
        part = Part(progress, begun, begun + 0.4)
        target = steady_path(positions[:, toe], ~alone, rides, part, settings)
        changed = np.linalg.norm(target - positions[:, toe], axis=1) > settings.changed_m
        for start in range(0, len(qpos), BLOCK):
            progress(begun + 0.4 + 0.1 * start / len(qpos))
            used = start + np.flatnonzero(changed[start : start + BLOCK])
            if len(used):
                result[used] = _toe_placed(
                    result[used], side, target[used], rotations[used, ankle], settings
                )
    return _carried(result, qpos, settings)


def _carried(lifted: np.ndarray, qpos: np.ndarray, settings: ToeSettings) -> np.ndarray:
    """(T, 76) each -> (T, 76): as before, ``qpos``, where nothing would carry a body that does not
    fall; a foot that stays where it is meanwhile, for it is spun upon, is held at the ball.

    Such a foot moves fast, and would be lifted; without it the body would hover.
    """
    low, before = lowest_points(lifted).min(axis=1), lowest_points(qpos)
    rise = np.zeros(len(qpos))
    rise[1:-1] = np.diff(centre_of_mass(qpos)[:, 2], n=2) * CONTROL_FPS**2
    falls = gaussian_filter1d(rise, settings.fall_noise_frames) < -settings.falling_m_s2
    hovers = (low > settings.off_floor_m) & (before.min(axis=1) < settings.off_floor_m) & ~falls
    if not hovers.any():
        return lifted
    spun = _spun(hovers, qpos, before, settings)
    result = lifted.copy()
    for number, side in enumerate("LR"):
        # Where the other one bears, this one may be as high as it was lifted.
        back = _around(hovers & ~spun[:, 1 - number], settings)[:, None]
        leg = [BODY_NAMES.index(f"{side}_{name}") for name in ("Hip", "Knee", "Ankle", "Toe")]
        columns = (7 + 3 * (np.array(leg)[:, None] - 1) + np.arange(3)).ravel()
        result[:, columns] += back * (qpos - lifted)[:, columns]
        if spun[:, number].any():
            near = _around(spun[:, number], settings) > 0
            result = _held_at_the_ball(result, side, near, settings)
    return into_ranges(result)


def _around(frames: np.ndarray, settings: ToeSettings) -> np.ndarray:
    """(T,) bool -> (T,) 0..1: one in the frames, going to none around them."""
    near = binary_dilation(frames, np.ones(2 * settings.return_frames + 1)).astype(float)
    return np.maximum(gaussian_filter1d(near, 1.0), frames)


def _spun(
    hovers: np.ndarray, qpos: np.ndarray, lowest: np.ndarray, settings: ToeSettings
) -> np.ndarray:
    """(T, 2) bool: which foot, left or right, turns on the floor within ``spun_reach_m`` where the
    body ``hovers``; neither where one steps off as the other comes down, or glides."""
    spun = np.zeros((len(qpos), 2), dtype=bool)
    positions, rotations = forward_kinematics(qpos)
    feet = [[BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe")] for side in "LR"]
    for start, stop in intervals(hovers):
        around = slice(max(start - settings.return_frames, 0), stop + settings.return_frames)
        travel = np.empty(2)
        for column, (ankle, toe) in enumerate(feet):
            travel[column] = np.linalg.norm(np.ptp(positions[around, toe, :2], axis=0))
            # Feet point along the z axis of their bodies.
            forward = rotations[around, ankle, :2, 2]
            heading = np.unwrap(np.arctan2(forward[:, 1], forward[:, 0]))
            on_floor = lowest[start:stop, [ankle, toe]].min() < settings.off_floor_m
            if not on_floor or np.ptp(heading) < settings.spun_rad:
                travel[column] = np.inf
        chosen = int(np.argmin(travel))
        spun[start:stop, chosen] = travel[chosen] < settings.spun_reach_m
    return spun


def _held_at_the_ball(
    qpos: np.ndarray, side: str, near: np.ndarray, settings: ToeSettings
) -> np.ndarray:
    """(T, 76): the toe of a foot stands where it is low ``near`` (T,) bool, turning about its ball."""
    ankle, toe = (BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe"))
    positions, rotations = forward_kinematics(qpos)
    path = positions[:, toe]
    low = np.maximum(path[1:, 2], path[:-1, 2]) < settings.contact.near_m
    limit = np.full(len(low), settings.step_m_s / CONTROL_FPS)
    moved = _held(path[:, :2], low & (near[1:] | near[:-1]), limit, silent, settings)
    length = np.linalg.norm(moved, axis=1)
    moved *= np.minimum(1, settings.spun_reach_m / np.maximum(length, 1e-12))[:, None]
    used = np.flatnonzero(length > settings.changed_m)
    target = path[used].copy()
    target[:, :2] += moved[used]
    result = qpos.copy()
    result[used] = _toe_placed(qpos[used], side, target, rotations[used, ankle], settings)
    return result


def _toe_placed(
    qpos: np.ndarray, side: str, target: np.ndarray, ankles: np.ndarray, settings: ToeSettings
) -> np.ndarray:
    """(n, 76) -> (n, 76) with the toe joint at ``target`` (n, 3), the foot turned as ``ankles``
    (n, 3, 3) as far as its leg lets it."""
    bent, knee = qpos.copy(), 7 + 3 * (BODY_NAMES.index(f"{side}_Knee") - 1)
    bent[:, knee] = np.maximum(bent[:, knee], settings.legs.bent_rad)
    toe = OFFSETS[BODY_NAMES.index(f"{side}_Toe")]
    return place_foot(bent, side, target, ankles, toe, settings.legs)


def steady_path(
    path: np.ndarray,
    free: np.ndarray,
    rides: np.ndarray | None = None,
    progress: Progress = silent,
    settings: ToeSettings = MENDING.toes,
) -> np.ndarray:
    """Path (T, 3) of a toe joint -> the nearest even one that nowhere moves while low.

    Only where it is ``free`` (T,) bool may it be lifted: the other foot carries the body.
    Where the body ``rides`` (T,) bool it may move.
    """
    stays = np.ones(len(path), dtype=bool) if rides is None else ~rides
    lifted = _worth_lifting(path, settings) & free & stays
    limit = np.full(len(path) - 1, settings.step_m_s / CONTROL_FPS)
    fast = _pace(path) > settings.contact.slow_m_s / CONTROL_FPS
    for attempt in range(settings.tries):
        part = Part(progress, attempt / settings.tries, (attempt + 1) / settings.tries)
        raised = _raised(path[:, 2], lifted, part, settings)
        low = (
            np.maximum(path[1:, 2] + raised[1:], path[:-1, 2] + raised[:-1])
            < settings.contact.near_m
        )
        # What is performed leaves the floor a frame late, and comes to rest a frame late.
        low[1:] |= low[:-1]
        low[:-1] |= low[1:]
        low &= stays[1:] & stays[:-1]
        moved = _held(path[:, :2], low, limit, part, settings)
        far = np.linalg.norm(moved, axis=1) > settings.wait_m
        far = far[1:] | far[:-1]
        if not far.any():
            break
        limit[far] = settings.contact.slow_m_s / CONTROL_FPS
        carried = far & fast & low
        lifted[1:] |= carried & free[1:]
        lifted[:-1] |= carried & free[:-1]
    return path + np.column_stack([moved, raised])


def _skates(toes: np.ndarray, settings: ToeSettings) -> bool:
    """Whether toes (T, 2, 3) move over the floor in most frames, as those of no person do.

    Made to stand they would be torn from the legs, lifted they would leave the body hovering.
    """
    low = np.maximum(toes[1:, :, 2], toes[:-1, :, 2]) < settings.contact.near_m
    pace = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=-1)
    return bool(
        (low & (pace > settings.contact.slow_m_s / CONTROL_FPS)).any(axis=1).mean()
        > settings.skating_share
    )


def _rides(toes: np.ndarray, settings: ToeSettings) -> np.ndarray:
    """Toes (T, 2, 3) -> (T,) bool: frames in which both glide over the floor for a while.

    ``grounding._ride`` asks another question, of the body before it is put onto the floor: how
    fast something carries it, whose heights are not known yet, so that it goes by whether the lowest
    point keeps pace with the hips. Here the floor is known, and it is asked whether toes that are
    low may move.
    """
    low = np.maximum(toes[1:, :, 2], toes[:-1, :, 2]) < settings.contact.near_m
    pace = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=-1)
    rides = np.zeros(len(toes), dtype=bool)
    for start, stop in intervals((low & (pace > settings.ride_m_s / CONTROL_FPS)).all(axis=1)):
        if stop - start >= settings.ride_frames:
            rides[start : stop + 1] = True
    return rides


def _pace(path: np.ndarray) -> np.ndarray:
    """(T, 3) metres -> (T-1,) metres a frame over the floor."""
    return np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1)


def _worth_lifting(path: np.ndarray, settings: ToeSettings) -> np.ndarray:
    """(T, 3) -> (T,) bool: frames in which a toe is better lifted than made to stand."""
    low = np.maximum(path[1:, 2], path[:-1, 2]) < settings.contact.near_m
    step = _pace(path)
    moving = (
        binary_closing(low & (step > settings.contact.slow_m_s / CONTROL_FPS), np.ones(3)) & low
    )
    lifted = np.zeros(len(path), dtype=bool)
    for start, stop in intervals(moving):
        way = np.maximum(step[start:stop] - settings.step_m_s / CONTROL_FPS, 0).sum()
        # The frames between the two ends, and an end that is not on the floor.
        first = start + (start == 0 or low[start - 1])
        last = stop - (stop == len(low) or low[stop]) if stop - start > 1 else stop
        inside = slice(first, last + 1)
        height = np.maximum(settings.carried_m - path[inside, 2], 0)
        if way > settings.lift_price * height.max(initial=0):
            lifted[inside] = True
    return lifted


def _held(
    path: np.ndarray, low: np.ndarray, limit: np.ndarray, progress: Progress, settings: ToeSettings
) -> np.ndarray:
    """(T, 2) metres by which ``path`` (T, 2) is moved to step by ``limit`` at most where ``low``.

    ``low`` (T-1,) bool, ``limit`` (T-1,) metres. Least squares of the change and its
    second difference under these bounds, by the alternating direction method of
    multipliers (Boyd et al. 2011).
    """
    frames = len(path)
    matrix = _evenness(frames, settings.even)
    pairs = settings.firm * low
    matrix[-1, :-1] += pairs
    matrix[-1, 1:] += pairs
    matrix[-2, 1:] -= pairs
    factor = cholesky_banded(matrix)
    steps = np.diff(path, axis=0)
    wanted, dual = steps.copy(), np.zeros_like(steps)
    moved = np.zeros_like(path)
    for count in range(settings.rounds):
        if count % CHANCE == 0:
            progress(0.5 + 0.5 * count / settings.rounds)
        pull = pairs[:, None] * (wanted - dual - steps)
        moved = cho_solve_banded((factor, False), -np.diff(pull, axis=0, prepend=0, append=0))
        done = steps + np.diff(moved, axis=0)
        wanted = done + dual
        length = np.linalg.norm(wanted, axis=1, keepdims=True)
        wanted *= np.minimum(1, limit[:, None] / np.maximum(length, 1e-12))
        dual += done - wanted
    return moved


def _raised(
    height: np.ndarray, lifted: np.ndarray, progress: Progress, settings: ToeSettings
) -> np.ndarray:
    """(T,) metres that bring a toe joint at ``height`` (T,) to ``carried_m`` where ``lifted``."""
    if not lifted.any():
        return np.zeros(len(height))
    least = np.where(lifted, np.maximum(settings.carried_m - height, 0), 0)
    near = binary_dilation(lifted, np.ones(3))
    most = np.where((height < settings.contact.near_m) & ~near, settings.give_m, np.inf)
    matrix = _evenness(len(height), settings.even)
    matrix[-1] += settings.firm
    factor = cholesky_banded(matrix)
    wanted, dual = least.copy(), np.zeros(len(height))
    for count in range(settings.rounds):
        if count % CHANCE == 0:
            progress(0.5 * count / settings.rounds)
        raised = cho_solve_banded((factor, False), settings.firm * (wanted - dual))
        wanted = np.clip(raised + dual, least, most)
        dual += raised - wanted
    return wanted


def _evenness(frames: int, even: float) -> np.ndarray:
    """(3, T) upper bands of identity + ``even`` times second differences squared."""
    second = np.array([1.0, -2.0, 1.0])
    matrix = np.zeros((3, frames))
    matrix[-1] = 1
    for lag in range(3):
        for index in range(3 - lag):
            value = even * second[index] * second[index + lag]
            matrix[-1 - lag, index + lag : frames - 2 + index + lag] += value
    return matrix
