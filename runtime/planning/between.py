"""What lies between keys: eased where a person could simply move so, else found in the library."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..body.figures import BODY_NAMES
from ..body.kinematics import forward_kinematics
from ..library.features import POINTS, point_velocities, pose_points
from ..library.library import NODE_SECONDS, Library
from ..library.tags import main_tag
from ..motion.ground_frame import heading, wrapped
from ..motion.motion import CONTROL_FPS
from .faults import FEET, faults
from .graph.search import Found, Goal, distinct, find_chains, find_stretches, one_of, pose_distances
from .graph.stretches import assembled, carried, eased, eased_onto, mixed, pace_of, paced, warped
from .mending.grounding import on_the_ground
from .mending.settings import TREADING, TREADING_TO_LEAP, TreadingSettings
from .mending.toes import steady_toes
from .rising import risen, rises
from .shrinkage import SHRINKAGE, apart, likelihoods, shrinkage, unusual
from .treading import trodden

EASE_ONLY = -1
"""The choice that leaves a gap as it was keyed."""
OFFERED = 5
"""Choices a person is offered beside it."""
FADE_FRAMES = 14
"""Over which each end of a way is eased onto its key. Where there is time for no more than half of
them, what both ends are off on the same side is carried all the way."""
COMPARED = 10
"""Ways that are put to where they have to be before the best is chosen."""
SHARES_TRIED = 1.0, 0.75, 0.5
"""Of what is to be mixed into a way, until its feet allow it."""
LONG_NODES = 50
"""Tenths of a second beyond which single stretches are not searched for by themselves."""
_TOE_POINTS = [POINTS.index("L_Toe"), POINTS.index("R_Toe")]


@dataclass(frozen=True)
class EasingLimits:
    """What a person could simply ease through; beyond any of it the library is asked."""

    place: float = 0.45
    """Metres the pelvis travels, in all."""
    turn: float = np.radians(50)
    """Radians the pelvis turns."""
    slide: float = 0.2
    """Metres a foot is carried along within 12 cm over where it stands."""
    seconds: float = 5.0
    """Longer than that nobody eases from one pose to another."""
    leap: float = 1.5
    """Metres to or from a pose in the air: farther than that nobody jumps out of standing."""
    floor: float = 0.3
    """Metres: with the pelvis lower one sits or lies; down there and up again lead many moves."""
    upright: float = 0.55
    """Metres: with the pelvis higher one is on one's feet."""
    fewest: int = 8
    """Frames: shorter gaps are part of a motion that was keyed densely."""
    fastest: float = 7.0
    """m/s: nobody runs faster, so this is a flight or a mistake and stays as it is."""


@dataclass(frozen=True)
class Between:
    """What was chosen for the frames from one key to the next; plain data for the metadata."""

    start: int
    end: int
    label: str
    """In a person's words: "walk, from the library" or "eased"."""
    choice: int
    """Number of the way taken, -1 for easing."""
    offered: tuple[str, ...]
    """The ways there are, best first."""
    clips: tuple[str, ...] = ()
    cost: float = 0.0
    note: str = ""
    """What a person should know: that nobody moves so fast, or that no pose was near."""
    made: bool = False
    """Whether its frames were made for it, to be followed as those of the library are."""

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "offered": list(self.offered), "clips": list(self.clips)}


RISEN = "get up, leaning over the feet"
SEATED = "sit down, leaning over the feet"
EASED_IF_FAR = EasingLimits(place=0.6, slide=0.6, floor=0.0)
"""What is eased where no pose of the library is near a key, with a step of each foot that moves: a body
finds a way of its own to the floor and up again, but that is no walk."""
FLIGHT_PRICE = 0.5
"""Metres of wrong pose that it is worth to be in the air where a key is."""
FAR_M = 0.15
"""Metres between a key and the pose of the library that is eased onto it, beyond which it is told."""
AIRBORNE_M = 0.12
"""Metres over the floor from which toes, both of them, say that a key is one of a jump."""


