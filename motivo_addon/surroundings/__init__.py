"""What is around the body in Blender: marked objects and the world's settings, as scene data."""
