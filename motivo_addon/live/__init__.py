"""A body that runs in the viewport while it is steered."""
