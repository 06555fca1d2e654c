"""The performance on somebody's own character: recognising its rig, transfer, held feet."""
