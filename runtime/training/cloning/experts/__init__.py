"""What a policy is cloned from.

``sources`` are stretches of recorded motion, ``build`` performs them on the published
body, ``expert`` is what is kept of each, ``gains`` what to do beside it, and
``expert_set`` all of a folder with their mirror images.
"""