def needs_steps(frames: np.ndarray, limits: EasingLimits | None = None) -> bool:
    """Whether frames (T, 76) from one key to the next ask for what a person cannot ease through."""
    limits = limits or EasingLimits()
    count = len(frames) - 1
    if count < limits.fewest:
        return False
    positions = forward_kinematics(frames[[0, -1]])[0]
    way = float(np.linalg.norm(frames[-1, :2] - frames[0, :2]))
    if way / count * CONTROL_FPS > limits.fastest:
        return False
    turn = abs(float(wrapped(np.subtract(*heading(frames[[-1, 0]])))))
    toes = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]
    track = forward_kinematics(frames)[0][:, toes]
    low = track[..., 2] < np.minimum(track[[0, -1]][..., 2].min(axis=0), 0.1) + 0.12
    carried = np.linalg.norm(np.diff(track[..., :2], axis=0), axis=-1) * low[1:]
    slid = float(carried.sum(axis=0).max())
    changed = float(np.linalg.norm(positions[1] - positions[0], axis=-1).max()) > 0.05
    if (track[[0, -1]][..., 2].min(axis=1) > AIRBORNE_M).any():
        return way > limits.leap  # else a jump was keyed as one
    pelvis = frames[[0, -1], 2]
    if pelvis.min() < limits.floor and pelvis.max() > limits.upright:
        return True
    long = count / CONTROL_FPS > limits.seconds and changed
    return way > limits.place or turn > limits.turn or slid > limits.slide or long


def too_fast(frames: np.ndarray, limits: EasingLimits | None = None) -> str:
    """What to tell of frames (T, 76) between two keys that no runner could bridge; else nothing."""
    limits = limits or EasingLimits()
    way = float(np.linalg.norm(frames[-1, :2] - frames[0, :2]))
    seconds = (len(frames) - 1) / CONTROL_FPS
    if way <= limits.fastest * seconds or way <= limits.place:
        return ""
    return (
        f"{way:.1f} m in {seconds:.1f} s is faster than anyone runs; it stays as it was keyed. "
        f"Give it at least {way / limits.fastest:.1f} s"
    )


def flies(qpos: np.ndarray) -> bool:
    """Whether a pose (76,) is one of a jump."""
    toes = [BODY_NAMES.index("L_Toe"), BODY_NAMES.index("R_Toe")]
    return bool(forward_kinematics(qpos[None])[0][0, toes, 2].min() > AIRBORNE_M)


def ways_between(
    library: Library,
    before: np.ndarray,
    target: np.ndarray,
    frames: int,
    after: np.ndarray | None = None,
    count: int = OFFERED,
    style: int = 0,
    barred: np.ndarray | None = None,
) -> list[Found]:
    """The best ways from where a motion is to a pose, so many frames later.

    before (n, 76), n >= 1: the motion so far; its last frame is the first key. target
    (76,): the key to reach; after (m, 76): how it goes on from there, if it is known;
    ``barred`` (2M,) bool: nodes of the library that are left out.
    """
    start, end = before[-1], target
    moving = before[-4:]
    turned, points = heading(moving), pose_points(moving)
    speeds = point_velocities(points, moving[:, :2], turned, 1 / CONTROL_FPS)[-1]
    if len(before) < 2:
        speeds = np.zeros_like(speeds)
    going_on = np.concatenate([end[None], after[:3]]) if after is not None else end[None]
    end_points = pose_points(going_on)
    end_speeds = None
    if after is not None or not flies(end):  # who stands comes to rest; how one flies is not known
        there = heading(going_on)
        end_speeds = point_velocities(end_points, going_on[:, :2], there, 1 / CONTROL_FPS)[0]
    pace: tuple[float | None, float | None] = (None, None)
    if not flies(start) and not flies(end):  # no tempo but its own lands a leap
        pace = pace_of(moving), pace_of(going_on)
    nodes = max(2, round(frames / CONTROL_FPS / NODE_SECONDS))
    x = np.linspace(0, 1, nodes + 1)
    first, last = heading(start[None])[0], heading(end[None])[0]
    headings = first + wrapped(last - first) * x
    way = end[:2] - start[:2]
    on_floor = library.node_points[:, _TOE_POINTS, 2].min(axis=1) < AIRBORNE_M
    goal = Goal(
        start=pose_distances(library, points[-1], speeds) + FLIGHT_PRICE * on_floor * flies(start),
        end=pose_distances(library, end_points[0], end_speeds)
        + FLIGHT_PRICE * on_floor * flies(end),
        places=start[:2] + x[:, None] * way,
        headings=headings,
        style=style,
        barred=barred,
    )
    looked_at = max(count, COMPARED)
    # Over long gaps chains, which may play one clip on as well, are all that is looked for.
    found = find_stretches(library, goal, looked_at) if nodes <= LONG_NODES else []
    if not found or found[0].cost > 0.2 or nodes > 40:
        found += find_chains(library, goal, looked_at)
    found = [replace(way, paces=pace) for way in found]
    return gliding_last(library, distinct(library, found, looked_at), start, end, frames)[:count]


