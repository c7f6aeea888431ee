"""Images as a caller of the service would send them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ml_project.errors import UsageError
from ml_project.images import read_image
from ml_project.schema import Schema
from ml_project.table import Table

SAMPLES = 50
LARGEST_BYTES = 60_000  # a larger file is sent scaled down: the samples lie beside the model
SIDE = 256


def sample_inputs(schema: Schema, table: Table, seed: int) -> list[str]:
    order = np.random.default_rng(seed).permutation(len(table))[:SAMPLES]
    cells = table.columns[schema.inputs[0].name]
    return [encode(Path(str(cells[row]))) for row in order]


def record_reader(info: dict[str, Any]) -> Callable[[dict[str, str]], str]:
    """Finds the image that a record of a CSV file names, from here or from the project's images."""
    column = next(item["name"] for item in info["columns"] if item["role"] == "image")

    def read(record: dict[str, str]) -> str:
        if column not in record:
            raise UsageError(f"column {column!r} is missing; there are: {', '.join(record)}")
        places = [folder / record[column] for folder in (Path(), Path("data/images"))]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise UsageError(f"{record[column]}: no such image, nor below data/images")
        return encode(path)

    return read


def encode(path: Path) -> str:
    content = path.read_bytes()
    if len(content) > LARGEST_BYTES:
        image = read_image(path).convert("RGB")
        image.thumbnail((SIDE, SIDE))
        stream = io.BytesIO()
        image.save(stream, "PNG")
        content = stream.getvalue()
    return base64.b64encode(content).decode("ascii")
