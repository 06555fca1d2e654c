"""A body that is steered while it runs: a wish in, a thirtieth of a second of motion out."""
