"""Performs many recorded clips without help and writes what came of it as a table.

    python tools/long_checks/performance_sweep.py ../shared/mocap --clips 60 --seconds 8

Clips are chosen by a hash of their names, so that nobody picks them. Every clip is a
line of JSON as soon as it is done; begun again, what has a line is not performed again
(``--fresh`` forgets them). Nothing of a failure is hidden: it is a row as well.
"""

import argparse
import hashlib
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from runtime.cores import available_cores  # noqa: E402
from runtime.errors import UserError  # noqa: E402
from runtime.generation import GenerationSettings, generate  # noqa: E402
from runtime.library import load_library  # noqa: E402
from runtime.library.tags import main_tag, names_of, tags_by_name  # noqa: E402
from runtime.measures.told import listed, span  # noqa: E402
from runtime.motion import load_motion  # noqa: E402
from runtime.motion.motion import CONTROL_FPS  # noqa: E402
from runtime.prompts import MotionPrompt, Timeline  # noqa: E402

Row = dict[str, Any]
NEAR_CM = 2.0, 4.0
"""Mean joint error relative to the root and in the world of what counts as performed."""
COLUMNS = (
    ("clip", lambda row: row["clip"] + (" (seat)" if row.get("seats") else "")),
    ("kind", lambda row: row["kind"]),
    ("s", lambda row: f"{row['seconds']:.1f}"),
    ("joint error root / world, cm", lambda row: f"{row['root_cm']:.1f} / {row['world_cm']:.1f}"),
    ("off the source, cm", lambda row: f"{row['asked_cm']:.1f}"),
    ("skate (source), %", lambda row: f"{row['skate']:.0f} ({row['skate_source']:.0f})"),
    ("in the floor, mm", lambda row: f"{row['penetration_mm']:.1f}"),
    ("jerk", lambda row: f"{row['jerk']:.2f}"),
    ("help, % of weight (max)", lambda row: f"{row['help']:.1f} ({row['help_max']:.0f})"),
    ("held frames", lambda row: held(row)),
    ("balance, %", lambda row: "-" if row["support"] is None else f"{row['support']:.0f}"),
    ("s per s", lambda row: f"{row['time'] / row['seconds']:.0f}"),
)


def chosen(folder: Path, count: int) -> list[Path]:
    """The clips of which the hash of the name comes first."""
    clips = sorted(folder.rglob("*.bvh"))
    clips.sort(
        key=lambda path: hashlib.sha256(path.relative_to(folder).as_posix().encode()).digest()
    )
    return clips[:count]


def kind_of(name: str, seconds: float) -> str:
    """What is done in the first seconds of a clip (folder_file), in a word of the library."""
    library = load_library()
    if name not in library.names:
        return ", ".join(names_of(tags_by_name(name))) or "?"
    first, stop = library.node_starts[library.names.index(name) :][:2]
    inside = library.node_frames[first:stop] - library.node_frames[first] < seconds * CONTROL_FPS
    return main_tag(library.node_tags[first:stop][inside])


