"""The option ``--set NAME=NUMBER,NUMBER`` of tools that measure other settings."""

from collections.abc import Callable
from typing import TypeVar

from runtime.errors import UserError

Settings = TypeVar("Settings")


def tables_of(
    asked: list[str], usual: Settings, changed: Callable[[str, float], Settings]
) -> dict[str, Settings]:
    """The usual settings and, by what was asked for, those with each of its numbers.

    Raises ``UserError`` for what is no setting; ``changed`` does for a name that there is not.
    """
    tables = {"as they are": usual}
    for setting in asked:
        name, _, values = setting.partition("=")
        try:
            numbers = [float(value) for value in values.split(",")]
        except ValueError:
            raise UserError(f"'{setting}' is no setting; write --set NAME=NUMBER,NUMBER.") from None
        tables |= {f"{name}={number:g}": changed(name, number) for number in numbers}
    return tables
