"""The body in Blender: its armature and mesh, Actions from motions and motions from Actions.

Modules here are imported when an operator runs, not when the add-on is enabled:
the motion code they share with the worker loads SciPy.
"""
