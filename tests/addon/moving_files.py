"""Files in which somebody moves, as Blender's own exporters write them."""

import bpy
import numpy as np


def walked(frames: int = 45):
    """A second and a half of steps of the body: legs swing, the hips go ahead."""
    from motivo_source.runtime.motion import Motion
    from motivo_source.runtime.motion.poses import pose

    qpos = np.repeat(pose("stand")[None], frames, axis=0)
    time = np.arange(frames) / 30
    qpos[:, 1] -= 0.8 * time
    swing = 0.4 * np.sin(2 * np.pi * time)
    qpos[:, 7] += -swing
    qpos[:, 19] += swing
    return Motion(30.0, qpos)


def written(context, folder, suffix: str, people: int = 1, animated: bool = True):
    """A file as Blender's own exporters write it, and the motion that is in it."""
    from motivo_source.motivo_addon.rig.bake import bake_motion
    from motivo_source.motivo_addon.rig.body.armature import add_body

    motion = walked()
    for number in range(people):
        body = add_body(context)
        body.name = f"Person{number + 1}"
        if animated:
            bake_motion(context, body, motion, f"Walk{number + 1}", 1)
            if number:
                body.location.x = 2.0
    context.scene.frame_end = motion.frames
    path = folder / f"people{suffix}"
    if suffix == ".fbx":
        bpy.ops.export_scene.fbx(
            filepath=str(path), bake_anim_simplify_factor=0, add_leaf_bones=True
        )
    else:
        bpy.ops.export_scene.gltf(
            filepath=str(path), export_format="GLB", export_animation_mode="ACTIONS"
        )
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    return path, motion
