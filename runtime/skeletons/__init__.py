"""What the bones of a skeleton are, by name, by table and by shape: of motion sources and of characters.

Imported by Blender's own process and by the worker: neither bpy nor mujoco.
"""
