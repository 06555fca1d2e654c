"""The ghost is the body of the chosen take, where it stands, and says when it is out of date."""

import importlib

import bpy
import numpy as np
import pytest


@pytest.fixture
def actor(actor):
    """With two takes, the first of which is drawn."""
    actor.motivo.generation.takes = 2
    bpy.ops.motivo.generate()
    return actor


@pytest.fixture
def ghost(addon):
    return importlib.import_module(f"{addon.__name__}.viewport.ghost")


def takes_of(addon, body):
    return addon.client.session().takes[body.session_uid]


def test_its_surface_is_the_bodys_mesh(actor, addon, ghost):
    takes = takes_of(addon, actor)
    (figure,) = ghost.figures(takes, bpy.context.scene.motivo_ghost, 9, 1.0, False)
    points, colours, triangles = ghost.shaded(figure)
    bpy.ops.motivo.bake()
    bpy.context.scene.frame_set(10)
    skin = actor.children[0].evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = skin.to_mesh()
    places = np.array([skin.matrix_world @ vertex.co for vertex in mesh.vertices])
    np.testing.assert_allclose(points, places, atol=1e-3)
    assert colours.shape == (len(points), 4) and triangles.max() < len(points)


def test_onion_skins_and_another_take_beside(actor, addon, ghost):
    settings = bpy.context.scene.motivo_ghost
    settings.onion, settings.onion_step, settings.beside = 2, 3, 2
    takes = takes_of(addon, actor)
    shown = ghost.figures(takes, settings, 9, 1.0, False)
    assert [figure.colour for figure in shown] == [
        *(ghost.PAST, ghost.FUTURE) * 2,
        ghost.OTHER,
        ghost.NOW,
    ]
    other, now = shown[-2].qpos, shown[-1].qpos
    assert other[0] - now[0] == pytest.approx(settings.apart, abs=0.1)
    # At the first frame nothing came before.
    assert len(ghost.figures(takes, settings, 0, 1.0, False)) == 4


def test_contacts_and_help_are_where_the_take_has_them(actor, addon, ghost):
    motion = takes_of(addon, actor).motion
    touching = int(motion["contacts"][9].sum())
    assert touching >= 2
    rings = ghost.contact_rings(motion, 9).reshape(touching, -1, 3)
    assert np.abs(rings[..., 2]).max() < 1e-6
    assert len(motion["metadata"]["help"]) == len(motion["qpos"]) - 1
    held = {**motion, "metadata": {"help": [0.0] * 9 + [0.4] + [0.0] * 9}}
    arrow, share = ghost.help_arrow(held, 9)
    assert share == pytest.approx(0.4)
    np.testing.assert_allclose(arrow[0], motion["qpos"][9, :3], atol=1e-5)
    assert arrow[1, 2] - arrow[0, 2] == pytest.approx(ghost.LENGTH_OF_HELP * share, abs=1e-5)
    assert len(ghost.help_arrow(held, 3)[0]) == 0


def test_beside_the_arrow_stands_how_much_is_carried(actor, addon, ghost):
    from dataclasses import replace

    preview = importlib.import_module(f"{addon.__name__}.viewport.preview")
    takes, scene = takes_of(addon, actor), bpy.context.scene
    metadata = {**takes.motion["metadata"], "help": [0.0] * 9 + [0.4, 0.02] + [0.0] * 8}
    shown = replace(takes, motions=({**takes.motion, "metadata": metadata},))
    addon.client.session().takes[actor.session_uid] = shown
    actor.location.x = 2.0
    bpy.context.view_layer.update()

    def seen(frame):
        scene.frame_set(takes.start_frame + frame)
        return preview.help_labels(scene)

    ((text, place),) = seen(9)
    assert text == "40 %"
    hips = takes.motion["qpos"][9, :3]
    assert place.x == pytest.approx(hips[0] + 2.0, abs=1e-4)
    assert place.z == pytest.approx(hips[2] + 0.4 * ghost.LENGTH_OF_HELP, abs=1e-4)
    ((text, place),) = seen(10)
    assert text == "2 %" and place.z - takes.motion["qpos"][10, 2] == pytest.approx(ghost.SHORTEST)
    assert seen(3) == []
    scene.motivo_ghost.help = False
    assert seen(9) == []


def test_it_is_out_of_date_once_keys_prompts_or_settings_changed(actor, addon):
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    watch = importlib.import_module(f"{addon.__name__}.keys.watch")

    def old() -> bool:
        watch.look(actor)
        return asked.is_out_of_date(actor, takes_of(addon, actor))

    assert not old()
    actor.motivo.generation.strength = 1.5
    assert old()
    actor.motivo.generation.strength = 1.0
    assert not old()
    actor.pose.bones["left_shoulder"].keyframe_insert("rotation_quaternion", frame=15)
    assert old()
    bpy.ops.motivo.generate()
    assert not old()
    actor.motivo.prompts[0].end = 12
    assert old()


def test_discarded_it_is_gone(actor, addon):
    bpy.ops.motivo.discard_takes()
    assert actor.session_uid not in addon.client.session().takes


def test_baking_the_bodys_own_keys_leaves_the_take_up_to_date(actor, addon):
    asked = importlib.import_module(f"{addon.__name__}.viewport.asked")
    assert not asked.is_out_of_date(actor, takes_of(addon, actor))
    bpy.ops.motivo.bake()
    look = importlib.import_module(f"{addon.__name__}.keys.watch").look
    look(actor)
    assert not asked.is_out_of_date(actor, takes_of(addon, actor))
