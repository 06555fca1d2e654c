"""A widened policy does what the narrow one does, and its copies can become different."""

import pytest
import torch

from runtime.errors import UserError
from runtime.policy.model import FBcprModel
from runtime.training.cloning.config import cloning_model
from runtime.training.cloning.widening import widened


@pytest.fixture(scope="module")
def narrow():
    torch.manual_seed(3)
    model = FBcprModel(cloning_model(32, 16))
    for layer in model._actor.modules():
        if isinstance(layer, torch.nn.LayerNorm):
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
    return model


def _actions(model):
    random = torch.Generator().manual_seed(1)
    seen = torch.randn(50, 358, generator=random)
    z = model.project_z(torch.randn(50, 16, generator=random))
    with torch.no_grad():
        return model._actor(seen, z), model._backward_map(seen)


def test_the_same_is_done_with_twice_the_width(narrow):
    wide = widened(narrow, 64, noise=0.0)
    assert wide.cfg.archi.actor.hidden_dim == 64 and wide.cfg.archi.f == narrow.cfg.archi.f
    assert wide._actor.policy[0].weight.shape == (64, 64)
    for before, after in zip(_actions(narrow), _actions(wide), strict=True):
        torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-4)


def test_copies_are_not_the_same_for_ever(narrow):
    wide = widened(narrow, 64)
    before, after = _actions(narrow)[0], _actions(wide)[0]
    assert 0 < float((after - before).abs().mean()) < 0.1 * float(before.abs().mean())
    first = wide._actor.embed_s[0].weight
    assert float((first[:32] - first[32:]).abs().min(dim=1).values.max()) > 0
    wide._actor.requires_grad_(True)
    (wide._actor(torch.ones(1, 358), torch.ones(1, 16)) ** 2).sum().backward()
    slope = first.grad
    assert not torch.allclose(slope[:32], slope[32:])


def test_what_cannot_be_widened_is_told(narrow):
    assert widened(narrow, 32) is narrow
    with pytest.raises(UserError, match="only be widened to 64, not 96"):
        widened(narrow, 96)
