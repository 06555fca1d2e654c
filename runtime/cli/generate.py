"""``generate``: a prompt timeline or a motion in, simulated takes out."""

import argparse
import itertools
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..generation.performers import AUTOMATIC, PERFORMERS
from .options.sources import add_source_options, source_options

if TYPE_CHECKING:
    from ..body.size import BodySize
    from ..motion import Motion
    from ..motion.sources.options import SourceOptions
    from ..progress import Progress
    from ..prompts import Timeline

EXAMPLES = """\
examples:
  python -m runtime generate prompts.json --out take.npz
  python -m runtime generate --motion walk.bvh --out walk.npz --assistance 0.5
  python -m runtime generate prompts.json --out take.bvh --takes 3 --seed 7
                                      (take_0.bvh, take_1.bvh, take_2.bvh)
  python -m runtime generate prompts.json --out take.npz --json > measures.json
  python -m runtime generate jump.json --tolerance 2 --key 40,1,5 --out take.npz
  python -m runtime generate --path "0,0 3,0 3,3" --facing 90 --out corner.npz
  python -m runtime generate --path "0,0 3,0 3,3" --closed --speed 1.2 --seconds 30 --out round.npz
  python -m runtime generate --behaviour move-ego-0-2 --seconds 5 --model metamotivo-S-1 \\
                             --out walk.npz
"""


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "generate",
        help="perform a prompt timeline or a motion with physics",
        description="Performs a prompt timeline, or a motion, with physics.",
        epilog=EXAMPLES,
    )
    prompts = parser.add_mutually_exclusive_group(required=True)
    prompts.add_argument("prompts", nargs="?", type=Path, metavar="PROMPTS.json", help="timeline")
    prompts.add_argument(
        "--motion", type=Path, metavar="FILE", help="a motion file that is the whole timeline"
    )
    prompts.add_argument(
        "--behaviour",
        metavar="REWARD",
        help="a reward's name or an expression that is the whole timeline",
    )
    prompts.add_argument(
        "--path",
        metavar="X,Y ...",
        help='points on the floor in metres, such as "0,0 3,0 3,3": a path that is the whole timeline',
    )
    prompts.add_argument(
        "--go-to", metavar="X,Y", help="a place to go to from the origin, facing -Y at first"
    )
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="how long the behaviour, path or way lasts (5)"
    )
    parser.add_argument("--speed", type=float, metavar="M/S", help="along the path or way")
    parser.add_argument(
        "--facing", type=float, metavar="DEG", help="how to stand at its end, 0 along +X"
    )
    parser.add_argument(
        "--closed",
        action="store_true",
        help="the path leads back to its start, round and round at a --speed, and loops",
    )
    parser.add_argument(
        "--toward", metavar="X,Y", help="a point on the floor that is faced all along the path"
    )
    parser.add_argument("--style", default="", help="tags of the library, such as run or carry")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="where the take goes; its suffix says how: .npz, .bvh or .hdf5",
    )
    # What is not given keeps the default of GenerationSettings.
    parser.add_argument(
        "--controller",
        help="; ".join(
            [
                *(f"{kind.name}: {kind.description}" for kind in PERFORMERS.values()),
                f"{AUTOMATIC} (default): whichever was measured to serve the prompts best",
            ]
        ),
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="the policy's: a folder, or the name of an installed model (the one that ships)",
    )
    parser.add_argument(
        "--quality",
        help="physical (default): performed by muscles and ground alone; draft: carried by an "
        "invisible hand, in about a second",
    )
    parser.add_argument(
        "--help-allowed",
        dest="help_allowed",
        type=float,
        metavar="0..1",
        help="share of body weight that may hold a physical performance (0)",
    )
    parser.add_argument(
        "--push",
        dest="pushes",
        action="append",
        type=lambda text: tuple(text.split(",")),
        metavar="FRAME,BODY,VX,VY,VZ",
        help="pushes a body at a frame by a change of velocity in m/s; may be given again",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        metavar="CM",
        help="by how much keys, poses and motions may be missed (4); smaller is held more tightly",
    )
    parser.add_argument(
        "--weight", type=float, metavar="X", help="how much it counts to meet them (1)"
    )
    parser.add_argument(
        "--key",
        dest="keys",
        action="append",
        metavar="FRAME,CM[,WEIGHT]",
        help="the same of one keyframe of the timeline; may be given again",
    )
    parser.add_argument(
        "--scene",
        type=Path,
        metavar="SCENE.json",
        help="what is around the body: objects, people, ground, gravity, wind, pushes (docs/scene.md)",
    )
    parser.add_argument(
        "--seats",
        action="store_true",
        help="put a box under who sits on nothing, as people recorded without their chair do",
    )
    parser.add_argument(
        "--height", type=float, metavar="M", help="how tall the body is, 1.4 to 2.1 (1.72)"
    )
    parser.add_argument(
        "--mass", type=float, metavar="KG", help="what it weighs (by its height; 72 at 1.72 m)"
    )
    parser.add_argument(
        "--pace",
        choices=("natural", "recorded"),
        help="how a --motion is timed for a body of a --height: as legs of its length swing "
        "(natural, default), or as it was recorded",
    )
    parser.add_argument(
        "--assistance", type=float, metavar="0..1", help="help of the draft's root (1)"
    )
    parser.add_argument("--strength", type=float, metavar="X", help="strength of the muscles (1)")
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random (0)")
    parser.add_argument("--takes", type=int, metavar="N", help="how many to generate (1)")
    add_source_options(parser)
    parser.add_argument(
        "--json", action="store_true", help="print files and measures as JSON on stdout"
    )


