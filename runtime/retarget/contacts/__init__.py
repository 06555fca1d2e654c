"""Feet, hands and trunk on the floor: when they touch, where they are to be, and the solve.

Where to look when feet slide: ``foot_contact`` says when a foot rests, ``foot_targets`` where it is to
stay, ``costs`` what that weighs in the ``solver`` and what is held after it even if feet slide for
it (``ResultLimits``, by ``direction_limits``).
"""
