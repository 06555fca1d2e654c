"""What animators do with a finished performance: bake, thin out, move, loop, mirror."""
