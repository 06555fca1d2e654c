"""Rows of the replay: drawn from all, or from those added last."""

import torch

from runtime.training.experience.replay import Replay


def test_the_newest_are_drawn_also_where_the_ring_has_turned():
    replay = Replay(10, {"number": 1})
    for number in range(13):
        replay.add({"number": torch.full((1, 1), float(number))})
    torch.manual_seed(0)
    drawn = replay.sample_newest(400, 4)["number"][:, 0].unique()
    assert drawn.tolist() == [9, 10, 11, 12]
    assert replay.sample_newest(400, 99)["number"][:, 0].unique().tolist() == list(range(3, 13))
    assert replay.sample(400)["number"][:, 0].unique().tolist() == list(range(3, 13))
    torch.testing.assert_close(replay.newest(4)["number"][:, 0], torch.arange(9.0, 13.0))