def gliding_last(
    library: Library, found: list[Found], start: np.ndarray, end: np.ndarray, frames: int
) -> list[Found]:
    """The same ways, put to where they have to be, and those dearer whose feet then glide or
    cannot reach where they should tread, or that none of the others is like; each with how near to
    what is likely it is to keep."""
    priced, places = [], []
    treading = _treading(start, end)
    for way in found:
        done, missed = trodden(*_bent(library, way, start, end, frames), treading)
        places.append(forward_kinematics(done)[0])
        priced.append(replace(way, cost=way.cost + faults(done, missed)))
    smooth = forward_kinematics(eased(start, end, frames))[0]
    clips = [int(library.node_clips[way.runs[0].start]) % library.clips for way in priced]
    return usual_first(priced, places, smooth, clips)


def usual_first(
    found: list[Found], places: list[np.ndarray], smooth: np.ndarray, clips: list[int]
) -> list[Found]:
    """Ways of ``clips``, that lead joints along ``places`` (T, 24, 3), beside easing's ``smooth``
    (T, 24, 3): the cheap ones first, and of dear ones what most of them do, each with how much of
    the others and of easing is to be mixed into it."""
    order = np.argsort([way.cost for way in found], kind="stable")
    ways, places = [found[index] for index in order], [places[index] for index in order]
    costs = [way.cost for way in ways]
    distances = np.array([[apart(one, other) for other in places] for one in places])
    away = [apart(one, smooth) for one in places]
    shares = shrinkage(distances, away, costs, [clips[index] for index in order])
    way = float(np.linalg.norm(smooth[-1, 0, :2] - smooth[0, 0, :2]))
    if way / (len(smooth) - 1) * CONTROL_FPS > SHRINKAGE.going_m_s:
        shares = [0.0] * len(ways)
    mixing = [
        replace(way, shrinkage=share, others=tuple(other for other in ways if other is not way))
        if share
        else way
        for way, share in zip(ways, shares, strict=True)
    ]
    order = np.argsort(costs + unusual(distances, costs), kind="stable")
    return [mixing[index] for index in order]


def performed_between(
    library: Library, found: Found, start: np.ndarray, target: np.ndarray, frames: int
) -> np.ndarray:
    """(frames + 1, 76) from the pose ``start`` (76,) to ``target`` (76,) along a way found, as near
    to what is likely as it is to keep and its feet allow."""
    recorded, bent = _bent(library, found, start, target, frames)
    treading = _treading(start, target)
    plain, missed = trodden(recorded, bent, treading)
    if not found.shrinkage:
        return plain
    likely = _likely(library, found, start, target, frames)
    most = faults(steady_toes(on_the_ground(plain)), missed) + FEET.worse
    for share in found.shrinkage * np.array(SHARES_TRIED):
        done, missed = trodden(recorded, mixed(bent, likely, float(share)), treading)
        if faults(steady_toes(on_the_ground(done)), missed) < most:
            return done
    return plain


def _treading(start: np.ndarray, end: np.ndarray) -> TreadingSettings:
    return TREADING_TO_LEAP if flies(start) or flies(end) else TREADING


