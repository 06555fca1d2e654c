"""The tasks that benchmarks are reported on, by name."""

_ANGLES = ("0", "-90", "90", "180")
_ARMS = tuple(f"{left}-{right}" for left in "lmh" for right in "lmh")

STANDARD_TASKS: tuple[str, ...] = (
    "move-ego-0-0",
    "move-ego-low-0-0",
    "headstand",
    *(f"move-ego-{angle}-{speed}" for angle in _ANGLES for speed in (2, 4)),
    *(f"move-ego-low-{angle}-2" for angle in _ANGLES),
    "jump-2",
    *(f"rotate-{axis}-{rate}-0.8" for axis in "xyz" for rate in (-5, 5)),
    *(f"raisearms-{arms}" for arms in _ARMS),
    *("crouch-0", "sitonground", "lieonground-up", "lieonground-down", "split-0.5", "split-1"),
    *(f"crawl-{h}-{speed}-{side}" for side in "ud" for h in ("0.4", "0.5") for speed in (0, 2)),
)
"""The 45 tasks of the published benchmark."""

ALL_TASKS: tuple[str, ...] = (
    *STANDARD_TASKS,
    *(f"move-ego-0-2-raisearms-{arms}" for arms in _ARMS),
)
"""The 45 and nine that walk with raised arms."""
