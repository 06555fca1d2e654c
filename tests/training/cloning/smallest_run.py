"""Settings of the smallest run that does everything a run does."""

from dataclasses import replace

from runtime.training.cloning.config import CloningConfig, cloning_model
from runtime.training.cloning.rollout import RolloutSettings

SMALL = replace(
    CloningConfig(),
    agent=replace(CloningConfig().agent, model=cloning_model(16, 8), batch_size=16),
    rollouts=RolloutSettings(bodies=4, steps=6),
    batch_size=32,
    round_updates=6,
    fb_every=3,
    score_rounds=0,
    perturbations=2,
    samples=500,
    transitions=200,
)
