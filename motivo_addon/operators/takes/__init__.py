"""Choosing, keeping, comparing and baking takes."""
