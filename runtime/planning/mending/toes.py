"""Takes the skating out of a reference: a low toe stands, a toe that travels is carried.

A recorded toe begins to glide while it still rolls off, comes down while it still
travels, and shuffles over the floor in small steps. Each is told from the joint
at the ball of the foot: lower than ``LOW`` in two frames on end it may not move.
What is cheaper mends it: the toe waits until it is high enough, or it is lifted
sooner, unless the other foot is in the air. The change is spread over the frames
around it, so that the leg does not jerk.
"""

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.ndimage import binary_closing, binary_dilation, gaussian_filter1d

from ...body.figures import BODY_NAMES, GRAVITY, OFFSETS
from ...body.kinematics import forward_kinematics
from ...body.support_points import lowest_points
from ...body.weight import centre_of_mass
from ...motion.contact_detection import LOW_TOE
from ...posing.limits import into_ranges
from ...progress import Part, Progress, silent
from .grounding import intervals
from .legs import place_foot

FPS = 30.0
LOW = LOW_TOE.near_m
"""Metres: a toe joint lower than this belongs to the floor."""
CARRIED = 0.08
"""Metres: how high the joint of a toe is carried that moves on."""
OFF = 0.02
"""Metres: a foot whose lowest point is higher than this carries nothing."""
BRISK = 0.6 / FPS
"""Metres in a frame from which a toe is on its way even if the other foot is too."""
STEP = 0.03 / FPS
"""Metres in a frame that a standing toe may creep."""
SKATES = 0.7
"""Share of frames with a low toe that moves: recordings of people have up to a half."""
RIDES = (1.0 / FPS, 6)
"""Metres in a frame by which both toes glide over the floor, and for how many frames on end, of
somebody who is carried."""
MOVING = LOW_TOE.slow_m_s / FPS
"""Metres in a frame from which a low toe is taken to move."""
TRIES = 4
"""Rounds of letting toes creep, or of lifting them, that would have to wait too far away."""
WAIT = 0.05
"""Metres a toe waits behind or hurries ahead at most; beyond that it is lifted."""
REACH = 0.1
"""Metres within which the toe of a foot stays that is spun upon, and that it is moved at most."""
LIFT_PRICE = 0.7
"""How much lifting by a metre costs beside waiting by a metre."""
FALLING = 0.5 * GRAVITY
"""m/s^2 downwards: a body that falls faster than this is in the air, and nothing has to carry it."""
FALL_NOISE = 1.5
"""Frames over which its acceleration is smoothed: captured at 30 Hz it is noisy."""
RETURN = 2
"""Frames over which toes come down again around those in which they have to carry."""
GIVE = 0.004
"""Metres a standing toe may be raised to begin a step evenly."""
EVEN = 30.0
"""How evenly a change is spread, against how small it is."""
FIRM = 30.0
"""Step of the solver towards what is asked for, in the same measure."""
ROUNDS = 200
TURN_LEVER = 0.1
"""Metres: a foot may turn to reach the place of its toe, see ``place_foot``."""
BENT = np.radians(10)
"""Of the knee, to start from: out of a straight one the leg finds no way to be shorter."""
BLOCK = 256
"""Frames worked on between two chances to cancel."""
CHANCE = 20
"""Rounds of the solver between two of them."""


def steady_toes(qpos: np.ndarray, progress: Progress = silent) -> np.ndarray:
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
    if _skates(toes):
        return qpos
    rides = _rides(toes)
    for side, other in (("L", feet["R"]), ("R", feet["L"])):
        ankle, toe = feet[side]
        knee = 7 + 3 * (BODY_NAMES.index(f"{side}_Knee") - 1)
        alone = lowest_points(result)[:, other].min(axis=1) > OFF
        alone[:-1] &= _pace(positions[:, toe]) < BRISK
        begun = 0.5 * (side == "R")
        target = steady_path(positions[:, toe], ~alone, rides, Part(progress, begun, begun + 0.4))
        changed = np.linalg.norm(target - positions[:, toe], axis=1) > 5e-4
        for start in range(0, len(qpos), BLOCK):
            progress(begun + 0.4 + 0.1 * start / len(qpos))
            used = start + np.flatnonzero(changed[start : start + BLOCK])
            if len(used):
                bent = result[used]
                bent[:, knee] = np.maximum(bent[:, knee], BENT)
                result[used] = place_foot(
                    bent,
                    side,
                    target[used],
                    rotations[used, ankle],
                    OFFSETS[toe],
                    TURN_LEVER,
                )
    return _carried(result, qpos)


