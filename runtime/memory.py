"""What the process has freed and the C library keeps for itself."""

import ctypes
import sys
from functools import cache


def release_freed_memory() -> None:
    """Gives freed memory back to the system where the C library (glibc) can be told to.

    Arrays of some megabytes that threads come and go with leave holes in the heap of each thread,
    of which there are up to eight for each core. After a minute of motion these were more than all
    that was in use. Other systems give memory back by themselves.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> "ctypes._NamedFuncPointer | None":
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library, such as musl, has none
        return None
