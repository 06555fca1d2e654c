"""From the rotations of the body to those of a character, and who carries it over the ground."""
