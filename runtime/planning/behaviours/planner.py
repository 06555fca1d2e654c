"""A behaviour without a trained model: the walk through the library that earns most, improved."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...body.figures import JOINT_RANGES
from ...body.model import shared_model
from ...library.features import point_velocities, pose_points
from ...library.library import NODE_STEP, Library
from ...motion.ground_frame import heading, moved
from ...motion.joining import JOIN, ease_out, join
from ...motion.motion import CONTROL_FPS
from ...prompts.rewards import Reward, mix_rewards
from ...prompts.rewards.features import Features, read_features
from ...prompts.rewards.forms import find_form
from ..graph.search import pose_distances
from ..graph.stretches import Run, assembled, sampled, velocities
from ..graph.walks import WalkCosts, node_features, walk
from ..paths import speed_of
from .kept_pose import kept_pose
from .loops import Loop, at_pace, loop_of, whole_tempo
from .lowering import Lowering, best_depth, lowered, lowered_features
from .upper_body import upper_offset

TEMPO = (0.75, 1.35)
"""Within which a recorded walk is played slower or faster to go at the speed asked for."""
ARMS_MOVE = 25
"""Frames over which arms are moved to where they earn more."""
TAKING = 30
"""Nodes (3 s) within which the library leads to a pose that is kept."""
NEARNESS = 0.12
"""Metres: poses of the library this near to one that is to be kept lead there."""
TIME_PRICE = 0.001
"""Metres a frame: how much nearer a pose has to come to be waited for."""
HARDLY = 0.1
"""Of the reward: a plan that earns less does not do what was asked for, and that is told."""
EASING_SPEED = 0.8
"""m/s: of the farthest limb, moving into a pose."""


@dataclass(frozen=True)
class BehaviourPlan:
    """Frames of a behaviour and what they are made of."""

    qpos: np.ndarray
    """(n, 76); the first frame is the pose it started in."""
    label: str
    clips: tuple[str, ...]
    reward: float
    """Mean of what its frames earn, as planned."""
    speed_asked: float | None = None
    speed: float | None = None
    """m/s, where a speed was asked for, and at how much the plan goes."""
    most: float = 1.0
    """What could be earned at best, by its weights."""
    loop: Loop | None = None
    """Where it goes round, if it does."""
    eased: tuple[int, int] | None = None
    """First and last frame of what nobody recorded: the way into a pose that is kept."""

    @property
    def note(self) -> str:
        """What a person should know: that this is far from what was asked for."""
        if self.reward > HARDLY * self.most:
            return ""
        return (
            f"nothing in the library does this: the nearest there is earns "
            f"{100 * max(self.reward, 0.0) / self.most:.0f} % of the reward"
        )


def plan_behaviour(
    library: Library,
    before: np.ndarray,
    rewards: Sequence[tuple[str | Reward, float]],
    frames: int,
    costs: WalkCosts | None = None,
    rng: np.random.Generator | None = None,
) -> BehaviourPlan:
    """From the end of a motion (n, 76) on, ``frames`` frames that earn a mix of rewards.

    The best walk through the library, its speed brought to the one asked for and its arms
    to where they earn more; or, where that earns more still, a pose taken and kept.
    ``rng`` takes other clips that earn almost as much, for variety.
    """
    costs, lowering = costs or WalkCosts(), Lowering()
    reward = mix_rewards(rewards)
    features = node_features(library)
    dearer = np.zeros(2 * library.clips)
    if rng is not None:
        dearer = costs.variety * rng.random(2 * library.clips)
    plan = _walked(library, before, rewards, features, frames, costs, dearer)
    depth = best_depth(reward, features, lowering)
    if depth:
        sunk = lowered_features(features, depth, lowering.upright)
        low = _walked(library, before, rewards, sunk, frames, costs, dearer, depth)
        if low.reward - lowering.price * depth > plan.reward:
            plan = low
    earned = reward.of(features).astype(np.float64)
    most = max(float(earned.max()), sum(weight for _, weight in rewards if weight > 0))
    if asked_speed(rewards) or plan.reward > costs.satisfied * most:
        return plan
    pose, kept = kept_pose(library, reward, earned, most=most)
    if kept < plan.reward:
        return plan
    still, eased = pose_taken(library, before, pose, frames, costs)
    if _mean(reward, still) < plan.reward + costs.least_gain * _scale(earned):
        return plan
    label = f"{_names(rewards)}, a pose kept"
    return BehaviourPlan(still, label, (), _mean(reward, still), eased=eased)


def _walked(
    library: Library,
    before: np.ndarray,
    rewards: Sequence[tuple[str | Reward, float]],
    features: Features,
    frames: int,
    costs: WalkCosts,
    dearer: np.ndarray,
    depth: float = 0.0,
) -> BehaviourPlan:
    """The walk that earns most by ``features`` (2M nodes), each clip by ``dearer`` (2C,) less.

    ``depth`` metres: by how much its hips are lowered, as they are in the features.
    """
    reward = mix_rewards(rewards)
    earned = reward.of(features).astype(np.float64)
    scale = _scale(earned)
    special = library.node_special
    plain = float(np.quantile(np.abs(earned[~special]), 0.999)) if not special.all() else 0.0
    # Where only a dancer earns, the dance is what was asked for.
    worth = earned / scale - costs.special * special * (plain > 0.8 * scale)
    worth = worth - dearer[library.node_clips]
    entry = entry_distances(library, before)
    speed = asked_speed(rewards)
    longest = int(np.ceil(frames * (TEMPO[1] if speed else 1.0)))
    runs = walk(library, worth, entry, -(-longest // NODE_STEP) + 1, costs)
    loop = loop_of(runs)
    if speed:
        walked, tempo = at_speed(library, runs, before, frames, speed, loop)
        loop = loop and at_pace(loop, tempo)
    else:
        walked = placed_walk(library, runs, before, frames)
    if depth:
        walked = lowered(walked, depth, Lowering())
    walked = with_upper_body(library, reward, walked)
    label = f"{_names(rewards)}, from the library"
    clips = tuple(library.name_of(int(library.node_frames[run.start])) for run in runs)
    done = speed_of(walked) if speed else None
    most = max(sum(weight for _, weight in rewards if weight > 0), 1e-6)
    mean = _mean(reward, walked)
    return BehaviourPlan(walked, label, clips, mean, speed or None, done, most, loop)


def _scale(earned: np.ndarray) -> float:
    """What the best nodes earn."""
    return max(float(np.quantile(np.abs(earned), 0.999)), 1e-6)


def entry_distances(library: Library, before: np.ndarray) -> np.ndarray:
    """(2M,) metres: how far every node is from what a motion (n, 76) ends in."""
    moving = before[-4:]
    points = pose_points(moving)
    speeds = point_velocities(points, moving[:, :2], heading(moving), 1 / CONTROL_FPS)[-1]
    return pose_distances(library, points[-1], speeds)


def placed_walk(
    library: Library, runs: list[Run], before: np.ndarray, frames: int, tempo: float = 1.0
) -> np.ndarray:
    """(frames, 76) of runs put where a motion ends; the first frame is the one it ends in."""
    qpos = assembled(library, runs)
    if tempo != 1.0:
        qpos = sampled(qpos, np.arange(0, len(qpos) - 1 + 1e-6, tempo))
    start = before[-1]
    turn = heading(start[None])[0] - heading(qpos[:1])[0]
    qpos = moved(qpos, turn, qpos[0, :2], start[:2])
    length = min(2 * JOIN, len(qpos) - 1)
    return np.concatenate([start[None], join(before, qpos[1:], length)])[:frames]


def pose_taken(
    library: Library, before: np.ndarray, pose: np.ndarray, frames: int, costs: WalkCosts
) -> tuple[np.ndarray, tuple[int, int]]:
    """(frames, 76): the library's way towards a pose (76,), then into it, then kept; and the first
    and the last frame that lead into it."""
    points = pose_points(pose[None])[0]
    near = np.exp(-((pose_distances(library, points) / NEARNESS) ** 2))
    runs = walk(library, near, entry_distances(library, before), TAKING, costs)
    way = placed_walk(library, runs, before, 3 * TAKING)
    distance = np.linalg.norm(pose_points(way) - points, axis=-1).mean(axis=1)
    at = int(np.argmin(distance + TIME_PRICE * np.arange(len(way))))
    whole = way[: at + 1]
    turn = heading(whole[-1:])[0] - heading(pose[None])[0]
    target = moved(pose[None], turn, pose[:2], whole[-1, :2])
    farthest = np.linalg.norm(pose_points(target) - pose_points(whole[-1:]), axis=-1).max()
    length = int(np.clip(farthest / EASING_SPEED * CONTROL_FPS, JOIN, 3 * CONTROL_FPS))
    kept = np.repeat(target, max(frames - len(whole), length + 1), axis=0)
    qpos = np.concatenate([whole, join(whole, kept, length)])[:frames]
    return qpos, (len(whole), min(len(whole) + length, frames) - 1)


def with_upper_body(library: Library, reward: Reward, qpos: np.ndarray) -> np.ndarray:
    """(T, 76) with arms and chest turned to where they earn more over the first moments."""
    if len(qpos) < 2 * ARMS_MOVE:
        return qpos
    offset = upper_offset(library, reward, qpos, velocities(qpos))
    fade = 1 - ease_out(np.arange(len(qpos)), ARMS_MOVE)[:, None]
    result = qpos.copy()
    result[:, 7:] = np.clip(result[:, 7:] + fade * offset, JOINT_RANGES[:, 0], JOINT_RANGES[:, 1])
    return result


def asked_speed(rewards: Sequence[tuple[str | Reward, float]]) -> float | None:
    """m/s at which a mix of rewards asks the body to go; None if none does or two differ."""
    speeds = set()
    for name, weight in rewards:
        form = find_form(name) if isinstance(name, str) else None
        if form is not None and weight > 0 and "speed" in form[1]:
            speeds.add(float(form[1]["speed"]))
    return speeds.pop() if len(speeds) == 1 else None


def at_speed(
    library: Library,
    runs: list[Run],
    before: np.ndarray,
    frames: int,
    speed: float,
    loop: Loop | None = None,
) -> tuple[np.ndarray, float]:
    """The walk (frames, 76) in the tempo in which it goes at ``speed`` m/s, as far as tempo helps,
    and that tempo; rounds of a ``loop`` take whole frames."""
    tempo = 1.0
    walked = placed_walk(library, runs, before, frames)
    longest = len(assembled(library, runs)) / (frames + 1)
    for _ in range(3):
        tempo = float(np.clip(tempo * speed / max(speed_of(walked), 0.1), *TEMPO))
        tempo = whole_tempo(tempo, loop, min(longest, TEMPO[1]))
        walked = placed_walk(library, runs, before, frames, tempo)
    return walked, tempo


def _mean(reward: Reward, qpos: np.ndarray) -> float:
    """What a plan (T, 76) earns on average, of 1."""
    states = qpos, velocities(qpos), np.zeros((len(qpos), 69))
    return float(reward.of(read_features(shared_model(), *states))[1:].mean())


def _names(rewards: Sequence[tuple[str | Reward, float]]) -> str:
    return ", ".join(str(name) for name, _ in rewards)
