"""Pictures of items and people, drawn from `drawings.json` at the size asked for."""

import io
import json
from functools import cache, lru_cache
from importlib import resources
from random import Random
from typing import Any

from PIL import Image, ImageDraw

UNITS = (160, 120)  # the coordinates of drawings
_SCALE = 12  # drawn this much larger, then reduced, for smooth edges
_LARGEST = 1280


class NoPictureError(LookupError):
    """There is no drawing of that name or size."""


@cache
def drawings() -> dict[str, Any]:
    """Return all drawings by name: `wall` and `floor` colours and a list of shapes."""
    text = (resources.files("avito_simulator.media") / "drawings.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=128)
def picture(name: str, width: int, height: int) -> bytes:
    """Return a JPEG of a drawing. Raises `NoPictureError`."""
    if name not in drawings() or not 1 <= min(width, height) <= max(width, height) <= _LARGEST:
        raise NoPictureError(name)
    return _encoded(_draw(drawings()[name]).resize((width, height), Image.Resampling.LANCZOS), "JPEG")


@lru_cache(maxsize=256)
def avatar(name: str, side: int) -> bytes:
    """Return a square PNG of a head and shoulders, in colours that depend on the name.

    Names that begin with `w` have long hair.
    """
    if not 1 <= side <= 512:
        raise NoPictureError(name)
    rng = Random(name)  # noqa: S311 # reproducible, not secret
    back = rng.choice(("#cfe3d4", "#d8d3ee", "#f3d9c9", "#cfe0f2", "#f2e2b8", "#e9cfdc"))
    coat = rng.choice(("#2f6f62", "#5b4a9c", "#b3552e", "#2c5f95", "#8a6a12", "#8d3d62"))
    hair = rng.choice(("#2b211c", "#5a3b25", "#8b5e34", "#c9a063", "#3a3a44"))
    image = Image.new("RGB", (480, 480), back)
    pen = ImageDraw.Draw(image)
    pen.ellipse((70, 310, 410, 700), fill=coat)
    pen.rounded_rectangle((205, 260, 275, 350), 30, fill="#e2b48f")
    pen.ellipse((150, 90, 330, 300), fill=hair)
    if name.startswith("w"):
        pen.rounded_rectangle((148, 180, 332, 340), 50, fill=hair)
        pen.rounded_rectangle((205, 260, 275, 350), 30, fill="#e2b48f")
    pen.ellipse((168, 125, 312, 305), fill="#f0c8a4")
    pen.pieslice((158, 92, 322, 250), 180, 360, fill=hair)
    return _encoded(image.resize((side, side), Image.Resampling.LANCZOS), "PNG")


def _draw(drawing: dict[str, Any]) -> Image.Image:
    """Draw the shapes before a wall and a floor, with a shadow below."""
    width, height = (side * _SCALE for side in UNITS)
    image = Image.new("RGB", (width, height), drawing["wall"])
    pen = ImageDraw.Draw(image, "RGBA")
    pen.rectangle((0, height * 0.72, width, height), fill=drawing["floor"])
    if "shadow" in drawing:
        pen.ellipse([value * _SCALE for value in drawing["shadow"]], fill="#15131c6e")
    for kind, place, *looks in drawing["shapes"]:
        _shape(pen, kind, [value * _SCALE for value in place], looks)
    return image


def _shape(pen: ImageDraw.ImageDraw, kind: str, points: list[float], looks: list[Any]) -> None:
    """Draw a shape: `oval`, `box` and `poly` are filled, `ring` and `line` are stroked."""
    match kind:
        case "oval":
            pen.ellipse(points, fill=looks[0])
        case "box":
            pen.rounded_rectangle(points, looks[1] * _SCALE, fill=looks[0])
        case "ring":
            pen.ellipse(points, outline=looks[0], width=round(looks[1] * _SCALE))
        case "line":
            width = looks[1] * _SCALE
            pen.line(points, fill=looks[0], width=round(width), joint="curve")
            for x, y in zip(points[::2], points[1::2], strict=True):
                round_end = (x - width / 2, y - width / 2, x + width / 2, y + width / 2)
                pen.ellipse(round_end, fill=looks[0])
        case "poly":
            pen.polygon(points, fill=looks[0])


def _encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, quality=86)
    return buffer.getvalue()
