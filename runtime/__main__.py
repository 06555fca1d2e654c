"""``python -m runtime COMMAND``: Motivo without Blender."""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from . import __version__
from .errors import UserError, describe

COMMANDS = (
    *("generate", "convert", "library", "models"),
    *("evaluate", "motions", "experts", "train", "benchmark"),
)
"""Modules of ``runtime.cli``, in the order of the help."""

DONE, USER_ERROR, USAGE_ERROR, INTERNAL_ERROR, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = """\
exit codes:
  0    done
  1    something to mend: a file, a prompt, a place to write (one sentence on stderr)
  2    the command line itself is wrong
  3    an error inside Motivo; --verbose shows where
  130  interrupted; no file was left half-written
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runtime",
        description="Physical motion from prompts, without Blender.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Motivo {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f".cli.{name}", __package__).add_parser(subparsers)
        command = subparsers.choices[name]
        command.formatter_class = argparse.RawDescriptionHelpFormatter
        command.epilog = f"{command.epilog or ''}\n{EXIT_CODES}".lstrip()
        command.add_argument(
            "-v", "--verbose", action="store_true", help="tell on stderr what is being done"
        )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code; whatever fails ends in one sentence on stderr."""
    # Before NumPy loads: on the small matrices here BLAS threads only wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return _run(build_parser().parse_args(arguments))
    except KeyboardInterrupt:
        # Also while commands are still being imported, which takes seconds on a busy machine.
        return _failed("Interrupted.", INTERRUPTED)


def _run(args: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.ERROR,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        code = import_module(f".cli.{args.command}", __package__).run(args)
        sys.stdout.flush()
        return code
    except UserError as error:
        return _failed(describe(error), USER_ERROR, error.details if args.verbose else "")
    except BrokenPipeError:
        # Who reads the output (``head``) has seen enough; Python's own flush at exit would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (OSError, MemoryError) as error:
        return _failed(describe(error), USER_ERROR, repr(error) if args.verbose else "")
    except Exception as error:
        details = "".join(traceback.format_exception(error)) if args.verbose else ""
        return _failed(describe(error), INTERNAL_ERROR, details)


def _failed(sentence: str, code: int, details: str = "") -> int:
    print("\n".join(filter(None, (details, sentence))), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
