#!/bin/bash
# Inside the root: opens Blender's window on a virtual screen and runs a script in it.
# usage: open_window.sh SCRIPT   (SCRIPT ends Blender with os._exit)
export LIBGL_ALWAYS_SOFTWARE=1 XDG_RUNTIME_DIR=/tmp BLENDER_USER_RESOURCES=/job/blender-user DISPLAY=:78
mkdir -p "$BLENDER_USER_RESOURCES"
Xvfb :78 -screen 0 1280x1100x24 -nolisten tcp >/tmp/xvfb.log 2>&1 &
screen=$!
for _ in $(seq 50); do xdpyinfo >/dev/null 2>&1 && break; sleep 0.1; done
# A busy machine may be given longer.
timeout "${MOTIVO_WINDOW_SECONDS:-900}" blender --factory-startup --enable-event-simulate -p 0 0 1280 1100 --python "$1"
code=$?
[ -f /tmp/blender.crash.txt ] && cat /tmp/blender.crash.txt >&2
kill $screen
exit $code
