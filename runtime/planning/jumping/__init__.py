"""Jumps between keys: take-off, flight and landing."""
