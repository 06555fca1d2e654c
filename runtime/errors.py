"""The one error a person is meant to read."""


class UserError(ValueError):
    """Something the person can mend.

    ``str(error)`` is one clear sentence that says what is wrong and what to do;
    ``details`` is for the log.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
