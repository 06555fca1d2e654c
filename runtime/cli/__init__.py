"""The subcommands of ``python -m runtime``, one module each.

A module has ``add_parser(subparsers)`` and ``run(args) -> int``. Its top imports
nothing heavy, so that ``--help`` answers at once; ``run`` does.
"""
