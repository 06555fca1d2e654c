"""Stories of people who meet: they brush past each other, or shake hands."""

from dataclasses import replace

from motions import keyed, walk
from scipy.spatial.transform import Rotation

from runtime.body.figures import BODY_NAMES
from runtime.body.kinematics import forward_kinematics
from runtime.generation import GenerationSettings, generate
from runtime.motion import Motion
from runtime.motion.poses import POSES, posed
from runtime.prompts import MotionPrompt, Timeline
from runtime.scene import Grip, Person, Scene

HALF_TURN = (0.0, 0.0, 0.0, 1.0)


def passing(aside: float = 0.56) -> Timeline:
    """Two people walk past each other so near that their shoulders brush."""
    prompt = walk(10, 75)
    assert isinstance(prompt.source, Motion)
    other = Person("Anna", prompt.source, (float(prompt.source.qpos[-1, 0]), aside, 0), HALF_TURN)
    return Timeline((prompt,), Scene(people=(other,)))


def offered() -> MotionPrompt:
    """The right hand held out with its palm to the left, shaken twice, and taken back."""
    stand, reach = POSES["stand"], POSES["reach"]
    up, down = (
        posed(
            replace(
                reach,
                turned={**reach.turned, "R_Elbow_x": -85.0, "R_Elbow_z": bend, "R_Shoulder_z": 5.0},
            )
        )
        for bend in (6.0, -6.0)
    )
    poses = {0: posed(stand), 20: down, 26: up, 32: down, 38: up, 44: down, 62: posed(stand)}
    return keyed(poses)


def handshake(settings: GenerationSettings | None) -> Timeline:
    """One of them performs alone, the other with her as she did it, or as she is asked to; then
    both together, and while they shake their hands hold on to each other."""
    prompt = offered()
    assert isinstance(prompt.source, Motion)
    alone = generate(Timeline((prompt,)), settings)[0] if settings else prompt.source
    hand = alone.positions()[20, BODY_NAMES.index("R_Hand")]
    palm = Rotation.from_matrix(forward_kinematics(alone.qpos[20:21])[1][0])[
        BODY_NAMES.index("R_Hand")
    ].apply([-0.0462, 0, 0])
    # Turned about the palm, and aside by the thickness of two hands less a little to press.
    place = 2 * (hand + palm)[:2] + [0.03, 0.0]
    other = Person(
        "Anna",
        alone,
        (float(place[0]), float(place[1]), 0),
        HALF_TURN,
        gives_way=True,
        grips=(Grip("R_Hand", "R_Hand", 20, 45),),
    )
    return Timeline((prompt,), Scene(people=(other,)))
