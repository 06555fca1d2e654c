"""FB from data that lies still: DeepMind Control, as a check that the learning learns."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...policy.config import (
    ActorConfig,
    ArchitectureConfig,
    BackwardConfig,
    EnsembleConfig,
    ModelConfig,
)
from ...policy.model import FBModel
from ..agents.fb import FBAgent, FBConfig, Metrics
from ..agents.updater import Updater
from ..experience.replay import Replay
from ..progress_log import Report
from ..saving.folders import replace_folder
from . import control_suite, exorl
from .exploration import Archive

MODEL, DATA = "model", "data"


@dataclass(frozen=True)
class OfflineConfig:
    """A whole run on one domain; the defaults are the published ones, but for the data."""

    agent: FBConfig
    domain: str = "walker"
    tasks: tuple[str, ...] = ("walk", "run", "stand")
    transitions: int = 1_000_000
    updates: int = 3_000_000
    rounds: int = 5
    """The data are explored in so many rounds, each but the first also by what was learnt
    before; data that is given needs none."""
    updates_per_round: int = 20_000
    episode_steps: tuple[int, int] = (10, 100)
    """Shortest and longest episode of exploring: many starts show more than many steps."""
    score_every: int = 100_000
    """Updates between two scorings; the end is scored in any case."""
    inference_samples: int = 50_000
    episodes: int = 10
    log_seconds: float = 15.0
    capture: bool = True
    seed: int = 0


WALKER = OfflineConfig(
    agent=FBConfig(
        model=ModelConfig(
            obs_dim=24,
            action_dim=6,
            norm_obs=False,
            archi=ArchitectureConfig(
                z_dim=100,
                f=EnsembleConfig(hidden_dim=1024, hidden_layers=1),
                actor=ActorConfig(hidden_dim=1024, hidden_layers=1),
                b=BackwardConfig(hidden_dim=256, hidden_layers=2),
            ),
        )
    )
)
"""The published recipe for the walker."""


def train_offline(
    config: OfflineConfig,
    out: Path,
    data: Path | None = None,
    minutes: float | None = None,
    device: str | torch.device = "cpu",
    report: Report = lambda record: None,
) -> dict[str, Any]:
    """Learns from the episodes of ``data``, or explores first, and returns the final scores.

    Scores are mean returns by task, of the learnt policies and of random actions.
    The model is in ``out``/model, what was explored in ``out``/data.
    """
    run = _Run(config, out, device, report, minutes)
    if data is None:
        for number in range(config.rounds):
            run.explore(number)
            if number < config.rounds - 1 and not run.learn(config.updates_per_round):
                break
    else:
        run.replace_data(exorl.read_transitions(data, config.transitions))
    run.learn(config.updates - run.updates)
    run.save()
    scores = run.score()
    random = {f"{task} at random": run.random_return(task) for task in config.tasks}
    return {**scores, **random, "updates": run.updates, "transitions": run.transitions}


class _Run:
    """Data, agent and counts of one run."""

    def __init__(
        self,
        config: OfflineConfig,
        out: Path,
        device: str | torch.device,
        report: Report,
        minutes: float | None,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.out, self.report = config, out, report
        self.rng = np.random.default_rng(config.seed)
        self.device = torch.device(device)
        self.agent = FBAgent(config.agent, FBModel(config.agent.model).to(self.device))
        model = config.agent.model
        self.replay = Replay(
            config.transitions,
            {
                "observation": model.obs_dim,
                "next_observation": model.obs_dim,
                "action": model.action_dim,
                "discount": 1,
            },
            self.device,
        )
        self.physics = np.empty((0, 0))
        self.explored: list[dict[str, np.ndarray]] = []
        """The transitions of each round."""
        self.archive = Archive(config.domain, self.rng)
        self.updater = Updater(
            self._update, self.device, config.capture and self.device.type == "cuda"
        )
        self.updates = 0
        self.episodes = 0
        self.started = self.told = time.monotonic()
        self.ends = np.inf if minutes is None else self.started + 60 * minutes

    @property
    def transitions(self) -> int:
        """Explored, or else given."""
        return sum(len(part["action"]) for part in self.explored) or len(self.physics)

    # --- data ---

    def explore(self, number: int) -> None:
        """Plays this round's share of the transitions and adds it to the data."""
        config = self.config
        env = control_suite.load_task(config.domain, config.tasks[0], config.seed + number)
        wanted = config.transitions * (number + 1) // config.rounds
        parts: list[dict[str, np.ndarray]] = []
        count = self.transitions
        folder = self.out / DATA
        while count < wanted and (not parts or time.monotonic() < self.ends):
            steps = min(
                int(self.rng.integers(*config.episode_steps, endpoint=True)), wanted - count
            )
            drawn = self.archive.draw()
            start = None if drawn is None else drawn[0]
            episode = control_suite.play_episode(env, self._explorer(number), steps, start)
            self.archive.add(episode["observation"], episode["physics"])
            exorl.write_episode(folder, self.episodes, episode)
            self.episodes += 1
            count += len(episode["action"]) - 1
            parts.append(episode)
            self._tell_now_and_then("exploring", met=count, kinds=len(self.archive))
        self.explored.append(_transitions(parts))
        everything = {
            name: np.concatenate([part[name] for part in self.explored])
            for name in self.explored[0]
        }
        rows = self.archive.balanced(everything["observation"], config.transitions)
        self.replace_data({name: array[rows] for name, array in everything.items()})

    def _explorer(self, number: int) -> control_suite.Act:
        """Noise; in later rounds half of the episodes follow a z with noise on it.

        Half of those z lead to a rare state, the others are random.
        """
        noise = control_suite.coloured_noise(self.rng, self.config.agent.model.action_dim)
        if number == 0 or self.rng.random() < 0.5:
            return noise
        goal = self.archive.draw() if self.rng.random() < 0.5 else None
        model = self.agent.model
        z = model.sample_z(1) if goal is None else model.goal_inference(goal[1][None])
        level = self.rng.uniform(0.0, 0.5)

        def act(observation: np.ndarray) -> np.ndarray:
            action = model.act(observation[None], z)[0].cpu().numpy()
            return np.clip(action + level * noise(observation), -1, 1)

        return act

    def replace_data(self, transitions: dict[str, np.ndarray]) -> None:
        """Learns from these, as many as the replay buffer holds or fewer, from now on."""
        self.physics = transitions["next_physics"]
        discount = self.config.agent.discount * transitions["discount"]
        rows = {**transitions, "discount": discount}
        # From its first row on, so that its rows are those of ``physics``.
        self.replay.count = 0
        self.replay.add({name: torch.from_numpy(rows[name]) for name in self.replay.arrays})

    # --- learning ---

    def learn(self, updates: int) -> bool:
        """So many updates, or fewer if the time is up: then False."""
        config = self.config
        logged, mark = time.monotonic(), self.updates
        for _ in range(updates):
            now = time.monotonic()
            if now > self.ends:
                return False
            if now - logged > config.log_seconds:
                rate = (self.updates - mark) / (now - logged)
                self._tell("losses", updates_per_second=rate, **self.updater.metrics())
                logged, mark = now, self.updates
            self.updater()
            self.updates += 1
            if self.updates % config.score_every == 0:
                self.save()
                self.score()
        return True

    def _update(self) -> Metrics:
        return self.agent.update(self.replay.sample(self.config.agent.batch_size))

    # --- looking at it ---

    def score(self) -> dict[str, float]:
        """Mean return by task of the z inferred from relabelled samples."""
        config, model = self.config, self.agent.model
        rows = self.rng.choice(
            len(self.physics), min(config.inference_samples, len(self.physics)), replace=False
        )
        rewards = control_suite.relabel(config.domain, config.tasks, self.physics[rows])
        next_obs = self.replay.arrays["next_observation"][torch.from_numpy(rows).to(self.device)]
        scores = {}
        for task in config.tasks:
            z = model.reward_inference(next_obs, rewards[task])

            def act(observation: np.ndarray, z: torch.Tensor = z) -> np.ndarray:
                return model.act(observation[None], z)[0].cpu().numpy()

            scores[task] = float(
                control_suite.returns(config.domain, task, act, config.episodes).mean()
            )
        self._tell("scores", **scores)
        return scores

    def random_return(self, task: str) -> float:
        """Mean return of actions drawn uniformly."""
        size = self.config.agent.model.action_dim
        rng = np.random.default_rng(self.config.seed)
        played = control_suite.returns(
            self.config.domain, task, lambda _: rng.uniform(-1, 1, size), self.config.episodes
        )
        return float(played.mean())

    def _tell_now_and_then(self, kind: str, **numbers: float) -> None:
        now = time.monotonic()
        if now - self.told > self.config.log_seconds:
            self.told = now
            self._tell(kind, **numbers)

    def save(self) -> None:
        replace_folder(self.out / MODEL, self.agent.model.save)

    def _tell(self, kind: str, **numbers: float) -> None:
        counts = {
            "steps": self.transitions,
            "updates": self.updates,
            "seconds": time.monotonic() - self.started,
        }
        self.report({"kind": kind, **counts, **numbers})


def _transitions(episodes: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    parts = [exorl.as_transitions(episode) for episode in episodes]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


SMALL_WALKER = replace(
    WALKER,
    agent=replace(
        WALKER.agent,
        batch_size=128,
        model=replace(
            WALKER.agent.model,
            archi=replace(
                WALKER.agent.model.archi,
                z_dim=50,
                f=EnsembleConfig(hidden_dim=128, hidden_layers=1),
                actor=ActorConfig(hidden_dim=128, hidden_layers=1),
                b=BackwardConfig(hidden_dim=128, hidden_layers=2),
            ),
        ),
        learning_rate_f=5e-4,
        learning_rate_b=3e-4,
        learning_rate_actor=5e-4,
    ),
    updates=60_000,
    rounds=2,
    updates_per_round=20_000,
    score_every=20_000,
    inference_samples=20_000,
)
"""The walker in half an hour of one core: small networks, small batches, large steps."""
