"""A motion of the body on another skeleton, as arrays: bones turned, contacts solved, the result measured.

Rooms, each of which imports only the ones before it: ``rig`` (a skeleton as a
person), ``transfer`` (kinematics without a floor), ``contacts`` (what touches
the floor), then ``pipeline`` and ``metrics``. No bpy: curves and control rigs
are written by ``motivo_addon.characters``.
"""
