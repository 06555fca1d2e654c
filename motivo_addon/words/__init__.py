"""What Blender shows, in five languages, and sentences that wrap."""
