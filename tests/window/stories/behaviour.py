"""Behaviour and Pose prompts by real clicks, on a machine without a trained model."""

import os
import sys

# As if none came along.
os.environ["MOTIVO_DEFAULT_MODEL"] = "/job/no-model"
sys.path.insert(0, "/job")

import bpy
import driver
from mathutils import Quaternion


def story(hand):
    name = driver.install()
    client = sys.modules[f"{name}.motivo_addon.client"]
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    body = bpy.context.object
    yield from hand.click("motivo.use_30_fps")
    bpy.data.objects.remove(bpy.data.objects["Cube"])

    # The worker is asked for models in passing; the window goes on meanwhile.
    bpy.ops.motivo.prompt_add(kind="BEHAVIOUR")
    yield lambda: client.session().models is not None
    assert client.session().models == ()
    yield from hand.shot("no-model-needed")
    assert bpy.ops.motivo.generate.poll()
    # Who wants a trained model all the same is led to one.
    body.motivo.generation.controller = "policy"
    yield from hand.shot("no-model-yet")
    assert not bpy.ops.motivo.generate.poll()
    assert not bpy.ops.motivo.download_model.poll()
    bpy.context.preferences.system.use_online_access = True
    x, y = yield from hand.find("motivo.download_model")
    yield from hand.click_at(x, y)
    yield from hand.shot("licence-first")
    yield from hand.press_at("ESC", x, y)
    assert client.session().job is None
    body.motivo.generation.controller = "automatic"

    yield from hand.click("motivo.behaviour_add")
    rows = body.motivo.prompts[0].behaviour.rows
    assert len(rows) == 2
    rows[1].task = "EXPRESSION"
    rows[1].expression = "above(left_hand_height, 1.8, 0.2) * jump-high"
    yield from hand.shot("mix")
    yield from hand.click("motivo.check_reward")
    yield lambda: client.session().notice is not None
    assert client.session().notice.is_error
    yield from hand.shot("mistake-told")
    yield from hand.click("motivo.dismiss_notice")
    yield from hand.click("motivo.reward_words")
    yield lambda: client.session().reward_words is not None
    yield from hand.shot("words")

    bpy.ops.motivo.prompt_remove()
    bpy.ops.motivo.prompt_add(kind="POSE")
    pose = body.motivo.prompts[0].pose
    pose.source = "CURRENT"
    body.pose.bones["left_shoulder"].rotation_quaternion = Quaternion((1, 0, 0), 0.9)
    yield from hand.shot("pose")
    yield from hand.click("motivo.use_current_pose")
    assert pose.captured
    body.motivo.prompts[0].end = 40
    yield from hand.click("motivo.generate")
    yield lambda: client.session().takes
    bpy.context.scene.frame_set(40)
    yield from hand.shot("pose-reached")


driver.tell(story)
