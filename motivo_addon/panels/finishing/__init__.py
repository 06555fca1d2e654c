"""Onto a character, cleaned up, exported."""
