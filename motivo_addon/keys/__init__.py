"""A person's keys: which there are, which of them count, what of them no body can do.

Modules here are imported when they are needed: what they share with the worker loads SciPy.
"""
