"""A policy with layers twice as wide that does the same, to go on from with more room to learn.

Each hidden unit is there twice and its outgoing weights are shared out between the two (Net2WiderNet;
Chen, Goodfellow and Shlens 2016). A little noise on the incoming ones lets the two become different.
Layer norms see the same mean and variance as before.
"""

from dataclasses import replace

import torch
from torch import nn

from ...errors import UserError
from ...policy.model import FBcprModel

NOISE = 0.05
"""Of incoming weights, as a share of their standard deviation: actions change by less than a tenth of
what they are, and are learned again in some hundred updates."""
LEAST_SHARE = 0.2
"""Of an outgoing weight, that each of the two copies keeps at least."""


def widened(model: FBcprModel, hidden: int, seed: int = 0, noise: float = NOISE) -> FBcprModel:
    """``model`` with an actor of width ``hidden``: its own, or twice that.

    Raises ``UserError`` for other widths and for residual networks.
    """
    actor = model.cfg.archi.actor
    if hidden == actor.hidden_dim:
        return model
    if hidden != 2 * actor.hidden_dim or actor.model != "simple":
        raise UserError(
            f"A policy of width {actor.hidden_dim} can only be widened to {2 * actor.hidden_dim}, "
            f"not {hidden}, and only a simple one; set agent.model.archi.actor.hidden_dim to that."
        )
    wide = replace(actor, hidden_dim=hidden)
    result = FBcprModel(replace(model.cfg, archi=replace(model.cfg.archi, actor=wide)))
    result.load_state_dict(
        {
            name: tensor
            for name, tensor in model.state_dict().items()
            if not name.startswith("_actor.")
        },
        strict=False,
    )
    random = torch.Generator().manual_seed(seed)
    old, new = model._actor, result._actor
    with torch.no_grad():
        _widen(old.embed_z, new.embed_z, False, random, noise)
        _widen(old.embed_s, new.embed_s, False, random, noise)
        _widen(old.policy, new.policy, True, random, noise)
    return result


def _widen(
    narrow: nn.Sequential, wide: nn.Sequential, inner: bool, random: torch.Generator, noise: float
) -> None:
    """Fills ``wide``. ``inner``: the stack that reads the others, the two halves of whose input
    are doubled each by itself, and whose outputs are the actions."""
    layers = list(zip(narrow, wide, strict=True))
    linear = [number for number, (layer, _) in enumerate(layers) if isinstance(layer, nn.Linear)]
    for number, (own, other) in enumerate(layers):
        if isinstance(own, nn.LayerNorm) and isinstance(other, nn.LayerNorm):
            other.weight.copy_(own.weight.repeat(2))
            other.bias.copy_(own.bias.repeat(2))
        if not (isinstance(own, nn.Linear) and isinstance(other, nn.Linear)):
            continue
        weight, bias = own.weight.detach(), own.bias.detach()
        if inner or number != linear[0]:
            share = LEAST_SHARE + (1 - 2 * LEAST_SHARE) * torch.rand(
                weight.shape[1], generator=random
            )
            halves = 2 if inner and number == linear[0] else 1
            shares = [
                one for own_share in share.chunk(halves) for one in (own_share, 1 - own_share)
            ]
            twice = [part for part in weight.chunk(halves, dim=1) for _ in range(2)]
            weight = torch.cat([part * one for part, one in zip(twice, shares, strict=True)], dim=1)
        if not (inner and number == linear[-1]):
            weight, bias = weight.repeat(2, 1), bias.repeat(2)
            spread = noise * own.weight.std()
            weight = weight + spread * torch.randn(weight.shape, generator=random)
        other.weight.copy_(weight)
        other.bias.copy_(bias)
