"""A whole benchmark of one model, kept on disk item by item, so that it can be stopped."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import UserError
from ..progress import Part, Progress, silent
from ..prompts.reward_buffer import BUFFER_NAME, RewardBuffer
from ..prompts.rewards import parse_reward
from .clips import Clip
from .evaluations import GoalEvaluation, RewardEvaluation, TrackingEvaluation
from .rollouts import BODIES_AT_ONCE, EPISODE_STEPS, check_counts
from .wrappers import GoalWrapper, RewardWrapper, TrackingWrapper

log = logging.getLogger(__name__)

KINDS = ("rewards", "goals", "tracking")
RESULTS_FOLDER = "results"


@dataclass(frozen=True)
class BenchmarkSettings:
    """The published protocol, unless changed."""

    state_init: str = "Fall"
    """Start of the episodes of rewards and goals."""
    steps: int = EPISODE_STEPS
    episodes: int = 100
    contexts: int = 1
    samples: int = 100_000
    """Relabelled samples that a reward is inferred from."""
    seed: int = 0

    def __post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("steps", "episodes", "contexts")}
        check_counts(**counts, samples=self.samples)

    @property
    def env_kwargs(self) -> dict[str, Any]:
        return {
            "state_init": self.state_init,
            "max_episode_steps": self.steps,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Benchmark:
    """What was measured: scores by kind and name, plain JSON data."""

    model: str
    settings: dict[str, Any]
    scores: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    version: str = __version__

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class LoadedModel:
    """A model to be measured and what identifies it."""

    name: str
    model: Any
    digest: str
    """sha256 of its weights."""
    reward_data: Path | RewardBuffer | None = None
    """What rewards are inferred from; None if there is nothing, or a pack brings its own."""


def load_model(
    place: str | Path, buffer: str | Path | None = None, device: str = "cpu"
) -> LoadedModel:
    """A checkpoint folder, an ONNX pack, or the name of an installed model.

    ``device`` is torch's, for checkpoints; packs run on the CPU.
    """
    from ..policy.store import PACK_FILES, find_installed

    folder = Path(place)
    if not folder.is_dir():
        named = find_installed(str(place)) if folder.name == str(place) else None
        if named is None:
            raise UserError(
                f"'{place}' is neither a folder nor an installed model; "
                "see `python -m runtime models list`."
            )
        folder = named.path
    data = Path(buffer) if buffer is not None else next(iter(folder.glob("data/*.hdf5")), None)
    if data is not None and not data.is_file():
        raise UserError(f"There is no file '{data}' to infer rewards from.")
    if (folder / PACK_FILES[0]).is_file():
        from ..policy import Policy

        if buffer is not None:
            raise UserError("An ONNX pack brings its own data for rewards; leave --buffer out.")
        return LoadedModel(folder.name, Policy.load(folder), digest_of(folder, "*.onnx"))
    from ..policy import FBcprModel, FBModel
    from ..policy.checkpoint import WEIGHTS_NAME, list_tensors

    critic = any(name.startswith("_critic.") for name in list_tensors(folder / WEIGHTS_NAME))
    model = (FBcprModel if critic else FBModel).load(folder, device)
    read = RewardBuffer.load(folder) if data is None and (folder / BUFFER_NAME).is_file() else data
    return LoadedModel(folder.name, model, digest_of(folder, "*.safetensors"), read)


def digest_of(folder: Path, pattern: str) -> str:
    """sha256 over the files of a pattern."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob(pattern)):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def run_benchmark(
    loaded: LoadedModel,
    out: Path,
    tasks: Sequence[str] = (),
    goals: Mapping[str, np.ndarray] | None = None,
    clips: Sequence[Clip] = (),
    settings: BenchmarkSettings = BenchmarkSettings(),
    progress: Progress = silent,
) -> Benchmark:
    """Measures what is asked for; what ``out`` has from an earlier run is not measured again.

    A result counts as the same if model, settings, data and motion or goal are.
    """
    result = Benchmark(loaded.name, asdict(settings))
    goals = goals or {}
    # What is left to do is not known yet; a rough share of the work each will do.
    work = {
        "rewards": float(len(tasks) * settings.contexts * settings.episodes * settings.steps),
        "goals": float(len(goals) * settings.episodes * settings.steps),
        "tracking": float(sum(clip.motion.frames for clip in clips)),
    }
    total = sum(work.values()) or 1.0
    done = 0.0
    runs: dict[str, Callable[[Progress], dict[str, dict[str, Any]]]] = {
        "rewards": lambda part: _rewards(loaded, tasks, settings, out, part),
        "goals": lambda part: _goals(loaded, goals, settings, out, part),
        "tracking": lambda part: _tracking(loaded, clips, out, part),
    }
    for kind, run in runs.items():
        if work[kind]:
            part = Part(progress, done / total, (done + work[kind]) / total)
            result.scores[kind] = run(part)
            done += work[kind]
    progress(1.0, "Done")
    return result


