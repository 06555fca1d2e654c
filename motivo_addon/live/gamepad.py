"""The left stick of a gamepad: by the joystick device on Linux, by XInput on Windows.

Blender itself knows no gamepads. macOS has none here.
"""

import os
import struct
import sys
from pathlib import Path

DEAD = 0.2
"""Share of the way below which the stick counts as let go."""
_EVENT = struct.Struct("IhBB")
"""linux/joystick.h: milliseconds, value, type, number."""
_AXIS = 0x02


class Gamepad:
    """The first gamepad there is, if any; reading it never waits."""

    def __init__(self, device: Path = Path("/dev/input/js0")) -> None:
        self._axes = [0.0, 0.0]
        self._file: int | None = None
        self._xinput = None
        if sys.platform == "win32":
            self._xinput = _load_xinput()
        elif device.exists():
            try:
                self._file = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
            except OSError:  # of another user: as if there were none
                self._file = None

    @property
    def present(self) -> bool:
        return self._file is not None or self._xinput is not None

    def stick(self) -> tuple[float, float]:
        """To the right and ahead, each -1..1."""
        if self._file is not None:
            self._read()
        elif self._xinput is not None:
            self._axes = _read_xinput(self._xinput)
        right, ahead = self._axes[0], -self._axes[1]
        return (right, ahead) if max(abs(right), abs(ahead)) > DEAD else (0.0, 0.0)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _read(self) -> None:
        assert self._file is not None
        while True:
            try:
                data = os.read(self._file, _EVENT.size)
            except BlockingIOError:
                return
            except OSError:  # unplugged
                self.close()
                self._axes = [0.0, 0.0]
                return
            if len(data) < _EVENT.size:
                return
            _, value, kind, number = _EVENT.unpack(data)
            if kind & _AXIS and number < 2:
                self._axes[number] = value / 32767


def _load_xinput():
    import ctypes

    for name in ("xinput1_4", "xinput9_1_0"):
        try:
            return ctypes.WinDLL(name)
        except OSError:
            continue
    return None


def _read_xinput(library) -> list[float]:
    """XINPUT_STATE of the first controller: its left stick sits after packet, buttons, triggers."""
    import ctypes

    state = (ctypes.c_ubyte * 16)()
    if library.XInputGetState(0, state):
        return [0.0, 0.0]
    x, y = struct.unpack_from("<hh", bytes(state), 8)
    return [x / 32767, -y / 32767]
