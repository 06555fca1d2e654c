"""Prompts as strips in the Dope Sheet by real drags: moved, trimmed, taken back."""

import sys
import time

sys.path.insert(0, "/job")

import bpy
import driver
from driver import patiently

READING_S = 120.0
"""Reading the library and drawing without a graphics card take a while."""


def seconds_of_a_redraw(hand, times=5):
    """What Blender itself needs for the whole window: without a graphics card that is most of a frame."""
    began = time.perf_counter()
    with hand.in_view():
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=times)
    return (time.perf_counter() - began) / times


def live(hand, session):
    """Steered by keys, pushed by the mouse, kept as a take."""
    with hand.in_view():
        bpy.ops.motivo.live("INVOKE_DEFAULT")
    run = session.live
    yield from patiently(lambda: run.ready or run.failed, READING_S)
    assert not run.failed, run.failed
    redraw = seconds_of_a_redraw(hand)
    view = next(region for region in hand.view.regions if region.type == "WINDOW")
    x, y = view.x + view.width // 2, view.y + view.height // 2
    yield from hand.move(x, y)
    hand.window.event_simulate(type="W", value="PRESS", x=x, y=y)
    yield from patiently(lambda: len(run.frames) >= 25, READING_S)
    hand.picture("live")
    hand.window.event_simulate(type="W", value="RELEASE", x=x, y=y)
    gone = run.frames[-1]["qpos"][:2] - run.frames[0]["qpos"][:2]
    assert (gone**2).sum() > 0.1**2, gone
    yield from hand.press("RET")
    assert session.live is None and session.job is None
    takes = session.takes[bpy.context.object.session_uid]
    assert takes.name.startswith("Live"), takes.name
    told = [
        f"{name}: {times.long} of {times.pieces} over 30 ms, longest {1000 * times.slowest:.0f} ms"
        for name, times in run.times.items()
    ]
    figures = f"{len(run.frames)} frames, {run.dropped} dropped, {run.rate:.1f} fps"
    told.append(f"this window draws itself in {1000 * redraw:.0f} ms")
    sys.stdout.write(f"live: {figures}; {'; '.join(told)}\n")
    yield from hand.shot("live-kept")
    bpy.ops.motivo.discard_takes()


def story(hand):
    name = driver.install()
    layout = sys.modules[f"{name}.motivo_addon.strips.layout"]
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    yield from live(hand, sys.modules[f"{name}.motivo_addon.client"].session())
    body = bpy.context.object
    for _ in range(2):
        bpy.ops.motivo.prompt_add(kind="POSE")
    first, second = body.motivo.prompts
    first.end, second.start, second.end = 60, 50, 120
    bpy.ops.ed.undo_push(message="two poses")
    area = hand.view  # the largest; nothing in the sidebar is needed from here on
    area.type = "DOPESHEET_EDITOR"
    yield 0.5
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=hand.window, area=area, region=region):
        bpy.ops.action.view_all()
    yield 0.5
    yield from hand.shot("strips")

    def at(frame, lane=0):
        x = region.view2d.view_to_region(frame, 0, clip=False)[0]
        y = layout.BOTTOM + lane * (layout.HEIGHT + layout.GAP) + layout.HEIGHT / 2
        return region.x + int(x), region.y + int(y)

    def drag(start, end):
        yield from hand.move(*start)
        yield driver.SETTLE
        hand.window.event_simulate(type="LEFTMOUSE", value="PRESS", x=start[0], y=start[1])
        yield driver.SETTLE
        for share in (0.3, 0.7, 1.0):
            x = start[0] + share * (end[0] - start[0])
            yield from hand.move(int(x), start[1])
        yield driver.SETTLE
        hand.window.event_simulate(type="LEFTMOUSE", value="RELEASE", x=end[0], y=start[1])
        yield driver.SETTLE

    yield from drag(at(30), at(60))
    prompts = bpy.data.objects["Motivo Body"].motivo.prompts
    assert 25 <= prompts[0].start - 1 <= 35, prompts[0].start
    assert prompts[0].end - prompts[0].start == 59
    yield from hand.shot("moved")
    moved = prompts[0].start
    yield from hand.press_at("Z", region.x + 300, region.y + 200, ctrl=True)
    prompts = bpy.data.objects["Motivo Body"].motivo.prompts
    assert (prompts[0].start, prompts[0].end) == (1, 60), (moved, prompts[0].start)
    # An end alone: the second lies in the lane above.
    yield from drag(at(120, 1), at(150, 1))
    prompts = bpy.data.objects["Motivo Body"].motivo.prompts
    assert prompts[1].start == 50 and 143 <= prompts[1].end <= 157, prompts[1].end
    assert bpy.data.objects["Motivo Body"].motivo.active_prompt == 1
    yield from hand.shot("trimmed")


driver.tell(story)
