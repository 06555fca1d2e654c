"""The body a person poses: its armature, its mesh, its size."""
