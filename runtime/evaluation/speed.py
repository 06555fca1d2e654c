"""How fast the control loop and the prompts are, beside the reference's way in the same run.

The reference way is what the published packages do: torch for every action, one
body at a time, a fresh simulation state for every relabelled sample. All loops of
a comparison perform the same recorded actions, so that they simulate the same
states. Every step is timed on its own and the best of several rounds is kept:
other programs only ever add to a time.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import torch

from ..body.model import shared_model
from ..body.observation import observe
from ..policy.model import FBcprModel
from ..policy.onnx_export import export_pack
from ..policy.pack import Policy
from ..progress import Part, Progress, silent
from ..prompts.reward_buffer import RewardBuffer, build_reward_buffer
from ..prompts.rewards import parse_reward
from ..prompts.tasks import ALL_TASKS
from ..simulation.batch import BodyBatch, available_cores
from ..simulation.stepping import SUBSTEPS, control_step, reset

SIZES = {"S": ("simple", 1024, 2), "M": ("residual", 2048, 12)}
"""Actor of the published models: form, width, layers."""
TAKES = 8
SAMPLES = 100_000
_RELABELLED_BY_REFERENCE = 200


@dataclass(frozen=True)
class SpeedSettings:
    steps: int = 45
    rounds: int = 7
    samples: int = SAMPLES
    sizes: tuple[str, ...] = ("S", "M")


@dataclass(frozen=True)
class Measure:
    """One line of the table: seconds of the reference and of ours, and what is aimed at."""

    name: str
    reference: float
    here: float
    goal: str
    reached: bool
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times faster than the reference."""
        return self.reference / self.here


@dataclass(frozen=True)
class Take:
    """A recorded performance: what was done from the default reset."""

    actions: np.ndarray
    """(steps, 69)."""
    observations: np.ndarray
    """(steps, 358), each before its action."""
    qpos: np.ndarray
    qvel: np.ndarray


def measure_speed(
    settings: SpeedSettings | None = None, progress: Progress = silent
) -> Iterator[Measure]:
    """Yields the lines as they are measured, on random models of the published sizes."""
    settings = settings or SpeedSettings()
    # All the cores for the reference, whatever the environment says about threads.
    torch.set_num_threads(available_cores())
    with tempfile.TemporaryDirectory() as folder:
        for number, size in enumerate(settings.sizes):
            part = Part(progress, number / (len(settings.sizes) + 1), 1.0)
            part(0, f"Making a model of size {size}")
            model = random_model(size)
            model.save(Path(folder) / size)
            policy = Policy.load(export_pack(Path(folder) / size, Path(folder) / f"pack_{size}"))
            exact = Policy.load(policy.folder, precision="fp32")
            part(0.1, f"Control loop of size {size}")
            yield from control_loops(size, model, policy, exact, settings)
            if number == 0:
                part(0.3, "Reward prompts")
                yield from reward_prompts(policy, settings)


def control_loops(
    size: str, model: FBcprModel, policy: Policy, exact: Policy, settings: SpeedSettings
) -> Iterator[Measure]:
    """One take, and for the larger size several at once."""
    latents = policy.sample_z(TAKES, seed=0)
    takes = [perform(policy, z, settings.steps) for z in latents]
    take = takes[0]
    z = torch.from_numpy(latents[:1])
    bare, reference, here = best_of(
        settings.rounds,
        lambda: timed(take, lambda data: None),
        lambda: timed(take, lambda data: model.act(observe(shared_model(), data)[None], z)),
        lambda: timed(
            take, lambda data: policy.act(observe(shared_model(), data), latents[0]), True
        ),
    )
    note = f"bare mj_step {1000 * bare:.2f} ms, {1 / 30 / here:.0f}x real time"
    error = action_error(policy, exact, takes, latents)
    if error is not None:
        note += f", int8 action error mean {error[0]:.4f} max {error[1]:.3f}"
    name = f"control step, {size} model, one take"
    if size == "S":
        over = here / bare
        note = f"{over:.2f}x bare; {note}"
        yield Measure(name, reference, here, "at most 1.35x the bare mj_step", over <= 1.35, note)
        return
    faster = reference / here
    yield Measure(name, reference, here, "at least 4x the reference", faster >= 4, note)
    with BodyBatch(shared_model(), TAKES) as bodies:
        (together,) = best_of(
            settings.rounds, lambda: timed_together(bodies, takes, policy, latents)
        )
    faster = TAKES * reference / together
    goal = "at least 10x the reference"
    name = f"control step, {size} model, {TAKES} takes"
    yield Measure(name, TAKES * reference, together, goal, faster >= 10)


