"""Who may import whom: the rooms of the retarget go one way, and skeletons are read in one place."""

import ast
from functools import lru_cache
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
DOZEN = 12
RECOGNITION = ("name_matching", "shape_matching", "limb_pairs", "names")
"""Modules of ``runtime.skeletons`` that only the room itself and its tests may know."""


@lru_cache
def imports_of(path: Path) -> set[str]:
    """Modules a file imports, absolute, wherever in it, late ones and those for types too."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            inside = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name for name in inside if _is_module(name)} or {module}
    return found


def _is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """A walk around each group of names that import each other; none where there is an order."""
    left = {name: set(imported) - {name} for name, imported in graph.items()}
    while free := [name for name, imported in left.items() if not imported & left.keys()]:
        for name in free:
            del left[name]
    found = []
    while left:
        walk = [next(iter(left))]
        while (following := next(iter(left[walk[-1]] & left.keys()), None)) not in walk:
            if following is None:
                break
            walk.append(following)
        if following is not None:
            found.append([*walk[walk.index(following) :], following])
        for name in walk:
            left.pop(name, None)
    return found


@pytest.mark.parametrize("top", ["runtime", "motivo_addon"])
@pytest.mark.parametrize("depth", [2, None], ids=["rooms", "modules"])
def test_nothing_imports_in_a_circle(top, depth):
    """Rooms know those before them only, whether they import at once, late or for types alone."""
    graph: dict[str, set[str]] = {}
    for path in files(top):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join((parts[:-1] if parts[-1] == "__init__" else parts)[:depth])
        # A package names its modules, a module its package's own names: no order between them.
        found = {".".join(f.split(".")[:depth]) for f in imports_of(path) if f.startswith(top)}
        graph.setdefault(name, set()).update(found - {top})
    graph.pop(top, None)
    assert circles(graph) == []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) in (
        [["b", "c", "b"]],
        [["c", "b", "c"]],
    )


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_room_holds_more_than_a_dozen_modules():
    """Who looks for something reads a list; a longer one asks for rooms of its own."""
    ours = [ROOT / top for top in ("runtime", "motivo_addon", "tests", "tools")]
    rooms = [room for top in ours for room in (top, *top.rglob("*")) if room.is_dir()]
    modules = {
        room: [path for path in room.glob("*.py") if path.stem not in ("__init__", "conftest")]
        for room in rooms
    }
    full = {str(room): len(found) for room, found in modules.items() if len(found) > DOZEN}
    assert not full


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
    allowed = {ROOT / "runtime/motion/fitting/calibration.py": {"runtime.skeletons.names"}}
    for path in files("runtime", "motivo_addon", "tools"):
        if (ROOT / "runtime/skeletons") in path.parents:
            continue
        wrong = {name for name in imports_of(path) if name.startswith(hidden)}
        assert not wrong - allowed.get(path, set()), f"{path} recognises bones by itself"
