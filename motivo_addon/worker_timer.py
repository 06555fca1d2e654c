"""What keeps the panel in step with the worker: a timer, redraws, and what a new file means."""

import time
from collections.abc import Callable

import bpy

from .client import Notice, Session, session
from .preferences import preferences
from .status_bar import draw_status

BUSY_SECONDS = 0.05
IDLE_SECONDS = 5.0
WATCH_SECONDS = 0.2


def start() -> None:
    """Called when work begins: pumps often from now on. Without a window there are no timers."""
    if bpy.app.background:
        return
    stop()
    bpy.app.timers.register(_beat, first_interval=BUSY_SECONDS, persistent=True)
    refresh()


def stop() -> None:
    if bpy.app.timers.is_registered(_beat):
        bpy.app.timers.unregister(_beat)


def refresh() -> None:
    """Redraws what shows the work: the sidebars, and the status bar of every window."""
    _set_status(draw_status if session().job is not None else None)
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _set_status(draw: Callable | None) -> None:
    for window in bpy.context.window_manager.windows:
        # After another file was opened the context has no window, with which this crashes.
        with bpy.context.temp_override(window=window):
            window.workspace.status_text_set(draw)


def watch(context: bpy.types.Context, seconds: float = WATCH_SECONDS) -> None:
    """Events at a steady pace for the modal operator, so that it sees the end of the work."""
    stop_watch()
    session().watch = context.window_manager.event_timer_add(seconds, window=context.window)


def stop_watch() -> None:
    current = session()
    if current.watch is not None:
        bpy.context.window_manager.event_timer_remove(current.watch)
        current.watch = None


def _beat() -> float | None:
    """One beat; the seconds until the next, None for no more."""
    current = session()
    if current.pump():
        refresh()
    if current.job is not None:
        return BUSY_SECONDS
    end_idle_worker(current)
    return IDLE_SECONDS if current.worker is not None and current.worker.alive else None


def end_idle_worker(current: Session) -> None:
    idle = time.monotonic() - current.idle_since
    if preferences().keep_warm:
        return
    if current.job is None and idle > 60 * preferences().idle_minutes:
        current.close_worker()


@bpy.app.handlers.persistent
def before_load(*_arguments) -> None:
    """Another file is opened: no body of this one will be found again."""
    current = session()
    if current.job is not None:
        title = current.job.title.lower()
        current.cancel(Notice(f"Another file was opened; {title} was stopped.", is_error=False))
    current.takes.clear()


def register() -> None:
    bpy.app.handlers.load_pre.append(before_load)


def unregister() -> None:
    job = session().job
    if job is not None:
        _say(f"{job.title} was stopped because Motivo was disabled; nothing was changed.")
    stop()
    stop_watch()
    bpy.app.handlers.load_pre.remove(before_load)
    _set_status(None)


def _say(text: str) -> None:
    """A sentence in a popup: the panel is about to go. Blender has no window when it quits."""
    if bpy.context.window is None or bpy.app.background:
        return

    def draw(popup, _context) -> None:
        popup.layout.label(text=text)

    bpy.context.window_manager.popup_menu(draw, title="Motivo", icon="INFO")
