"""Drives Blender's window as a person does: moves the mouse, clicks, types, looks.

A story is a generator that yields after each thing a person would wait for: a
number of seconds, or a function that tells when it has happened. ``tell`` runs
it from a timer, so that Blender goes on living in between, and ends Blender.

    def story(hand):
        yield from hand.click("motivo.add_body")
        yield from hand.shot("body-added")

    driver.tell(story)
"""

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import bpy
import numpy as np

Story = Generator[float | Callable[[], object], None, None]

TICK = 0.05
SETTLE = 0.25
"""Seconds Blender needs to draw and to notice where the mouse is."""
PATIENCE = 120.0
COLUMNS = (0.4, 0.84, 0.76, 0.6, 0.705)
"""Where across the sidebar buttons are looked for, as shares of its width."""
STEP = 9
"""Pixels between two places that are looked at, one above the other."""
INSIDE = 3
"""Pixels below the first place at which a button is noticed; buttons are some twenty high."""
QUICKLY = ("-define", "png:compression-level=1")
"""A picture is taken in a fifth of the time, and somewhat larger."""
JOB = Path("/job")
INSTALLED = JOB / "blender-user" / "extensions" / "user_default" / "motivo"


class Feeler(bpy.types.Operator):
    """Notes what lies under the mouse at each of some places"""

    bl_idname = "wm.motivo_feel"
    bl_label = "Feel"
    bl_options = {"INTERNAL"}

    places: ClassVar[list[tuple[int, int]]] = []
    beside: ClassVar[tuple[int, int]] = (0, 0)
    """Where no button is: the mouse goes there between two places, so that each is entered anew."""
    felt: ClassVar[list[str]] = []
    look: ClassVar[Callable[[], str]]

    def invoke(self, context, _event):
        self.at = self.beside
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, _context, event):
        """Comes before the buttons see a move, which therefore still know the place before."""
        if event.type != "MOUSEMOVE":
            return {"PASS_THROUGH"}
        here = event.mouse_x, event.mouse_y
        if here == self.beside and self.at in self.places:
            self.felt.append(Feeler.look())
        self.at = here
        ended = len(self.felt) == len(self.places)
        return {"FINISHED", "PASS_THROUGH"} if ended else {"PASS_THROUGH"}


