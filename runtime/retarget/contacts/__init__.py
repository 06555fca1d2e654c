"""Feet, hands and trunk on the floor: when they touch, where they are to be, and the solve."""
