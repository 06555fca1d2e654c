"""The simulation again in smaller steps where it became unstable."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ..errors import UserError
from ..simulation.stepping import DivergenceError

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


def with_smaller_steps(
    tries: Sequence[int], attempt: Callable[[int], Result], advice: str
) -> tuple[Result, int]:
    """What ``attempt`` makes with the first number of physics steps a control step that holds.

    Raises ``UserError`` with the ``advice`` where none does.
    """
    failure: DivergenceError | None = None
    for substeps in tries:
        try:
            return attempt(substeps), substeps
        except DivergenceError as error:
            logger.warning("with %d physics steps in a control step: %s", substeps, error)
            failure = error
    raise UserError(f"The simulation became unstable at {failure}; {advice}.", repr(failure))
