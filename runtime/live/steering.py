"""What the library would do next for what a person wishes now: motion matching.

Several times a second the node is looked up whose pose is like the one the body is in
and whose next second goes where it is asked to; the way over there is eased by letting
the difference of the two poses die away (inertialization).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import UserError
from ..library.features import as_vectors, point_velocities, pose_points
from ..library.library import NODE_STEP, Library, Stretch
from ..library.tags import bits
from ..motion.ground_frame import heading, moved, planar, wrapped
from ..motion.motion import CONTROL_FPS
from ..motion.poses import pose

AHEAD = (3, 6, 10)
"""Nodes, tenths of a second, after which it is looked where one has got to."""
LOOK_EVERY = 9
"""Frames between two looks, if the wish does not change."""
_KEPT_CLIPS = 24


@dataclass(frozen=True)
class SteeringWeights:
    """What a node is worth beside another."""

    pose: float = 1.0
    """A metre between poses, speeds included."""
    way: float = 0.35
    """A metre off the way that is asked for, at each moment looked at."""
    heading: float = 0.12
    """A radian off the heading that is asked for."""
    leave: float = 0.03
    """What going on with the clip that plays is worth, so that it is not left for nothing."""
    ease: float = 0.2
    """Seconds in which most of a difference between poses dies away."""
    react: float = 0.35
    """Seconds in which a person takes up another speed."""
    turn: float = 3.0
    """rad/s: how fast a person turns."""
    bend: float = 0.8
    """rad/s by which what is recorded is turned further to go where it is asked to."""


@dataclass(frozen=True)
class Style:
    """One behaviour that can be asked for live."""

    label: str
    about: str
    having: tuple[str, ...]
    """Tags of which a node has one."""
    lacking: tuple[str, ...] = ()
    speed: float = 1.3
    """m/s at full tilt; 0 where it stays on the spot."""
    reward: str = "move-ego-0-{speed}"
    """What a trained model is asked for; {angle} and {speed} are filled in."""


_SPECIAL = ("kick", "punch", "dance", "carry", "crawl", "jump", "sit", "lie", "get up")
STYLES: dict[str, Style] = {
    "walk": Style(
        "Walk",
        "Walk where it is steered to, stand when nothing is asked",
        ("walk", "stand", "turn", "sidestep", "backward"),
        (*_SPECIAL, "run", "crouch"),
        1.4,
        "move-ego-{angle}-{speed}",
    ),
    "run": Style(
        "Run",
        "Run where it is steered to",
        ("walk", "run", "stand", "turn"),
        (*_SPECIAL, "crouch"),
        3.2,
        "move-ego-{angle}-{speed}",
    ),
    "crouch": Style(
        "Crouch",
        "Stay low",
        ("crouch",),
        ("lie", "sit", "get up"),
        0.8,
        "move-ego-low-{angle}-{speed}",
    ),
    "jump": Style("Jump", "Jump and hop on", ("jump",), ("lie", "sit"), 1.2, "jump-2"),
    "kick": Style("Kick", "Kick", ("kick",), ("lie", "sit"), 0.0, "move-ego-0-0"),
    "punch": Style("Box", "Box on the spot", ("punch",), ("lie", "sit"), 0.0, "move-ego-0-0"),
    "dance": Style("Dance", "Dance", ("dance",), ("lie", "sit"), 0.0, "rotate-y-5-0.8"),
    "carry": Style(
        "Carry", "Walk with a load", ("carry",), ("lie", "sit"), 1.0, "move-ego-{angle}-{speed}"
    ),
}
"""Identifier -> behaviour, in the order in which they are offered."""


@dataclass(frozen=True)
class Wish:
    """What is asked for just now."""

    style: str = "walk"
    velocity: tuple[float, float] = (0.0, 0.0)
    """m/s over the floor, in the world."""
    facing: float | None = None
    """Radians to face; None for where it goes."""

    @property
    def speed(self) -> float:
        return float(np.hypot(*self.velocity))


@dataclass(frozen=True)
class _Nodes:
    """Nodes that may be gone over to, and what is looked at of each; computed once."""

    numbers: np.ndarray
    """(n,) among the library's."""
    vectors: np.ndarray
    """(n, D) poses and speeds, float32."""
    lengths: np.ndarray
    """(n,) their squared lengths."""
    places: np.ndarray
    """(n, 3, 2) metres: where one gets to from there after ``AHEAD``."""
    turns: np.ndarray
    """(n, 3) radians: how far one is turned then."""


