"""Prompts as strips over the Dope Sheet and the timeline: seen, moved, trimmed and chosen there."""
