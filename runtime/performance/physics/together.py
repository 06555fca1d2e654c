"""Several people in one model, who feel and move each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from ...body.model import make_spec
from ...scene.model import GRIP_SOLREF, add_edges, add_felt, set_floor
from ...scene.surroundings import Surroundings
from ..draft.servo import add_foot_pairs, soften_self_contact, stiffen
from .bodies import ServoBody, add_wrench
from .tangent import MUSCLES, NQ, NV, Layout

SELF_BIT = 256
"""Of the second of the people, by which its limbs feel each other and the floor; each next one has
the next bit. The first one's is that of all bodies, 1."""


def prefix_of(person: int) -> str:
    """Of the names of a person's bodies, joints and geoms in a model of several."""
    return f"{person + 1}:" if person else ""


def root_of(model: mujoco.MjModel, person: int) -> int:
    """The id of a person's pelvis, behind which their other bodies come, in a model of one or more."""
    return int(model.body(f"{prefix_of(person)}Pelvis").id)


@dataclass(frozen=True)
class Hold:
    """Where two bodies hold on to each other while ``surroundings.grips`` say so."""

    name: str
    people: tuple[int, int]
    bodies: tuple[str, str]
    places: tuple[np.ndarray, np.ndarray]
    """(3,) metres each, in the frames of the bodies."""
    turns: tuple[np.ndarray, np.ndarray]
    """(4,) wxyz each: how something that is between them lies in those frames."""


class ServoBodies(ServoBody):
    """The servo bodies of ``people`` people around whom there is one scene."""

    def __init__(
        self,
        people: int,
        strength: float = 1.0,
        surroundings: Surroundings | None = None,
        holds: Sequence[Hold] = (),
    ):
        self.layout, self._holds = Layout(people), holds
        self.alone = ServoBody(strength, surroundings)
        """Each of them, as if there were nobody else."""
        super().__init__(strength, surroundings)

    def feed_forward(self, qpos: np.ndarray, qvel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own = [
            self.alone.feed_forward(
                qpos[:, NQ * one : NQ * (one + 1)], qvel[:, NV * one : NV * (one + 1)]
            )
            for one in range(self.layout.people)
        ]
        targets, wrenches = zip(*own, strict=True)
        return np.concatenate(targets, axis=1), np.concatenate(wrenches, axis=1)

    def _build(
        self, strength: float, surroundings: Surroundings | None, wrench: bool
    ) -> mujoco.MjModel:
        specs = []
        for person in range(self.layout.people):
            spec = make_spec()
            stiffen(spec, strength)
            soften_self_contact(spec)
            add_foot_pairs(spec)
            if person or surroundings is None:
                add_edges(spec)
                if surroundings is not None:
                    set_floor(spec, surroundings.scene)
            else:
                surroundings.add_to(spec)
            if person:
                _feel_alone(spec, SELF_BIT << (person - 1))
            add_felt(spec, person)
            if wrench:
                add_wrench(spec)
            specs.append(spec)
        first, *others = specs
        for person, spec in enumerate(others, 1):
            first.geom("floor").conaffinity |= SELF_BIT << (person - 1)
            first.worldbody.add_frame().attach_body(spec.body("Pelvis"), prefix_of(person), "")
        for hold in self._holds:
            _add_hold(first, hold)
        model = first.compile()
        assert model.nq == self.layout.nq and model.nu == (
            self.layout.controls if wrench else MUSCLES * self.layout.people
        )
        return model


def _add_hold(spec: mujoco.MjSpec, hold: Hold) -> None:
    ends = []
    for person, body, place, turn in zip(
        hold.people, hold.bodies, hold.places, hold.turns, strict=True
    ):
        ends.append(f"{hold.name}:{person}")
        own = spec.body(prefix_of(person) + body)
        own.add_site(name=ends[-1], pos=place.tolist(), quat=turn.tolist())
    equality = spec.add_equality(
        name=hold.name,
        type=mujoco.mjtEq.mjEQ_WELD,
        objtype=mujoco.mjtObj.mjOBJ_SITE,
        name1=ends[0],
        name2=ends[1],
    )
    equality.solref = GRIP_SOLREF
    # The grip stands for their contact, which would push while it pulls.
    first, second = (
        prefix_of(person) + body for person, body in zip(hold.people, hold.bodies, strict=True)
    )
    spec.add_exclude(bodyname1=first, bodyname2=second)


def _feel_alone(spec: mujoco.MjSpec, bit: int) -> None:
    """Limbs feel each other by ``bit``, in place of that by which the first person's do."""
    for geom in spec.geoms:
        if geom.contype & 1 and geom.name != "floor":
            geom.contype, geom.conaffinity = geom.contype & ~1 | bit, bit
