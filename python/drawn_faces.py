"""Simple faces, drawn: a person has a geometry, a picture of it a pose, a light and noise. Nobody real is shown.

    draw_person(rng) → measures of one person, all as shares of the side of the picture
    draw_picture(person, rng, side) → an RGB image of side × side pixels
"""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SCALE = 4  # drawn larger and made smaller, so that lines are smooth
Person = dict[str, float]
RANGES: dict[str, tuple[float, float]] = {
    "width": (0.25, 0.36),
    "height": (0.34, 0.44),
    "jaw": (0.55, 1.0),
    "skin": (0.0, 1.0),
    "hair": (0.0, 1.0),
    "hairline": (0.04, 0.2),
    "sides": (0.0, 0.3),
    "eyes_apart": (0.095, 0.165),
    "eyes_high": (-0.09, 0.01),
    "eye_size": (0.024, 0.05),
    "brow_above": (0.04, 0.085),
    "brow_width": (0.012, 0.034),
    "brow_slant": (-0.035, 0.035),
    "nose_length": (0.07, 0.15),
    "nose_width": (0.025, 0.07),
    "mouth_low": (0.17, 0.235),
    "mouth_width": (0.06, 0.14),
    "mouth_full": (0.008, 0.03),
    "ears": (0.0, 0.06),
    "beard": (-1.0, 1.0),
    "glasses": (-2.0, 1.0),
}


def draw_person(rng: random.Random) -> Person:
    return {name: rng.uniform(low, high) for name, (low, high) in RANGES.items()}


def draw_picture(person: Person, rng: random.Random, side: int) -> Image.Image:
    """A turn of the head moves what lies in the middle of the face; the whole is shifted, tilted and scaled a little."""
    whole = side * SCALE
    image = Image.new("RGB", (whole, whole), tuple(rng.randint(110, 180) for _ in range(3)))
    turn, smile = rng.uniform(-0.02, 0.02), rng.uniform(-0.02, 0.03)
    _head(ImageDraw.Draw(image), person, whole)
    _features(ImageDraw.Draw(image), person, whole, turn, smile)
    angle, zoom = rng.uniform(-5, 5), rng.uniform(0.95, 1.05)
    shift = (rng.uniform(-0.02, 0.02) * whole, rng.uniform(-0.02, 0.02) * whole)
    image = _moved(image, math.radians(angle), zoom, shift).filter(ImageFilter.GaussianBlur(SCALE * rng.uniform(0.2, 0.5)))
    return _lit(image.resize((side, side), Image.Resampling.LANCZOS), rng)


def draw_people(folder: Path, rng: random.Random, people: int, pictures: int, side: int) -> None:
    """`folder/person-01/01.png`, …"""
    for number in range(1, people + 1):
        person = draw_person(rng)
        path = folder / f"person-{number:02}"
        path.mkdir(parents=True, exist_ok=True)
        for picture in range(1, pictures + 1):
            draw_picture(person, rng, side).save(path / f"{picture:02}.png", optimize=True)


