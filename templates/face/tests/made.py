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
    "pixels": [],
    "eigenfaces": ["model.components=20"],
    "fisherfaces": ["model.components=20"],
    "cosface": ["model.width=8", "model.depth=2", "model.embedding=16"],
    "arcface": ["model.width=8", "model.depth=2", "model.embedding=16"],
}
# What makes a network answer differently each time in training.
STILL = ["model.dropout=0", "model.shift=0", "model.turn=0"]
SIDE = 16


def look_of(person: int) -> tuple[int, int, int]:
    """Where eyes and mouth lie, another combination for each of the first 27."""
    return 2 + person % 3, 4 + person // 3 % 3, 9 + person // 9 % 3 * 2


def draw(person: int, rng: random.Random, mode: str = "L", side: int = SIDE) -> Image.Image:
    """Two eyes and a mouth, moved a little, in changing light and with noise."""
    image = Image.new("L", (SIDE, SIDE), rng.randint(0, 40))
    pen, light = ImageDraw.Draw(image), rng.randint(160, 255)
    x = rng.randint(0, 1)
    apart, eyes, mouth = look_of(person)
    for eye in (8 - apart, 8 + apart):
        pen.rectangle((eye + x - 1, eyes - 1, eye + x + 1, eyes + 1), fill=light)
    pen.line((5 + x, mouth, 10 + x, mouth), fill=light, width=2)
    pen.point((rng.randint(0, 15), rng.randint(0, 15)), fill=light)
    return image.resize((side, side)).convert(mode)


def encoded(image: Image.Image, form: str = "PNG") -> str:
    stream = io.BytesIO()
    image.save(stream, form)
    return base64.b64encode(stream.getvalue()).decode("ascii")


# An input that the service takes.
GOOD: object = {side: encoded(draw(1, random.Random(side))) for side in ("a", "b")}


def make_data(folder: Path, task: str) -> Made:
    """Eighteen people with six images each, in files of odd names."""
    rng = random.Random(3)
    rows: list[list[object]] = [["row_id", "image", "width", "folder"]]
    for i in range(18 * 6):
        person = f"人 {i % 18}"
        path = folder / "images" / person / f"图 {i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(i % 18, rng).save(path)
        rows.append([i, f"{person}/{path.name}", SIDE, person])
    write_csv(folder / "data" / "data.csv", rows)
    roles = {"image": "image", "width": "ignored", "folder": "target"}
    columns = [{"name": name, "role": role, "missing": 0} for name, role in roles.items()]
    text = json.dumps({"task": task, "target": "folder", "classes": None, "columns": columns})
    (folder / "schema.json").write_text(text, encoding="utf-8")
    return Made(folder / "data", folder / "schema.json", (f"data.images={folder / 'images'}",))
