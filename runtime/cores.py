"""How many of the machine's cores are used, by default all, and how long they have worked."""

import os

VARIABLE = "MOTIVO_CORES"
"""Environment variable with the number; Blender's preferences set it for the worker."""


def available_cores() -> int:
    """Cores this process may use, 1 or more; in containers fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        there = len(os.sched_getaffinity(0))
    else:
        there = os.cpu_count() or 1
    wanted = os.environ.get(VARIABLE, "")
    return min(int(wanted), there) if wanted.isdigit() and int(wanted) > 0 else there


def core_seconds() -> float:
    """Processor time of this process and of those that it began and has waited for, in seconds."""
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system
