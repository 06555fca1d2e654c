"""What the actor is asked for: the timeline, rewards, and their latents."""

from .timeline import BehaviourPrompt, MotionPrompt, PathPrompt, PosePrompt, Prompt, Timeline

__all__ = [
    "BehaviourPrompt",
    "MotionPrompt",
    "PathPrompt",
    "PosePrompt",
    "Prompt",
    "Timeline",
]
