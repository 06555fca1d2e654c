"""Every control at its extremes, other clocks and units: a result or one clear sentence, never a traceback."""

import importlib
import os
import stat
from itertools import chain

import bpy
import drawing
import numpy as np
import pytest

LARGEST = 1e5
"""Where a control has no bound of its own, it is tried this far."""


def controls(group, path=()):
    """(group, property) of all numbers, choices and switches of a property group, nested ones too."""
    for entry in group.bl_rna.properties:
        if entry.identifier in ("rna_type", "name") or entry.is_readonly:
            if entry.type == "POINTER" and entry.identifier != "rna_type":
                inner = getattr(group, entry.identifier)
                if isinstance(inner, bpy.types.PropertyGroup):
                    yield from controls(inner)
            continue
        if entry.type in ("INT", "FLOAT", "BOOLEAN", "ENUM"):
            yield group, entry


def extremes(group, entry) -> list:
    """The values at a control's ends."""
    if entry.type == "BOOLEAN":
        return [False, True]
    if entry.type == "ENUM":
        names = [item.identifier for item in entry.enum_items]
        if entry.is_enum_flag:
            return [set(), set(names)]
        return names or [getattr(group, entry.identifier)]
    ends = [max(entry.hard_min, -LARGEST), min(entry.hard_max, LARGEST)]
    ends = [round(end) if entry.type == "INT" else end for end in ends]
    return [[end] * entry.array_length if entry.is_array else end for end in ends]


def tried(group):
    """Sets each control to each of its ends, one after the other, and back; yields in between."""
    for owner, entry in controls(group):
        name = entry.identifier
        before = getattr(owner, name)
        before = list(before) if getattr(entry, "is_array", False) else before
        for value in extremes(owner, entry):
            setattr(owner, name, value)
            yield f"{type(owner).__name__}.{name} = {value}"
        setattr(owner, name, before)


def sentence_or_done(call, where) -> None:
    """An operator ends, or refuses in a sentence."""
    try:
        call()
    except RuntimeError as error:
        said = str(error)
        assert "Traceback" not in said and "went wrong inside" not in said, (where, said)
        assert said.strip().endswith((".", "poll() failed, context is incorrect")), (where, said)


@pytest.fixture
def timeline(addon):
    return importlib.import_module(f"{addon.__name__}.timeline")


def user_error(addon):
    return importlib.import_module(f"{addon.__name__.rpartition('.')[0]}.runtime.errors").UserError


@pytest.mark.parametrize("kind", ["KEYFRAMES", "POSE", "MOTION_FILE", "BEHAVIOUR", "PATH", "GO_TO"])
def test_every_control_of_a_prompt_at_its_ends(actor, addon, timeline, tmp_path, kind):
    from motivo_source.runtime.motion import Motion, save_motion
    from motivo_source.runtime.motion.poses import pose

    save_motion(Motion(30.0, np.tile(pose("step"), (20, 1))), tmp_path / "step.npz")
    if kind != "KEYFRAMES":
        bpy.ops.motivo.prompt_remove()
        bpy.ops.motivo.prompt_add(kind=kind)
    prompt = actor.motivo.prompts[0]
    prompt.motion_file.path = str(tmp_path / "step.npz")
    if kind == "PATH":
        bpy.ops.motivo.path_draw()
    own = getattr(prompt, addon.prompts.kind_of(prompt).attribute)
    groups = [own, *(row for row in getattr(own, "rows", ()))]
    count = 0
    for where in chain.from_iterable(map(tried, groups)):
        count += 1
        drawing.draw_all()
        if timeline.missing(actor):
            continue
        try:
            built = timeline.build_timeline(bpy.context, actor)
        except user_error(addon) as error:
            assert str(error).endswith("."), (where, str(error))
        else:
            assert len(built.prompts) == 1, where
    assert count >= 2


def test_every_control_of_the_performance_at_its_ends(actor, addon):
    generation = actor.motivo.generation
    for where in tried(generation):
        drawing.draw_all()
        if generation.quality == "physical" or generation.controller == "policy":
            continue  # told elsewhere; too slow here
        sentence_or_done(bpy.ops.motivo.generate, where)
        takes = addon.client.session().takes.get(actor.session_uid)
        assert takes is not None and np.isfinite(takes.motion["qpos"]).all(), where


def test_every_control_of_the_ghost_the_bake_and_the_clean_up_at_its_ends(actor, addon):
    ghost = importlib.import_module(f"{addon.__name__}.viewport.ghost")
    scene = bpy.context.scene
    bpy.ops.motivo.generate()
    takes = addon.client.session().takes[actor.session_uid]
    for where in tried(scene.motivo_ghost):
        drawing.draw_all()
        for figure in ghost.figures(takes, scene.motivo_ghost, 9, 1.0, False):
            assert np.isfinite(ghost.shaded(figure)[0]).all(), where
    for where in tried(scene.motivo_bake):
        sentence_or_done(bpy.ops.motivo.bake, where)
        actor.animation_data.action = actor.motivo.prompts[0].keyframes.action
    bpy.ops.motivo.bake()
    baked = actor.animation_data.action
    names = ("reduce", "loop", "move", "mirror", "bake")
    for where in tried(scene.motivo_cleanup):
        drawing.draw_all()
        for name in names if "every_bone" not in where else names[-1:]:
            copy = baked.copy()
            actor.animation_data.action = copy
            sentence_or_done(getattr(bpy.ops.motivo, f"clean_{name}"), (where, name))


