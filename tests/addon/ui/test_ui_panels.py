"""Every panel in every state a person meets: greyed buttons say why, what cannot be used is closed."""

import importlib

import blf
import bpy
import drawing
import numpy as np
import pytest
from mathutils import Quaternion


@pytest.fixture
def session(addon):
    return addon.client.session()


@pytest.fixture
def why_not(addon):
    return importlib.import_module(f"{addon.__name__}.operators.base").why_not


def nothing(addon) -> None:
    """An empty scene."""


def body(addon) -> None:
    bpy.ops.motivo.add_body()


def every_kind_of_prompt(addon) -> None:
    body(addon)
    for kind in addon.prompts.KINDS:
        bpy.ops.motivo.prompt_add(kind=kind.identifier)


def one_prompt(kind):
    def build(addon) -> None:
        body(addon)
        bpy.ops.motivo.prompt_add(kind=kind)

    build.__name__ = f"a_{kind.lower()}_prompt"
    return build


def keys(addon) -> None:
    body(addon)
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        bone = bpy.context.object.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")


def takes(addon, count=2) -> None:
    """Takes that are told to be held and to miss keys, without asking the worker."""
    keys(addon)
    from motivo_source.runtime.motion.poses import pose

    qpos = np.repeat(pose("stand")[None], 20, axis=0)
    metadata = {
        "settings": {"quality": "physical"},
        "help": [0.2] * 19,
        "warnings": ["turns the left arm otherwise"],
        "notes": ["the file was upside down"],
        "measures": {"assistance_share": 0.2, "skate_share": 0.9, "keyframe_error_cm": 1.0},
        "keys": [
            {"frame": 9, "off_cm": 7.5, "worst": "left hand", "worst_cm": 12.0, "tolerance_cm": 4.0}
        ],
    }
    contacts = np.ones((20, 6), dtype=bool)
    motion = {"fps": 30.0, "qpos": qpos, "qvel": None, "contacts": contacts, "metadata": metadata}
    store = importlib.import_module(f"{addon.__name__}.shelf.store")
    uid = bpy.context.object.session_uid
    for name in ("First", "Second")[:count]:
        made = addon.takes.TakeSet(name, 1, ({**motion, "metadata": dict(metadata)},))
        store.put(uid, made)
    addon.client.session().takes[uid] = store.kept_takes(uid)[0].shown()


def compared(addon) -> None:
    takes(addon)
    store = importlib.import_module(f"{addon.__name__}.shelf.store")
    second = store.kept_takes(bpy.context.object.session_uid)[1]
    bpy.ops.motivo.compare_take(number=second.number)


def baked(addon) -> None:
    takes(addon)
    bpy.ops.motivo.bake()


def a_character(addon) -> None:
    baked(addon)
    performer = bpy.context.object
    data = bpy.data.armatures.new("Hero")
    hero = bpy.data.objects.new("Hero", data)
    bpy.context.collection.objects.link(hero)
    performer.motivo_character.target = hero


def posed(addon) -> None:
    keys(addon)
    bpy.ops.object.mode_set(mode="POSE")
    bpy.context.scene.motivo_bake.by_bone = True


def edited(addon) -> None:
    baked(addon)
    bpy.ops.object.mode_set(mode="EDIT")


def an_error(addon) -> None:
    keys(addon)
    addon.client.session().notice = addon.client.Notice("It broke.", "Details")


STATES = [
    nothing,
    body,
    every_kind_of_prompt,
    *map(one_prompt, ("KEYFRAMES", "POSE", "MOTION_FILE", "BEHAVIOUR", "PATH", "GO_TO")),
    *(keys, takes, compared, baked, a_character, posed, edited, an_error),
]
SAID_BY_THE_LIST = {"motivo.prompt_remove", "motivo.prompt_move"}
"""Small buttons beside the list, which says itself that it is empty."""


@pytest.fixture(params=STATES, ids=lambda state: state.__name__)
def state(request, addon):
    request.param(addon)
    yield request.param
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")


def test_every_greyed_button_says_why_in_its_panel(state, addon, why_not):
    for name, layout in drawing.draw_all().items():
        for operator in set(layout.operators) - SAID_BY_THE_LIST:
            package, _, short = operator.partition(".")
            cls = getattr(bpy.types, f"{package.upper()}_OT_{short}", None)
            if cls is None or not hasattr(cls, "problem"):
                continue
            problem = why_not(bpy.context, operator)
            if problem:
                assert f"{problem}." in layout.texts, (name, operator, layout.texts)


def test_buttons_without_a_reason_can_be_pressed(state, addon):
    """Whoever refuses has a reason to show: no other way to be greyed."""
    for layout in drawing.draw_all().values():
        for operator in set(layout.operators):
            package, _, short = operator.partition(".")
            cls = getattr(bpy.types, f"{package.upper()}_OT_{short}", None)
            if cls is not None and package == "motivo" and not hasattr(cls, "problem"):
                assert getattr(getattr(bpy.ops, package), short).poll(), operator


def test_what_cannot_be_used_yet_is_closed(state, addon, why_not):
    there = drawing.draw_all()
    for name, usable in (
        ("MOTIVO_PT_export", not why_not(bpy.context, "motivo.export_takes")),
        ("MOTIVO_PT_character", bool({"Hero"} & set(bpy.data.armatures.keys()))),
    ):
        later = getattr(bpy.types, f"{name}_later")
        assert later.bl_label == getattr(bpy.types, name).bl_label
        assert "DEFAULT_CLOSED" in later.bl_options
        body_there = any("motivo_body" in data for data in bpy.data.armatures)
        assert (name in there) == (usable and body_there)
        assert (f"{name}_later" in there) == (not usable and body_there)
        if f"{name}_later" in there:
            assert there[f"{name}_later"].texts, "a closed panel says what it waits for"


