"""The policy on onnxruntime: what Blender's worker runs, no torch needed."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..cores import available_cores
from ..errors import UserError
from ..prompts.latents import project, random_latents, tracking_latents
from ..prompts.reward_buffer import BUFFER_NAME, RewardBuffer, RewardPrompt
from .config import CONFIG_NAME, ModelConfig
from .measures import measured_exactly

if TYPE_CHECKING:
    import onnxruntime

ACTOR_NAME, ACTOR_INT8_NAME = "actor.onnx", "actor_int8.onnx"
SMALL_BYTES = 8 * 2**20
"""Of an exact actor that is as fast as a quantised one would be."""
BACKWARD_NAME, LICENCE_NAME = "backward.onnx", "LICENSE"
PACK_NAMES = (ACTOR_NAME, ACTOR_INT8_NAME, BACKWARD_NAME, CONFIG_NAME, BUFFER_NAME, LICENCE_NAME)

_BATCH = 8192
_ONE_THREAD_BELOW = 12_000_000
"""Bytes of a network that one core reads as fast as two can share out."""
_MOST_THREADS = 4


class Policy:
    """A model pack, loaded. Arrays in and out are NumPy, latents are float32.

    ``act`` takes one body or many. Prompts return one latent (z,), or one for
    each row they are asked about.
    """

    def __init__(
        self,
        config: ModelConfig,
        actor: "onnxruntime.InferenceSession",
        backward: "onnxruntime.InferenceSession",
        folder: Path,
        quantised: bool = False,
    ) -> None:
        self.config = config
        self.quantised = quantised
        self.folder = folder
        self._actor = actor
        self._backward = backward
        self._reward_buffer: RewardBuffer | None = None

    @classmethod
    def load(
        cls,
        folder: str | Path,
        precision: Literal["auto", "fp32", "int8"] = "auto",
        threads: int | None = None,
    ) -> "Policy":
        """A pack made by ``export_pack``.

        precision: ``auto`` takes the quantised actor where the pack has one, the exact one is
            larger than ``SMALL_BYTES``, and no scores of the pack are those of the exact one.
        threads: for each call; chosen by the network's size unless given.

        Raises ``UserError`` if something of the pack is missing or damaged.
        """
        folder = Path(folder)
        config = ModelConfig.load(folder)
        quantised = folder / ACTOR_INT8_NAME
        if precision == "int8" and not quantised.is_file():
            raise UserError(f"The model in '{folder}' has no quantised actor; use fp32.")
        exact = folder / ACTOR_NAME
        kept = precision == "auto" and exact.is_file()
        kept = kept and (exact.stat().st_size < SMALL_BYTES or measured_exactly(folder))
        use_int8 = precision != "fp32" and quantised.is_file() and not kept
        actor = _session(quantised if use_int8 else exact, threads)
        backward = _session(folder / BACKWARD_NAME, threads)
        _check_sizes(actor, {"obs": config.obs_dim, "z": config.archi.z_dim}, config.action_dim)
        _check_sizes(backward, {"obs": config.obs_dim}, config.archi.z_dim)
        return cls(config, actor, backward, folder, use_int8)

    @property
    def z_dim(self) -> int:
        return self.config.archi.z_dim

    @property
    def licence(self) -> str:
        """Text of the licence that everything made with the model carries."""
        path = self.folder / LICENCE_NAME
        return path.read_text(encoding="utf-8").strip() if path.is_file() else ""

    def act(self, obs: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Mean actions: (358,) and (z,) -> (69,), or (n, 358) and (n, z) or (z,) -> (n, 69).

        The same call gives the same numbers. A quantised actor rounds its inputs
        layer by layer, so a body alone and among others may act a little differently
        (up to a few hundredths); in full precision it does not.
        """
        rows, z = self._observations(obs), np.ascontiguousarray(z, dtype=np.float32)
        if z.ndim == 1:
            z = z[None] if len(rows) == 1 else np.repeat(z[None], len(rows), axis=0)
        if z.shape != (len(rows), self.z_dim):
            raise UserError(
                f"Latents of shape {z.shape} do not fit {len(rows)} observations; "
                f"({self.z_dim},) or ({len(rows)}, {self.z_dim}) is expected."
            )
        action = self._actor.run(None, {"obs": rows, "z": z})[0]
        return action[0] if np.ndim(obs) == 1 else action

    def backward(self, obs: np.ndarray) -> np.ndarray:
        """B (n, z) of observations (n, 358)."""
        rows = self._observations(obs)
        parts = [
            self._backward.run(None, {"obs": rows[start : start + _BATCH]})[0]
            for start in range(0, len(rows), _BATCH)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.z_dim), np.float32)

    # --- latents ---

    @property
    def reward_buffer(self) -> RewardBuffer:
        """The states rewards are inferred from, read when first asked for."""
        if self._reward_buffer is None:
            self._reward_buffer = RewardBuffer.load(self.folder)
            width = self._reward_buffer.b.shape[1]
            if width != self.z_dim:
                raise UserError(
                    f"The reward buffer in '{self.folder}' belongs to another model: its B has "
                    f"{width} columns, {self.z_dim} are expected; make the pack again."
                )
        return self._reward_buffer

    def reward_inference(self, prompt: RewardPrompt, weighted: bool = True) -> np.ndarray:
        """z (z,) for a reward: a name, an expression, a ``Reward`` or (name, weight) pairs."""
        return self.reward_buffer.infer(prompt, weighted, self.config.archi.norm_z)

    def goal_inference(self, obs: np.ndarray) -> np.ndarray:
        """z that reaches and holds a state: (358,) -> (z,), or (n, 358) -> (n, z)."""
        z = project(self.backward(obs), self.config.archi.norm_z)
        return z[0] if np.ndim(obs) == 1 else z

    def tracking_inference(self, obs: np.ndarray) -> np.ndarray:
        """z (T, z) per step for following the states ``obs`` (T, 358), one after the other."""
        if np.ndim(obs) != 2:
            raise UserError("Tracking needs observations of shape (frames, 358).")
        return tracking_latents(
            self.backward(obs), self.config.seq_length, self.config.archi.norm_z
        )

    def sample_z(self, count: int, seed: int | None = None) -> np.ndarray:
        """(count, z) random latents."""
        rng = np.random.default_rng(seed)
        return random_latents(count, self.z_dim, rng).astype(np.float32)

    def _observations(self, obs: np.ndarray) -> np.ndarray:
        rows = np.atleast_2d(np.ascontiguousarray(obs, dtype=np.float32))
        if rows.ndim != 2 or rows.shape[1] != self.config.obs_dim:
            raise UserError(
                f"Observations of {self.config.obs_dim} numbers are expected, "
                f"not of shape {np.shape(obs)}."
            )
        return rows


def _session(path: Path, threads: int | None) -> "onnxruntime.InferenceSession":
    import onnxruntime

    if not path.is_file():
        raise UserError(f"'{path.parent}' is not a model pack: it has no {path.name}.")
    if threads is None:
        small = path.stat().st_size < _ONE_THREAD_BELOW
        threads = 1 if small else min(available_cores(), _MOST_THREADS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Between two steps the simulation needs the cores; threads that wait busily take them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base of their own
        raise UserError(
            f"'{path}' is damaged or cannot be run here; make the model's pack again.",
            repr(error),
        ) from error


def _check_sizes(
    session: "onnxruntime.InferenceSession", inputs: dict[str, int], output: int
) -> None:
    found = {entry.name: entry.shape[-1] for entry in session.get_inputs()}
    width = session.get_outputs()[0].shape[-1]
    if found != inputs or width != output:
        raise UserError(
            "The networks of the pack do not fit its config.json; make the model's pack again.",
            f"found {found} -> {width}, expected {inputs} -> {output}",
        )