def reward_prompts(policy: Policy, settings: SpeedSettings) -> Iterator[Measure]:
    """Reading a buffer once, then prompts on it."""
    qpos, qvel, ctrl = random_states(settings.samples)
    task = parse_reward("move-ego-0-2")
    few = slice(0, _RELABELLED_BY_REFERENCE)
    start = time.perf_counter()
    for row in zip(qpos[few], qvel[few], ctrl[few], strict=True):
        data = mujoco.MjData(shared_model())
        data.qpos[:], data.qvel[:] = row[0], row[1]
        mujoco.mj_forward(shared_model(), data)
        task(shared_model(), *row)
    reference = (time.perf_counter() - start) / _RELABELLED_BY_REFERENCE * settings.samples
    start = time.perf_counter()
    buffer = build_reward_buffer(shared_model(), qpos, qvel, ctrl, policy.backward)
    reading = time.perf_counter() - start
    times = {name: prompt_time(buffer, name, settings.rounds) for name in ALL_TASKS}
    slowest = max(times, key=lambda name: times[name])
    count = f"{settings.samples:,} samples"
    yield Measure(f"buffer read once, {count}", reference, reading, "under 5 s", reading < 5)
    yield Measure(
        f"reward prompt after, {count}",
        reference,
        times[slowest],
        "under 50 ms",
        times[slowest] < 0.05,
        f"{slowest}, the slowest of {len(times)}; median {1000 * np.median([*times.values()]):.0f} ms",
    )


def prompt_time(buffer: RewardBuffer, name: str, rounds: int) -> float:
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        buffer.infer(name)
        best = min(best, time.perf_counter() - start)
    return best


# --- models and states to measure on ---


def random_model(size: str) -> FBcprModel:
    """A model with an actor of the published size; what is not measured is kept small."""
    form, width, layers = SIZES[size]
    small = {"hidden_dim": 16}
    archi = {
        "actor": {"model": form, "hidden_dim": width, "hidden_layers": layers},
        **dict.fromkeys(("f", "critic", "discriminator"), small),
    }
    torch.manual_seed(0)
    model = FBcprModel(obs_dim=358, action_dim=69, seq_length=8, archi=archi)
    data = mujoco.MjData(shared_model())
    rng = np.random.default_rng(0)
    observations = []
    for step in range(90):
        if step % 30 == 0:
            reset(shared_model(), data)
        control_step(shared_model(), data, rng.uniform(-0.5, 0.5, 69))
        observations.append(observe(shared_model(), data))
    statistics = np.array(observations, dtype=np.float32)
    normalizer = model._obs_normalizer
    assert isinstance(normalizer, torch.nn.BatchNorm1d)
    normalizer.running_mean = torch.from_numpy(statistics.mean(axis=0))
    normalizer.running_var = torch.from_numpy(statistics.var(axis=0) + 0.01)
    return model


def random_states(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """qpos, qvel and ctrl of ``count`` states, upright to fallen."""
    rng = np.random.default_rng(0)
    qpos = rng.normal(0, 0.3, (count, 76))
    qpos[:, 2] = rng.uniform(0.1, 1.0, count)
    qpos[:, 3:7] = np.array([1, 1, 0, 0]) + rng.normal(0, 0.3, (count, 4))
    return qpos, rng.normal(0, 1, (count, 75)), rng.uniform(-1, 1, (count, 69))


def perform(policy: Policy, z: np.ndarray, steps: int) -> Take:
    data = mujoco.MjData(shared_model())
    reset(shared_model(), data)
    rows = []
    for _ in range(steps):
        obs = observe(shared_model(), data)
        action = policy.act(obs, z)
        rows.append((action, obs, data.qpos.copy(), data.qvel.copy()))
        control_step(shared_model(), data, action)
    return Take(*(np.array(column) for column in zip(*rows, strict=True)))


def action_error(
    policy: Policy, exact: Policy, takes: list[Take], latents: np.ndarray
) -> tuple[float, float] | None:
    """Mean and largest error of the quantised actions in the states of these takes."""
    if not policy.quantised:
        return None
    errors = [
        np.abs(policy.act(take.observations, z) - exact.act(take.observations, z))
        for take, z in zip(takes, latents, strict=True)
    ]
    return float(np.mean(errors)), float(np.max(errors))


# --- timing ---


def best_of(rounds: int, *loops: Callable[[], np.ndarray]) -> list[float]:
    """Mean seconds of a step of each loop, each step at its best over rounds taken in turn."""
    times = [[loop() for loop in loops] for _ in range(rounds)]
    return [float(np.min(loop, axis=0).mean()) for loop in zip(*times, strict=True)]


def timed(
    take: Take, decide: Callable[[mujoco.MjData], object], refresh: bool = False
) -> np.ndarray:
    """(steps,) seconds of a step: ``decide``, then the recorded action.

    ``refresh``: step as ours does, sensors brought up to date and divergence
    looked for; else the physics steps alone.
    """
    model = shared_model()
    data = mujoco.MjData(model)
    reset(model, data)
    times = np.empty(len(take.actions))
    for step, action in enumerate(take.actions):
        start = time.perf_counter()
        decide(data)
        if refresh:
            control_step(model, data, action)
        else:
            data.ctrl[:] = action
            mujoco.mj_step(model, data, SUBSTEPS)
        times[step] = time.perf_counter() - start
    return times


def timed_together(
    bodies: BodyBatch, takes: list[Take], policy: Policy, latents: np.ndarray
) -> np.ndarray:
    """(steps,) seconds of a step of all bodies."""
    bodies.reset()
    actions = np.stack([take.actions for take in takes], axis=1)
    times = np.empty(len(actions))
    for step, action in enumerate(actions):
        start = time.perf_counter()
        policy.act(bodies.observe(), latents)
        bodies.step(action)
        times[step] = time.perf_counter() - start
    return times
