"""What a scene consists of; plain data that travels with the prompt timeline.

The world is z up, metres, seconds, kilograms; frames are control frames at 30 a
second, counted from 0, as the timeline's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..body.figures import BODY_NAMES
from ..errors import UserError
from ..motion.motion import CONTROL_FPS, Motion
from .shapes import Mesh, Shape, Terrain

MOST_OBJECTS = 200
FASTEST_M = 1.0
"""Metres in a frame (30 m/s) that an object may move; faster ones pass through the body."""
HEAVIEST_HELD_KG = 60.0
FREE_KG = (0.01, 200.0)
"""Of what moves freely: nobody moves heavier things, and lighter ones fly off in a step."""
MOST_FREE = 8
STRONGEST_PUSH = 400.0
"""N s: a body of 72 kg is then thrown at 5.6 m/s."""
STEEPEST_DEG = 40.0
MOST_GIVING_WAY = 2
"""Of those, who are performed together with the body: each more makes a pass two to three times as long."""
MOST_PEOPLE = 4
"""Others around the body: each is felt with all its 24 bodies."""
FASTEST_WIND = 60.0
LIMITS_G = 30.0
HANDS = ("L_Hand", "R_Hand")

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


def _finite(values: object, count: int) -> bool:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return array.shape == (count,) and bool(np.isfinite(array).all())


@dataclass(frozen=True)
class PlaceKey:
    """Where an object is at a frame; between keys it moves evenly."""

    frame: int
    position: Vector
    rotation: Quaternion = (1.0, 0.0, 0.0, 0.0)
    """wxyz"""


@dataclass(frozen=True)
class SceneObject:
    """A thing that the body touches: it stands, moves as it is keyed, or is held."""

    name: str
    shape: Shape
    position: Vector = (0.0, 0.0, 0.0)
    rotation: Quaternion = (1.0, 0.0, 0.0, 0.0)
    """wxyz"""
    friction: float = 1.0
    keys: tuple[PlaceKey, ...] = ()
    """Of objects that move; ``position`` and ``rotation`` are then not looked at."""
    held_by: tuple[str, ...] = ()
    """Bodies that hold it, as "R_Hand": it hangs on the first as it is placed in the first frame
    of the reference, the others hold on to it. Empty for a thing that is not held."""
    mass: float = 0.0
    """kg, of what is held or moves freely."""
    held_from: int = 0
    """Frame in which it is picked up where it stands; 0: it is held from the beginning."""
    held_to: int | None = None
    """Frame in which it is let go of, and stays where it then is; None: it is held to the end."""
    free: bool = False
    """Whether it falls, rolls and slides as it is pushed, from where it stands at first."""
    hands: tuple[str, ...] = ()
    """Hands that are put onto it wherever it is in their reach, as "L_Hand": a rail's, a wall's."""
    hands_from: int = 0
    """Frame from which they are."""
    hands_to: int | None = None
    """Frame until which they are; None: to the end."""

    def __post_init__(self) -> None:
        def wrong(text: str) -> UserError:
            return UserError(f"The object '{self.name}' {text}.")

        if not _finite(self.position, 3):
            raise wrong("needs a position of three finite numbers in metres")
        if not _finite(self.rotation, 4) or not np.any(self.rotation):
            raise wrong("needs a rotation of four finite numbers, w x y z, not all of them zero")
        if not _finite((self.friction,), 1) or not 0.01 <= self.friction <= 5:
            raise wrong(f"has the friction {self.friction}; it lies between 0.01 (ice) and 5")
        if isinstance(self.shape, Terrain) and (self.keys or self.held_by):
            raise wrong("is a terrain; terrain neither moves nor is it held")
        if isinstance(self.shape, Terrain) and np.linalg.norm(self.rotation[1:3]) > 1e-3:
            raise wrong("is a tilted terrain; tilt its heights instead")
        if self.free and (self.keys or self.held_by or isinstance(self.shape, Terrain)):
            raise wrong("moves freely; such a thing is neither keyed, held nor a terrain")
        if self.held_by and self.keys:
            raise wrong("is both held and keyed; choose one")
        for body in self.held_by:
            if body not in BODY_NAMES:
                raise wrong(f"is held by '{body}'; there are {', '.join(BODY_NAMES)}")
        if not _finite((self.mass,), 1) or self.mass < 0:
            raise wrong("needs a mass in kg that is not negative")
        if self.held_by and not 0 < self.mass <= HEAVIEST_HELD_KG:
            raise wrong(
                f"is held and weighs {self.mass:g} kg; give it more than 0 and at most "
                f"{HEAVIEST_HELD_KG:g} kg, or nobody can carry it"
            )
        if self.free and not FREE_KG[0] <= self.mass <= FREE_KG[1]:
            raise wrong(
                f"moves freely and weighs {self.mass:g} kg; give it between {FREE_KG[0]:g} and "
                f"{FREE_KG[1]:g} kg, or let it stand"
            )
        if (self.held_from or self.held_to is not None) and not self.held_by:
            raise wrong("is picked up or put down by nobody; say which hands hold it")
        if self.held_from < 0:
            raise wrong(f"is picked up at frame {self.held_from}; count from 0")
        if self.held_to is not None and self.held_to <= self.held_from:
            raise wrong(
                f"is put down at frame {self.held_to} and picked up at {self.held_from}; it has to "
                "be held in between"
            )
        self._check_hands(wrong)
        if isinstance(self.shape, Mesh):
            try:
                self.shape.pieces  # noqa: B018 - found now, so that it is told now
            except UserError as error:
                raise wrong(str(error)) from error
        self._check_keys(wrong)

    @property
    def changes_hands(self) -> bool:
        """Whether it is picked up or put down on the way."""
        return bool(self.held_from) or self.held_to is not None

    def _check_hands(self, wrong: Callable[[str], UserError]) -> None:
        for hand in self.hands:
            if hand not in HANDS:
                raise wrong(f"is there for '{hand}' to be put onto; hands are {', '.join(HANDS)}")
        if not self.hands:
            if self.hands_from or self.hands_to is not None:
                raise wrong("has frames for hands but no hands; say which are put onto it")
            return
        if self.held_by or self.free or isinstance(self.shape, Terrain):
            raise wrong(
                "is there for hands to be put onto; such a thing stands or moves as it is keyed, "
                "and is no terrain"
            )
        ends = self.hands_from + 1 if self.hands_to is None else self.hands_to
        if not 0 <= self.hands_from < ends:
            raise wrong(
                f"has hands on it from frame {self.hands_from} to {self.hands_to}; count from 0, "
                "and end later than you begin"
            )

    def _check_keys(self, wrong: Callable[[str], UserError]) -> None:
        for before, after in zip(self.keys, self.keys[1:], strict=False):
            if after.frame <= before.frame:
                raise wrong(f"has keys out of order at frame {after.frame}")
            way = float(np.linalg.norm(np.subtract(after.position, before.position)))
            pace = way / (after.frame - before.frame)
            if pace > FASTEST_M:
                raise wrong(
                    f"moves {pace:.1f} m in a frame after frame {before.frame}; at most "
                    f"{FASTEST_M:g} m ({30 * FASTEST_M:g} m/s) can be simulated, give it more frames"
                )
        for key in self.keys:
            if not _finite(key.position, 3) or not _finite(key.rotation, 4):
                raise wrong(f"has a place that is not finite at frame {key.frame}")
            if not np.any(key.rotation):
                raise wrong(f"has a rotation of zeros at frame {key.frame}")


@dataclass(frozen=True)
class WorldKey:
    """Gravity, wind and the floor's friction at a frame; between keys they change evenly."""

    frame: int
    gravity: Vector
    wind: Vector
    friction: float = 1.0


