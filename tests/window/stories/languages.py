"""The tab in five languages, with a take and its figures; the preferences with every control."""

import sys

sys.path.insert(0, "/job")

import bpy
import driver
from mathutils import Quaternion


def story(hand):
    name = driver.install()
    session = sys.modules[f"{name}.motivo_addon.client"].session()
    translations = sys.modules[f"{name}.motivo_addon.translations"]
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    yield from hand.press("NUMPAD_PERIOD")
    body = bpy.context.object
    view = bpy.context.preferences.view
    languages = bpy.types.PreferencesView.bl_rna.properties["language"].enum_items
    there = {item.identifier for item in languages}
    assert set(translations.LANGUAGES) <= there, there
    view.language = "de_DE"
    yield from hand.shot("empty-list-de")
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = Quaternion((1, 0, 0), angle)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    with hand.in_view():
        bpy.ops.motivo.prompt_add("EXEC_DEFAULT", True, kind="KEYFRAMES")
    yield from hand.click("motivo.generate")
    yield lambda: session.job is None and session.takes
    bpy.context.scene.frame_set(10)
    for language in translations.LANGUAGES:
        view.language = language
        said = translations.translated("Baked 30 frames to the Action 'Walk'.")
        assert said != "Baked 30 frames to the Action 'Walk'." and "Walk" in said, said
        yield from hand.shot(f"take-{language}")
    view.language = "en_US"
    area = hand.view
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Motivo"
    bpy.context.preferences.addons[name].preferences.advanced = True
    yield 0.5
    bpy.ops.preferences.addon_expand(module=name)
    yield from hand.shot("preferences")


driver.tell(story)
