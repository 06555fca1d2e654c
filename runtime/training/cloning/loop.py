"""Cloning: the policy of an FB model learned from experts, in one readable loop.

Every round, (1) updates: the policy is drawn to the actions that experts' feedback
gives in states near them, under the z a prompt would make; B learns along, and F and B
learn from transitions by the losses of ``fb.py``. (2) A roll-out (DAgger, Ross et al.
2011): bodies are moved by the policy in the environment, and in whatever state they come
to, as long as it is near the expert, the expert's feedback says what had been right.
(3) Experts that a build has written since are taken up. The networks, the updates of F
and B, replay, weights and scores are those of the other trainers.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...body.model import shared_model
from ...body.observation import observe_states
from ...errors import UserError
from ...policy.model import FBcprModel
from ...simulation.batch import BodyBatch
from ..agents.fb import Batch, FBAgent, Metrics, off_diagonal_mean
from ..agents.fb_cpr import FBcprAgent
from ..experience.replay import Replay
from ..progress_log import Report
from ..saving.weights import save_weights
from .averages import RunningMean
from .behaviours import Behaviours
from .config import CloningConfig
from .experts.expert_set import ExpertSet
from .latents import draw_windows, running_sums, window_means, window_rows
from .needs import Needs, load_able
from .rollout import follow_experts
from .schedule import Schedule

log = logging.getLogger(__name__)

CHECKPOINT, WEIGHTS, BEST = "checkpoint", "weights", "best"
"""Folders of a run; the best is of the save that stood and walked best when it was judged."""
LOST, LOST_STATES = "lost.npz", 300
"""File of the last states in which the policy was lost, for `experts build --lost`."""
SAMPLES = {"observation": 358, "action": 69, "frame": 1, "task": 1}
TRANSITIONS = {"observation": 358, "action": 69, "next_observation": 358}


class CloningTrainer:
    """``run`` learns until its time is over; ``checkpoint`` has what goes on exactly."""

    def __init__(
        self,
        config: CloningConfig,
        experts: ExpertSet,
        out: Path,
        report: Report,
        model: FBcprModel | None = None,
        counts: dict[str, Any] | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.schedule = schedule or Schedule()
        self.schedule.check(config)
        if model is not None and model.cfg.obs_dim != config.agent.model.obs_dim:
            raise UserError("These weights belong to another body; begin without them.")
        torch.manual_seed(config.seed)
        self.config, self.experts, self.out, self.report = config, experts, Path(out), report
        self.first_config = config
        """What the run began with; ``config`` is what its schedule makes of that."""
        self.rng = np.random.default_rng(config.seed)
        fresh = model is None
        self.model = FBcprModel(config.agent.model) if model is None else model
        self.agent: FBAgent = FBcprAgent(replace(config.agent, model=self.model.cfg), self.model)
        cloned = [*self.model._actor.parameters(), *self.model._backward_map.parameters()]
        self.optimizer = torch.optim.Adam(cloned, lr=config.learning_rate, fused=True)
        self.mean = RunningMean(cloned, config.average)
        self.samples = Replay(config.samples, SAMPLES)
        self.transitions = Replay(config.transitions, TRANSITIONS)
        self.performed = self._performed()
        self.updates = int((counts or {}).get("updates", 0))
        self.steps = int((counts or {}).get("steps", 0))
        self.seconds = float((counts or {}).get("seconds", 0.0))
        self.rounds = 0
        self.began = self.updates
        """Updates before this run, from whose weights it goes on."""
        self.lost: deque[tuple[str, int, np.ndarray, np.ndarray]] = deque(maxlen=LOST_STATES)
        self.behaviours = Behaviours(experts, settings=config.graph)
        self.needs = Needs(load_able(experts.folder))
        self.best = 0.0
        """What the weights in ``BEST`` were worth."""
        self.sums = torch.zeros(1)
        self._stale = 0
        self._fresh = fresh
        self._losses: list[Metrics] = []

    @property
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """All that learn, by name."""
        return {"cloning": self.optimizer, "f": self.agent.optimizers["f"],
                "b": self.agent.optimizers["b"]}  # fmt: skip

    def begin(self) -> None:
        """Samples of all experts and the normaliser; not for a run that goes on."""
        self.take_up(list(range(len(self.experts.entries))))
        if self._fresh:
            self._normalise()

    def run(self, minutes: float | None = None, rounds: int | None = None) -> None:
        """Rounds until the time, their number or the schedule is over, then saves."""
        started = saved = time.monotonic()
        before = self.seconds
        last = None if rounds is None else self.rounds + rounds
        while (last is None or self.rounds < last) and not self.over:
            try:
                self.round()
                now = time.monotonic()
                self.seconds = before + now - started
                self._tell()
                if self.config.score_rounds and self.rounds % self.config.score_rounds == 0:
                    self.judge()
            except KeyboardInterrupt:
                # The round is cut short; all that was learned and seen in it is kept.
                self.seconds = before + time.monotonic() - started
                self.save()
                raise
            if minutes is not None and now - started > 60 * minutes:
                break
            if now - saved > 60 * self.config.checkpoint_minutes:
                self.save()
                saved = now
        self.save()

    def round(self) -> None:
        """Updates, roll-outs, new experts."""
        if self.schedule.stages:
            self.config = self.schedule.at(self.first_config, self.updates)
        for _ in range(self.config.round_updates):
            self._losses.append(self.update())
        self.roll_out()
        self.take_up(self.experts.add())
        self.rounds += 1

    # --- one update ---

    def update(self) -> Metrics:
        """One step of the policy and B towards the labels, and now and then of F and B."""
        newest = int(self.config.newest_share * self.config.batch_size)
        parts = [
            self.samples.sample(self.config.batch_size - newest),
            self.samples.sample_newest(newest, self.config.newest),
        ]
        metrics = self.clone({name: torch.cat([p[name] for p in parts]) for name in SAMPLES})
        self.updates += 1
        if self.updates % self.config.fb_every == 0 and len(self.transitions):
            metrics |= self.learn_forward(self.sample_transitions(self.config.agent.batch_size))
        return metrics

    def clone(self, batch: Batch) -> Metrics:
        """Mean squared error of the actions under the z that prompts would make."""
        if self._stale <= 0:
            self._look_up()
        self._stale -= 1
        first, length = self.windows(batch["frame"][:, 0].long())
        anew = int(self.config.backward_share * len(first))
        rows, weights = window_rows(first[:anew], length[:anew])
        seen = torch.from_numpy(self.experts.observation[rows.flatten().numpy()])
        b = self.model._backward_map(self.model._normalize(seen)).reshape(anew, -1, self.z_dim)
        mean = (b * weights[:, :, None]).sum(dim=1)
        known = window_means(self.sums, first[anew:], length[anew:]).float()
        frames, own = (batch[name][anew:, 0].long() for name in ("frame", "task"))
        known = self.asked(frames, own, known)
        z = self.model.project_z(torch.cat([mean, known]))
        with self.agent.mixed_precision():
            action = self.model._actor(self.model._normalize(batch["observation"]), z)
        loss = (action.float() - batch["action"]).square().mean()
        alike = off_diagonal_mean((b[:, 0] @ b[:, 0].T / self.z_dim).square())
        self.optimizer.param_groups[0]["lr"] = self.learning_rate
        self.optimizer.zero_grad()
        (loss + self.config.decorrelation * alike).backward()
        self.optimizer.step()
        self.mean.follow(self.updates - self.began)
        return {"clone_loss": loss.detach(), "alike": alike.detach()}

    def sample_transitions(self, count: int) -> Batch:
        """Transitions (count, width) of experts and of roll-outs."""
        performed = round(self.config.performed_share * count)
        parts = [self.performed.sample(performed), self.transitions.sample(count - performed)]
        return {name: torch.cat([part[name] for part in parts]) for name in TRANSITIONS}

    def learn_forward(self, batch: Batch) -> Metrics:
        """F and B on transitions, as ``fb.py`` has it, for z of experts and of their states."""
        batch = self.agent.normalized(batch)
        batch["discount"] = torch.full((len(batch["action"]), 1), self.config.agent.discount)
        with torch.no_grad():
            goals = self.agent.encode_goals(batch["next_observation"])
            frames = self.samples.sample(len(goals))["frame"][:, 0].long()
            held = self.model.project_z(window_means(self.sums, *self.windows(frames)).float())
            pick = torch.rand(len(goals), 1) < self.config.agent.goal_ratio
        metrics = self.agent.update_fb(batch, torch.where(pick, goals, held))
        self.agent.move_targets()
        names = ("fb_loss", "orth_loss", "target_M")
        return {name: metrics[name] for name in names}

    @property
    def over(self) -> bool:
        """Whether the schedule has come to its end."""
        return self.schedule.end is not None and self.updates >= self.schedule.end

    @property
    def learning_rate(self) -> float:
        """Of the policy and B, now."""
        return self.config.learning_rate / math.sqrt(1 + self.updates / self.config.falls_after)

    @property
    def z_dim(self) -> int:
        return self.model.cfg.archi.z_dim

    def windows(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A window for each of the frames (n,), counted over all experts."""
        starts = torch.from_numpy(self.experts.starts)
        entry = torch.searchsorted(starts, frames, right=True) - 1
        return draw_windows(frames, starts[entry], starts[entry + 1], self.config.shares)

    def asked(self, frames: torch.Tensor, own: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """z (n, z) of which shares are what rewards sound like: those under which the policy came
        to a state (``own``, -1 for none), and those that its frame (n,) is of use for."""
        share = self.config.shares.asked / max(1e-9, 1 - self.config.backward_share)
        task = torch.where(torch.rand(len(frames)) < share, self.behaviours.draw(frames), -1)
        same = (own >= 0) & (torch.rand(len(frames)) < self.config.shares.own)
        task = torch.where(same, self.behaviours.row[own], task)
        chosen = task >= 0
        z[chosen] = self.behaviours.latents[task[chosen]].to(z.dtype)
        return z

    def _look_up(self) -> None:
        with torch.no_grad():
            seen = torch.from_numpy(self.experts.observation)
            b = torch.cat([self.model.backward_map(part) for part in seen.split(4096)])
        self.sums = running_sums(b)
        self.behaviours.look_up(b)
        self._stale = self.config.table_every

    # --- data ---

    def take_up(self, entries: list[int]) -> None:
        """States beside the frames of entries, with their labels."""
        for number in entries:
            frames, qpos, qvel = self.experts.states_beside(
                number, self.config.perturbations, self.rng
            )
            observation = observe_states(shared_model(), qpos, qvel)
            self.remember(frames, observation, self.experts.labels(frames, qpos, qvel))
        if entries:
            self.performed = self._performed()
            self._stale = 0
            if len(self.behaviours.value[0]) != self.experts.frames:
                self.behaviours = Behaviours(self.experts, settings=self.config.graph)

    def _performed(self) -> Replay:
        """The transitions of all experts."""
        rows = self.experts.transitions()
        kept = Replay(len(rows["action"]), TRANSITIONS)
        kept.add({n: torch.from_numpy(rows[n].astype(np.float32)) for n in TRANSITIONS})
        return kept

    def remember(
        self,
        frames: np.ndarray,
        observation: np.ndarray,
        action: np.ndarray,
        task: np.ndarray | None = None,
    ) -> None:
        """Labelled states (n, 358), (n, 69) at frames (n,) counted over all experts, come to under
        a ``task`` (n,), -1 for none."""
        task = np.full(len(frames), -1) if task is None else task
        whole = np.isfinite(action).all(axis=1) & np.isfinite(observation).all(axis=1)
        self.samples.add(
            {
                "observation": torch.from_numpy(observation[whole].astype(np.float32)),
                "action": torch.from_numpy(action[whole].astype(np.float32)),
                "frame": torch.from_numpy(frames[whole].astype(np.float32)[:, None]),
                "task": torch.from_numpy(task[whole].astype(np.float32)[:, None]),
            }
        )

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The model has the mean weights meanwhile, and B of all frames is theirs."""
        with self.mean.in_use():
            self._look_up()
            yield
        self._stale = 0

    def roll_out(self) -> None:
        """The policy follows, holds and is asked; where it comes to is labelled and kept."""
        with self.in_use(), BodyBatch(shared_model(), self.config.rollouts.bodies) as batch:
            found = follow_experts(
                self.experts,
                self.behaviours,
                batch,
                self.act,
                self.sums,
                self.config.rollouts,
                self.rng,
                self.needs,
            )
        self.needs.follow(found.earned)
        self.remember(found.frames, found.observation, found.action, found.task)
        if len(found.transitions["action"]):
            self.transitions.add(
                {name: torch.from_numpy(rows) for name, rows in found.transitions.items()}
            )
        for place, qpos, qvel in found.lost:
            number = int(self.experts.entry_of(np.array(place)))
            entry, frame = self.experts.entries[number], place - int(self.experts.starts[number])
            placed, moving = entry.aligned(np.array([frame]), qpos[None], qvel[None])
            self.lost.append((entry.expert.name, frame, placed[0], moving[0]))
        self.steps += found.steps
        self.report({"kind": "rollouts", **self.counts(), **found.figures})

    def act(self, observation: np.ndarray, z: torch.Tensor) -> np.ndarray:
        """Mean actions (n, 69) for observations (n, 358) and means of B (n, z)."""
        z = self.model.project_z(z.float())
        return self.model.act(observation.astype(np.float32), z).numpy().astype(np.float64)

    def _normalise(self) -> None:
        seen = self.samples.arrays["observation"][: len(self.samples)]
        normalizer = self.model._obs_normalizer
        assert isinstance(normalizer, torch.nn.BatchNorm1d)
        assert normalizer.running_mean is not None and normalizer.running_var is not None
        normalizer.running_mean.copy_(seen.mean(dim=0))
        normalizer.running_var.copy_(seen.var(dim=0) + self.config.variance_floor)

    # --- looking at how it goes ---

    def counts(self) -> dict[str, Any]:
        return {"steps": self.steps, "updates": self.updates, "seconds": self.seconds}

    def _tell(self) -> None:
        names = {name for losses in self._losses for name in losses}
        means = {
            name: float(torch.stack([m[name] for m in self._losses if name in m]).mean())
            for name in sorted(names)
        }
        self._losses.clear()
        if not all(np.isfinite(value) for value in means.values()):
            raise UserError(
                f"Training left the realm of numbers after {self.updates} updates; go on from what "
                f"was last saved in '{self.out}' with a lower learning rate."
            )
        held = {"samples": len(self.samples), "expert_seconds": self.experts.seconds}
        self.report({"kind": "losses", **self.counts(), **held, **means})

    def judge(self) -> None:
        """Tells how good the mean weights are, and keeps the best ones (``BEST``)."""
        from .judging import scores, selection_score

        with self.in_use():
            found = scores(self)
            self.report({"kind": "scores", **self.counts(), **found})
            if selection_score(found) > self.best:
                self.best = selection_score(found)
                save_weights(self.out / BEST, self.model, self.counts())

    # --- saving ---

    def save(self) -> None:
        """The weights as other trainers write them, and what goes on exactly."""
        from .resume import save_cloning, save_lost

        with self.mean.in_use():
            save_weights(self.out / WEIGHTS, self.model, self.counts())
        if self.lost:
            save_lost(self.out / LOST, self.lost)
        if self.config.checkpoint_minutes:
            save_cloning(self.out / CHECKPOINT, self)
