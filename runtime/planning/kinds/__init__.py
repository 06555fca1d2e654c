"""How each kind of prompt becomes frames: one planner a kind, and the registry of them."""
