"""A character of the scene: its rig and skin read as arrays, what is made of them written back."""