def _bent(
    library: Library, found: Found, start: np.ndarray, target: np.ndarray, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """(frames + 1, 76) as recorded, and bent to the poses at both ends."""
    recorded = paced(assembled(library, list(found.runs)), frames + 1, found.paces)
    qpos = warped(
        recorded,
        frames + 1,
        (start[:2], float(heading(start[None])[0])),
        (target[:2], float(heading(target[None])[0])),
    )
    length = max(4, min(FADE_FRAMES, (frames + 1) // 3))
    # A head that is bowed in the library nods within a few frames where keys hold it up.
    hasty = float(np.clip(2 - 2 * length / FADE_FRAMES, 0, 1))
    qpos = carried(qpos, start, target, hasty)
    return recorded, eased_onto(eased_onto(qpos, start, length, False), target, length, True)


def _likely(
    library: Library, found: Found, start: np.ndarray, target: np.ndarray, frames: int
) -> np.ndarray:
    """(frames + 1, 76): the mean of the other ways, the cheaper ones most, and of easing."""
    smooth = eased(start, target, frames)
    mean, total = smooth, 0.0
    weights = likelihoods(np.array([other.cost for other in found.others]))
    for other, weight in zip(found.others, weights, strict=True):
        total += float(weight)
        mean = mixed(mean, _bent(library, other, start, target, frames)[1], float(weight) / total)
    return mixed(mean, smooth, SHRINKAGE.eased) if found.others else smooth


def _far(library: Library, found: Found, keys: tuple[np.ndarray, np.ndarray]) -> str:
    """What to tell where a way begins or ends in poses far from the keys (76,) it is to meet."""
    ends = found.runs[0].start, found.runs[-1].stop
    off = max(
        float(np.linalg.norm(library.node_points[node] - pose_points(key[None])[0], axis=-1).mean())
        for node, key in zip(ends, keys, strict=True)
    )
    if off <= FAR_M:
        return ""
    return f"no pose of the library is near; the nearest, {100 * off:.0f} cm off, is eased onto the key"


def described(library: Library, found: Found, leaps: bool = False) -> str:
    """What is done on a way, for a person: "walk, from the library"."""
    if leaps:
        return "jump, from the library"
    tags = np.concatenate([library.node_tags[run.start : run.stop + 1] for run in found.runs])
    return f"{main_tag(tags)}, from the library"


def clips_in(library: Library, found: Found) -> tuple[str, ...]:
    return tuple(library.name_of(int(library.node_frames[run.start])) for run in found.runs)


def fill_between(
    library: Library,
    qpos: np.ndarray,
    keys: list[int],
    chosen: dict[int, int],
    shift: int = 0,
    rng: np.random.Generator | None = None,
) -> tuple[np.ndarray, list[Between]]:
    """Frames (T, 76) as eased from key to key -> the same with steps where they are needed.

    ``keys`` are the keyed frames, ``chosen`` the person's choice by the frame of the key
    at which a gap begins: a number of a way, or -1 to ease; ``shift`` what these and the
    frames in what is told count from. ``rng`` takes other ways that are almost as good.
    """
    result, told = qpos.copy(), []
    for first, last in itertools.pairwise(keys):
        gap = result[first : last + 1]
        choice = chosen.get(first + shift)
        if choice == EASE_ONLY or last - first < 2 or (choice is None and not needs_steps(gap)):
            hurry = too_fast(gap) if choice is None else ""
            if last - first >= EasingLimits.fewest or hurry:
                told.append(
                    Between(first + shift, last + shift, "eased", EASE_ONLY, (), note=hurry)
                )
            continue
        after = result[last + 1 : last + 4] if last + 1 < len(result) else None
        if last + 1 < len(result):
            following = [key for key in keys if key > last]
            if following and needs_steps(result[last : following[0] + 1]):
                after = None  # it will be found, too
        before = result[max(0, first - 3) : first + 1] if first else result[:1]
        leaps = flies(result[first]) or flies(result[last])
        ways = ways_between(library, before, result[last], last - first, after)
        if not ways:
            told.append(Between(first + shift, last + shift, "eased", EASE_ONLY, ()))
            continue
        number = min(choice or 0, len(ways) - 1)
        if choice is None:
            number = ways.index(one_of(ways, rng))
        found = ways[number]
        offered = tuple(described(library, way, leaps) for way in ways)
        far = _far(library, found, (result[first], result[last]))
        if choice is None and far and not needs_steps(gap, EASED_IF_FAR):
            up, down = rises(gap[0], gap[-1]), rises(gap[-1], gap[0])
            if up:
                gap = risen(gap[0], gap[-1], last - first)
            elif down:
                gap = risen(gap[-1], gap[0], last - first)[::-1]
            standing = np.repeat(gap[:1], len(gap), axis=0)
            result[first : last + 1] = trodden(standing, gap)[0]
            label = RISEN if up else SEATED if down else "eased"
            told.append(
                Between(first + shift, last + shift, label, EASE_ONLY, offered, made=up or down)
            )
            continue
        result[first : last + 1] = performed_between(
            library, found, result[first], result[last], last - first
        )
        told.append(
            Between(
                first + shift,
                last + shift,
                described(library, found, leaps),
                number,
                offered,
                clips_in(library, found),
                found.cost,
                far,
            )
        )
    return result, told
