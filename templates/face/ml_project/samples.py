"""Pairs of images as a caller of the service would send them."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np

from ml_project.errors import UsageError
from ml_project.images import read_image
from ml_project.pairs import Rows, make_pairs
from ml_project.people import people_of
from ml_project.schema import Schema
from ml_project.table import Table

SAMPLES = 40
LARGEST_BYTES = 30_000  # a larger file is sent scaled down: the samples lie beside the model
SIDE = 160
Pair = dict[str, str]


def sample_inputs(schema: Schema, table: Table, seed: int) -> list[Pair]:
    """Half of them of one person, in turn."""
    pairs = make_pairs(people_of(schema, table))
    random = np.random.default_rng(seed)
    kinds = [pairs.same & ~pairs.search, ~pairs.same & ~pairs.search]
    chosen: list[Rows] = [random.permutation(np.flatnonzero(kind)) for kind in kinds]
    turns = [row for two in zip(*chosen, strict=False) for row in two][:SAMPLES]
    paths = [Path(str(cell)) for cell in table.columns[schema.inputs[0].name]]
    return [{"a": encode(paths[pairs.a[row]]), "b": encode(paths[pairs.b[row]])} for row in turns]


def from_record(record: dict[str, str], _: dict[str, Any]) -> Pair:
    """The two images that a record of a CSV file names in its columns a and b."""
    if "a" not in record or "b" not in record:
        raise UsageError(f"the columns a and b name the images; there are: {', '.join(record)}")
    return {side: encode(find_image(record[side])) for side in ("a", "b")}


def find_image(name: str) -> Path:
    """From here, or from the project's images."""
    places = [folder / name for folder in (Path(), Path("data/images"))]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise UsageError(f"{name}: no such image, nor below data/images")
    return path


def encode(path: Path) -> str:
    content = path.read_bytes()
    if len(content) > LARGEST_BYTES:
        image = read_image(path).convert("RGB")
        image.thumbnail((SIDE, SIDE))
        stream = io.BytesIO()
        image.save(stream, "PNG")
        content = stream.getvalue()
    return base64.b64encode(content).decode("ascii")
