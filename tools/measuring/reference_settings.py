"""Measures the numbers of fit and mending: clips as references, by other settings.

    python tools/measuring/reference_settings.py walk.bvh run.bvh
    python tools/measuring/reference_settings.py walk.bvh --set toes.wait_m=0.03,0.08 --set weights.stance_per_m=6

The first table is by the settings as they are (``runtime/motion/fitting/settings.py`` and
``runtime/planning/mending/settings.py``), then one for each value of each ``--set``. A name is that
of the table and of the number in it. Nothing is performed: the figures are of the reference that
would be, beside the recording as it is fitted.
"""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import set_option

from runtime.body.kinematics import forward_kinematics
from runtime.body.support_points import lowest_points
from runtime.errors import UserError
from runtime.measures.quality import measure_quality, root_relative_error
from runtime.motion.files import existing_file
from runtime.motion.fitting.fit import fit_to_body
from runtime.motion.fitting.settings import FIT, FitSettings
from runtime.motion.formats.clip import read_clip
from runtime.motion.sources.skeleton import SkeletonClip
from runtime.planning.mending.settings import MENDING, MendingSettings
from runtime.planning.reference import build_reference
from runtime.prompts import MotionPrompt, Timeline

Settings = tuple[FitSettings, MendingSettings]
HOVERS_M = 0.02
"""From here on nothing bears the body."""
HEADINGS = "limbs joints  moved  skate (fitted)  sunk hovers"
UNITS = "  deg     cm     cm      %       %     mm      %"


def measured(clip: SkeletonClip, settings: Settings) -> str:
    """The figures of one clip in one line."""
    fitted = fit_to_body(clip, settings=settings[0])
    motion = fitted.motion
    prompt = MotionPrompt(0, motion.frames - 1, source=motion, placement="world")
    reference = build_reference(Timeline((prompt,)), mending=settings[1]).motion
    asked, got = (forward_kinematics(one.qpos)[0] for one in (motion, reference))
    moved = 100 * float(root_relative_error(got, asked).mean())
    before, after = (measure_quality(one, motion) for one in (motion, reference))
    hovers = 100 * float((lowest_points(reference.qpos).min(axis=1) > HOVERS_M).mean())
    return (
        f"{fitted.report.direction_error_deg:5.1f} {fitted.report.joint_error_cm:6.1f} {moved:6.2f} "
        f"{100 * after.skate_share:6.1f} {100 * before.skate_share:7.1f} "
        f"{after.foot_penetration_max_mm:6.1f} {hovers:6.1f}"
    )


def changed(name: str, value: float) -> Settings:
    """Raises ``UserError`` for a name that no table has."""
    table, _, number = name.partition(".")
    made: list[Any] = [FIT, MENDING]
    for place, settings in enumerate(made):
        part: Any = getattr(settings, table, None)
        old = getattr(part, number, None)
        if isinstance(old, int | float):
            made[place] = replace(settings, **{table: replace(part, **{number: type(old)(value)})})
            return made[0], made[1]
    raise UserError(f"There is no setting '{name}'; there are {', '.join(names())}.")


def names() -> list[str]:
    both: tuple[Any, ...] = (FIT, MENDING)
    return [
        f"{table.name}.{number.name}"
        for settings in both
        for table in fields(settings)
        for number in fields(getattr(settings, table.name))
        if isinstance(getattr(getattr(settings, table.name), number.name), int | float)
    ]


def tables_of(asked: list[str]) -> dict[str, Settings]:
    return set_option.tables_of(asked, (FIT, MENDING), changed)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="+", help="BVH files")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER,NUMBER")
    args = parser.parse_args(arguments)
    try:
        tables = tables_of(args.set)
        clips = {path: read_clip(existing_file(path)) for path in args.clips}
        for title, settings in tables.items():
            print(f"{title}\n{'':24}{HEADINGS}\n{'':24}{UNITS}")
            for path, clip in clips.items():
                print(f"{Path(path).stem[:23]:24}{measured(clip, settings)}", flush=True)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
