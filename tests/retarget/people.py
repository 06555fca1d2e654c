"""Characters as plain arrays: the body itself, and people of other proportions."""

from runtime.retarget.rig.stretched_body import ROLES
from runtime.retarget.rig.stretched_body import stretched_body as person

__all__ = ["ROLES", "person"]
