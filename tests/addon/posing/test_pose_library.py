"""Poses of the library: taken in the panel, searched, and as assets of Blender."""

import bpy
import numpy as np
import pytest


@pytest.fixture
def actor(addon):
    bpy.ops.motivo.add_body()
    return bpy.context.object


def test_a_pose_is_taken_where_the_body_stands(actor):
    from motivo_source.motivo_addon.rig.channels import current_pose
    from motivo_source.runtime.body.kinematics import forward_kinematics
    from motivo_source.runtime.posing.library import library_poses

    actor.pose.bones["pelvis"].location = 0.5, 0.0, 0.3
    bpy.context.view_layer.update()
    before = current_pose(actor)
    assert bpy.ops.motivo.apply_pose(pose="kneel-one") == {"FINISHED"}
    after = current_pose(actor)
    np.testing.assert_allclose(after[:2], before[:2], atol=1e-5)
    wanted = np.array(library_poses()["kneel-one"].qpos)
    got = forward_kinematics(after[None])[0][0] - after[:3]
    np.testing.assert_allclose(got, forward_kinematics(wanted[None])[0][0] - wanted[:3], atol=2e-2)
    bpy.ops.motivo.apply_pose(pose="kneel-one", mirrored=True)
    knees = [actor.pose.bones[f"{side}_knee"].head.z for side in ("left", "right")]
    assert knees[0] < knees[1]


def test_they_are_found_by_parts_of_their_names(actor):
    from motivo_source.motivo_addon.posing.pose_library import shown_poses

    choice = bpy.context.window_manager.motivo_poses
    assert "wave" in shown_poses(choice)
    choice.search = "sit"
    assert {"sit-chair", "sit-floor"} <= set(shown_poses(choice))
    choice.search = "hips hand"
    assert shown_poses(choice) == ["hands-on-hips"]
    choice.search = "nothing like that"
    assert shown_poses(choice) == []
    choice.search = ""


def test_a_pose_of_the_library_is_prompted(actor, addon):
    import importlib

    from motivo_source.runtime.posing.library import library_poses

    timelines = importlib.import_module(f"{addon.__name__}.timeline")
    bpy.ops.motivo.prompt_add(kind="POSE")
    actor.motivo.prompts[0].pose.library = "deep-squat"
    timeline = timelines.build_timeline(bpy.context, actor)
    np.testing.assert_allclose(timeline.prompts[0].pose, library_poses()["deep-squat"].qpos)


def test_the_assets_open_in_this_blender_and_pose_the_body(actor):
    from motivo_source.motivo_addon.posing.pose_library import ASSETS
    from motivo_source.motivo_addon.rig import curves
    from motivo_source.motivo_addon.rig.channels import current_base, current_pose, keyed_poses
    from motivo_source.runtime.body.kinematics import forward_kinematics
    from motivo_source.runtime.posing.recipes import RECIPES

    catalogues = (ASSETS / "blender_assets.cats.txt").read_text()
    with bpy.data.libraries.load(str(ASSETS / "motivo_poses.blend"), assets_only=True) as (
        there,
        here,
    ):
        assert sorted(there.actions) == sorted(recipe.label for recipe in RECIPES.values())
        here.actions = list(there.actions)
    for action in here.actions:
        assert action.asset_data.catalog_id in catalogues
        assert tuple(action.preview.image_size) == (160, 160)
        assert action.asset_data.description
    action = next(action for action in here.actions if action.name == "Deep Squat")
    bpy.ops.motivo.apply_pose(pose="deep-squat")
    with curves.playing(actor, action):
        keyed = keyed_poses(actor, action, np.array([1.0]), current_base(actor))
    shown = current_pose(actor)
    offsets = [forward_kinematics(q[None])[0][0] - q[:3] for q in (keyed[0], shown)]
    np.testing.assert_allclose(offsets[0], offsets[1], atol=1e-2)


def test_the_folder_comes_to_blenders_asset_libraries_once(actor):
    libraries = bpy.context.preferences.filepaths.asset_libraries
    before = len(libraries)
    assert bpy.ops.motivo.pose_assets() == {"FINISHED"}
    assert len(libraries) == before + 1
    assert not bpy.ops.motivo.pose_assets.poll()
    libraries.remove(libraries[-1])
