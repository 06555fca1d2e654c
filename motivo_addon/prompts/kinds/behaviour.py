"""Do something without keys: one behaviour or a weighted mix."""

import math

import bpy
from bpy.props import CollectionProperty, EnumProperty, FloatProperty, StringProperty

from ...posing.pose_library import WHEN_FREED
from .. import plain_names
from ..kind import FrameRange, PromptKind
from ..tasks import TASK, TASKS

EXPRESSION = "EXPRESSION"
_HEIGHTS = (
    ("l", "Low", "Below 0.8 m"),
    ("m", "Middle", "Between 1.4 and 1.6 m"),
    ("h", "High", "Above 1.8 m"),
    ("x", "Anywhere", "At any height"),
)

_HANDS = "Of a body of 1.72 m; a smaller one's hands are as much lower"


def _use_defaults(row, _context) -> None:
    """Another task starts with parameters that suit it."""
    if row.task != EXPRESSION:
        for name, value in TASK[row.task].defaults.items():
            setattr(row, name, value)


_pictured: list[tuple] = []


def _with_pictures(_row, _context) -> list[tuple]:
    # Blender does not hold on to the strings that it shows.
    if not _pictured:
        _pictured.extend(plain_names.pictured())
    return _pictured


WHEN_FREED.append(_pictured.clear)


class MotivoBehaviourRow(bpy.types.PropertyGroup):
    """One behaviour of a mix. Which of the parameters it takes depends on the task."""

    task: EnumProperty(
        name="Behaviour",
        description="What the body does",
        items=[
            *((task.identifier, task.label, task.description) for task in TASKS),
            (EXPRESSION, "Expression", "A formula of heights, speeds and behaviours, as reward"),
        ],
        default="MOVE",
        update=_use_defaults,
    )
    picture: EnumProperty(
        name="Behaviour",
        description="What the body does",
        items=_with_pictures,
        get=lambda row: next((n for n, task in enumerate(TASKS) if task.identifier == row.task), 0),
        set=lambda row, number: setattr(row, "task", TASKS[number].identifier),
        options={"SKIP_SAVE"},
    )
    """The same as ``task``, chosen by its picture."""
    weight: FloatProperty(
        name="Weight",
        description="Share of this behaviour in the mix",
        min=0.0,
        max=10.0,
        soft_max=1.0,
        default=1.0,
        step=10,
    )
    direction: FloatProperty(
        name="Direction",
        description="From where the chest faces: 0 is forwards, 90 to the left, 180 backwards",
        subtype="ANGLE",
        min=-math.pi,
        max=math.pi,
    )
    speed: FloatProperty(
        name="Speed (m/s)",
        description=(
            "Walking is about 1.3, running 3 to 4. Of a body of 1.72 m; a smaller one goes as much"
            " slower"
        ),
        min=0.0,
        max=10.0,
        soft_max=5.0,
        default=1.4,
        step=10,
    )
    height: FloatProperty(
        name="Height (m)",
        description="In metres over the floor, of a body of 1.72 m; as much lower for a smaller one",
        min=0.0,
        max=5.0,
        step=10,
    )
    distance: FloatProperty(
        name="Distance (m)",
        description="In metres, of a body of 1.72 m; as much less for a smaller one",
        min=0.0,
        max=2.0,
        default=1.0,
        step=10,
    )
    rate: FloatProperty(
        name="Rate (rad/s)",
        description="Speed of turning. Less than 0 turns the other way round",
        min=-20.0,
        max=20.0,
        default=5.0,
        step=10,
    )
    left: EnumProperty(name="Left Hand", description=_HANDS, items=_HEIGHTS, default="h")
    right: EnumProperty(name="Right Hand", description=_HANDS, items=_HEIGHTS, default="h")
    axis: EnumProperty(
        name="Axis",
        items=(
            ("x", "Sideways", "Somersault, about the line through both hips"),
            ("y", "Upright", "Spin, about the spine"),
            ("z", "Forwards", "Cartwheel, about where the body faces"),
        ),
        default="y",
    )
    side: EnumProperty(
        name="Lying on",
        items=(("up", "Back", "Face up"), ("down", "Front", "Face down")),
        default="up",
    )
    belly: EnumProperty(
        name="Belly",
        items=(("d", "Down", "On hands and knees"), ("u", "Up", "On hands and feet, face up")),
        default="d",
    )
    expression: StringProperty(
        name="Expression",
        description=(
            "For example: 0.5 * move-ego-0-2 + 0.5 * above(left_hand_height, 1.8, 0.2)."
            " The question mark tells all words"
        ),
        maxlen=1000,
    )

    def reward(self) -> str:
        """The reward's name or expression, as the runtime reads it."""
        if self.task == EXPRESSION:
            return self.expression.strip()
        values = {name: getattr(self, name) for name in TASK[self.task].defaults}
        if "direction" in values:
            values["direction"] = math.degrees(values["direction"])
        return TASK[self.task].reward(values)


class MotivoBehaviourSettings(bpy.types.PropertyGroup):
    rows: CollectionProperty(type=MotivoBehaviourRow)


def _draw(layout, settings, _body) -> None:
    for number, row in enumerate(settings.rows):
        box = layout.box().column(align=True)
        head = box.row(align=True)
        head.prop(row, "task", text="")
        head.operator("motivo.behaviour_search", text="", icon="VIEWZOOM").index = number
        head.operator("motivo.behaviour_remove", text="", icon="X").index = number
        if row.task != EXPRESSION:
            box.template_icon_view(row, "picture", show_labels=True, scale=4.0, scale_popup=5.0)
        if row.task == EXPRESSION:
            line = box.row(align=True)
            line.prop(row, "expression", text="")
            line.operator("motivo.check_reward", text="", icon="CHECKMARK").index = number
            line.operator("motivo.reward_words", text="", icon="QUESTION")
        else:
            for name in TASK[row.task].defaults:
                box.prop(row, name, slider=True)
        if len(settings.rows) > 1:
            box.prop(row, "weight", slider=True)
    layout.operator("motivo.behaviour_add", icon="ADD")


def _missing(settings, _body) -> str:
    if not settings.rows:
        return "There is no behaviour; add one"
    if any(not row.reward() for row in settings.rows):
        return "An expression is empty; write one or choose another behaviour"
    if not any(row.weight > 0 for row in settings.rows):
        return "All behaviours have the weight 0; raise one"
    return ""


def _rewards(settings) -> tuple[str, ...]:
    return tuple(row.reward() for row in settings.rows if row.weight > 0)


def _build(context, prompt, body, frames: FrameRange):
    from ....runtime.prompts import BehaviourPrompt
    from ..places import origin_of

    rows = [row for row in prompt.behaviour.rows if row.weight > 0]
    rewards = tuple((row.reward(), round(row.weight, 4)) for row in rows)
    return BehaviourPrompt(
        frames.start, frames.end, prompt.name, rewards, origin_of(context, prompt, body, frames)
    )


KIND = PromptKind(
    identifier="BEHAVIOUR",
    label="Behaviour",
    description="Walk, sit, crouch, raise the arms and more, without keys",
    icon="ARMATURE_DATA",
    colour=(0.60, 0.40, 0.75),
    performs="behaviour",
    settings=MotivoBehaviourSettings,
    draw=_draw,
    missing=_missing,
    build=_build,
    parts=(MotivoBehaviourRow,),
    begin=lambda settings: settings.rows.add(),
    rewards=_rewards,
)