class Hand:
    """One hand on the mouse and the keyboard, one eye on the screen."""

    def __init__(self) -> None:
        self.number = 0
        self.found: dict[str, tuple[int, int]] = {}
        """Where buttons were last; looked at first."""
        self.at = (0, 0)
        """Where the mouse is."""
        self.aside = 0.0
        """Seconds spent on looking for buttons and taking pictures, which a person does not."""

    @property
    def window(self) -> bpy.types.Window:
        return bpy.context.window_manager.windows[0]

    @property
    def view(self) -> bpy.types.Area:
        return next(area for area in self.window.screen.areas if area.type == "VIEW_3D")

    @property
    def sidebar(self) -> bpy.types.Region:
        return next(region for region in self.view.regions if region.type == "UI")

    def open_tab(self, name: str) -> Story:
        """Shows the sidebar with a tab in front."""
        self.view.spaces.active.show_region_ui = True
        yield SETTLE
        self.sidebar.active_panel_category = name
        self.view.tag_redraw()
        yield SETTLE

    def move(self, x: int, y: int) -> Story:
        self.at = x, y
        self.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
        yield TICK

    def click_at(self, x: int, y: int, button: str = "LEFTMOUSE") -> Story:
        yield from self.move(x, y)
        yield SETTLE
        self.window.event_simulate(type=button, value="PRESS", x=x, y=y)
        yield TICK
        self.window.event_simulate(type=button, value="RELEASE", x=x, y=y)
        yield SETTLE

    def press(self, key: str, **modifiers: bool) -> Story:
        """Presses a key with the mouse over the middle of the 3D view."""
        view = next(region for region in self.view.regions if region.type == "WINDOW")
        yield from self.press_at(key, view.x + view.width // 3, view.y + 60, **modifiers)

    def press_at(self, key: str, x: int, y: int, **modifiers: bool) -> Story:
        yield from self.move(x, y)
        yield SETTLE
        for value in ("PRESS", "RELEASE"):
            self.window.event_simulate(type=key, value=value, x=x, y=y, **modifiers)
            yield TICK
        yield SETTLE

    def scroll(self, notches: int) -> Story:
        """Turns the wheel over the sidebar: down, or up if negative."""
        region = self.sidebar
        # At the edge, where no list scrolls by itself.
        x, y = region.x + 6, region.y + region.height // 2
        yield from self.move(x, y)
        wheel = "WHEELDOWNMOUSE" if notches > 0 else "WHEELUPMOUSE"
        for _ in range(abs(notches)):
            self.window.event_simulate(type=wheel, value="PRESS", x=x, y=y)
            yield TICK
        self.found.clear()
        yield SETTLE

    def in_view(self):
        """Where a script acts as if its operator was called over the 3D view."""
        return bpy.context.temp_override(window=self.window, area=self.view)

    def key(self, key: str, unicode: str = "") -> Story:
        """Presses a key where the mouse is: in a menu, in a text field, in a dialog."""
        for value in ("PRESS", "RELEASE"):
            typed = {"unicode": unicode} if unicode and value == "PRESS" else {}
            self.window.event_simulate(type=key, value=value, x=self.at[0], y=self.at[1], **typed)
            yield TICK
        yield SETTLE

    def find(self, operator: str) -> Generator[float | Callable[[], object], None, tuple[int, int]]:
        """Where in the sidebar the button of an operator or a property is, found by pointing.

        Blender tells no positions of buttons, but which operator or property lies under the mouse.
        """
        began = time.monotonic()
        try:
            return (yield from self._sought(operator))
        finally:
            self.aside += time.monotonic() - began

    def _sought(
        self, operator: str
    ) -> Generator[float | Callable[[], object], None, tuple[int, int]]:
        if operator in self.found and (yield from self._points_at(operator, *self.found[operator])):
            return self.found[operator]
        region = self.sidebar
        heights = range(region.y + region.height - 6, region.y + 6, -STEP)
        for share in COLUMNS:
            x = region.x + int(region.width * share)
            felt = yield from self._felt([(x, y) for y in heights])
            for number, y in enumerate(heights):
                entered = operator in felt[number] and (
                    not number or operator not in felt[number - 1]
                )
                if entered and (yield from self._points_at(operator, x, y - INSIDE)):
                    self.found[operator] = x, y - INSIDE
                    return x, y - INSIDE
        raise AssertionError(f"The sidebar shows no button for {operator}.")

    def _felt(
        self, places: list[tuple[int, int]]
    ) -> Generator[float | Callable[[], object], None, list[str]]:
        """What lies at each of these places; Blender draws nothing while the mouse passes over them.

        Where nothing lies it is what was there last, until Blender draws.
        """
        if not Feeler.is_registered:
            bpy.utils.register_class(Feeler)
        view = next(region for region in self.view.regions if region.type == "WINDOW")
        Feeler.places, Feeler.beside = places, (view.x + view.width // 3, view.y + 60)
        Feeler.felt, Feeler.look = [], self._command_under_mouse
        with bpy.context.temp_override(window=self.window, area=self.view, region=self.sidebar):
            bpy.ops.wm.motivo_feel("INVOKE_DEFAULT")
        for place in places:
            for x, y in (place, Feeler.beside):
                self.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
        self.at = Feeler.beside
        yield lambda: len(Feeler.felt) == len(places)
        return Feeler.felt

    def _points_at(
        self, operator: str, x: int, y: int
    ) -> Generator[float | Callable[[], object], None, bool]:
        """Whether the operator's button lies there, and stays: panels move while they open."""
        yield from self.move(x, y)
        yield SETTLE
        return operator in self._command_under_mouse()

    def click(self, operator: str) -> Story:
        """Clicks the button of an operator, or of a property, in the sidebar."""
        x, y = yield from self.find(operator)
        yield from self.click_at(x, y)

    def choose_file(self, path: Path) -> Story:
        """Chooses a file, or a folder, in the dialog that is open in this window."""
        yield lambda: self._dialog() is not None
        yield 2 * SETTLE
        area = self._dialog()
        assert area is not None
        folder = path if path.is_dir() else path.parent
        area.spaces.active.params.directory = str(folder).encode()
        if not path.is_dir():
            area.spaces.active.params.filename = path.name
        yield SETTLE
        self.picture("dialog")
        main = next(region for region in area.regions if region.type == "WINDOW")
        yield from self.press_at("RET", main.x + main.width // 2, main.y + main.height // 2)
        yield lambda: self._dialog() is None
        yield SETTLE

    def _dialog(self) -> bpy.types.Area | None:
        areas = self.window.screen.areas
        return next((area for area in areas if area.type == "FILE_BROWSER"), None)

    def shot(self, name: str) -> Story:
        """Takes a picture of the whole screen, once Blender has drawn what happened."""
        yield 2 * SETTLE
        self.picture(name)

    def picture(self, name: str) -> None:
        """Takes a picture of the whole screen as it is."""
        began = time.monotonic()
        self.number += 1
        target = JOB / "shots" / f"{self.number:02d}-{name}.png"
        picture = subprocess.run(["xwd", "-root", "-silent"], capture_output=True, check=True)
        subprocess.run(
            ["convert", "xwd:-", *QUICKLY, str(target)], input=picture.stdout, check=True
        )
        self.aside += time.monotonic() - began

    def _command_under_mouse(self) -> str:
        """The operator's command, or the whole path of the property."""
        with bpy.context.temp_override(window=self.window, area=self.view, region=self.sidebar):
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
            elif bpy.ops.ui.copy_data_path_button.poll():
                bpy.ops.ui.copy_data_path_button(full_path=True)
            else:
                return ""
        return bpy.context.window_manager.clipboard


def install(archive: Path = JOB / "extension.zip") -> str:
    """Installs the extension, unless an earlier story did, and enables it; returns its name as a module."""
    name = "bl_ext.user_default.motivo"
    if INSTALLED.is_dir():
        bpy.ops.preferences.addon_enable(module=name)
    else:
        bpy.ops.extensions.package_install_files(
            repo="user_default", filepath=str(archive), enable_on_install=True
        )
    assert name in bpy.context.preferences.addons, "The extension was not enabled."
    # Stories tell of buttons; a draft is there in a second on any machine.
    bpy.context.preferences.addons[name].preferences.default_quality = "draft"
    return name


def bake_swaying(name: str, body: bpy.types.Object, title: str, frames: int = 60) -> None:
    """Somebody who turns and sways, for two seconds or longer; ``name`` is the extension's module."""
    motion = import_module(f"{name}.runtime.motion")
    rig = import_module(f"{name}.motivo_addon.rig.bake")
    seconds = np.arange(frames) / 30.0
    qpos = np.zeros((frames, 76))
    qpos[:, 1], qpos[:, 2] = -0.8 * seconds, 0.93
    qpos[:, 3:7] = np.sqrt(0.5) * np.array([1.0, 1.0, 0.0, 0.0])
    qpos[:, 7:] = 0.15 * np.sin(4 * seconds[:, None] + np.arange(69))
    rig.bake_motion(bpy.context, body, motion.Motion(30.0, qpos), title, 1)


def patiently(happened: Callable[[], object], seconds: float) -> Story:
    """Waits for what may take longer than a story's usual patience."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "What was waited for did not happen."
        yield 0.5


def tell(story: Callable[[Hand], Story]) -> None:
    """Runs a story and ends Blender with 0 if nothing in it failed."""
    bpy.context.preferences.view.show_splash = False
    bpy.context.preferences.view.show_developer_ui = True
    hand = Hand()
    steps = story(hand)
    awaited: list[Callable[[], object]] = []
    deadline = [0.0]

    def end(code: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def step() -> float | None:
        try:
            if awaited:
                if not awaited[0]():
                    assert time.monotonic() < deadline[0], "What was waited for did not happen."
                    return TICK
                awaited.clear()
            wish = next(steps)
        except StopIteration:
            end(0)
        except BaseException:
            traceback.print_exc()
            hand.picture("failed")
            end(1)
        if callable(wish):
            awaited.append(wish)
            deadline[0] = time.monotonic() + PATIENCE
            return TICK
        return wish

    bpy.app.timers.register(step, first_interval=1.0, persistent=True)
