"""A policy cloned from motions that the optimiser performed: no GPU, hours of a laptop.

``experts`` makes and holds what is cloned: stretches of motion performed on the published
body, and the feedback around them. ``behaviours`` is what they have to say about rewards,
``teaching`` what that earns, ``latents`` the z of a stretch, ``rollout`` the policy tried
out, and ``loop`` the training, read top to bottom.
"""
