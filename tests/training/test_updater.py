"""Updates run one by one where they cannot be captured, and are counted the same way."""

import logging

import pytest
import torch

from runtime.training.agents.updater import WARM_UP, Updater

CPU = torch.device("cpu")


@pytest.fixture
def update():
    """Counts its calls; its metric is the count."""

    def call():
        call.count += 1
        return {"count": torch.tensor(float(call.count))}

    call.count = 0
    return call


def test_a_captured_update_is_replayed_after_the_warm_up(update):
    captured = []

    def capture(function):
        captured.append(function)
        return lambda: function()

    updater = Updater(update, CPU, capture=True, capture_graph=capture)
    for _ in range(WARM_UP + 3):
        updater()
    assert len(captured) == 1 and updater.captured
    assert update.count == WARM_UP + 3


def test_a_capture_that_fails_is_told_and_training_goes_on(update, caplog):
    def fails(function):
        raise RuntimeError("operation not permitted when stream is capturing")

    updater = Updater(update, CPU, capture=True, capture_graph=fails)
    with caplog.at_level(logging.WARNING):
        for _ in range(WARM_UP + 3):
            updater()
    assert update.count == WARM_UP + 3 and not updater.captured
    assert "not permitted" in caplog.text


def test_metrics_are_running_means(update):
    updater = Updater(update, CPU, capture=False)
    assert updater.metrics() == {}
    updater()
    assert updater.metrics() == {"count": 1.0}
    for _ in range(500):
        updater()
    assert updater.metrics()["count"] == pytest.approx(501 - 49, abs=1)
