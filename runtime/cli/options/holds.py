"""How tightly keys are held, said on the command line: ``--tolerance``, ``--weight``, ``--key``."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...prompts import Timeline


def with_holds(
    timeline: "Timeline", tolerance: float | None, weight: float | None, keys: Sequence[str]
) -> "Timeline":
    """The timeline with tolerances and weights in place of its own; ``keys`` as FRAME,CM[,WEIGHT].

    Raises ``UserError`` for values that cannot be and for frames without a key.
    """
    from ...errors import UserError
    from ...prompts import MotionPrompt, PosePrompt

    prompts = list(timeline.prompts)
    held = [n for n, prompt in enumerate(prompts) if isinstance(prompt, MotionPrompt | PosePrompt)]
    for index in held:
        prompt = prompts[index]
        assert isinstance(prompt, MotionPrompt | PosePrompt)
        prompts[index] = replace(
            prompt,
            tolerance_cm=prompt.tolerance_cm if tolerance is None else tolerance,
            weight=prompt.weight if weight is None else weight,
        )
    if not held and (tolerance is not None or weight is not None):
        raise UserError("--tolerance and --weight are for keys, poses and motions; there are none.")
    for text in keys:
        frame, own = _read(text)
        found = False
        for index, prompt in enumerate(prompts):
            if not isinstance(prompt, MotionPrompt):
                continue
            key = frame - prompt.start + prompt.offset
            if key in prompt.keyframes and prompt.start <= frame <= prompt.end:
                others = tuple(hold for hold in prompt.holds if hold[0] != key)
                prompts[index] = replace(prompt, holds=(*others, (key, *own)))
                found = True
        if not found:
            raise UserError(f"--key {text}: there is no key at frame {frame} of the timeline.")
    return replace(timeline, prompts=tuple(prompts))


def _read(text: str) -> tuple[int, tuple[float, float]]:
    from ...errors import UserError

    try:
        frame, tolerance, *weight = text.split(",")
        if len(weight) > 1:
            raise ValueError(text)
        return int(frame), (float(tolerance), float(weight[0]) if weight else 1.0)
    except ValueError as error:
        raise UserError(
            f"--key {text}: give a frame, a tolerance in cm and perhaps a weight, as in 40,2 or 40,2,5.",
            repr(error),
        ) from error
