"""Data that the tests make themselves, and the models that they try."""

from __future__ import annotations

import base64
import io
import json
import random
from pathlib import Path

from PIL import Image, ImageDraw

from tests.places import Made, write_csv

MODELS: dict[str, list[str]] = {
    "linear": [],
    "kernel": ["model.centres=20"],
    "random_forest": ["model.trees=20"],
    "cnn": ["model.width=8", "model.depth=2", "trainer.learning_rate=0.01"],
    "resnet": ["model.width=8", "model.depth=2", "trainer.learning_rate=0.01"],
}
# A model that is trained in a moment.
QUICK = ["model.name=linear", "trainer.epochs=1"]
# What makes a network answer differently each time in training.
STILL = ["model.dropout=0", "model.shift=0", "model.turn=0"]


def draw(kind: str, rng: random.Random, mode: str = "L", side: int = 12) -> Image.Image:
    """A bar that stands or lies, on a noisy ground."""
    image = Image.new(mode, (side, side + 2), "black")
    pen = ImageDraw.Draw(image)
    at = rng.randint(2, side - 4)
    box = (at, 1, at + 2, side) if kind == "standing" else (1, at, side, at + 2)
    pen.rectangle(box, fill="white")
    pen.point((rng.randint(0, side - 1), rng.randint(0, side - 1)), fill="white")
    return image


def encoded(image: Image.Image, form: str = "PNG") -> str:
    stream = io.BytesIO()
    image.save(stream, form)
    return base64.b64encode(stream.getvalue()).decode("ascii")


GOOD: object = encoded(draw("lying", random.Random(1)))  # an input that the service takes


def make_data(folder: Path, task: str) -> Made:
    """Two classes in files of odd names."""
    rng = random.Random(3)
    rows: list[list[object]] = [["row_id", "image", "width", "folder"]]
    for i in range(72):
        kind = rng.choice(["standing", "lying"])
        path = folder / "images" / kind / f"图 {i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(kind, rng).save(path)
        rows.append([i, f"{kind}/{path.name}", 12, kind])
    write_csv(folder / "data" / "data.csv", rows)
    roles = {"image": "image", "width": "ignored", "folder": "target"}
    columns = [{"name": name, "role": role, "missing": 0} for name, role in roles.items()]
    schema = {"task": task, "target": "folder", "classes": ["lying", "standing"]}
    text = json.dumps({**schema, "columns": columns})
    (folder / "schema.json").write_text(text, encoding="utf-8")
    return Made(folder / "data", folder / "schema.json", (f"data.images={folder / 'images'}",))
