"""Stands here so that the rooms below import the walkers beside it."""