def _carried(lifted: np.ndarray, qpos: np.ndarray) -> np.ndarray:
    """(T, 76) each -> (T, 76): as before, ``qpos``, where nothing would carry a body that does not
    fall; a foot that stays where it is meanwhile, for it is spun upon, is held at the ball.

    Such a foot moves fast, and would be lifted; without it the body would hover.
    """
    low, before = lowest_points(lifted).min(axis=1), lowest_points(qpos)
    rise = np.zeros(len(qpos))
    rise[1:-1] = np.diff(centre_of_mass(qpos)[:, 2], n=2) * FPS**2
    falls = gaussian_filter1d(rise, FALL_NOISE) < -FALLING
    hovers = (low > OFF) & (before.min(axis=1) < OFF) & ~falls
    if not hovers.any():
        return lifted
    spun = _spun(hovers, qpos, before)
    result = lifted.copy()
    for number, side in enumerate("LR"):
        # Where the other one bears, this one may be as high as it was lifted.
        back = _around(hovers & ~spun[:, 1 - number])[:, None]
        leg = [BODY_NAMES.index(f"{side}_{name}") for name in ("Hip", "Knee", "Ankle", "Toe")]
        columns = (7 + 3 * (np.array(leg)[:, None] - 1) + np.arange(3)).ravel()
        result[:, columns] += back * (qpos - lifted)[:, columns]
        if spun[:, number].any():
            result = _held_at_the_ball(result, side, _around(spun[:, number]) > 0)
    return into_ranges(result)


def _around(frames: np.ndarray) -> np.ndarray:
    """(T,) bool -> (T,) 0..1: one in the frames, going to none around them."""
    near = binary_dilation(frames, np.ones(2 * RETURN + 1)).astype(float)
    return np.maximum(gaussian_filter1d(near, 1.0), frames)


def _spun(hovers: np.ndarray, qpos: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """(T, 2) bool: which foot, left or right, stays on the floor within ``REACH`` where the body
    ``hovers``; neither where one steps off as the other comes down."""
    spun = np.zeros((len(qpos), 2), dtype=bool)
    toes = forward_kinematics(qpos)[0][:, [BODY_NAMES.index(f"{side}_Toe") for side in "LR"], :2]
    for start, stop in intervals(hovers):
        around = slice(max(start - RETURN, 0), stop + RETURN)
        travel = np.linalg.norm(np.ptp(toes[around], axis=0), axis=-1)
        for column, side in enumerate("LR"):
            feet = [BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe")]
            if lowest[start:stop, feet].min() > OFF:
                travel[column] = np.inf
        chosen = int(np.argmin(travel))
        spun[start:stop, chosen] = travel[chosen] < REACH
    return spun


def _held_at_the_ball(qpos: np.ndarray, side: str, near: np.ndarray) -> np.ndarray:
    """(T, 76): the toe of a foot stands where it is low ``near`` (T,) bool, turning about its ball."""
    ankle, toe = (BODY_NAMES.index(f"{side}_{name}") for name in ("Ankle", "Toe"))
    positions, rotations = forward_kinematics(qpos)
    path = positions[:, toe]
    low = np.maximum(path[1:, 2], path[:-1, 2]) < LOW
    moved = _held(path[:, :2], low & (near[1:] | near[:-1]), np.full(len(low), STEP), silent)
    length = np.linalg.norm(moved, axis=1)
    moved *= np.minimum(1, REACH / np.maximum(length, 1e-12))[:, None]
    used = np.flatnonzero(length > 5e-4)
    target = path[used].copy()
    target[:, :2] += moved[used]
    bent, knee = qpos[used], 7 + 3 * (BODY_NAMES.index(f"{side}_Knee") - 1)
    bent[:, knee] = np.maximum(bent[:, knee], BENT)
    result = qpos.copy()
    result[used] = place_foot(bent, side, target, rotations[used, ankle], OFFSETS[toe], TURN_LEVER)
    return result


def steady_path(
    path: np.ndarray,
    free: np.ndarray,
    rides: np.ndarray | None = None,
    progress: Progress = silent,
) -> np.ndarray:
    """Path (T, 3) of a toe joint -> the nearest even one that nowhere moves while low.

    Only where it is ``free`` (T,) bool may it be lifted: the other foot carries the body.
    Where the body ``rides`` (T,) bool it may move.
    """
    stays = np.ones(len(path), dtype=bool) if rides is None else ~rides
    lifted = _worth_lifting(path) & free & stays
    limit = np.full(len(path) - 1, STEP)
    fast = _pace(path) > MOVING
    for attempt in range(TRIES):
        part = Part(progress, attempt / TRIES, (attempt + 1) / TRIES)
        raised = _raised(path[:, 2], lifted, part)
        low = np.maximum(path[1:, 2] + raised[1:], path[:-1, 2] + raised[:-1]) < LOW
        # What is performed leaves the floor a frame late, and comes to rest a frame late.
        low[1:] |= low[:-1]
        low[:-1] |= low[1:]
        low &= stays[1:] & stays[:-1]
        moved = _held(path[:, :2], low, limit, part)
        far = np.linalg.norm(moved, axis=1) > WAIT
        far = far[1:] | far[:-1]
        if not far.any():
            break
        limit[far] = MOVING
        carried = far & fast & low
        lifted[1:] |= carried & free[1:]
        lifted[:-1] |= carried & free[:-1]
    return path + np.column_stack([moved, raised])


def _skates(toes: np.ndarray) -> bool:
    """Whether toes (T, 2, 3) move over the floor in most frames, as those of no person do.

    Made to stand they would be torn from the legs, lifted they would leave the body hovering.
    """
    low = np.maximum(toes[1:, :, 2], toes[:-1, :, 2]) < LOW
    pace = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=-1)
    return bool((low & (pace > MOVING)).any(axis=1).mean() > SKATES)


def _rides(toes: np.ndarray) -> np.ndarray:
    """Toes (T, 2, 3) -> (T,) bool: frames in which both glide over the floor for a while."""
    low = np.maximum(toes[1:, :, 2], toes[:-1, :, 2]) < LOW
    pace = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=-1)
    rides = np.zeros(len(toes), dtype=bool)
    for start, stop in intervals((low & (pace > RIDES[0])).all(axis=1)):
        if stop - start >= RIDES[1]:
            rides[start : stop + 1] = True
    return rides