def run(args: argparse.Namespace) -> int:
    from ..errors import UserError
    from ..generation import GenerationSettings, generate
    from ..progress import Part
    from ..scene import load_scene
    from .options.holds import with_holds
    from .terminal.files import check_others, check_place, save_whole, take_paths, with_others
    from .terminal.progress import ProgressBar

    way = args.path or args.go_to
    if args.seconds is not None and args.behaviour is None and not way:
        raise UserError("--seconds is for --behaviour, --path and --go-to; others have a length.")
    if not way and (args.speed is not None or args.facing is not None or args.style):
        raise UserError("--speed, --facing and --style are for --path and --go-to.")
    if not args.path and (args.closed or args.toward):
        raise UserError("--closed and --toward are for --path.")
    if args.pace and (args.motion is None or args.height is None):
        raise UserError("--pace is for a --motion that a body of a --height performs.")
    given = {field.name: getattr(args, field.name, None) for field in fields(GenerationSettings)}
    settings = GenerationSettings.from_dict({k: v for k, v in given.items() if v is not None})
    check_place(args.out)
    paths = take_paths(args.out, settings.takes)
    with ProgressBar() as bar, bar.keeping():
        if args.motion is not None:
            body = body_of(args, None)
            speed = 1.0 if body is None or args.pace == "recorded" else body.pace
            reading = Part(bar, 0.0, 0.2)
            timeline = timeline_of_motion(args.motion, reading, source_options(args), speed)
        elif args.behaviour is not None:
            timeline = timeline_of_behaviour(
                args.behaviour, 5.0 if args.seconds is None else args.seconds
            )
        elif way:
            timeline = timeline_of_way(args)
        else:
            timeline = read_timeline(args.prompts)
        if args.scene is not None:
            timeline = replace(timeline, scene=load_scene(args.scene))
        timeline = replace(timeline, body=body_of(args, timeline.body))
        if timeline.scene is not None:
            check_others([person.name for person in timeline.scene.giving_way], paths)
        timeline = with_holds(timeline, args.tolerance, args.weight, args.keys or ())
        motions = generate(timeline, settings, Part(bar, 0.2 if args.motion else 0.0, 1.0))
        # Fewer takes than asked for, if the person had enough before.
        paths = paths[: len(motions)]
        both = zip(motions, paths, strict=True)
        whole = [one for motion, path in both for one in with_others(motion, path)]
        save_whole([motion for motion, _ in whole], [path for _, path in whole])
    takes = [describe_take(motion, path) for motion, path in zip(motions, paths, strict=True)]
    if args.json:
        print(json.dumps({"takes": takes}, indent=2))
    else:
        for take in takes:
            print(summary(take))
    return 0


def read_timeline(path: Path) -> "Timeline":
    """A timeline from a JSON file; files it names are looked for beside it."""
    from ..errors import UserError
    from ..prompts import Timeline

    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin with a mark
    except OSError as error:
        raise UserError(f"Cannot read '{path}': {error.strerror}.", repr(error)) from error
    except UnicodeDecodeError as error:
        raise UserError(f"'{path}' is not a text file; give a JSON file.", repr(error)) from error
    return Timeline.from_json(text, path.parent)


def timeline_of_motion(
    path: Path,
    progress: "Progress",
    options: "SourceOptions | None" = None,
    speed: float = 1.0,
) -> "Timeline":
    """The simplest timeline: one motion, where it stands, from its first to its last frame,
    ``speed`` times as fast as it was recorded."""
    from ..errors import UserError
    from ..motion import load_motion
    from ..motion.motion import CONTROL_FPS
    from ..prompts import MotionPrompt, Timeline

    motion = load_motion(path, progress=progress, options=options).resampled(CONTROL_FPS)
    if motion.frames < 2:
        raise UserError(f"'{path.name}' has a single frame; a motion needs at least two.")
    end = max(1, int((motion.frames - 1) / speed))
    prompt = MotionPrompt(0, end, path.stem, source=motion, placement="world", speed=speed)
    return Timeline((prompt,))