def _colours(person: Person) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Of the skin and of the hair."""
    light, dark = np.array([244, 212, 184]), np.array([112, 74, 52])
    skin = light + (dark - light) * person["skin"]
    hair = np.array([28, 22, 20]) + (np.array([188, 142, 84]) - 28) * person["hair"] ** 2
    return tuple(int(v) for v in skin), tuple(int(v) for v in hair)  # type: ignore[return-value]


def _head(pen: ImageDraw.ImageDraw, person: Person, whole: int) -> None:
    skin, hair = _colours(person)
    x = y = whole / 2
    width, height = person["width"] * whole, person["height"] * whole
    ear = person["ears"] * whole
    low = y + height * person["sides"] * 2
    pen.ellipse((x - width * 1.12, y - height * 1.1, x + width * 1.12, low), fill=hair)
    for edge in (x - width, x + width):
        pen.ellipse((edge - ear, y - ear * 1.4, edge + ear, y + ear * 1.4), fill=skin)
    pen.ellipse((x - width, y - height, x + width, y + height * 0.62), fill=skin)
    jaw = width * person["jaw"]
    pen.polygon([(x - width, y - height * 0.15), (x + width, y - height * 0.15), (x + jaw, y + height * 0.62),
                 (x + jaw * 0.45, y + height), (x - jaw * 0.45, y + height), (x - jaw, y + height * 0.62)], fill=skin)  # fmt: skip
    line = y - height + person["hairline"] * whole
    pen.chord((x - width, y - height * 1.04, x + width, 2 * line - (y - height * 1.04)), 180, 360, fill=hair)
    if person["beard"] > 0.2:
        top = y + height * (0.75 - 0.35 * person["beard"])
        pen.polygon([(x - jaw * 0.9, top), (x + jaw * 0.9, top), (x + jaw * 0.45, y + height), (x - jaw * 0.45, y + height)], fill=hair)


def _features(pen: ImageDraw.ImageDraw, person: Person, whole: int, turn: float, smile: float) -> None:
    skin, hair = _colours(person)
    shade = tuple(int(v * 0.72) for v in skin)
    x, y = (0.5 + turn) * whole, 0.5 * whole
    apart, size = person["eyes_apart"] * whole, person["eye_size"] * whole
    eyes = y + person["eyes_high"] * whole
    brow = eyes - person["brow_above"] * whole
    slant, thick = person["brow_slant"] * whole, max(1, int(person["brow_width"] * whole))
    for sign in (-1, 1):
        eye = x + sign * apart
        pen.ellipse((eye - size * 1.5, eyes - size, eye + size * 1.5, eyes + size), fill=(246, 246, 246))
        pen.ellipse((eye - size * 0.7, eyes - size * 0.8, eye + size * 0.7, eyes + size * 0.8), fill=(30, 26, 24))
        pen.line((eye - size * 1.9, brow + sign * slant, eye + size * 1.9, brow - sign * slant), fill=hair, width=thick)
        if person["glasses"] > 0:
            frame = size * 2.1
            pen.ellipse((eye - frame, eyes - frame, eye + frame, eyes + frame), outline=(20, 20, 20), width=max(1, whole // 70))
    tip, wing = eyes + person["nose_length"] * whole, person["nose_width"] * whole
    pen.polygon([(x, eyes + size), (x - wing, tip), (x + wing, tip)], fill=shade)  # type: ignore[arg-type]
    mouth, half = y + person["mouth_low"] * whole, person["mouth_width"] * whole
    full = person["mouth_full"] * whole
    open_by = full + max(smile, 0) * whole
    pen.chord((x - half, mouth - open_by, x + half, mouth + open_by), 0, 180, fill=(150, 52, 52))
    pen.line((x - half, mouth, x + half, mouth), fill=(110, 40, 40), width=max(1, int(full)))


def _moved(image: Image.Image, angle: float, zoom: float, shift: tuple[float, float]) -> Image.Image:
    middle = image.width / 2
    cos, sin = math.cos(angle) / zoom, math.sin(angle) / zoom
    x, y = middle + shift[0], middle + shift[1]
    matrix = (cos, sin, middle - cos * x - sin * y, -sin, cos, middle + sin * x - cos * y)
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=image.getpixel((0, 0)))


def _lit(image: Image.Image, rng: random.Random) -> Image.Image:
    """Brightness, contrast, light from one side, and noise."""
    side = image.width
    pixels = np.asarray(image, dtype=np.float64) - 128
    across, down = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    light = rng.uniform(-20, 20) * across + rng.uniform(-15, 15) * down
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(2, 5), pixels.shape)
    lit = 128 + pixels * rng.uniform(0.8, 1.1) + rng.uniform(-20, 20) + light[:, :, None] + noise
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
