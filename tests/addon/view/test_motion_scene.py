"""FBX and glTF files as motions: whoever moves in them is the source, the open file stays as it is."""

import importlib
from dataclasses import replace
from pathlib import Path

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
    from motivo_source.runtime.motion.sources.options import SourceOptions

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
    settings.up, settings.up_direction = "direction", (0.1, 1.0, 0.0)
    assert addon.prompts.motion_file.said_options(settings).up == "0.1,1,0"
    settings.up = "auto"
    timeline = addon.timeline.build_timeline(bpy.context, body)
    assert timeline.prompts[0].options == options
    again = type(timeline).from_json(timeline.to_json())
    assert again.prompts[0].options == options
    settings.rig.rows["left_hand"].bone = "nothing"
    assert addon.prompts.motion_file.said_map(settings).bones["left_hand"] == "nothing"
    with pytest.raises(RuntimeError, match="names 'nothing', which the motion does not have"):
        bpy.ops.motivo.generate()


def test_a_file_nobody_recognises_is_performed_once_its_bones_are_chosen(addon, context, tmp_path):
    """Names that say nothing and one leg of a twentieth of the other: no rule knows them as legs."""
    path, joints = a_stranger(tmp_path)
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bpy.ops.motivo.prompt_add(kind="MOTION_FILE")
    assert bpy.ops.motivo.choose_motion_file(filepath=str(path)) == {"FINISHED"}
    settings = body.motivo.prompts[0].motion_file
    assert "no legs" in settings.problem and settings.say
    assert set(joints.values()) <= {joint.name for joint in settings.joints}
    why_not = importlib.import_module(f"{addon.__name__}.operators.base").why_not
    assert "legs are not known" in why_not(bpy.context, "motivo.generate")
    for role, joint in joints.items():
        settings.rig.rows[role].bone = joint
    assert bpy.ops.motivo.read_motion_file() == {"FINISHED"}
    assert not settings.problem and not why_not(bpy.context, "motivo.generate")
    bpy.ops.motivo.generate()
    session = addon.client.session()
    session.wait()
    assert session.notice is None
    assert session.takes[body.session_uid].motion is not None
    saved = tmp_path / "bones.json"
    bpy.ops.motivo.save_source_map(filepath=str(saved))
    again = tmp_path / "again.bvh"
    path.rename(again)
    bpy.ops.motivo.choose_motion_file(filepath=str(again))
    assert settings.problem
    bpy.ops.motivo.load_source_map(filepath=str(saved))
    assert bpy.ops.motivo.read_motion_file() == {"FINISHED"} and not settings.problem


def a_stranger(folder: Path) -> tuple[Path, dict[str, str]]:
    """A BVH file of a walk whose joints are numbered and whose left leg is a stump; role -> joint."""
    from motivo_source.runtime.motion.formats.body_bvh import motion_to_bvh
    from motivo_source.runtime.motion.formats.bvh import format_bvh
    from motivo_source.runtime.skeletons.human_bones import SMPL_TO_ROLE

    bvh = motion_to_bvh(walked())
    names = {joint.name: f"b{number:02d}" for number, joint in enumerate(bvh.joints)}
    short = ("left_knee", "left_ankle")
    joints = tuple(
        replace(
            joint,
            name=names[joint.name],
            offset=tuple(v * (0.05 if joint.name in short else 1.0) for v in joint.offset),
        )
        for joint in bvh.joints
    )
    path = folder / "stranger.bvh"
    path.write_text(format_bvh(replace(bvh, joints=joints)))
    return path, {SMPL_TO_ROLE[name]: new for name, new in names.items() if name in SMPL_TO_ROLE}