def test_every_control_of_export_at_its_ends(actor, addon, tmp_path):
    bpy.ops.motivo.generate()
    bpy.ops.motivo.bake()
    settings = bpy.context.scene.motivo_export
    settings.folder = str(tmp_path)
    for where in tried(settings):
        drawing.draw_all()
        sentence_or_done(bpy.ops.motivo.export_takes, where)


def test_every_control_of_the_scene_at_its_ends(actor, addon, timeline):
    bpy.ops.mesh.primitive_cube_add(size=0.5, location=(2, 0, 0.25))
    thing = bpy.context.object
    thing.motivo_scene.takes_part = True
    bpy.context.view_layer.objects.active = actor
    error = user_error(addon)
    for group in (thing.motivo_scene, bpy.context.scene.motivo_world):
        for where in tried(group):
            drawing.draw_all()
            try:
                timeline.build_timeline(bpy.context, actor)
            except error as told:
                assert str(told).endswith("."), (where, str(told))


def test_every_other_control_at_its_ends(actor, addon):
    """Posing, live, the character and the preferences: what is drawn stays drawable."""
    own = addon.preferences.preferences()
    scene = bpy.context.scene
    for group in (actor.motivo_posing, actor.motivo_character, scene.motivo_live, own):
        for _ in tried(group):
            drawing.draw_all()
    bpy.ops.motivo.reset_preferences()


CLOCKS = [(24, 1.0), (25, 1.0), (30, 1.001), (60, 1.0)]


@pytest.mark.parametrize(("fps", "base"), CLOCKS, ids=["24", "25", "29.97", "60"])
def test_a_body_moves_as_far_in_a_second_whatever_the_clock(
    addon, joints_in_world, motion, fps, base
):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    for second, angle in ((0, 0.0), (0.5, 0.6), (1, 0.0)):
        body.pose.bones["left_shoulder"].rotation_quaternion = (np.cos(angle / 2), 0, 0, 0)
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = (np.cos(angle / 2), np.sin(angle / 2), 0, 0)
        bone.keyframe_insert("rotation_quaternion", frame=1 + round(second * fps / base))
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    bpy.ops.motivo.bake()
    joints = joints_in_world(bpy.context, body, 1 + round(0.5 * fps / base))
    rest = joints_in_world(bpy.context, body, 1)
    from motivo_source.runtime.body import SMPL_NAMES

    lifted = np.linalg.norm(joints - rest, axis=1)[SMPL_NAMES.index("left_hand")]
    # Where half a radian and a little more bring it, at the same moment of every clock.
    assert 0.15 < lifted < 0.5, lifted
    frames = body.animation_data.action.frame_range
    assert (frames[1] - frames[0]) * base / fps == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("system", "unit"), [("IMPERIAL", 1.0), ("IMPERIAL", 0.3048), ("METRIC", 0.01), ("NONE", 1.0)]
)
def test_a_body_is_a_persons_size_and_performs_the_same_in_every_unit(
    addon, joints_in_world, system, unit
):
    scene = bpy.context.scene
    units = scene.unit_settings
    units.system, units.scale_length = system, unit
    metres = 1.0 if system == "NONE" else unit
    bpy.ops.motivo.add_body()
    body = bpy.context.object
    bpy.context.view_layer.update()
    tall = joints_in_world(bpy.context, body, 1)[:, 2].max() * metres
    assert 1.5 < tall < 1.8, tall
    for frame, angle in ((1, 0.0), (10, 0.6), (20, 0.0)):
        bone = body.pose.bones["left_shoulder"]
        bone.rotation_quaternion = (np.cos(angle / 2), np.sin(angle / 2), 0, 0)
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    bpy.ops.motivo.prompt_add(kind="KEYFRAMES")
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    take = addon.client.session().takes[body.session_uid].motion
    bpy.ops.motivo.bake()
    joints = joints_in_world(bpy.context, body, 10) * metres
    from motivo_source.runtime.body.kinematics import forward_kinematics

    np.testing.assert_allclose(joints, forward_kinematics(take["qpos"][9:10])[0][0], atol=2e-3)


def test_a_read_only_file_and_folder_lose_nothing(actor, addon, tmp_path):
    """What cannot be written is told; what was opened can be worked on and saved elsewhere."""
    bpy.ops.motivo.generate()
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    path.chmod(stat.S_IRUSR)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    body = bpy.data.objects["Motivo Body"]
    bpy.context.view_layer.objects.active = body
    before = path.read_bytes()
    assert bpy.ops.motivo.generate() == {"FINISHED"}
    assert bpy.ops.motivo.bake() == {"FINISHED"}
    assert path.read_bytes() == before, "Motivo never writes the file by itself"
    other = tmp_path / "mine.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(other))
    bpy.ops.wm.open_mainfile(filepath=str(other))
    store = importlib.import_module(f"{addon.__name__}.shelf.store")
    assert len(store.kept_takes(bpy.data.objects["Motivo Body"].session_uid)) == 2


def test_what_cannot_be_written_is_told_and_the_take_stays(actor, addon, tmp_path, monkeypatch):
    bpy.ops.motivo.generate()
    bpy.ops.motivo.bake()
    (tmp_path / "file").write_text("in the way")
    missing = tmp_path / "file" / "take.npz"
    with pytest.raises(RuntimeError, match="not saved"):
        bpy.ops.motivo.save_take(filepath=str(missing))
    bpy.context.scene.motivo_export.folder = str(tmp_path / "gone")
    with pytest.raises(RuntimeError, match="There is no folder"):
        bpy.ops.motivo.export_takes()
    folder = tmp_path / "locked"
    folder.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    bpy.context.scene.motivo_export.folder = str(folder)
    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.motivo.export_takes()
    assert actor.session_uid in addon.client.session().takes
