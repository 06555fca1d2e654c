"""A policy cloned from motions that the optimiser performed: no GPU, hours of a laptop.

``sources`` are stretches of recorded motion, ``build`` performs them on the published
body, ``expert`` is what is kept of each, ``gains`` what to do beside it, ``latents`` the z
of a stretch, and ``loop`` the training, read top to bottom.
"""
