"""Motivo's engine: body, simulation, prompts, generation. Never imports ``bpy``.

From the repository root this is the top-level package ``runtime``; inside the
Blender extension it is ``bl_ext.<repository>.motivo.runtime``, so everything
in here imports its neighbours relatively.
"""

__version__ = "0.1.0"