@dataclass(frozen=True)
class World:
    gravity: Vector = (0.0, 0.0, -9.81)
    """m/s2"""
    wind: Vector = (0.0, 0.0, 0.0)
    """m/s"""
    friction: float = 1.0
    """Of the floor, as a multiple of what it is."""
    slope: float = 0.0
    """Degrees that the floor rises towards ``uphill``, through the origin."""
    uphill: float = 0.0
    """Degrees about z, 0 along +x."""
    floor: bool = True
    keys: tuple[WorldKey, ...] = ()
    """Of gravity, wind and friction where they change; those of the world are then not looked at."""

    def __post_init__(self) -> None:
        settings = [
            (0, self.gravity, self.wind),
            *((k.frame, k.gravity, k.wind) for k in self.keys),
        ]
        for frame, gravity, wind in settings:
            if not _finite(gravity, 3) or np.linalg.norm(gravity) > LIMITS_G:
                raise UserError(
                    f"Gravity at frame {frame} must be three numbers and at most {LIMITS_G:g} m/s2 "
                    "(the earth's is 0, 0, -9.81)."
                )
            if not _finite(wind, 3) or np.linalg.norm(wind) > FASTEST_WIND:
                raise UserError(
                    f"Wind at frame {frame} must be three numbers and at most {FASTEST_WIND:g} m/s."
                )
        if any(b.frame <= a.frame for a, b in zip(self.keys, self.keys[1:], strict=False)):
            raise UserError("The world's keys are out of order; sort them by frame.")
        for friction in (self.friction, *(key.friction for key in self.keys)):
            if not _finite((friction,), 1) or not 0.01 <= friction <= 5:
                raise UserError("The floor's friction lies between 0.01 (ice) and 5; 1 is usual.")
        if not _finite((self.slope, self.uphill), 2) or not 0 <= self.slope <= STEEPEST_DEG:
            raise UserError(f"The floor's slope lies between 0 and {STEEPEST_DEG:g} degrees.")

    @property
    def first_gravity(self) -> Vector:
        """m/s2 at the first frame; where it changes, what is left over acts as a force."""
        return self.keys[0].gravity if self.keys else self.gravity

    @property
    def first_friction(self) -> float:
        """Of the floor at the first frame, as a multiple of what it is."""
        return self.keys[0].friction if self.keys else self.friction

    @property
    def friction_changes(self) -> bool:
        return len({key.friction for key in self.keys}) > 1


