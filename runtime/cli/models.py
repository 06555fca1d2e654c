"""``python -m runtime models list | download NAME | import DIR | remove NAME``."""

import argparse
import sys
from pathlib import Path

from ..errors import UserError
from ..policy.download import PUBLISHED, Licence, fetch_model, folder_name_of, repository_of
from ..policy.store import (
    CACHE_VARIABLE,
    default_cache,
    import_model,
    incoming_folder,
    list_installed,
    megabytes,
    remove_model,
)
from .terminal.progress import ProgressBar


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("models", help="list, download, import and remove models")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--cache",
        type=Path,
        help=f"folder for models (else {CACHE_VARIABLE}, else {default_cache()})",
    )
    actions.add_parser("list", parents=[shared], help="models that can be had and that are here")

    download = actions.add_parser("download", parents=[shared], help="get a published model")
    download.add_argument("name", help=f"{', '.join(PUBLISHED)}, or owner/name of a repository")
    download.add_argument(
        "--accept-license", action="store_true", help="accept the licence without being asked"
    )
    download.add_argument(
        "--without-buffer",
        action="store_true",
        help="leave out the data (gigabytes) that reward prompts are inferred from",
    )

    importing = actions.add_parser("import", parents=[shared], help="take in a model's folder")
    importing.add_argument("folder", type=Path, help="config.json with its weights, or ONNX pack")
    importing.add_argument("--name", help="name to install it under (else the folder's)")
    importing.add_argument("--licence", default="", help="the licence it is under, to be kept")

    remove = actions.add_parser("remove", parents=[shared], help="delete a model from this disk")
    remove.add_argument("name")


def run(args: argparse.Namespace) -> int:
    cache = args.cache or default_cache()
    if args.action == "list":
        print(describe_models(cache))
    elif args.action == "download":
        with ProgressBar() as bar:
            path = fetch_model(
                args.name,
                cache,
                args.accept_license or ask_on_terminal,
                with_buffer=not args.without_buffer,
                progress=bar,
            )
        print(path)
    elif args.action == "import":
        installed = import_model(args.folder, args.name, cache, args.licence)
        print(installed.path)
    else:
        name = args.name if "/" not in args.name else folder_name_of(repository_of(args.name))
        print(f"Removed {name}, {megabytes(remove_model(name, cache))} are free again.")
    return 0


def describe_models(cache: Path) -> str:
    """A line for each model: what is installed, what has begun, what could be downloaded."""
    lines = [f"Models in {cache}:"]
    installed = {model.record.name: model for model in list_installed(cache)}
    for name in sorted({*PUBLISHED, *installed}):
        if name in installed:
            model = installed[name]
            state = f"installed  {megabytes(model.size):>12}  {model.record.licence}"
            state += f"  from {model.record.source}"
        elif incoming_folder(name, cache).is_dir():
            state = "begun; download it again to go on"
        else:
            state = f"not here; download from {PUBLISHED[name]}"
        lines.append(f"  {name:16} {state}")
    return "\n".join(lines)


def ask_on_terminal(licence: Licence) -> bool:
    """Shows the licence and waits for a yes; where nobody can answer it says what to pass."""
    if not sys.stdin.isatty():
        raise UserError(
            f"The licence {licence.name} has to be accepted: read it at {licence.url or 'the hub'} "
            "and pass --accept-license."
        )
    print(f"{licence}\n", file=sys.stderr)
    return input("Do you accept this licence? [y/N] ").strip().lower() in ("y", "yes")