def _rewards(
    loaded: LoadedModel,
    tasks: Sequence[str],
    settings: BenchmarkSettings,
    out: Path,
    progress: Progress,
) -> dict[str, dict[str, Any]]:
    if loaded.reward_data is None and hasattr(loaded.model, "reward_wr_inference"):
        raise UserError(
            "Rewards are inferred from data, which this model's folder does not have; "
            "give the HDF5 file with --buffer."
        )
    for task in tasks:
        parse_reward(task)  # the last one may be hours away
    agent = RewardWrapper(loaded.model, loaded.reward_data, settings.samples, seed=settings.seed)
    data = loaded.reward_data
    mark = [data.name, data.stat().st_size] if isinstance(data, Path) else data and _mark(data.b)
    about = [asdict(settings), mark]
    store = _Results(out, "rewards", loaded.digest, about)

    def measure(task: str, part: Progress) -> dict[str, Any]:
        evaluation = RewardEvaluation(
            [task],
            settings.env_kwargs,
            num_contexts=settings.contexts,
            num_episodes=settings.episodes,
        )
        scores = evaluation.run(agent, part)[task]
        return {
            "reward": float(scores["reward"].mean()),
            "std": float(scores["reward"].std()),
            "episodes": scores["reward"].tolist(),
            "diverged": int(scores["diverged"]),
        }

    return store.each({task: task for task in tasks}, measure, progress)


def _goals(
    loaded: LoadedModel,
    goals: Mapping[str, np.ndarray],
    settings: BenchmarkSettings,
    out: Path,
    progress: Progress,
) -> dict[str, dict[str, Any]]:
    evaluations = {
        name: GoalEvaluation({name: goal}, settings.env_kwargs, num_episodes=settings.episodes)
        for name, goal in goals.items()
    }
    store = _Results(out, "goals", loaded.digest, [asdict(settings)])

    def measure(name: str, part: Progress) -> dict[str, Any]:
        scores = evaluations[name].run(GoalWrapper(loaded.model), part)[name]
        return {key: float(values.mean()) for key, values in scores.items()}

    marks = {name: _mark(evaluation.goals[name]) for name, evaluation in evaluations.items()}
    return store.each(marks, measure, progress)


def _tracking(
    loaded: LoadedModel, clips: Sequence[Clip], out: Path, progress: Progress
) -> dict[str, dict[str, Any]]:
    store = _Results(out, "tracking", loaded.digest, [])
    marks = {clip.name: _mark(clip.observations) for clip in clips}
    missing = [clip for clip in clips if store.read(clip.name, marks[clip.name]) is None]
    # A batch at a time, and of like lengths: alone a motion would leave cores idle.
    missing.sort(key=lambda clip: clip.motion.frames)
    for first in range(0, len(missing), BODIES_AT_ONCE):
        group = missing[first : first + BODIES_AT_ONCE]
        part = Part(progress, first / len(missing), (first + len(group)) / len(missing))
        scores = TrackingEvaluation(group).run(TrackingWrapper(loaded.model), part)
        for clip in group:
            store.write(clip.name, marks[clip.name], scores[clip.name])
    return {clip.name: store.must_read(clip.name, marks[clip.name]) for clip in clips}


class _Results:
    """The results of one kind on disk, a file each."""

    def __init__(self, out: Path, kind: str, model: str, about: Any) -> None:
        self.folder = out / RESULTS_FOLDER / kind
        self._about = [__version__, model, about]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"Nothing can be written in '{out}' ({error.strerror}); choose another folder.",
                repr(error),
            ) from error

    def each(
        self,
        marks: Mapping[str, str],
        measure: Callable[[str, Progress], dict[str, Any]],
        progress: Progress,
    ) -> dict[str, dict[str, Any]]:
        """The scores of every name, measured only where they are not here yet."""
        scores = {}
        for number, (name, mark) in enumerate(marks.items()):
            part = Part(progress, number / len(marks), (number + 1) / len(marks))
            found = self.read(name, mark)
            if found is None:
                self.write(name, mark, measure(name, part))
                found = self.must_read(name, mark)
            scores[name] = found
            part(1.0, name)
        return scores

    def read(self, name: str, mark: str) -> dict[str, Any] | None:
        """Scores measured before under the very same conditions."""
        path = self._path(name)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return stored["scores"] if stored["key"] == self._key(mark) else None
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read and is measured again: %r", path, error)
            return None

    def must_read(self, name: str, mark: str) -> dict[str, Any]:
        scores = self.read(name, mark)
        if scores is None:
            raise UserError(f"'{self._path(name)}' was changed meanwhile; run this again.")
        return scores

    def write(self, name: str, mark: str, scores: Mapping[str, Any]) -> None:
        """Whole or not at all."""
        path = self._path(name)
        part = path.with_suffix(".part")
        text = json.dumps({"name": name, "key": self._key(mark), "scores": scores}, indent=1)
        part.write_text(text, encoding="utf-8")
        part.replace(path)

    def _key(self, mark: str) -> str:
        return hashlib.sha256(json.dumps([*self._about, mark]).encode()).hexdigest()

    def _path(self, name: str) -> Path:
        plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:80]
        return self.folder / f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"


def _mark(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
