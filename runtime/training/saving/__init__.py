"""Runs and weights in files, whole or not there."""
