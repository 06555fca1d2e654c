"""Measures the costs of the contact solve: clips on people of other proportions, by other costs.

    python tools/measuring/contact_costs.py walk.bvh getup.npz
    python tools/measuring/contact_costs.py walk.bvh --set foot_slide_m=0.0002,0.0008 --set limit.let_go_m=0.01

The first table is by the costs as they are (``runtime/retarget/contacts/costs.py``), then one for
each value of each ``--set``; ``limit.`` before a name sets what is held after the solve. The costs
as they are were chosen by hand, before there was this command, on ten clips and on the characters
of ``make demo-retarget``.
"""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import set_option

from runtime.errors import UserError
from runtime.motion import load_motion
from runtime.progress import to_the_end
from runtime.retarget.contacts.costs import COSTS, LIMITS, ContactCosts, ResultLimits
from runtime.retarget.metrics import HEADINGS, UNITS, RetargetMetrics, measure
from runtime.retarget.pipeline import transfer_steps
from runtime.retarget.rig.contact_geometry import contact_geometry
from runtime.retarget.rig.stretched_body import stretched_body
from runtime.retarget.transfer.source_motion import SourceMotion
from runtime.skeletons.skeleton import pose_skeleton

PEOPLE: dict[str, dict[str, float]] = {
    "the body": {},
    "long thighs": {"knee": 1.15},
    "short shins": {"ankle": 0.85},
    "wide hips": {"hip": 1.6},
    "long trunk and arms": {"spine2": 1.4, "elbow": 1.2, "wrist": 1.2},
    "legs half as long": {"knee": 0.5, "ankle": 0.5},
}
Table = tuple[ContactCosts, ResultLimits]


def measured(source: SourceMotion, stretch: dict[str, float], table: Table) -> RetargetMetrics:
    character = stretched_body(stretch)
    rotations, positions = to_the_end(
        transfer_steps(source, character, costs=table[0], limits=table[1])
    )
    pose = pose_skeleton(character.rest, rotations, positions)
    return measure(source, character, pose, contact_geometry(character, None))


def changed(name: str, value: float) -> Table:
    """Raises ``UserError`` for a name that no cost has."""
    if name in {field.name for field in fields(ContactCosts)} and value > 0:
        return replace(COSTS, **{name: value}), LIMITS
    limits = {f"limit.{field.name}": field.name for field in fields(ResultLimits)}
    if name in limits and value > 0:
        return COSTS, replace(LIMITS, **{limits[name]: value})
    names = ", ".join([*(field.name for field in fields(ContactCosts)), *limits])
    raise UserError(f"There is no cost '{name}' that could be {value:g}; there are {names}.")


def tables_of(settings: list[str]) -> dict[str, Table]:
    return set_option.tables_of(settings, (COSTS, LIMITS), changed)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="+", help="motion files")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER,NUMBER")
    args = parser.parse_args(arguments)
    try:
        tables = tables_of(args.set)
        sources = {clip: SourceMotion.of(load_motion(clip)) for clip in args.clips}
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    for title, table in tables.items():
        print(f"{title}\n{'':34}{HEADINGS}\n{'':34}{UNITS}")
        for clip, source in sources.items():
            for who, stretch in PEOPLE.items():
                told = measured(source, stretch, table)
                print(f"{Path(clip).stem[:13]:14}{who:20}{told.in_words}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
