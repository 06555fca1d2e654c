"""Adding a body, posing it, its library of poses."""
