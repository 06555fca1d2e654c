"""Online training of FB-CPR: bodies act in threads while the device learns from what they did.

One host thread hands out the work. It asks the policy for the next actions,
starts the simulation of all bodies in the background, and while they move hands
updates to the device. ``ratio_slack`` 0 keeps updates and steps in a fixed
ratio, and the run can be repeated and resumed to the last bit; with slack,
whichever is faster goes ahead, within the bounds.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import UserError
from ..motion.motion_buffer import MotionBuffer
from ..policy.model import FBcprModel
from . import scoring
from .agents.fb import Metrics
from .agents.fb_cpr import FBcprAgent, FBcprConfig
from .agents.updater import Updater
from .experience.expert import ExpertSampler, priorities
from .experience.replay import LatentRing, Replay
from .progress_log import Report
from .rollouts import RolloutConfig, Rollouts, Transitions
from .saving import checkpoint
from .saving.weights import save_weights

log = logging.getLogger(__name__)

CHECKPOINT, WEIGHTS = "checkpoint", "weights"
SCORE_SAMPLES = 50_000


@dataclass(frozen=True)
class TrainConfig:
    """A whole run; the defaults are the published ones."""

    agent: FBcprConfig = field(default_factory=FBcprConfig)
    rollouts: RolloutConfig = field(default_factory=RolloutConfig)
    seed: int = 0
    total_steps: int = 30_000_000
    """Steps of bodies, all together."""
    random_steps: int = 50_000
    """Before the first update; taken at random by a policy that knows nothing."""
    replay_capacity: int = 5_000_000
    latent_steps: int = 150
    """After so many steps of an episode a body follows another z."""
    latent_ring: int = 10_000
    updates_per_step: float = 0.1
    ratio_slack: float = 0.0
    """How far updates per step may stray from that, as a share."""
    capture: bool = True
    """Replay the update as a CUDA graph, where there is CUDA."""
    priorities_every: int = 1_000_000
    """Steps between two measurements of how well motions are tracked; 0: never."""
    priority_motions: int = 0
    """How many motions are measured each time, in turn; 0: all."""
    score_every: int = 1_000_000
    """Steps between two scorings; 0: never."""
    score_motions: int = 20
    checkpoint_minutes: float = 30.0
    """0: only weights are kept, which is a thousand times smaller."""
    log_seconds: float = 15.0


class Trainer:
    """A run of training in a folder. ``run`` trains; the rest is what it consists of."""

    def __init__(
        self,
        config: TrainConfig,
        motions: MotionBuffer,
        held_out: MotionBuffer | None = None,
        out: str | Path = "run",
        device: str | torch.device = "cpu",
        model: FBcprModel | None = None,
        counts: dict[str, Any] | None = None,
        report: Report = lambda record: None,
    ) -> None:
        """``model`` and ``counts`` come from ``load_weights``: an earlier run that goes on."""
        _check(config)
        self.config = config
        self.out = Path(out)
        self.device = torch.device(device)
        self.report = report
        torch.manual_seed(config.seed)
        if model is not None and model.cfg.archi != config.agent.model.archi:
            raise UserError(
                "The weights belong to networks of another shape than this configuration "
                "describes; resume with the configuration they were trained with."
            )
        model = FBcprModel(config.agent.model) if model is None else model
        self.agent = FBcprAgent(config.agent, model.to(self.device))
        self.model = self.agent.model
        archi, sizes = config.agent.model.archi, config.agent.model
        self.expert = ExpertSampler(motions, sizes.seq_length, self.device)
        self.held_out = held_out
        self.replay = Replay(
            config.replay_capacity,
            {
                "observation": sizes.obs_dim,
                "action": sizes.action_dim,
                "z": archi.z_dim,
                "next_observation": sizes.obs_dim,
                "terminated": 1,
                "next_qpos": 76,
                "next_qvel": 75,
            },
            self.device,
        )
        self.ring = LatentRing(config.latent_ring, archi.z_dim, self.device)
        self.rollouts = Rollouts(config.rollouts, motions, config.seed)
        self.z = self.agent.sample_sphere(config.rollouts.envs)
        self.updater = Updater(
            self._update, self.device, config.capture and self.device.type == "cuda"
        )
        counts = counts or {}
        self.steps = int(counts.get("steps", 0))
        self.updates = int(counts.get("updates", 0))
        self.seconds = float(counts.get("seconds", 0.0))
        """Spent training, in all runs together."""
        # A policy from an earlier run acts by itself, but replay fills again before it learns.
        self.acts_at_random = not self.updates
        self.learn_from = self.steps + config.random_steps
        self.updates_before = self.updates
        measured = counts.get("emd", {})
        self.emd = np.array([measured.get(name, np.nan) for name in motions.names])
        """Tracking error of each motion when it was last measured."""
        self._weigh_motions()
        self.marks = {"priorities": self.steps, "scores": self.steps, "measured": 0}
        """Steps at which each was last done, and how many motions have been measured."""

    # --- the loop ---

    def run(self, minutes: float | None = None, steps: int | None = None) -> None:
        """Trains until the time is up, ``steps`` more are taken, or the run is complete.

        Ends with everything saved, also when interrupted from the keyboard. A
        ``UserError`` on the way leaves what was saved before.
        """
        started = saved = logged = time.monotonic()
        before = self.seconds
        marks = (self.steps, self.updates)
        last = self.config.total_steps
        if steps is not None:
            last = min(last, self.steps + steps)
        with ThreadPoolExecutor(1, "simulation") as background:
            try:
                while self.steps < last:
                    now = time.monotonic()
                    self.seconds = before + now - started
                    if minutes is not None and now - started >= 60 * minutes:
                        break
                    if now - logged >= self.config.log_seconds:
                        self._log(now - logged, marks)
                        logged, marks = now, (self.steps, self.updates)
                    if now - saved >= 60 * self.config.checkpoint_minutes > 0:
                        self._save_or_warn()
                        saved = time.monotonic()
                    self.step(background)
                    if self._measure():
                        # Rates are those of training alone.
                        logged, marks = time.monotonic(), (self.steps, self.updates)
            except KeyboardInterrupt:
                self.save()
                raise
            except (torch.AcceleratorError, torch.OutOfMemoryError) as error:
                raise UserError(
                    f"The accelerator stopped working after {self.updates} updates; go on from "
                    f"what was last saved in '{self.out}'.",
                    repr(error),
                ) from error
        self.seconds = before + time.monotonic() - started
        self._log(time.monotonic() - logged, marks)
        self.save()
        if self.config.score_every and self.updates > self.updates_before:
            self._report_scores()

    def step(self, background: ThreadPoolExecutor) -> None:
        """One step of every body, and the updates that are due meanwhile."""
        # A copy: the bodies write to theirs while they move.
        observation = torch.tensor(self.rollouts.observation, device=self.device)
        self._redraw_latents()
        action, z = self._act(observation), self.z
        moving = background.submit(self.rollouts.advance, action.cpu().numpy().astype(np.float64))
        while self.updates < self._updates_due(-self.config.ratio_slack):
            self._one_update()
        while not moving.done() and self.updates < self._updates_due(self.config.ratio_slack):
            self._one_update()
        self._remember(observation, action, z, moving.result())

    def _updates_due(self, slack: float) -> int:
        due = (self.steps - self.learn_from) * self.config.updates_per_step * (1 + slack)
        return self.updates_before + max(0, int(due))

    def _one_update(self) -> None:
        self.updater()
        self.updates += 1

    def _update(self) -> Metrics:
        """Sampling and learning, all on the device: this is what is captured."""
        batch = self.replay.sample(self.config.agent.batch_size)
        batch["discount"] = self.config.agent.discount * (1 - batch["terminated"])
        expert = self.expert.sample(self.config.agent.batch_size)
        metrics, z = self.agent.update_with_z(batch, expert)
        self.ring.add(z)
        return metrics

    @torch.no_grad()
    def _act(self, observation: torch.Tensor) -> torch.Tensor:
        """Actions (envs, 69)."""
        if self.acts_at_random and self.steps < self.learn_from:
            shape = (len(observation), self.config.agent.model.action_dim)
            return 2 * torch.rand(shape, device=self.device) - 1
        return self.agent.sample_action(self.model._normalize(observation), self.z)

    def _redraw_latents(self) -> None:
        due = torch.from_numpy(self.rollouts.age % self.config.latent_steps == 0)
        size = len(self.z)
        drawn = self.ring.draw(size, self.agent.sample_sphere(size))
        self.z = torch.where(due.to(self.device)[:, None], drawn, self.z)

    def _remember(
        self, observation: torch.Tensor, action: torch.Tensor, z: torch.Tensor, seen: Transitions
    ) -> None:
        bodies = torch.from_numpy(seen.bodies).to(self.device)
        rows = {
            "observation": observation[bodies],
            "action": action[bodies],
            "z": z[bodies],
            "terminated": torch.zeros(len(bodies), 1, device=self.device),
        }
        for name in ("next_observation", "next_qpos", "next_qvel"):
            array = getattr(seen, name).astype(np.float32)
            rows[name] = torch.from_numpy(array).to(self.device)
        self.replay.add(rows)
        self.steps += len(observation)

    # --- looking at how it goes ---

    def _measure(self) -> bool:
        """Priorities and scores, when they are due. Whether any were."""
        ranked = self._is_due("priorities", self.config.priorities_every)
        if ranked:
            self.update_priorities()
        scored = self._is_due("scores", self.config.score_every)
        if scored:
            self._report_scores()
        return ranked or scored

    def _report_scores(self) -> None:
        self.report({"kind": "scores", **self._counts(), **self.scores()})

    def _is_due(self, name: str, every: int) -> bool:
        if not every or self.updates == self.updates_before:
            return False
        if self.steps - self.marks[name] < every:
            return False
        self.marks[name] = self.steps
        return True

    def update_priorities(self) -> None:
        """Measures how well motions are tracked, in turn, and draws the bad ones more often."""
        count = len(self.emd)
        wanted = min(self.config.priority_motions or count, count)
        rows = np.unique((np.arange(wanted) + self.marks["measured"]) % count)
        self.emd[rows], means = scoring.tracking_errors(self.model, self.expert.motions, rows)
        self._weigh_motions()
        self.marks["measured"] += len(rows)
        self.report({"kind": "priorities", **self._counts(), "emd_train": means["emd"]})

    def _weigh_motions(self) -> None:
        if np.isnan(self.emd).all():
            return
        # A motion not measured yet counts as an average one.
        self.expert.set_weights(
            priorities(np.where(np.isnan(self.emd), np.nanmean(self.emd), self.emd))
        )

    def scores(self) -> dict[str, float]:
        """Tracking of held-out motions (or, without any, of the training ones) and behaviours."""
        motions = self.held_out if self.held_out is not None else self.expert.motions
        rows = scoring.spread_rows(len(motions), self.config.score_motions)
        _, scores = scoring.tracking_errors(self.model, motions, rows)
        newest = self.replay.newest(SCORE_SAMPLES)
        behaviours = scoring.behaviour_scores(self.model, newest)
        return {**scores, **behaviours}

    def _log(self, seconds: float, marks: tuple[int, int]) -> None:
        metrics = self.updater.metrics()
        broken = [name for name, value in metrics.items() if not np.isfinite(value)]
        if broken:
            raise UserError(
                f"Training left the realm of numbers after {self.updates} updates "
                f"({', '.join(broken)}); go on from what was last saved in '{self.out}' with "
                "lower learning rates or without mixed precision."
            )
        rates = {
            "steps_per_second": (self.steps - marks[0]) / max(seconds, 1e-9),
            "updates_per_second": (self.updates - marks[1]) / max(seconds, 1e-9),
        }
        diverged = {"diverged": self.rollouts.diverged}
        self.report({"kind": "losses", **self._counts(), **rates, **diverged, **metrics})

    # --- saving and going on ---

    def _counts(self) -> dict[str, Any]:
        return {"steps": self.steps, "updates": self.updates, "seconds": self.seconds}

    def save(self) -> None:
        """Writes the weights and, unless switched off, the checkpoint."""
        names = self.expert.motions.names
        emd = {
            name: round(float(value), 3)
            for name, value in zip(names, self.emd, strict=True)
            if np.isfinite(value)
        }
        save_weights(self.out / WEIGHTS, self.model, {**self._counts(), "emd": emd})
        if self.config.checkpoint_minutes:
            checkpoint.save_checkpoint(self.out / CHECKPOINT, self)

    def _save_or_warn(self) -> None:
        """A disk that is full now may have room at the end, so training goes on."""
        try:
            self.save()
        except UserError as error:
            log.warning("%s", error)
            self.report({"kind": "warning", **self._counts(), "text": str(error)})

    def close(self) -> None:
        self.rollouts.close()


def _check(config: TrainConfig) -> None:
    sizes = config.agent.model
    if config.agent.batch_size % sizes.seq_length:
        raise UserError(
            f"A batch of {config.agent.batch_size} cannot be cut into slices of "
            f"{sizes.seq_length} frames; choose a multiple."
        )
    if not 0 <= config.ratio_slack < 1:
        raise UserError("ratio_slack must be at least 0 and below 1.")
    if config.updates_per_step <= 0 or config.random_steps < 1:
        raise UserError("updates_per_step and random_steps must be above 0.")
