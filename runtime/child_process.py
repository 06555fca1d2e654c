"""What processes that this one starts have in common."""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """Called in a process of ``multiprocessing``: it ends when its parent does, however that ends.

    A pool's processes wait for work on a pipe that they hold both ends of: without this, those of
    a killed parent would wait for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("not a process of multiprocessing")

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
