"""How much memory the worker may take, so that a motion too long ends it and not the computer."""

import ctypes
import logging
import os
import sys

logger = logging.getLogger(__name__)

MEMORY_VARIABLE = "MOTIVO_MEMORY_GB"
"""Environment variable with the most memory in gigabytes; none or 0 for no limit."""


def limit_memory(environment: "os._Environ[str] | dict[str, str]" = os.environ) -> None:
    """Sets the limit that is asked for; beyond it Python raises ``MemoryError``.

    macOS knows such a limit and does not keep it, so there is none there.
    """
    text = environment.get(MEMORY_VARIABLE, "")
    try:
        gigabytes = float(text or 0)
    except ValueError:
        logger.warning("%s is no number: %r", MEMORY_VARIABLE, text)
        return
    if gigabytes <= 0:
        return
    limit = int(gigabytes * (1 << 30))
    try:
        if sys.platform == "win32":
            _limit_by_job(limit)
        elif sys.platform == "linux":
            import resource

            # What the process itself has written to; libraries that are only mapped do not count.
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        else:
            logger.warning("Memory cannot be limited on %s.", sys.platform)
    except (OSError, ValueError) as error:
        logger.warning("Memory could not be limited: %s", error)


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("basic", _BasicLimits),
        ("input_output", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


_PROCESS_MEMORY = 0x100
_EXTENDED = 9


def _limit_by_job(limit: int) -> None:
    """Windows limits jobs: this process becomes one of its own. Raises ``OSError``."""
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _ExtendedLimits()
    limits.basic.flags, limits.process_memory = _PROCESS_MEMORY, limit
    size = ctypes.sizeof(limits)
    process = ctypes.c_void_p(kernel.GetCurrentProcess())
    done = (
        job
        and kernel.SetInformationJobObject(job, _EXTENDED, ctypes.byref(limits), size)
        and kernel.AssignProcessToJobObject(job, process)
    )
    if not done:
        raise ctypes.WinError(ctypes.get_last_error())  # type: ignore[attr-defined]