def performed(path: Path, folder: Path, seconds: float) -> Row:
    """One clip, performed; figures in the units of the table."""
    name = path.relative_to(folder).with_suffix("").as_posix().replace("/", "_")
    row: Row = {"clip": name, "kind": kind_of(name, seconds), "limit": seconds}
    motion = load_motion(path).resampled(CONTROL_FPS)
    motion = motion.cut(0, min(motion.frames, round(seconds * CONTROL_FPS) + 1))
    prompt = MotionPrompt(0, motion.frames - 1, name, source=motion, placement="world")
    began, cpu = time.perf_counter(), time.process_time()
    take = generate(Timeline((prompt,)), GenerationSettings(controller="servo", seats=True))[0]
    row |= {"time": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    measures = take.metadata["measures"]
    support = measures.get("support_share")  # over objects there is no one hull
    return row | {
        "seconds": motion.seconds,
        "root_cm": measures["joint_error_root_cm"],
        "world_cm": measures["joint_error_world_cm"],
        "asked_cm": measures["asked_error_cm"],
        "skate": 100 * measures["skate_share"],
        "skate_source": 100 * measures["skate_share_reference"],
        "slide": 100 * measures["slide_share"],
        "penetration_mm": measures["foot_penetration_max_mm"],
        "jerk": measures["jerk_ratio"],
        "help": 100 * measures["assistance_share"],
        "help_max": 100 * measures["held_max_share"],
        "held": measures["held_frames"],
        "seats": [
            seat["name"]
            for seat in (take.metadata["timeline"].get("scene") or {}).get("objects", [])
        ],
        "drafted": take.metadata.get("drafted", []),
        "support": None if support is None else 100 * support,
        "torque": measures.get("torque_max_share"),
        "ballistic": measures.get("ballistic_error"),
        "unexplained": measures.get("unexplained_share"),
    }


def held(row: Row) -> str:
    stretches = [span(first, last, lambda frame: frame) for first, last in row["held"][:3]]
    text = listed(stretches, len(row["held"]) - 3) if stretches else "none"
    return f"{text} (draft)" if row["drafted"] else text


def table(rows: list[Row]) -> Iterator[str]:
    """Lines of Markdown: what it comes to by kind, then every clip."""
    done = [row for row in rows if "error" not in row]
    free = [row for row in done if not row["held"]]
    near = [row for row in free if row["root_cm"] < NEAR_CM[0] and row["world_cm"] < NEAR_CM[1]]
    drafted = sum(bool(row["drafted"]) for row in done)
    yield f"{len(free)} of {len(rows)} clips are performed with no help at all, {len(near)} of them under"
    yield f"{NEAR_CM[0]:g} cm relative to the root and {NEAR_CM[1]:g} cm in the world; {drafted} stay drafts somewhere,"
    yield f"{len(rows) - len(done)} end in an error."
    yield ""
    yield "| kind | clips | without help | root / world, cm (median) | skate, % | jerk | s per s |"
    yield "|---|---|---|---|---|---|---|"
    for kind in [*sorted({row["kind"] for row in done}), None]:
        own = [row for row in done if kind in (None, row["kind"])]
        if own:
            yield _summary(kind or "all", own)
    yield ""
    yield "| " + " | ".join(name for name, _ in COLUMNS) + " |"
    yield "|" + "---|" * len(COLUMNS)
    for row in sorted(rows, key=lambda row: (row["kind"], row["clip"])):
        if "error" in row:
            yield f"| {row['clip']} | {row['kind']} | {row['error']} |" + " |" * (len(COLUMNS) - 3)
        else:
            yield "| " + " | ".join(cell(row) for _, cell in COLUMNS) + " |"


def _summary(kind: str, rows: list[Row]) -> str:
    def median(name: str) -> float:
        return statistics.median(row[name] for row in rows)

    free = sum(not row["held"] for row in rows)
    pace = statistics.median(row["time"] / row["seconds"] for row in rows)
    return (
        f"| {kind} | {len(rows)} | {free} | {median('root_cm'):.1f} / {median('world_cm'):.1f} "
        f"| {median('skate'):.0f} | {median('jerk'):.2f} | {pace:.0f} |"
    )


def document(rows: list[Row], seconds: float, count: int) -> str:
    versions = sorted({row["version"] for row in rows})
    cores = available_cores()
    head = [
        "# What is performed without help",
        "",
        f"Made by `make perform-sweep CLIP_SECONDS={seconds:g}`: {len(rows)} of {count} clips, chosen by a hash",
        f"of their names, each up to {seconds:g} s long, performed as *Physical*. Errors are against the",
        "reference, whose feet were put right; *off the source* against the clip as it was fitted. Skate",
        "is the share of frames in which a low toe joint moves faster than 0.2 m/s. *s per s* is the time",
        f"a second of motion takes on {platform.machine()} with {cores} core{'s' if cores != 1 else ''} (others may have used them).",
        "*(seat)*: on a seat that the recording lacks and that was put there (docs/scene.md).",
        f"Versions: {', '.join(versions)}.",
        "",
    ]
    return "\n".join([*head, *table(rows), ""])


def _version() -> str:
    """The commit, and whether something was changed since."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def read_rows(path: Path) -> list[Row]:
    """The lines there are; one that was cut off by an end of the world is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            print(f"A line of {path} cannot be read and is performed again.", file=sys.stderr)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="motion capture, .bvh in folders")
    parser.add_argument("--clips", type=int, default=60, metavar="N")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S", help="of each clip")
    parser.add_argument("--only", metavar="TEXT", help="clips with this in their name, any number")
    parser.add_argument("--lines", type=Path, default=ROOT / "out" / "performance.jsonl")
    parser.add_argument("--table", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--fresh", action="store_true", help="forget what was performed before")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        print(f"There is no folder '{arguments.folder}'.", file=sys.stderr)
        return 1
    clips = chosen(arguments.folder, 10**9 if arguments.only else arguments.clips)
    clips = [path for path in clips if not arguments.only or arguments.only in path.as_posix()]
    arguments.lines.parent.mkdir(parents=True, exist_ok=True)
    if arguments.fresh:
        arguments.lines.unlink(missing_ok=True)
    # Whole lines only: what follows one that was cut off would be lost with it.
    kept = {row["clip"]: row for row in read_rows(arguments.lines)}
    kept = {name: row for name, row in kept.items() if row["limit"] == arguments.seconds}
    text = "".join(json.dumps(row) + "\n" for row in kept.values())
    arguments.lines.write_text(text, encoding="utf-8")
    rows = []
    for number, path in enumerate(clips, 1):
        name = path.relative_to(arguments.folder).with_suffix("").as_posix().replace("/", "_")
        row = kept.get(name)
        if row is None:
            try:
                row = performed(path, arguments.folder, arguments.seconds)
            except UserError as error:
                kind = kind_of(name, arguments.seconds)
                row = {"clip": name, "kind": kind, "limit": arguments.seconds, "error": str(error)}
            row["version"] = _version()
            with arguments.lines.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
        rows.append(row)
        told = row.get("error") or (
            f"{row['root_cm']:.1f} / {row['world_cm']:.1f} cm, held: {held(row)}, "
            f"{row['time'] / row['seconds']:.0f} s per s"
        )
        print(f"{number:3d} of {len(clips)}  {name}  ({row['kind']}): {told}", flush=True)
        arguments.table.write_text(document(rows, arguments.seconds, len(clips)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
