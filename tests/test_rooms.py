"""Who may import whom: the rooms of the retarget go one way, and skeletons are read in one place."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ORDER = (
    "runtime.numerics",
    "runtime.skeletons",
    "runtime.retarget.settings",
    "runtime.retarget.rig",
    "runtime.retarget.transfer",
    "runtime.retarget.contacts",
    "runtime.retarget.pipeline",
)
"""Each may import those before it, never one after it."""
RECOGNITION = ("name_matching", "shape_matching", "limb_pairs", "names")
"""Modules of ``runtime.skeletons`` that only the room itself and its tests may know."""


def imports_of(path: Path) -> set[str]:
    """Modules a file imports, absolute, wherever in it."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            found.add(".".join([*base, *([node.module] if node.module else [])]))
    return found


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_runtime_never_imports_blender():
    for path in files("runtime"):
        found = imports_of(path)
        assert not any(name.split(".")[0] in ("bpy", "mathutils") for name in found), path
        assert not any(name.startswith("motivo_addon") for name in found), path


@pytest.mark.parametrize("room", ORDER)
def test_rooms_import_only_what_stands_before_them(room):
    later = ORDER[ORDER.index(room) + 1 :]
    for path in files("runtime"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if name == room or name.startswith(room + "."):
            wrong = [found for found in imports_of(path) if found.startswith(later)]
            assert not wrong, f"{name} imports {wrong}"


def test_there_is_one_recogniser():
    hidden = tuple(f"runtime.skeletons.{module}" for module in RECOGNITION)
    allowed = {ROOT / "runtime/motion/calibration.py": {"runtime.skeletons.names"}}
    for path in files("runtime", "motivo_addon", "tools"):
        if (ROOT / "runtime/skeletons") in path.parents:
            continue
        wrong = {name for name in imports_of(path) if name.startswith(hidden)}
        assert not wrong - allowed.get(path, set()), f"{path} recognises bones by itself"
