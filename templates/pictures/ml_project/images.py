"""Image files to arrays of one size, with numpy and Pillow only: the service runs this too."""

from __future__ import annotations

import base64
import binascii
import io
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ml_project.errors import DataError

Pixels = NDArray[np.float32]
DATA_URL = re.compile(r"^data:image/[\w.+-]+;base64,", re.IGNORECASE)
LARGEST = 64_000_000  # pixels; more is refused before it is unpacked


def open_image(content: bytes) -> Image.Image:
    """Upright and complete; ValueError when the bytes are no image, or one that is too large."""
    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > LARGEST:
            raise ValueError(f"an image of {image.width} x {image.height} pixels is too large")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"not a readable image: {error}") from error
    return ImageOps.exif_transpose(image)


def read_image(path: Path) -> Image.Image:
    try:
        return open_image(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from error


def decode(text: str) -> Image.Image:
    """Base64, with or without the start of a data URL; ValueError when it is none."""
    try:
        content = base64.b64decode(DATA_URL.sub("", text.strip(), count=1), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"not base64: {error}") from error
    return open_image(content)


def is_grey(image: Image.Image) -> bool:
    """No pixel has a colour, whatever the file's mode."""
    if image.mode in ("1", "L", "LA", "I", "I;16", "F"):
        return True
    pixels = np.asarray(image.convert("RGB"))
    return bool((np.ptp(pixels, axis=2) <= 2).all())


def to_pixels(image: Image.Image, channels: int, size: int) -> Pixels:
    """[channels, size, size] from 0 to 1: scaled to fit, with the border's mean around it."""
    if image.mode in ("I", "I;16", "F"):
        image = _eight_bits(image)
    if "A" in image.getbands() or "transparency" in image.info:
        image = _on_white(image)
    image = image.convert("L" if channels == 1 else "RGB")
    scale = size / max(image.size)
    shape = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if shape != image.size:
        image = image.resize(shape, Image.Resampling.BILINEAR)
    pixels = np.asarray(image, dtype=np.float32).reshape(shape[1], shape[0], channels) / 255
    top, left = (size - shape[1]) // 2, (size - shape[0]) // 2
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    whole = np.empty((size, size, channels), dtype=np.float32)
    whole[:] = np.concatenate(edges).mean(axis=0)
    whole[top : top + shape[1], left : left + shape[0]] = pixels
    return np.ascontiguousarray(whole.transpose(2, 0, 1))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Images of more than eight bits a pixel are scaled by their own range."""
    pixels = np.asarray(image, dtype=np.float64)
    low, high = float(pixels.min()), float(pixels.max())
    scaled = (pixels - low) * (255 / (high - low) if high > low else 0)
    return Image.fromarray(scaled.astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    with_alpha = image.convert("RGBA")
    white = Image.new("RGBA", with_alpha.size, "white")
    return Image.alpha_composite(white, with_alpha).convert("RGB")
