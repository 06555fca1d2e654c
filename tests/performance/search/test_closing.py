"""How far the gaps of a start are closed at once."""

import numpy as np
import pytest

from runtime.performance.search.optimiser import CLOSING_STEPS, longest_that_holds


@pytest.mark.parametrize(
    "costs, taken",
    [
        # Somebody who lies down: all but one step break, the shortest too.
        ((1275694.6, 21685508989.7, 1432.4, 77921198142843.0), 0.25),
        ((np.inf, 1000.0, 400.0, np.inf), 0.5),
        ((900.0, 500.0, 300.0, 250.0), 1.0),
        ((150.0, 20.0, 10.0, 5.0), 1.0),
        ((np.inf, np.inf, np.inf, np.inf), 0.1),
    ],
)
def test_the_longest_step_is_taken_that_costs_hardly_more_than_the_cheapest(costs, taken):
    assert CLOSING_STEPS[longest_that_holds(np.array(costs))] == taken
