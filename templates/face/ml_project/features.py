"""Turns images into the model's input: one float32 array of grey pixels, standardised. Colour says
more of light and camera than of a face, and folders mix pictures with and without it.

Needs numpy and Pillow only, so that the service runs the same code as training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_project.errors import DataError
from ml_project.images import decode, read_image, to_pixels
from ml_project.schema import Schema, check_columns
from ml_project.settings import Settings
from ml_project.table import Table, read_table

Matrix = NDArray[np.float32]
FORMAT = 1
SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64)
CHANNELS = 1
LOOKED_AT = 500  # images that decide the size


@dataclass(frozen=True)
class Features:
    """Fitted on training images only."""

    column: str
    size: int
    mean: float
    spread: float

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image."""
        return (CHANNELS, self.size, self.size)

    @property
    def width(self) -> int:
        return int(np.prod(self.shape))

    @property
    def architecture(self) -> dict[str, Any]:
        """What a network must know of its input."""
        return {"channels": CHANNELS, "size": self.size}

    def transform(self, columns: Mapping[str, Sequence[object]]) -> Matrix:
        """Cells are paths of files."""
        return self.stack([read_image(Path(str(cell))) for cell in columns[self.column]])

    def transform_inputs(self, inputs: Sequence[Mapping[str, Any]]) -> Matrix:
        """Pairs as the service takes them, in base64 or decoded: two images for each input."""
        images = [pair[side] for pair in inputs for side in ("a", "b")]
        return self.stack([decode(one) if isinstance(one, str) else one for one in images])

    def stack(self, images: Sequence[Image.Image]) -> Matrix:
        x = np.zeros((len(images), *self.shape), dtype=np.float32)
        for row, image in zip(x, images, strict=True):
            row[:] = to_pixels(image, CHANNELS, self.size)
        return (x - np.float32(self.mean)) / np.float32(self.spread)

    def measures(self, x: Matrix) -> Matrix:
        """Brightness, contrast and detail: a shift of their means can be tested."""
        detail = np.abs(np.diff(x, axis=3)).mean(axis=(2, 3))
        return np.concatenate([x.mean(axis=(2, 3)), x.std(axis=(2, 3)), detail], axis=1)

    def save(self, path: Path) -> None:
        text = json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")


def read_rows(file: Path, settings: Settings, root: Path) -> Table:
    """The list of images, with their paths made complete."""
    table = read_table(file)
    folder = root / settings.data.images
    columns = dict(table.columns)
    if "image" in columns:
        columns["image"] = [cell and str(folder / cell) for cell in columns["image"]]
    return Table(table.row_ids, columns)


def fit_features(schema: Schema, table: Table, settings: Settings) -> Features:
    check_columns(schema, table)
    column = schema.inputs[0].name
    cells = table.columns[column]
    step = max(1, len(cells) // LOOKED_AT)
    looked = [read_image(Path(str(cell))) for cell in cells[::step]]
    size = settings.data.size or choose_size([max(image.size) for image in looked])
    pixels = np.stack([to_pixels(image, CHANNELS, size) for image in looked])
    return Features(column, size, _short(pixels.mean()), _short(max(pixels.std(), 1e-3)))


def choose_size(sides: Sequence[int]) -> int:
    """The smallest of a few sizes that holds the median image; large ones are scaled down."""
    middle = float(np.median(sides))
    return next((size for size in SIZES if size >= middle), SIZES[-1])


def load_features(path: Path) -> Features:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.pop("format", None) != FORMAT:
        raise DataError(f"{path}: unknown format")
    return Features(**raw)


def _short(value: float) -> float:
    return float(format(float(value), ".7g"))
