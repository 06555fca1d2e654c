"""A small picture of each take: stick figures on its way, seen from the side."""

from typing import Any

SIZE = 128
_FIGURES = 5
_FIRST, _LAST = (0.35, 0.45, 0.55), (0.35, 0.75, 1.0)
"""RGB of the first and of the last figure."""


def draw_picture(qpos) -> "Any":
    """(T, 76) -> (128, 128, 4) RGBA 0..1 from the bottom up: five moments of the motion.

    Seen from where its way over the floor is longest, all at one scale.
    """
    import numpy as np

    from ..takes import ghost_lines

    moments = np.unique(np.linspace(0, len(qpos) - 1, _FIGURES).round().astype(int))
    lines = ghost_lines(np.asarray(qpos)[moments]).astype(np.float64)
    ground = lines[..., :2].reshape(-1, 2)
    centred = ground - ground.mean(axis=0)
    along = np.linalg.svd(centred, full_matrices=False)[2][0]
    flat = np.stack([lines[..., :2] @ along, lines[..., 2]], axis=-1)
    # Figures that stay in place would lie over each other: they are set side by side.
    if np.ptp(flat[:, 0, 0]) < 1.0:
        flat, width = flat[::2], np.ptp(flat[..., 0], axis=1).max()
        flat[..., 0] += np.arange(len(flat))[:, None] * (width + 0.1)
    low, high = flat.reshape(-1, 2).min(axis=0), flat.reshape(-1, 2).max(axis=0)
    scale = (SIZE - 12) / max(float((high - low).max()), 1.0)
    pixels = (flat - (low + high) / 2) * scale + SIZE / 2
    image = np.zeros((SIZE, SIZE, 4), dtype=np.float32)
    for number, figure in enumerate(pixels):
        share = number / max(1, len(pixels) - 1)
        colour = [(1 - share) * a + share * b for a, b in zip(_FIRST, _LAST, strict=True)]
        ends = figure.reshape(-1, 2, 2)
        steps = np.linspace(0, 1, 48)[:, None, None]
        points = (ends[:, 0] * (1 - steps) + ends[:, 1] * steps).reshape(-1, 2)
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            at = (points + (dx, dy)).astype(int).clip(0, SIZE - 1)
            image[at[:, 1], at[:, 0]] = [*colour, 1.0]
    return image


_pictures = None
_places: dict[int, str] = {}
"""Number of a take -> where its picture is."""
_free: list[str] = []
"""Where pictures of takes were that are gone: Blender keeps what it was given, so it is used again."""


def picture_of(number: int, motion: dict[str, Any]) -> int:
    """The icon of a take's picture, made on first call. Takes are told apart by ``number``."""
    global _pictures
    import bpy.utils.previews

    if _pictures is None:
        _pictures = bpy.utils.previews.new()
    if number not in _places:
        place = _free.pop() if _free else str(len(_pictures))
        preview = _pictures[place] if place in _pictures else _pictures.new(place)
        preview.image_size = (SIZE, SIZE)
        preview.image_pixels_float.foreach_set(draw_picture(motion["qpos"]).ravel())
        _places[number] = place
    return _pictures[_places[number]].icon_id


def forget_picture(number: int) -> None:
    """A take is gone: another's picture may take the place of its own."""
    if number in _places:
        _free.append(_places.pop(number))


def forget_pictures() -> None:
    """Frees all pictures."""
    global _pictures
    import bpy.utils.previews

    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
    _pictures = None
    _places.clear()
    _free.clear()
