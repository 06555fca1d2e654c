"""FBX and glTF files as motions: whoever moves in them is the source, the open file stays as it is."""

import bpy
import numpy as np
import pytest
from moving_files import walked, written


def everything() -> dict[str, int]:
    return {
        name: len(getattr(bpy.data, name))
        for name in ("objects", "actions", "armatures", "meshes", "scenes", "materials", "images")
    }


@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_an_action_in_a_file_is_a_source(context, tmp_path, suffix):
    from motivo_source.motivo_addon.characters.motion_scene import read_scene_motion
    from motivo_source.runtime.motion import fit_to_body

    path, motion = written(context, tmp_path, suffix)
    context.scene.render.fps = 24
    context.scene.frame_current = 7
    before = everything(), context.scene.name, context.scene.frame_current, context.scene.render.fps
    clip = read_scene_motion(context, path)
    after = everything(), context.scene.name, context.scene.frame_current, context.scene.render.fps
    assert after == before
    assert abs(clip.frames / clip.fps - motion.frames / 30) < 0.1
    assert clip.bones.missing in ((), ("left_hand", "right_hand"))
    fitted = fit_to_body(clip).motion
    asked, got = motion.positions(), fitted.positions()
    count = min(len(asked), len(got))
    asked, got = asked[:count] - asked[:count, :1], got[:count] - got[:count, :1]
    assert np.linalg.norm(asked - got, axis=-1).mean() < 0.03
    travelled = np.linalg.norm(fitted.qpos[-1, :2] - fitted.qpos[0, :2])
    assert travelled == pytest.approx(0.8 * (motion.frames - 1) / 30, abs=0.1)
    assert "warnings" not in fitted.metadata


def test_of_several_people_one_is_chosen_by_name(context, tmp_path):
    from motivo_source.motivo_addon.characters.motion_scene import read_scene_motion
    from motivo_source.runtime.errors import UserError
    from motivo_source.runtime.motion.source_options import SourceOptions

    path, _ = written(context, tmp_path, ".glb", people=2)
    clip = read_scene_motion(context, path)
    assert "Person1" in clip.notes[0] and "Person2" in clip.notes[0]
    second = read_scene_motion(context, path, SourceOptions(person="Person2"))
    assert second.positions[0, 0, 0] > 1.5 > clip.positions[0, 0, 0]
    with pytest.raises(UserError, match=r"nobody called 'Somebody'.*Person1.*Person2"):
        read_scene_motion(context, path, SourceOptions(person="Somebody"))


def test_who_does_not_move_is_no_motion(context, tmp_path):
    from motivo_source.motivo_addon.characters.motion_scene import read_scene_motion
    from motivo_source.runtime.errors import UserError

    path, _ = written(context, tmp_path, ".glb", animated=False)
    before = everything()
    with pytest.raises(UserError, match=r"Nobody in .people\.glb. moves"):
        read_scene_motion(context, path)
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"glTF nothing")
    with pytest.raises(UserError, match="export it again"):
        read_scene_motion(context, broken)
    assert everything() == before


def test_the_prompt_performs_the_file_and_says_what_it_found(addon, context, tmp_path):
    path, motion = written(bpy.context, tmp_path, ".glb", people=2)
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    assert bpy.ops.motivo.choose_motion_file(filepath=str(path)) == {"FINISHED"}
    prompt = body.motivo.prompts[0]
    settings = prompt.motion_file
    assert abs(prompt.end - prompt.start + 1 - motion.frames) <= 2
    assert "Person1" in settings.notes and settings.say
    assert {row.role: row.bone for row in settings.rig.rows}["left_hand"] == "left_wrist"
    assert "left_wrist" in settings.joints
    settings.person = "Person2"
    assert bpy.ops.motivo.read_motion_file() == {"FINISHED"}
    assert settings.notes == ""
    bpy.ops.motivo.generate()
    session = addon.client.session()
    session.wait()
    assert session.notice is None
    assert len(session.takes[body.session_uid].motion["qpos"]) == prompt.end - prompt.start + 1


def test_options_and_map_of_a_file_reach_the_reader(addon, context, tmp_path):
    from motivo_source.runtime.motion import save_motion

    path = tmp_path / "walk.bvh"
    save_motion(walked(), path)
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    bpy.ops.motivo.choose_motion_file(filepath=str(path))
    prompt = body.motivo.prompts[0]
    settings = prompt.motion_file
    frames = prompt.end - prompt.start
    settings.source_fps = 60.0
    bpy.ops.motivo.read_motion_file()
    assert prompt.end - prompt.start == pytest.approx(frames / 2, abs=1)
    saved = tmp_path / "bones.json"
    assert bpy.ops.motivo.save_source_map(filepath=str(saved)) == {"FINISHED"}
    assert bpy.ops.motivo.load_source_map(filepath=str(saved)) == {"FINISHED"}
    options = addon.prompts.motion_file.said_options(settings)
    assert options.rig_map is not None and options.fps == 60.0
    timeline = addon.timeline.build_timeline(bpy.context, body)
    assert timeline.prompts[0].options == options
    again = type(timeline).from_json(timeline.to_json())
    assert again.prompts[0].options == options
    settings.rig.rows["left_hand"].bone = "nothing"
    assert addon.prompts.motion_file.said_map(settings).bones["left_hand"] == "nothing"
    with pytest.raises(RuntimeError, match="names 'nothing', which the motion does not have"):
        bpy.ops.motivo.generate()
