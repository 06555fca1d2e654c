"""A recording of one's own by real clicks: chosen, as long as the file, performed, baked."""

import sys
from pathlib import Path

sys.path.insert(0, "/job")

import bpy
import driver

WALK = Path("/job/walk.bvh")


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    write_walk(name)
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    body = bpy.context.object
    yield from hand.press("NUMPAD_PERIOD")
    x, y = yield from hand.find("motivo.prompt_remove")
    yield from hand.click_at(x, y + 18)
    # Motion File is the third of the menu.
    yield from hand.click_at(x + 50, y - 46)
    assert [prompt.kind for prompt in body.motivo.prompts] == ["MOTION_FILE"], [
        prompt.kind for prompt in body.motivo.prompts
    ]
    yield from hand.shot("which-file")
    yield from hand.click("motivo.choose_motion_file")
    yield from hand.choose_file(WALK)
    yield lambda: client.session().job is None and body.motivo.prompts[0].end != 90
    yield from hand.shot("prompt")
    yield from hand.click("motivo.generate")
    yield lambda: client.session().takes
    bpy.context.scene.frame_set(20)
    yield from hand.scroll(8)
    yield from hand.shot("take")
    bpy.context.scene.motivo_bake.scene_range = "SET"
    yield from hand.click("motivo.bake")
    assert body.animation_data.action is not None
    bpy.context.scene.frame_set(30)
    yield from hand.shot("walk")


def write_walk(name):
    """A swaying body as a file, as people have walks."""
    from importlib import import_module

    import numpy as np

    motion = import_module(f"{name}.runtime.motion")
    poses = import_module(f"{name}.runtime.motion.poses")
    order = ("passing", "step", "passing", "step")
    keys = np.stack([poses.pose(pose) for pose in order])
    mirrored = import_module(f"{name}.runtime.motion.mirror").mirror_qpos(keys)
    keys[2:] = mirrored[2:]
    frames = np.linspace(0, 3, 61)
    qpos = np.stack(
        [np.interp(frames, np.arange(4), keys[:, column]) for column in range(76)], axis=1
    )
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    qpos[:, 1] -= np.linspace(0, 1.6, 61)
    motion.save_motion(motion.Motion(30.0, qpos), str(WALK))


driver.tell(story)
