"""Prompts performed by a trained policy: a latent for each step, the policy's rollouts, and their refinement."""
