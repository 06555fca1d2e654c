"""Prompts and their details, models, the library, Generate, Live."""
