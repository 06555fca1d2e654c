"""What a person sets: on each object whether and how it is part of the physics, on the scene the world."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
)

SHAPES = (
    (
        "auto",
        "Automatic",
        "A box where the mesh is one, terrain where it is an open sheet seen from above, else its loose parts",
    ),
    ("box", "Box", "The box around it"),
    ("sphere", "Sphere", "The ball around it"),
    ("capsule", "Capsule", "A capsule along its longest side"),
    ("parts", "Convex Parts", "One hull for each loose part of the mesh"),
    ("hull", "Hull", "One hull around everything"),
    ("terrain", "Terrain", "Heights as seen from above, for ground of any form"),
)
BODIES = (
    ("Chest", "Chest", ""),
    ("Pelvis", "Hips", ""),
    ("Head", "Head", ""),
    ("L_Shoulder", "Left Shoulder", ""),
    ("R_Shoulder", "Right Shoulder", ""),
    ("L_Hand", "Left Hand", ""),
    ("R_Hand", "Right Hand", ""),
    ("L_Ankle", "Left Foot", ""),
    ("R_Ankle", "Right Foot", ""),
)
HANDS = (
    ("none", "Not Held", "It stands, or moves as it is keyed"),
    ("right", "Right Hand", "Fixed to the right hand as it lies there when it is taken"),
    ("left", "Left Hand", "Fixed to the left hand as it lies there when it is taken"),
    ("both", "Both Hands", "Fixed to the right hand, held on to by the left"),
)
PUT_ONTO_IT = (
    ("none", "No Hand", "Hands do as they are animated"),
    ("right", "Right Hand", "The right palm is laid onto it wherever it is in reach"),
    ("left", "Left Hand", "The left palm is laid onto it wherever it is in reach"),
    ("both", "Both Hands", "Both palms are laid onto it wherever it is in reach"),
)
HELD_BY = {"none": (), "right": ("R_Hand",), "left": ("L_Hand",), "both": ("R_Hand", "L_Hand")}


class MotivoGrip(bpy.types.PropertyGroup):
    own: EnumProperty(
        name="Own", description="Of the body that performs", items=BODIES, default="R_Hand"
    )
    theirs: EnumProperty(
        name="Theirs", description="Of the other person", items=BODIES, default="R_Hand"
    )
    start: IntProperty(
        name="From Frame",
        description="Frame of the scene at which they take hold of each other; they have to lie on each other there",
        default=20,
    )
    stop: IntProperty(
        name="To Frame", description="Frame of the scene at which they let go", default=40
    )


class MotivoSceneObject(bpy.types.PropertyGroup):
    takes_part: BoolProperty(
        name="Part of the Physics",
        description="The body touches this object, or this other body, wherever its animation takes it; an empty pushes the body along its arrow",
    )
    gives_way: BoolProperty(
        name="Gives Way",
        description="Both people are performed together, with quality Physical; Bake keys this one too",
    )
    grips: CollectionProperty(type=MotivoGrip)
    """Of a body that gives way: what holds on to what of the one that performs, and when."""
    shape: EnumProperty(name="Shape", items=SHAPES, default="auto")
    friction: FloatProperty(
        name="Friction", description="1 as a floor, 0.05 as ice", min=0.01, max=5, default=1
    )
    held: EnumProperty(name="Held By", items=HANDS, default="none")
    hands: EnumProperty(
        name="Hands on It",
        description="A rail that is walked along, a wall that is leaned on, the arms of a chair",
        items=PUT_ONTO_IT,
        default="none",
    )
    hands_span: BoolProperty(
        name="Only Between Frames", description="Otherwise wherever it is in reach"
    )
    hands_start: IntProperty(name="From Frame", description="Frame of the scene", default=1)
    hands_stop: IntProperty(name="To Frame", description="Frame of the scene", default=60)
    loose: BoolProperty(
        name="Moves Freely",
        description="It falls, rolls and slides as it is pushed, from where it is at first; Bake keys it",
    )
    mass: FloatProperty(name="Mass", description="In kg", min=0.01, max=200, default=2, unit="MASS")
    picks_up: BoolProperty(
        name="Picked Up Later", description="Until that frame it stands where it is"
    )
    pick_frame: IntProperty(name="At Frame", description="Frame of the scene", default=20)
    puts_down: BoolProperty(
        name="Put Down", description="From that frame on it stays where the hand has it"
    )
    put_frame: IntProperty(name="At Frame", description="Frame of the scene", default=60)
    impulse: FloatProperty(
        name="Strength",
        description="In N s; 80 makes a grown person stumble",
        min=0,
        max=400,
        default=40,
    )
    body: EnumProperty(name="Pushes", items=BODIES, default="Chest")
    frame: IntProperty(name="At Frame", description="Frame of the scene", default=20)
    seconds: FloatProperty(name="For", min=1 / 30, max=10, default=0.2, unit="TIME_ABSOLUTE")


class MotivoWorld(bpy.types.PropertyGroup):
    gravity: FloatProperty(
        name="Gravity",
        description="Downwards, in m/s2; 1.62 on the moon",
        min=0,
        max=30,
        default=9.81,
    )
    wind: FloatVectorProperty(
        name="Wind", description="In m/s, along the world's axes", size=3, subtype="VELOCITY"
    )
    floor: BoolProperty(name="Floor", description="A floor at the height of the grid", default=True)
    friction: FloatProperty(name="Floor Friction", min=0.01, max=5, default=1)
    slope: FloatProperty(
        name="Slope", description="How steeply the floor rises", min=0, max=0.698, subtype="ANGLE"
    )
    uphill: FloatProperty(
        name="Uphill", description="Where it rises to, 0 along X", subtype="ANGLE"
    )
    shown: BoolProperty(
        name="Show Shapes", description="Draw objects in the view as they are simulated"
    )


CLASSES = (MotivoGrip, MotivoSceneObject, MotivoWorld)


def register() -> None:
    bpy.types.Object.motivo_scene = PointerProperty(type=MotivoSceneObject)
    bpy.types.Scene.motivo_world = PointerProperty(type=MotivoWorld)


def unregister() -> None:
    del bpy.types.Scene.motivo_world
    del bpy.types.Object.motivo_scene
