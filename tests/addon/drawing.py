"""What a panel draws, as a list: Blender draws panels in windows only."""

from types import SimpleNamespace

import bpy

WIDE = 100_000
"""Pixels of a sidebar in which no sentence breaks."""
_CONTAINERS = {"row", "column", "box", "split", "grid_flow", "column_flow"}
_KNOWN = set(bpy.types.UILayout.bl_rna.functions.keys()) | {"operator_menu_enum", "label"}


class Layout:
    """Stands in for Blender's layout and notes what is put into it: (kind, arguments, options)."""

    alert = False
    use_property_split = False

    def __init__(self, drawn: list[tuple] | None = None) -> None:
        self.drawn: list[tuple] = [] if drawn is None else drawn

    def __getattr__(self, name):
        if name not in _KNOWN:
            raise AttributeError(f"Blender's layout has no {name}.")

        def draw(*arguments, **options):
            if name in _CONTAINERS:
                inner = type(self)(self.drawn)
                inner.use_property_split = self.use_property_split
                return inner
            if name == "prop" and "text" not in options:
                options = {**options, "beside": self.use_property_split}
            self.drawn.append((name, arguments, options))
            return SimpleNamespace()

        return draw

    @property
    def texts(self) -> list[str]:
        """What labels and buttons say of their own."""
        return [options["text"] for _, _, options in self.drawn if options.get("text")]

    @property
    def operators(self) -> list[str]:
        return [arguments[0] for kind, arguments, _ in self.drawn if kind == "operator"]


class _Preferences:
    """Blender's own, at the resolution scale that it has in a window only."""

    system = SimpleNamespace(ui_scale=1.0)

    def __getattr__(self, name):
        return getattr(bpy.context.preferences, name)


class Wide:
    """The context with a sidebar, ``width`` pixels wide."""

    area = None
    preferences = _Preferences()

    def __init__(self, width: int = WIDE) -> None:
        self.region = SimpleNamespace(width=width, height=WIDE)

    def __getattr__(self, name):
        return getattr(bpy.context, name)


class _Panel:
    """Stands in for the instance of a panel that Blender would make."""

    def __init__(self, cls, layout) -> None:
        self._cls, self.layout = cls, layout

    def __getattr__(self, name):
        found = getattr(self._cls, name)
        return found.__get__(self) if callable(found) else found


def panels() -> list[type]:
    names = sorted(name for name in dir(bpy.types) if name.startswith("MOTIVO_PT_"))
    return [getattr(bpy.types, name) for name in names]


def drawn_by(cls, width: int = WIDE) -> Layout | None:
    """What a panel draws now; None if it is not there now."""
    context = Wide(width)
    if not _is_there(cls, context):
        return None
    layout = Layout()
    cls.draw(_Panel(cls, layout), context)
    return layout


def _is_there(cls, context) -> bool:
    """Whether Blender would draw a panel: it, and whatever it lies in, agrees to that."""
    parent = getattr(cls, "bl_parent_id", "")
    if parent and not _is_there(getattr(bpy.types, parent), context):
        return False
    polls = any("poll" in base.__dict__ for base in cls.__mro__)
    return not polls or bool(cls.poll(context))


def draw_all(width: int = WIDE) -> dict[str, Layout]:
    """Of every panel that is there now, by its name."""
    found = {cls.__name__: drawn_by(cls, width) for cls in panels()}
    return {name: layout for name, layout in found.items() if layout is not None}