def _pace(path: np.ndarray) -> np.ndarray:
    """(T, 3) metres -> (T-1,) metres a frame over the floor."""
    return np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1)


def _worth_lifting(path: np.ndarray) -> np.ndarray:
    """(T, 3) -> (T,) bool: frames in which a toe is better lifted than made to stand."""
    low = np.maximum(path[1:, 2], path[:-1, 2]) < LOW
    step = _pace(path)
    moving = binary_closing(low & (step > MOVING), np.ones(3)) & low
    lifted = np.zeros(len(path), dtype=bool)
    for start, stop in intervals(moving):
        way = np.maximum(step[start:stop] - STEP, 0).sum()
        # The frames between the two ends, and an end that is not on the floor.
        first = start + (start == 0 or low[start - 1])
        last = stop - (stop == len(low) or low[stop]) if stop - start > 1 else stop
        inside = slice(first, last + 1)
        height = np.maximum(CARRIED - path[inside, 2], 0)
        if way > LIFT_PRICE * height.max(initial=0):
            lifted[inside] = True
    return lifted


def _held(path: np.ndarray, low: np.ndarray, limit: np.ndarray, progress: Progress) -> np.ndarray:
    """(T, 2) metres by which ``path`` (T, 2) is moved to step by ``limit`` at most where ``low``.

    ``low`` (T-1,) bool, ``limit`` (T-1,) metres. Least squares of the change and its
    second difference under these bounds, by the alternating direction method of
    multipliers (Boyd et al. 2011).
    """
    frames = len(path)
    matrix = _evenness(frames)
    pairs = FIRM * low
    matrix[-1, :-1] += pairs
    matrix[-1, 1:] += pairs
    matrix[-2, 1:] -= pairs
    factor = cholesky_banded(matrix)
    steps = np.diff(path, axis=0)
    wanted, dual = steps.copy(), np.zeros_like(steps)
    moved = np.zeros_like(path)
    for count in range(ROUNDS):
        if count % CHANCE == 0:
            progress(0.5 + 0.5 * count / ROUNDS)
        pull = pairs[:, None] * (wanted - dual - steps)
        moved = cho_solve_banded((factor, False), -np.diff(pull, axis=0, prepend=0, append=0))
        done = steps + np.diff(moved, axis=0)
        wanted = done + dual
        length = np.linalg.norm(wanted, axis=1, keepdims=True)
        wanted *= np.minimum(1, limit[:, None] / np.maximum(length, 1e-12))
        dual += done - wanted
    return moved


def _raised(height: np.ndarray, lifted: np.ndarray, progress: Progress) -> np.ndarray:
    """(T,) metres that bring a toe joint at ``height`` (T,) to ``CARRIED`` where ``lifted``."""
    if not lifted.any():
        return np.zeros(len(height))
    least = np.where(lifted, np.maximum(CARRIED - height, 0), 0)
    near = binary_dilation(lifted, np.ones(3))
    most = np.where((height < LOW) & ~near, GIVE, np.inf)
    matrix = _evenness(len(height))
    matrix[-1] += FIRM
    factor = cholesky_banded(matrix)
    wanted, dual = least.copy(), np.zeros(len(height))
    for count in range(ROUNDS):
        if count % CHANCE == 0:
            progress(0.5 * count / ROUNDS)
        raised = cho_solve_banded((factor, False), FIRM * (wanted - dual))
        wanted = np.clip(raised + dual, least, most)
        dual += raised - wanted
    return wanted


def _evenness(frames: int) -> np.ndarray:
    """(3, T) upper bands of identity + ``EVEN`` times second differences squared."""
    second = np.array([1.0, -2.0, 1.0])
    matrix = np.zeros((3, frames))
    matrix[-1] = 1
    for lag in range(3):
        for index in range(3 - lag):
            value = EVEN * second[index] * second[index + lag]
            matrix[-1 - lag, index + lag : frames - 2 + index + lag] += value
    return matrix
