"""What was performed: the ghost, the takes, their figures, baking."""
