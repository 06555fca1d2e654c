"""How fast a configuration trains here, beside a plain loop that does one thing at a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..motion.motion_buffer import MotionBuffer
from ..policy.model import FBcprModel
from .agents.updater import WARM_UP
from .trainer import TrainConfig, Trainer


@dataclass(frozen=True)
class Throughput:
    """Over the same stretch of training."""

    steps_per_second: float
    updates_per_second: float


def measure_throughput(
    config: TrainConfig,
    motions: MotionBuffer,
    seconds: float,
    device: str | torch.device = "cpu",
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Rates of the trainer and of the plain loop, for ``seconds`` each.

    The plain loop steps body after body on one thread, then runs the updates that
    are due one launch at a time, as code does that was not written for speed.
    """
    # Learning starts at once, with the smallest replay a batch can be drawn from.
    config = replace(config, random_steps=max(config.rollouts.envs, 1), priorities_every=0)
    config = replace(config, score_every=0, log_seconds=1e9)
    plain = replace(
        config, capture=False, ratio_slack=0.0, rollouts=replace(config.rollouts, threads=1)
    )
    progress("the trainer")
    together = _run(config, motions, seconds, device, overlapped=True)
    progress("the plain loop")
    alone = _run(plain, motions, seconds, device, overlapped=False)
    return {
        "trainer": together.__dict__,
        "plain_loop": alone.__dict__,
        "steps_ratio": together.steps_per_second / alone.steps_per_second,
        "updates_ratio": together.updates_per_second / max(alone.updates_per_second, 1e-9),
    }


def _run(
    config: TrainConfig,
    motions: MotionBuffer,
    seconds: float,
    device: str | torch.device,
    overlapped: bool,
) -> Throughput:
    trainer = Trainer(config, motions, out=Path("unused"), device=device)
    try:
        with _executor(overlapped) as background:
            # Until compiled, captured and warm, nothing is measured.
            while trainer.updates < WARM_UP + 2:
                trainer.step(background)
            started, steps, updates = time.monotonic(), trainer.steps, trainer.updates
            while time.monotonic() - started < seconds:
                trainer.step(background)
            _wait(trainer.model)
            taken = time.monotonic() - started
        return Throughput((trainer.steps - steps) / taken, (trainer.updates - updates) / taken)
    finally:
        trainer.close()


def _executor(overlapped: bool) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1) if overlapped else _AtOnce()


class _AtOnce:
    """An executor that does the work before it returns."""

    def __enter__(self) -> "_AtOnce":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs any more."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        from concurrent.futures import Future

        future: Future = Future()
        future.set_result(function(*arguments))
        return future


def _wait(model: FBcprModel) -> None:
    if model.device.type == "cuda":
        torch.cuda.synchronize()
