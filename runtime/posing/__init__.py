"""Posing one frame of the body: by its hands and feet, from a library, within what it can do."""
