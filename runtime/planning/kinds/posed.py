"""Poses that are reached and held."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...body.kinematics import forward_kinematics
from ...performance.tightness import KeyWeights, key_price
from ...posing.limits import into_ranges
from ...progress import Progress
from ...prompts.timeline import PosePrompt
from ...scene.description import Scene
from ...scene.ground import Ground
from ..sequence import append_pose, placed
from .planner import Hold, PromptPlanner, Read


class PosePlanner(PromptPlanner[PosePrompt]):
    """A pose: reached from wherever the body is, asked for in the prompt's last frame."""

    def read(
        self,
        prompt: PosePrompt,
        progress: Progress,
        scene: Scene | None,
        ground: Ground | None,
        rng: np.random.Generator | None,
    ) -> Read[PosePrompt]:
        raw = np.array(prompt.pose)[None]
        progress(1.0)
        return Read(prompt, into_ranges(raw), raw)

    def lay(
        self, qpos: np.ndarray, read: Read[PosePrompt], rng: np.random.Generator | None
    ) -> tuple[np.ndarray, dict[str, Any] | None]:
        return append_pose(qpos, read.prompt, read.frames[0]), None

    def asked(self, qpos: np.ndarray, read: Read[PosePrompt]) -> dict[int, np.ndarray]:
        raw = read.raw
        if len(qpos):
            raw = placed(raw, qpos[min(max(read.prompt.start, 1), len(qpos)) - 1])
        return {read.prompt.end: forward_kinematics(raw)[0][0]}

    def keyed(
        self,
        read: Read[PosePrompt],
        mended: np.ndarray,
        keyed: Mapping[int, np.ndarray],
        asked: Mapping[int, np.ndarray],
    ) -> Mapping[int, np.ndarray]:
        return {**keyed, read.prompt.end: asked[read.prompt.end]}

    def hold(self, prompt: PosePrompt) -> Hold:
        tolerance = prompt.tolerance_cm or KeyWeights.usual_cm
        frames = prompt.end + 1 - prompt.start
        return Hold(np.full(frames, key_price(tolerance, prompt.weight)), {prompt.end: tolerance})
