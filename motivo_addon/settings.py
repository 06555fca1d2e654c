"""What a person sets: prompts and generation settings on each body."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..runtime.generation.performers import AUTOMATIC, PERFORMERS
from . import controller, models
from .keys.span import frames_of
from .preferences import QUALITIES
from .prompts import KINDS


class MotivoPrompt(bpy.types.PropertyGroup):
    """One thing the body is asked to do. Each kind's own settings hang on it by the kind's name."""

    name: StringProperty(name="Name", description="Name of the prompt and of the baked Action")
    kind: EnumProperty(
        name="Kind",
        items=[
            (kind.identifier, kind.label, kind.description, kind.icon, number)
            for number, kind in enumerate(KINDS)
        ],
    )
    enabled: BoolProperty(
        name="On",
        description="Perform this prompt; switched off it stays in the list",
        default=True,
    )
    colour: FloatVectorProperty(
        name="Colour",
        description="Of the strip. Black: the colour of its kind",
        subtype="COLOR_GAMMA",
        min=0.0,
        max=1.0,
        default=(0.0, 0.0, 0.0),
    )
    own_start: IntProperty(default=1, options={"HIDDEN"})
    own_end: IntProperty(default=90, options={"HIDDEN"})
    """What a person set; while the frames follow the keys it does not count."""
    start: IntProperty(
        name="Start",
        description="First frame of the prompt, in the scene's frames",
        get=lambda prompt: frames_of(prompt)[0],
        set=lambda prompt, frame: _set_frames(prompt, start=frame),
    )
    end: IntProperty(
        name="End",
        description="Last frame of the prompt, in the scene's frames",
        get=lambda prompt: frames_of(prompt)[1],
        set=lambda prompt, frame: _set_frames(prompt, end=frame),
    )


def _set_frames(prompt: MotivoPrompt, start: int | None = None, end: int | None = None) -> None:
    """A person sets an end of the range: from now on it does not follow the keys."""
    before = frames_of(prompt)
    prompt.keyframes.follow = False
    prompt.own_start = before[0] if start is None else start
    prompt.own_end = before[1] if end is None else end


for _kind in KINDS:
    MotivoPrompt.__annotations__[_kind.attribute] = PointerProperty(type=_kind.settings)


class MotivoGeneration(bpy.types.PropertyGroup):
    """Mirrors ``runtime.generation.GenerationSettings``."""

    controller: EnumProperty(
        name="Performed By",
        description=(
            "What moves the body. Automatic takes what serves the prompts best and says"
            " what it took"
        ),
        items=(
            # Files keep the numbers: those of the first two are as old as the property.
            (
                AUTOMATIC,
                "Automatic",
                "A trained model where the prompts need one or it was measured to follow them"
                " better, else muscles that follow the pose",
                2,
            ),
            *(
                (kind.name, kind.label, kind.description, kind.number)
                for kind in PERFORMERS.values()
            ),
        ),
        default=AUTOMATIC,
        update=controller.look_when_needed,
    )
    model: StringProperty(
        name="Model",
        description="Folder or name of the trained model. Empty: the one that ships with Motivo",
    )
    model_choice: EnumProperty(
        name="Model",
        description="The trained model that performs",
        items=models.items,
        get=models.get_choice,
        set=models.set_choice,
    )
    quality: EnumProperty(
        name="Quality",
        description="How a motion is performed. Trained models perform in their own way",
        items=QUALITIES,
        default="physical",
    )
    help_allowed: FloatProperty(
        name="Help Allowed",
        description=(
            "Share of the body's weight that an invisible hand may carry in a physical"
            " performance. 0 is none; more follows keys that no body could reach by itself"
        ),
        min=0.0,
        max=1.0,
        default=0.0,
        subtype="FACTOR",
    )
    assistance: FloatProperty(
        name="Steadying Hand",
        description=(
            "How strongly an invisible hand steadies the hips of a draft. 1 follows the keys most"
            " closely; at 0 the body falls"
        ),
        min=0.0,
        max=1.0,
        default=1.0,
        subtype="FACTOR",
    )
    strength: FloatProperty(
        name="Muscle Strength",
        description="Strength of the muscles. Less is softer and lags behind; more is crisper",
        min=0.1,
        max=3.0,
        soft_min=0.5,
        soft_max=2.0,
        default=1.0,
        step=10,
    )
    seed: IntProperty(
        name="Seed",
        description="The same seed gives the same motion again; takes count on from it",
        min=0,
        default=0,
    )
    takes: IntProperty(
        name="Takes",
        description="How many variations are generated to choose from",
        min=1,
        max=16,
        soft_max=8,
        default=1,
    )

    def values(self) -> dict[str, object]:
        """The settings as plain data, for the worker; what was chosen by itself is settled here."""
        return {
            "controller": controller.chosen_controller(self.id_data).controller,
            "quality": self.quality,
            "help_allowed": self.help_allowed,
            "assistance": self.assistance,
            "strength": self.strength,
            "seed": self.seed,
            "takes": self.takes,
            "model": bpy.path.abspath(self.model),
        }


class MotivoBody(bpy.types.PropertyGroup):
    """What hangs on a body: saved with the file, copied with the body, undone by undo."""

    prompts: CollectionProperty(type=MotivoPrompt)
    active_prompt: IntProperty(name="Active Prompt", default=0)
    generation: PointerProperty(type=MotivoGeneration)
    height: FloatProperty(default=0.0, options={"HIDDEN"})
    """Metres; 0: as tall as the reference body. ``keys.resize`` sets it, with the bones."""
    mass: FloatProperty(default=0.0, options={"HIDDEN"})
    """kg; 0: as its height has it."""


CLASSES = (
    *(cls for kind in KINDS for cls in (*kind.parts, kind.settings)),
    MotivoPrompt,
    MotivoGeneration,
    MotivoBody,
)


def register() -> None:
    bpy.types.Object.motivo = PointerProperty(type=MotivoBody)


def unregister() -> None:
    del bpy.types.Object.motivo
