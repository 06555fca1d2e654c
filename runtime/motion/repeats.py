"""Where a motion does the same again and again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Repeat:
    """From frame ``first`` to ``last`` a motion does the same every ``period`` frames, each time
    from where it then is on the floor; a period of 1 is a pose that is kept."""

    first: int
    period: int
    last: int
