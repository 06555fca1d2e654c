"""What the add-on says to a person in sentences, found in its source."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALSO = ("runtime/errors.py", "runtime/wheels.py", "runtime/measures/told.py")
"""Beside the add-on itself: what the worker says of any take or error."""
PERSON_MEETS = (
    *("amass", "archive", "bvh", "bvh_rows", "clip", "files", "hdf5", "skeleton", "options"),
    *("bone_map", "source_bones", "surroundings", "steering", "library", "paths", "sources"),
    *("stages", "description", "together", "hands", "terrain", "footfalls"),
    *("automatic", "retries", "latent_kinds", "choice", "config", "store", "download"),
    *("parsing", "terms", "forms", "expressions"),
)
"""Modules of ``runtime``, wherever they live, whose errors a person in Blender can meet."""
FOR_SCRIPTS = (
    *("runtime/cli/", "runtime/training/", "runtime/evaluation/", "runtime/scene/files.py"),
    *("runtime/performance/speed.py", "runtime/policy/onnx_export.py"),
)
"""What only scripts and researchers run into."""
_SAYS = {
    "draw_sentence": 2,
    "draw_label": 1,
    "Notice": 0,
    "UserError": 0,
    "tell": 2,
    "translated": 0,
}
"""Function -> which of its arguments is a sentence."""


def template(node: ast.expr) -> str | None:
    """The text of a string as it stands, with {a}, {b} ... for what is filled in; None for others."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    names = iter(string.ascii_letters)
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{next(names)}}}")
    return "".join(parts)


def sentences_of(tree: ast.AST) -> Iterator[str]:
    """Templates of what is returned as a problem, reported, noticed, raised or drawn."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _tells(node):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from _within(inner.value)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            at = _SAYS.get(name)
            if at is not None and len(node.args) > at:
                yield from _within(node.args[at])
        elif isinstance(node, ast.Assign) and _is_sentence_name(node):
            yield from _within(node.value)


def _tells(node: ast.FunctionDef) -> bool:
    returns = ast.unparse(node.returns) if node.returns is not None else ""
    return returns == "str" and node.name not in {"template"}


def _is_sentence_name(node: ast.Assign) -> bool:
    return all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)


def _within(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _within(node.body)
        yield from _within(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _within(value)
    else:
        text = template(node)
        if text is not None and _reads_as_sentence(text):
            yield text


def _reads_as_sentence(text: str) -> bool:
    words = text.replace("{", " {").split()
    return len(words) >= 3 and (text[0].isupper() or text[0] in "'{") and "\n" not in text


_SHOWS = {"text", "title", "confirm_text", "heading"}
"""Arguments of Blender's own functions that are seen by a person."""
_SETS = {"header_text_set", "status_text_set"}


def shown_as_they_stand() -> dict[str, str]:
    """Texts in the code that Blender shows, which is to translate them -> the file that has them.

    With {a}, {b} where something is filled in: Blender finds no translation of such a one.
    """
    found: dict[str, str] = {}
    for path in sorted((ROOT / "motivo_addon").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            texts = [entry.value for entry in node.keywords if entry.arg in _SHOWS]
            texts += node.args if getattr(node.func, "attr", "") in _SETS else []
            for text in texts:
                shown = template(text) or ""
                if any(letter.isalpha() for letter in re.sub(r"{\w}", "", shown)):
                    found.setdefault(shown, str(path.relative_to(ROOT)))
    return found


def all_sentences() -> dict[str, str]:
    """Template -> the file that says it."""
    files = [*sorted((ROOT / "motivo_addon").rglob("*.py")), *(ROOT / name for name in ALSO)]
    found: dict[str, str] = {}
    for path in files:
        for text in sentences_of(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def engine_sentences() -> tuple[dict[str, str], dict[str, str]]:
    """Template -> file: all that ``runtime`` says, and that of it which a person in Blender can meet."""
    said_there: dict[str, str] = {}
    reachable: dict[str, str] = {}
    for path in sorted((ROOT / "runtime").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(ROOT).as_posix()
        for text in _engine_texts(tree):
            said_there.setdefault(text, name)
        if name.startswith(FOR_SCRIPTS):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == "progress" and len(node.args) > 1:
                text = template(node.args[1])
                if text:
                    reachable.setdefault(text, name)
            if path.stem in PERSON_MEETS and isinstance(node, ast.Call) and node.args:
                at = {"UserError": 0, "ControllerChoice": 1}.get(_called(node), 9)
                for text in _within(node.args[at]) if len(node.args) > at else ():
                    reachable.setdefault(text, name)
    return said_there, reachable


def notes_of_sources() -> dict[str, str]:
    """Template -> file: what is noted of a motion file that was set right, or warned of its result."""
    found: dict[str, str] = {}
    for room in ("judging", "formats", "fitting"):
        for path in sorted((ROOT / "runtime/motion" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                texts: list[ast.expr] = []
                if isinstance(node, ast.Call) and _called(node) == "turned" and len(node.args) > 2:
                    texts = [node.args[2]]
                elif isinstance(node, ast.Call) and _called(node) == "append" and _noted(node):
                    texts = node.args
                elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "note":
                    texts = [node.value]
                for text in texts:
                    words = template(text)
                    if words:
                        found.setdefault(words, path.name)
    return found


def _noted(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "notes"


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _engine_texts(tree: ast.AST) -> Iterator[str]:
    """Every string there is, for sentences are also built in variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            text = template(node)
            if text:
                yield text