def body_of(args: argparse.Namespace, asked: "BodySize | None") -> "BodySize | None":
    """As the command line has it; what it does not name stays as the timeline ``asked``."""
    from ..body.size import BodySize, reference_height

    if args.height is None and args.mass is None:
        return asked
    before = asked or BodySize(reference_height())
    return BodySize(
        before.height if args.height is None else args.height,
        before.mass if args.mass is None else args.mass,
    )


def timeline_of_behaviour(reward: str, seconds: float) -> "Timeline":
    """A single behaviour, for so many seconds."""
    from ..errors import UserError
    from ..motion.motion import CONTROL_FPS
    from ..prompts import BehaviourPrompt, Timeline, parse_reward
    from ..prompts.timeline import LONGEST_FRAMES

    longest = LONGEST_FRAMES // CONTROL_FPS
    if not 0 < seconds <= longest:
        raise UserError(f"--seconds must lie between 0 and {longest:g}, not {seconds:g}.")
    parse_reward(reward)
    end = max(1, round(seconds * CONTROL_FPS) - 1)
    return Timeline((BehaviourPrompt(0, end, reward, ((reward, 1.0),)),))


def timeline_of_way(args: argparse.Namespace) -> "Timeline":
    """A single path or place to go to; without --seconds as long as its speed takes."""
    from math import dist

    from ..errors import UserError
    from ..motion.motion import CONTROL_FPS
    from ..prompts import GoToPrompt, PathPrompt, Timeline

    points = _points(args.path or args.go_to)
    whole = points if args.path else [(0.0, 0.0), *points]
    if args.closed:
        whole = [*whole, whole[0]]
    length = sum(dist(a, b) for a, b in itertools.pairwise(whole))
    seconds = args.seconds if args.seconds else length / (args.speed or 1.3) + 2
    if not 0 < seconds < 3600:
        raise UserError(f"--seconds must lie between 0 and 3600, not {seconds:g}.")
    end = max(1, round(seconds * CONTROL_FPS) - 1)
    speed = args.speed or (None if args.seconds else 1.3)
    if args.path:
        toward = tuple(_points(args.toward)) if args.toward else ()
        prompt = PathPrompt(
            0, end, "path", tuple(points), speed, args.facing, args.style, args.closed, toward
        )
        return Timeline((prompt,))
    if len(points) != 1:
        raise UserError("--go-to takes one place; use --path for several.")
    return Timeline((GoToPrompt(0, end, "go to", points[0], speed, args.facing, args.style),))


def _points(text: str) -> list[tuple[float, float]]:
    """ "0,0 3,0" -> points in metres."""
    from ..errors import UserError

    try:
        points = []
        for word in text.split():
            x, y = word.split(",")
            points.append((float(x), float(y)))
        if not points:
            raise ValueError(text)
        return points
    except ValueError as error:
        raise UserError(
            'Give points on the floor as X,Y in metres, such as "0,0 3,0".', repr(error)
        ) from error


def describe_take(motion: "Motion", path: Path) -> dict[str, Any]:
    from ..measures.choices import choice_sentences
    from ..measures.told import sentences
    from .terminal.files import place_of

    return {
        "file": str(path),
        "people": {name: str(place_of(name, path)) for name in motion.metadata.get("people") or {}},
        "frames": motion.frames,
        "fps": motion.fps,
        "seconds": motion.seconds,
        "measures": motion.metadata.get("measures", {}),
        "notes": motion.metadata.get("notes", []),
        "warnings": motion.metadata.get("warnings", []),
        "keys": motion.metadata.get("keys", []),
        "choices": choice_sentences(motion.metadata),
        "told": sentences(motion.metadata),
    }


def summary(take: dict[str, Any]) -> str:
    """The figures, then in sentences what is to be known of the take."""
    measures = "".join(
        f"\n  {name}: {value:.4g}" if isinstance(value, float) else f"\n  {name}: {value}"
        for name, value in take["measures"].items()
        if name != "held"  # told in a sentence
    )
    told = "".join(f"\n  set right: {note}" for note in take["notes"])
    told += "".join(f"\n{sentence}" for sentence in (*take["choices"], *take["told"]))
    # Last, where they are read.
    told += "".join(f"\n  WARNING: {warning}" for warning in take["warnings"])
    beside = "".join(f"\n{file}: {name}, who gave way" for name, file in take["people"].items())
    return (
        f"{take['file']}: {take['frames']} frames, {take['seconds']:.1f} s{measures}{told}{beside}"
    )
