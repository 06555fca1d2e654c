"""Ground that was displaced, chosen and walked over by real clicks, physically; what cannot be is told."""

import sys
from types import SimpleNamespace

sys.path.insert(0, "/job")

import bpy
import driver
from driver import patiently

PERFORMING_S = 600.0
"""Muscles take their time."""

SCENE_BELOW = 166
"""Pixels from the top of Generate to the header of the panel Scene, with no prompt there."""
NOTHING = SimpleNamespace(text="")
HELD_TO = {
    "held_share": 0.0,
    "planted_slip_cm": 2.0,
    "scene_penetration_body_mm": 5.0,
    "joint_error_world_cm": 3.0,
}
"""Measures of the take and how large each may be."""


def displaced(hand, cells=40, size=8.0):
    """A grid with a Displace modifier of clouds, as terrain is made in Blender."""
    with hand.in_view():
        bpy.ops.mesh.primitive_grid_add(size=size, x_subdivisions=cells, y_subdivisions=cells)
    hills = bpy.context.object
    hills.name = "Hills"
    texture = bpy.data.textures.new("Clouds", "CLOUDS")
    texture.noise_scale = 1.2
    modifier = hills.modifiers.new("Displace", "DISPLACE")
    modifier.texture, modifier.strength = texture, 0.4
    return hills


def chosen(one):
    for other in bpy.context.view_layer.objects:
        other.select_set(other == one)
    bpy.context.view_layer.objects.active = one


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    yield from hand.click("motivo.use_30_fps")
    body = bpy.context.object
    yield from hand.press("NUMPAD_PERIOD")
    # The panel's header, four rows beneath the button.
    x, y = yield from hand.find("motivo.generate")
    yield from hand.click_at(x - 100, y - SCENE_BELOW)
    yield from hand.shot("scene-open")
    hills = displaced(hand)
    yield from hand.scroll(60)
    yield from hand.shot("hills")
    yield from hand.click("motivo.scene_add")
    assert hills.motivo_scene.takes_part
    yield from hand.click("motivo_world.shown")
    yield from hand.click("motivo_world.floor")
    assert not bpy.context.scene.motivo_world.floor
    yield from hand.shot("chosen")
    curve = bpy.data.curves.new("Way", "CURVE")
    curve.dimensions = "3D"
    spline = curve.splines.new("POLY")
    spline.points.add(1)
    spline.points[0].co, spline.points[1].co = (0, 0, 0, 1), (1.6, -0.4, 0, 1)
    way = bpy.data.objects.new("Way", curve)
    bpy.context.scene.collection.objects.link(way)
    chosen(body)
    bpy.ops.motivo.prompt_add(kind="PATH")
    prompt = body.motivo.prompts[0]
    prompt.start, prompt.end, prompt.path.curve = 1, 50, way
    body.motivo.generation.quality = "physical"
    yield from hand.scroll(-60)
    yield from hand.shot("prompt")
    yield from hand.click("motivo.generate")
    yield from patiently(lambda: client.session().job is not None, PERFORMING_S)
    yield from patiently(lambda: client.session().job is None, PERFORMING_S)
    assert client.session().notice is None, client.session().notice
    take = client.session().takes[body.session_uid].motion
    measures = take["metadata"]["measures"]
    told = {name: measures[name] for name in HELD_TO}
    sys.stdout.write(f"terrain: {told}\n")
    assert all(told[name] <= most for name, most in HELD_TO.items()), told
    yield from hand.press("HOME")
    bpy.context.scene.frame_set(25)
    yield from hand.shot("take")
    yield from hand.scroll(12)
    yield from hand.click("motivo.bake")
    yield from hand.key("RET")
    bpy.context.scene.motivo_world.shown = False
    bpy.context.scene.frame_set(40)
    yield from hand.shot("baked")
    # A way that leads off the ground, and ground that is too rough.
    yield from hand.scroll(-60)
    spline.points[1].co = (9, 0, 0, 1)
    prompt.end = 240
    body.motivo.generation.quality = "draft"
    yield from hand.click("motivo.generate")
    yield from patiently(lambda: client.session().notice is not None, PERFORMING_S)
    assert "a foot would come down where there is no ground" in client.session().notice.text
    yield from hand.shot("no-ground")
    spline.points[1].co = (1.6, 0, 0, 1)
    prompt.end = 50
    rough = displaced(hand, 200)
    rough.motivo_scene.takes_part, hills.motivo_scene.takes_part = True, False
    chosen(body)
    yield from hand.click("motivo.generate")
    yield from patiently(
        lambda: "so rough" in (client.session().notice or NOTHING).text, PERFORMING_S
    )
    yield from hand.shot("too-rough")


driver.tell(story)
