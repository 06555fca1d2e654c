"""A newcomer's first walk: from an empty Blender to an FBX, doing only what the tab says.

Every click is counted, marked on a picture of the screen and shown in the guide.
"""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, "/job")

import bpy
import driver
from driver import patiently

PERFORMING_S = 180.0
"""Muscles take their time."""

MOST_CLICKS = 8
FOLDER = Path("/job/out")


class Counting(driver.Hand):
    """Counts clicks, Enter in a dialog as one of them, and shows where they go."""

    clicks = 0

    def click_at(self, x, y, button="LEFTMOUSE"):
        yield from self.counted(x, y)
        yield from super().click_at(x, y, button)

    def counted(self, x, y):
        """A picture of the screen as it is before the click, a numbered ring where it goes."""
        yield from self.move(x, y)
        yield 3 * driver.SETTLE
        self.aside += 3 * driver.SETTLE
        self.clicks += 1
        self.picture(f"click-{self.clicks}")
        drawn = time.monotonic()
        shot = driver.JOB / "shots" / f"{self.number:02d}-click-{self.clicks}.png"
        top = self.window.height - y
        ring = f"circle {x},{top} {x + 16},{top}"
        command = ["convert", str(shot), "-fill", "none", "-stroke", "orange", "-strokewidth", "4"]
        subprocess.run([*command, "-draw", ring, str(shot)], check=True)
        self.aside += time.monotonic() - drawn


def story(hand):
    hand.__class__ = Counting
    name = driver.install()
    addon = f"{name}.motivo_addon"
    client, steps = sys.modules[f"{addon}.client"], sys.modules[f"{addon}.panels.bodies.next_step"]
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    FOLDER.mkdir()
    began = time.monotonic()
    yield from hand.open_tab("Motivo")
    yield from hand.click("motivo.add_body")
    body = bpy.context.object
    yield from hand.press("NUMPAD_PERIOD")
    assert steps.next_step(bpy.context) == steps.PROMPT
    yield from hand.shot("why-greyed")
    x, y = yield from hand.find("motivo.prompt_remove")
    yield from hand.click_at(x, y + 18)
    # Behaviour is the fourth of the menu.
    yield from hand.click_at(x + 50, y - 66)
    assert [prompt.kind for prompt in body.motivo.prompts] == ["BEHAVIOUR"], [
        prompt.kind for prompt in body.motivo.prompts
    ]
    yield lambda: client.session().job is None  # which models there are
    assert steps.next_step(bpy.context) == steps.GENERATE
    yield from hand.click("motivo.generate")
    yield from patiently(lambda: client.session().job is not None, PERFORMING_S)
    yield from patiently(lambda: client.session().job is None, PERFORMING_S)
    assert client.session().notice is None, client.session().notice
    assert client.session().takes
    bpy.context.scene.frame_set(30)
    yield from hand.shot("take")
    assert steps.next_step(bpy.context) == steps.BAKE
    yield from hand.scroll(12)
    yield from hand.click("motivo.bake")
    # The scene is longer than the take: Bake asks once what the scene shall play.
    yield from hand.counted(*hand.at)
    yield from hand.key("RET")
    assert body.animation_data.action is not None
    assert steps.next_step(bpy.context) == steps.EXPORT
    yield from hand.scroll(60)
    yield from hand.click("motivo.export_takes")
    yield 2 * driver.SETTLE
    hand.clicks += 1
    yield from hand.choose_file(FOLDER)
    settings = bpy.context.scene.motivo_export
    assert "largest error 0.0" in settings.report, settings.report
    (file,) = FOLDER.iterdir()
    assert file.suffix == ".fbx" and file.stat().st_size > 100_000
    assert hand.clicks <= MOST_CLICKS, hand.clicks
    seconds = time.monotonic() - began
    own = f"{seconds:.0f} s, {hand.aside:.0f} of them for pictures and to find the buttons"
    sys.stdout.write(f"first walk: {hand.clicks} clicks, {own}, {file.name}\n")
    bpy.context.scene.frame_set(30)
    yield from hand.shot("walk")


driver.tell(story)
