"""What a person asks for of single frames: where joints are to be, and how closely."""

import numpy as np

from ..body.kinematics import forward_kinematics
from ..performance.tightness import KeyWeights, key_price, key_prices
from ..prompts.timeline import MotionPrompt, PosePrompt, Prompt


def joints_asked(prompt: Prompt, raw: np.ndarray) -> dict[int, np.ndarray]:
    """Frame of the timeline -> joints (24, 3) in metres that a prompt asks for.

    ``raw`` (n, 76) is its source as it was given, before anything is mended, where it is to
    be performed. Of keys only the keyed frames are asked for, of a pose its last frame, of
    what is planned nothing.
    """
    if isinstance(prompt, PosePrompt):
        return {prompt.end: forward_kinematics(raw)[0][0]}
    if not isinstance(prompt, MotionPrompt):
        return {}
    frames = list(range(len(raw)))
    if prompt.keyframes:
        frames = [f - prompt.offset for f in prompt.keyframes if 0 <= f - prompt.offset < len(raw)]
    if not frames:
        return {}
    joints = forward_kinematics(raw[frames])[0]
    return {prompt.start + frame: row for frame, row in zip(frames, joints, strict=True)}


def key_holds(prompts: list[Prompt], frames: int) -> tuple[np.ndarray, dict[int, float]]:
    """(T,) times the usual price of missing each frame, and the tolerance in cm of keyed frames."""
    prices, tolerances = np.ones(frames), {}
    usual = KeyWeights.usual_cm
    for prompt in prompts:
        if not isinstance(prompt, MotionPrompt | PosePrompt):
            continue
        span = slice(prompt.start, prompt.end + 1)
        prices[span] = key_price(prompt.tolerance_cm or usual, prompt.weight)
        tolerances[prompt.end] = prompt.tolerance_cm or usual
        if isinstance(prompt, MotionPrompt) and prompt.keyframes:
            own = {frame: (tolerance, weight) for frame, tolerance, weight in prompt.holds}
            at_keys = {}
            for key in prompt.keyframes:
                tolerance, weight = own.get(key, (prompt.tolerance_cm, prompt.weight))
                at_keys[key - prompt.offset] = key_price(tolerance, weight)
                tolerances[prompt.start + key - prompt.offset] = (
                    tolerance or KeyWeights.tolerance_cm
                )
            prices[span] = key_prices(len(prices[span]), at_keys)
    return prices, tolerances
