"""What is drawn over the 3D view: the ghost of a take. Nothing of it is in the scene."""
