"""What the body is to do, its keys and world, and Generate."""
