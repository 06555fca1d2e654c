"""A forearm with the bones of a palm and no hand: kind J, told even with its mends taken out."""

from pathlib import Path

import bpy
import pytest

PALMS = Path(__file__).resolve().parents[4] / "shared" / "cases" / "char_palms.glb"


@pytest.fixture
def palms(context):
    if not PALMS.is_file():
        pytest.skip("needs ../shared/cases")
    bpy.ops.import_scene.gltf(filepath=str(PALMS))
    return next(thing for thing in context.scene.objects if thing.type == "ARMATURE")


def put_on(context, character) -> str:
    """A second of a walk on the character; the warnings of it."""
    from motivo_source.motivo_addon.characters.read_rig import detect_rig
    from motivo_source.motivo_addon.characters.write_action import WARNINGS, retarget
    from motivo_source.motivo_addon.rig.body.armature import add_body
    from motivo_source.runtime.motion import Motion
    from motivo_source.runtime.motion.poses import pose
    from motivo_source.runtime.retarget.settings import RetargetSettings

    motion = Motion(30.0, pose("stand")[None].repeat(15, axis=0))
    body = add_body(context)
    action = retarget(context, body, motion, character, detect_rig(character), RetargetSettings())
    return action[WARNINGS]


def test_arms_point_where_the_bodys_do(context, palms):
    assert put_on(context, palms) == ""


@pytest.mark.parametrize(
    ("taken_out", "told"),
    [(("wrists",), "a limb points"), (("wrists", "names", "shape"), "a shoulder turns")],
    ids=["wrists", "all"],
)
def test_without_its_mends_a_limb_that_points_elsewhere_is_told(
    context, palms, monkeypatch, taken_out, told
):
    from motivo_source.runtime.retarget.rig import character
    from motivo_source.runtime.skeletons import detection, shape_matching

    mends = {
        "wrists": (character, "_wrists_by_palms", lambda rest, bones: {}),
        "names": (detection, "_lacks_only_the_hand", lambda limb, named, whole: False),
        "shape": (shape_matching, "_PALMS", 1e9),
    }
    for mend in taken_out:
        monkeypatch.setattr(*mends[mend])
    warning = put_on(context, palms)
    assert told in warning and "degrees" in warning and "look at the bones" in warning
