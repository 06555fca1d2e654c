"""One thread per process: the tests already use every core, and waiting threads starve the others."""

import os

# Before anything loads NumPy, which reads them once.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MUJOCO_GL", "egl")
