"""The process Blender talks to: messages, both ends of the pipe, and what it can be asked.

``client`` is the end in Blender (standard library and NumPy only), ``server`` the
end in the child process, ``python -m runtime.worker``.
"""