SIDEBAR = 250
"""Pixels of a sidebar as Blender opens it."""
ROOM = {
    "label": 215,
    "operator": 195,
    "prop": 120,
    "switch": 205,
    "beside": 90,
    "switch beside": 115,
}
"""Pixels there that Blender gives a text: by itself, on a button, before a value in the same field,
beside a tick, and the same where names stand in a column of their own."""
ICON = 20


def room_needed(kind, arguments, options) -> tuple[str, str, float]:
    """What is drawn, in which room, and how many pixels it takes in Blender's own font."""
    text = options.get("text")
    room = kind
    if text is None and kind == "operator":
        package, _, name = arguments[0].partition(".")
        text = getattr(bpy.types, f"{package.upper()}_OT_{name}").bl_label
    elif text is None and kind == "prop":
        entry = arguments[0].bl_rna.properties[arguments[1]]
        text = entry.name
        room = "switch" if entry.type == "BOOLEAN" else "prop"
        if options["beside"]:
            room = "switch beside" if room == "switch" else "beside"
    blf.size(0, 11.0)
    icon = ICON if options.get("icon", "NONE") != "NONE" else 0
    return text or "", room, blf.dimensions(0, text or "")[0] + icon


def test_nothing_is_cut_in_a_sidebar_of_its_usual_width(state, addon):
    """Blender cuts what is too long, and a person then guesses."""
    for name, layout in drawing.draw_all(SIDEBAR).items():
        for kind, arguments, options in layout.drawn:
            if kind in ("label", "operator", "prop"):
                text, room, pixels = room_needed(kind, arguments, options)
                assert pixels <= ROOM[room], (name, text, room, round(pixels))


@pytest.mark.parametrize(
    "settings",
    [
        {"hands": "left", "hands_span": True},
        {"held": "both", "picks_up": True, "puts_down": True},
        {"loose": True},
    ],
)
def test_nothing_of_an_objects_settings_is_cut(settings, addon):
    bpy.ops.mesh.primitive_cube_add()
    for name, value in {"takes_part": True, **settings}.items():
        setattr(bpy.context.object.motivo_scene, name, value)
    layout = drawing.draw_all(SIDEBAR)["MOTIVO_PT_surroundings"]
    shown = [arguments[1] for kind, arguments, _ in layout.drawn if kind == "prop"]
    assert {"takes_part", *settings} <= set(shown)
    for kind, arguments, options in layout.drawn:
        if kind in ("label", "operator", "prop"):
            text, room, pixels = room_needed(kind, arguments, options)
            assert pixels <= ROOM[room], (text, room, round(pixels))


def test_an_empty_list_says_what_to_do(addon):
    bpy.ops.motivo.add_body()
    texts = drawing.draw_all()["MOTIVO_PT_prompts"].texts
    assert any("Press +" in text for text in texts)


def test_bad_figures_say_what_to_do_and_good_ones_only_their_value(addon):
    takes(addon)
    texts = drawing.draw_all()["MOTIVO_PT_take"].texts
    assert "Sliding feet: Key planted feet in one place for as long as they stand." in texts
    assert not any(text.startswith("Off your keys:") for text in texts)


def test_the_panel_leads_from_nothing_to_an_exported_motion(addon, session, tmp_path):
    """Whoever does what the first panel says, and nothing else, gets there."""
    steps = importlib.import_module(f"{addon.__name__}.panels.bodies.next_step")

    def said() -> str:
        return steps.next_step(bpy.context)

    assert "Add a body" in " ".join(drawing.draw_all()["MOTIVO_PT_actor"].texts)
    bpy.ops.motivo.add_body()
    actor = bpy.context.object
    assert said() == steps.PROMPT
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    assert said() == steps.GENERATE
    actor.motivo.prompts[0].end = 30
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert said() == steps.BAKE
    assert said() in drawing.draw_all()["MOTIVO_PT_actor"].texts
    actor.motivo.prompts[0].end = 40
    assert said() == steps.AGAIN
    actor.motivo.prompts[0].end = 30
    bpy.ops.motivo.bake()
    assert said() == steps.EXPORT
    bpy.context.scene.motivo_export.folder = str(tmp_path)
    assert bpy.ops.motivo.export_takes() == {"FINISHED"}
    assert said() == ""
    assert [path.suffix for path in tmp_path.iterdir()] == [".fbx"]
    addon.preferences.preferences().show_next = False
    try:
        bpy.context.scene.motivo_export.report = ""
        assert said() == ""
    finally:
        addon.preferences.preferences().show_next = True


def test_whoever_has_keyed_is_led_to_keyframes(addon, actor):
    steps = importlib.import_module(f"{addon.__name__}.panels.bodies.next_step")
    bpy.ops.motivo.prompt_remove()
    assert steps.next_step(bpy.context) == steps.KEYED


def test_two_takes_of_the_list_are_seen_side_by_side(addon, session):
    compared(addon)
    ghost = importlib.import_module(f"{addon.__name__}.viewport.ghost")
    actor = bpy.context.object
    shown = session.takes[actor.session_uid]
    settings = bpy.context.scene.motivo_ghost
    pose = addon.viewport.preview._compared_pose(bpy.context.scene, actor, shown)
    other, now = ghost.figures(shown, settings, 5, 1.0, False, pose)
    assert other.colour == ghost.OTHER and now.colour == ghost.NOW
    assert other.qpos[0] - now.qpos[0] == pytest.approx(settings.apart)
    assert "Second" in drawing.draw_all()["MOTIVO_PT_ghost"].texts
    bpy.ops.motivo.compare_take(number=bpy.context.window_manager.motivo_shelf.compared)
    assert addon.viewport.preview._compared_pose(bpy.context.scene, actor, shown) is None
