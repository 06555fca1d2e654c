"""The one error a person is meant to read, and a sentence for all others."""

import re

from .wheels import describe_missing


class UserError(ValueError):
    """Something the person can mend.

    ``str(error)`` is one clear sentence that says what is wrong and what to do;
    ``details`` is for the log. ``frame`` is the one of the motion, from 0, that the
    sentence calls "frame 12", for those who count frames otherwise (``at_frame``).
    """

    def __init__(self, message: str, details: str = "", frame: int | None = None) -> None:
        super().__init__(message)
        self.details = details
        self.frame = frame


def at_frame(text: str, frame: int, counted: int) -> str:
    """A sentence about ``frame`` for a person to whom that frame is number ``counted``."""
    return re.sub(rf"\bframe {frame}\b", f"frame {counted}", text)


def describe(error: BaseException) -> str:
    """One sentence for a person about any error; a ``UserError`` brings its own."""
    match error:
        case UserError():
            return str(error)
        case MemoryError():
            return (
                "There is not enough memory; shorten the frame range, close other programs, or allow"
                " Motivo more in its preferences."
            )
        case ImportError():
            return describe_missing(error)
        case OSError(filename=str() as filename):
            return f"'{filename}' could not be read or written: {error.strerror}."
        case OSError(strerror=str() as reason):
            return f"Something could not be read or written: {reason}."
        case _:
            return (
                f"Something went wrong inside Motivo ({type(error).__name__}); "
                "please report it with the details."
            )
