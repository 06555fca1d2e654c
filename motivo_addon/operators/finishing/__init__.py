"""Onto a character, cleaning up, files for engines."""
