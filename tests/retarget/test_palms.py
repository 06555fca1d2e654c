"""A forearm that ends in the bones of a palm, without a hand between."""

import numpy as np
from people import ROLES, person

from runtime.retarget.rig.character import Character
from runtime.skeletons.bone_map import RigMap, RigRow


def test_the_arm_points_to_where_the_palms_begin():
    whole = person()
    rows = tuple(RigRow(r, j, "name") for r, j in ROLES.items() if not r.endswith("_hand"))
    without = Character.of(whole.rest, RigMap("Test", 1.0, rows), origin=np.zeros(3))
    for side in ("left", "right"):
        for part in ("upper_arm", "forearm"):
            role = f"{side}_{part}"
            np.testing.assert_allclose(
                without.segments.frames[role], whole.segments.frames[role], atol=1e-9
            )
