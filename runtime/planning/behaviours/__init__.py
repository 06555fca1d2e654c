"""Behaviours without a trained model: the walk through the library that earns most, improved."""