class Steering:
    """Frames of the library, one after the other, as they are wished for."""

    def __init__(
        self,
        library: Library,
        start: np.ndarray | None = None,
        weights: SteeringWeights | None = None,
    ) -> None:
        """``start`` (76,) is the pose to begin in; standing at the origin if left out."""
        self.library = library
        self.weights = weights or SteeringWeights()
        self.qpos = pose("stand") if start is None else np.array(start, dtype=np.float64)
        self._velocity = np.zeros(2)
        self._wish: Wish | None = None
        self._clip: np.ndarray | None = None
        self._node = 0
        self._frame, self._stop, self._since = 0, 0, 0
        self._off = np.zeros(70)
        self._tilt = np.zeros(4)
        self._recent = [self.qpos.copy()]
        self._kept: dict[tuple[int, bool], np.ndarray] = {}

    def next(self, wish: Wish) -> np.ndarray:
        """(76,): the frame after the last one, a thirtieth of a second on."""
        if wish.style not in STYLES:
            raise UserError(
                f"There is no live behaviour '{wish.style}'; there are {', '.join(STYLES)}."
            )
        changed = self._wish is None or _differs(wish, self._wish)
        late = self._frame >= self._stop - 1
        if changed or late or self._since >= LOOK_EVERY:
            self._look(wish, must_leave=late)
        self._wish = wish
        assert self._clip is not None
        before, after = self._clip[self._frame], self._clip[self._frame + 1]
        self._frame += 1
        self._since += 1
        self.qpos = self._moved_on(before, after, wish)
        self._recent = [*self._recent[-3:], self.qpos]
        return self.qpos

    def prepare(self) -> None:
        """Computes what the first looks need, so that no frame waits for it."""
        for style in STYLES:
            self._nodes_of(style)
        self._costs(Wish())

    def displace(self, offset: np.ndarray) -> None:
        """The body was pushed: what comes next goes on from (2,) metres further on."""
        self.qpos[:2] += offset

    def _moved_on(self, before: np.ndarray, after: np.ndarray, wish: Wish) -> np.ndarray:
        """The recorded step from where the body is, its poses eased, turned to where it is asked."""
        here = float(heading(self.qpos[None])[0])
        turned = float(heading(after[None])[0] - heading(before[None])[0])
        step = planar(np.array(here - heading(before[None])[0])) @ (after[:2] - before[:2])
        wanted = self._wanted_heading(wish, here)
        bend = self.weights.bend / CONTROL_FPS
        turn = float(wrapped(np.array(turned))) + float(
            np.clip(wrapped(np.array(wanted - here - turned)), -bend, bend)
        )
        result = moved(
            after[None],
            here + turn - float(heading(after[None])[0]),
            after[:2],
            self.qpos[:2] + step,
        )[0]
        self._off *= np.exp(-1.0 / (CONTROL_FPS * self.weights.ease))
        result[2] += self._off[0]
        result[7:] += self._off[1:]
        self._velocity = (result[:2] - self.qpos[:2]) * CONTROL_FPS
        return result

    def _wanted_heading(self, wish: Wish, here: float) -> float:
        if wish.facing is not None:
            return wish.facing
        return float(np.arctan2(wish.velocity[1], wish.velocity[0])) if wish.speed > 0.1 else here

    def _look(self, wish: Wish, must_leave: bool) -> None:
        """Goes over to the node that suits best, unless what plays suits as well."""
        weights = self.weights
        cost = self._costs(wish)
        best = int(np.argmin(cost))
        going = (
            self._node + (self._frame - self._first) // NODE_STEP if self._clip is not None else -1
        )
        self._since = 0
        if not must_leave and 0 <= going < len(cost):
            near = abs(best - going) <= 2
            if near or cost[going] <= cost[best] + weights.leave:
                return
        self._enter(best)

    def _enter(self, node: int) -> None:
        library = self.library
        frame = int(library.node_frames[node])
        mirrored = frame >= library.frames
        clip = int(library.clip_of(frame))
        key = (clip, mirrored)
        if key not in self._kept:
            if len(self._kept) >= _KEPT_CLIPS:
                del self._kept[next(iter(self._kept))]
            shift = library.frames * mirrored
            stretch = Stretch(
                int(library.starts[clip]) + shift, int(library.starts[clip + 1]) + shift
            )
            self._kept[key] = library.qpos(stretch)
        self._clip = self._kept[key]
        self._node = node
        self._first = self._frame = frame - library.frames * mirrored - int(library.starts[clip])
        self._stop = len(self._clip)
        entered = self._clip[self._frame]
        off = np.concatenate([self.qpos[2:3] - entered[2:3], wrapped(self.qpos[7:] - entered[7:])])
        self._off = off

    def _costs(self, wish: Wish) -> np.ndarray:
        """(2M,): how ill every node suits; infinite where it cannot go on or does another thing."""
        weights, nodes = self.weights, self._nodes_of(wish.style)
        recent = np.array(self._recent)
        points = pose_points(recent)
        speeds = point_velocities(points, recent[:, :2], heading(recent), 1 / CONTROL_FPS)
        vector = as_vectors(points[-1:], speeds[-1:])[0].astype(np.float32)
        # (a - b)^2 by its parts: one product of a matrix and a vector, a tenth of the time.
        squared = nodes.lengths - 2 * (nodes.vectors @ vector) + vector @ vector
        cost = weights.pose * np.sqrt(np.maximum(squared, 0.0))
        wanted_places, wanted_turns = self._wanted_future(wish)
        off: np.ndarray = nodes.places - wanted_places.astype(np.float32)
        cost += weights.way * np.sqrt((off**2).sum(axis=-1)).sum(axis=1)
        turned = np.abs(wrapped(nodes.turns - wanted_turns.astype(np.float32)))
        cost += weights.heading * turned.sum(axis=1)
        result = np.full(2 * self.library.node_count, np.inf)
        result[nodes.numbers] = cost
        return result

    def _wanted_future(self, wish: Wish) -> tuple[np.ndarray, np.ndarray]:
        """Where one should be after ``AHEAD``, seen from here: (3, 2) metres and (3,) radians."""
        weights = self.weights
        here = float(heading(self.qpos[None])[0])
        to_go = float(wrapped(np.array(self._wanted_heading(wish, here) - here)))
        seconds = np.array(AHEAD) * NODE_STEP / CONTROL_FPS
        wanted = np.array(wish.velocity)
        gone = weights.react * (1 - np.exp(-seconds / weights.react))
        places = seconds[:, None] * wanted + gone[:, None] * (self._velocity - wanted)
        turns = np.clip(to_go, -weights.turn * seconds, weights.turn * seconds)
        return places @ planar(np.array(-here)).T, turns

    @cached_property
    def _futures(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each node gets to after ``AHEAD``: (2M, 3, 2) metres and (2M, 3) radians."""
        library = self.library
        nodes = np.arange(2 * library.node_count)
        places, turns = [], []
        for ahead in AHEAD:
            later = np.minimum(nodes + ahead, library.node_stop - 1)
            step = library.node_place[later] - library.node_place
            places.append(np.einsum("nij,nj->ni", planar(-library.node_heading), step))
            turns.append(wrapped(library.node_heading[later] - library.node_heading))
        return np.stack(places, axis=1).astype(np.float32), np.stack(turns, axis=1).astype(
            np.float32
        )

    def _nodes_of(self, style: str) -> "_Nodes":
        """The nodes of a style, with a second to go on."""
        if style not in self._by_style:
            wanted, library = STYLES[style], self.library
            tags = library.node_tags
            fits = (tags & bits(*wanted.having)) > 0
            if wanted.lacking:
                fits &= (tags & bits(*wanted.lacking)) == 0
            if not any(tag in _SPECIAL for tag in wanted.having):
                fits &= ~library.node_special
            fits &= np.arange(len(tags)) + AHEAD[-1] < library.node_stop
            if not fits.any():
                raise UserError(f"The library has no motion for '{wanted.label}'; choose another.")
            numbers = np.flatnonzero(fits)
            vectors = library.node_vectors[numbers].astype(np.float32)
            places, turns = self._futures
            self._by_style[style] = _Nodes(
                numbers,
                vectors,
                np.einsum("nd,nd->n", vectors, vectors),
                places[numbers],
                turns[numbers],
            )
        return self._by_style[style]

    @cached_property
    def _by_style(self) -> "dict[str, _Nodes]":
        return {}


def _differs(wish: Wish, other: Wish) -> bool:
    """Whether it is worth to look anew at once."""
    if wish.style != other.style:
        return True
    return float(np.hypot(*np.subtract(wish.velocity, other.velocity))) > 0.3