@dataclass(frozen=True)
class Push:
    """A shove: ``impulse`` on a body, spread evenly over ``seconds`` from ``frame`` on."""

    frame: int
    body: str
    impulse: Vector
    """N s, in the world."""
    seconds: float = 0.2

    def __post_init__(self) -> None:
        if self.body not in BODY_NAMES:
            raise UserError(
                f"There is no body '{self.body}' to push; there are {', '.join(BODY_NAMES)}."
            )
        if self.frame < 0:
            raise UserError(f"A push at frame {self.frame} is before the start; count from 0.")
        if not _finite(self.impulse, 3) or np.linalg.norm(self.impulse) > STRONGEST_PUSH:
            raise UserError(
                f"The push of {self.body} at frame {self.frame} must be three numbers and at most "
                f"{STRONGEST_PUSH:g} N s."
            )
        if not _finite((self.seconds,), 1) or not 1 / 30 <= self.seconds <= 10:
            raise UserError("A push lasts between 1/30 and 10 seconds.")


@dataclass(frozen=True)
class Grip:
    """A body that somebody else's holds on to, and they to it, as hands that shake each other."""

    own: str
    """Of who is performed, as "R_Hand"."""
    theirs: str
    start: int
    """Frame from which they do, as the two then lie on each other."""
    stop: int
    """Frame in which they let go."""

    def __post_init__(self) -> None:
        for body in (self.own, self.theirs):
            if body not in BODY_NAMES:
                raise UserError(f"A grip is of '{body}'; there are {', '.join(BODY_NAMES)}.")
        if not 0 <= self.start < self.stop:
            raise UserError(
                f"A grip begins at frame {self.start} and ends at {self.stop}; it has to last, and "
                "frames are counted from 0."
            )


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody else, who does what they did in a take: whatever the body does, as a moving obstacle,
    or giving way to it as it does to them."""

    name: str
    take: Motion
    """At 30 frames a second; others are resampled."""
    position: Vector = (0.0, 0.0, 0.0)
    """By which the take is moved, after it was turned about its origin."""
    rotation: Quaternion = (1.0, 0.0, 0.0, 0.0)
    """wxyz"""
    start: int = 0
    """Frame at which the take begins; before and behind it they stand as it begins and ends."""
    gives_way: bool = False
    """Whether they are performed together with the body, who both feel each other; the take is
    then what is asked of them."""
    grips: tuple[Grip, ...] = ()
    """With those who give way."""

    def __post_init__(self) -> None:
        def wrong(text: str) -> UserError:
            return UserError(f"The person '{self.name}' {text}.")

        if not _finite(self.position, 3):
            raise wrong("needs a position of three finite numbers in metres")
        if not _finite(self.rotation, 4) or not np.any(self.rotation):
            raise wrong("needs a rotation of four finite numbers, w x y z, not all of them zero")
        if self.grips and not self.gives_way:
            raise wrong("holds on to the body and has to give way then; say that they do")
        object.__setattr__(self, "take", self.take.resampled(CONTROL_FPS))
        pace = np.linalg.norm(np.diff(self.take.qpos[:, :3], axis=0), axis=1)
        if len(pace) and pace.max() > FASTEST_M:
            raise wrong(
                f"moves {pace.max():.1f} m in a frame after frame {int(pace.argmax())} of the take; "
                f"at most {FASTEST_M:g} m can be simulated, mend the take there"
            )


@dataclass(frozen=True)
class Scene:
    """Everything around the body."""

    objects: tuple[SceneObject, ...] = ()
    world: World = World()
    pushes: tuple[Push, ...] = ()
    people: tuple[Person, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.objects] + [one.name for one in self.people]
        doubles = {name for name in names if names.count(name) > 1}
        if doubles:
            raise UserError(f"There are two objects '{min(doubles)}' in the scene; rename one.")
        if len(self.loose) > MOST_FREE:
            raise UserError(
                f"{len(self.loose)} objects of the scene move freely, at most {MOST_FREE} can be "
                "simulated; let those stand that nobody comes near."
            )
        if self.loose and any(one.changes_hands for one in self.objects):
            raise UserError(
                f"The object '{self.loose[0].name}' moves freely in a scene in which things are "
                "picked up or put down; both at once cannot be simulated, leave one out."
            )
        if len(self.people) > MOST_PEOPLE:
            raise UserError(
                f"There are {len(self.people)} other people in the scene, at most {MOST_PEOPLE} can "
                "be simulated; leave out who is not near."
            )
        if self.giving_way and (self.loose or self.held or self.pushes):
            raise UserError(
                f"'{self.giving_way[0].name}' gives way in a scene with pushes or with things that "
                "are held or move freely; both at once cannot be performed yet, leave one out."
            )
        if len(self.giving_way) > MOST_GIVING_WAY:
            raise UserError(
                f"{len(self.giving_way)} other people of the scene give way, at most "
                f"{MOST_GIVING_WAY} can be performed together with the body; let the others be led."
            )
        pieces = sum(
            len(one.shape.pieces) if isinstance(one.shape, Mesh) else 1 for one in self.objects
        )
        if pieces > MOST_OBJECTS:
            raise UserError(
                f"The scene has {pieces} pieces to touch, at most {MOST_OBJECTS} can be simulated; "
                "leave out what the body does not come near, or join parts."
            )

    @property
    def held(self) -> tuple[SceneObject, ...]:
        return tuple(one for one in self.objects if one.held_by)

    @property
    def giving_way(self) -> tuple[Person, ...]:
        """The people who are performed together with the body."""
        return tuple(person for person in self.people if person.gives_way)

    @property
    def loose(self) -> tuple[SceneObject, ...]:
        """What moves freely."""
        return tuple(one for one in self.objects if one.free)

    @property
    def moving(self) -> tuple[SceneObject, ...]:
        return tuple(one for one in self.objects if one.keys)
