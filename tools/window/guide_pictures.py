"""Takes the pictures of the guide from those of the window stories.

make test-window && python tools/window/guide_pictures.py
python tools/window/guide_pictures.py take strips      only these, whose stories were told
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw

REPOSITORY = Path(__file__).resolve().parents[2]
PICTURES = {
    "take": ("motion_file", "take", (0, 30, 1056, 995)),
    "why-greyed": ("first_walk", "why-greyed", (450, 80, 1056, 790)),
    "strips": ("strips", "trimmed", (200, 895, 760, 990)),
    "compared": ("takes", "compared-in-full", (770, 80, 1030, 745)),
}
"""Name -> story, its shot, and the part of the screen (left, top, right, bottom)."""
FIRST_WALK = "first-walk"
COLUMNS = 2


def first_walk() -> Image.Image:
    """All clicks of the first walk, numbered, one picture beside the other."""
    folder = REPOSITORY / "out" / "window" / "first_walk"
    found = sorted(folder.glob("[0-9][0-9]-click-*.png")) + sorted(folder.glob("*-dialog.png"))
    if not found:
        raise SystemExit("The story first_walk has taken no pictures; run it first.")
    small = [Image.open(path).convert("RGB").reduce(2) for path in found]
    width, height = small[0].size
    rows = -(-len(small) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * width, rows * height))
    for number, picture in enumerate(small):
        drawn = ImageDraw.Draw(picture)
        drawn.ellipse((14, 60, 66, 112), fill=(255, 165, 0))
        drawn.text((40, 86), f"{number + 1}", fill=(0, 0, 0), font_size=36, anchor="mm")
        sheet.paste(picture, (number % COLUMNS * width, number // COLUMNS * height))
    return sheet


def main(asked: list[str]) -> int:
    unknown = set(asked) - {*PICTURES, FIRST_WALK}
    if unknown:
        raise SystemExit(f"There is no picture {', '.join(sorted(unknown))}.")
    target = REPOSITORY / "docs" / "guide" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    for name, (story, shot, box) in PICTURES.items():
        if asked and name not in asked:
            continue
        found = sorted((REPOSITORY / "out" / "window" / story).glob(f"[0-9][0-9]-{shot}.png"))
        if not found:
            raise SystemExit(f"The story {story} has taken no picture {shot}; run it first.")
        # 256 colours are enough for an interface; means keep those of few pixels, the red figures.
        cut = Image.open(found[-1]).convert("RGB").crop(box)
        cut = cut.quantize(256, kmeans=3)
        cut.save(target / f"{name}.png", optimize=True)
    if not asked or FIRST_WALK in asked:
        # The octree keeps the few orange pixels of the rings, which a median would give away.
        sheet = first_walk().quantize(200, method=Image.Quantize.FASTOCTREE)
        sheet.save(target / f"{FIRST_WALK}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
