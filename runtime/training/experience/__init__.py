"""What is learned from: buffers, replay, slices of motions."""
