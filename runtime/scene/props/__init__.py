"""Things of a scene that do not stay where they are: picked up and put down, or free to move."""
