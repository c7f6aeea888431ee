"""Draws a folder of people as users have it: draw_faces.py OUTPUT --people N --images N --side N [--mixed].

`--mixed` adds what real folders hold: grey pictures, JPEG, other sizes, a copy, one person with a single picture, a file
that is broken and one that is no picture.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from drawn_faces import draw_people
from PIL import Image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    for name, default in (("people", 40), ("images", 8), ("side", 56), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--mixed", action="store_true")
    given = parser.parse_args()
    draw_people(given.output, random.Random(given.seed), given.people, given.images, given.side)
    if given.mixed:
        mix(given.output)


def mix(folder: Path) -> None:
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    for number, path in enumerate(sorted(folder.glob("*/*.png"))):
        image = Image.open(path)
        if number % 5 == 1:
            image.convert("L").save(path)
        if number % 5 == 2:
            image.resize((90, 70)).save(path.with_suffix(".jpg"), quality=85)
            path.unlink()
    people[0].rename(folder / "李 雷")
    shutil.copy(next(people[1].glob("*.png")), people[1] / "copy.png")
    for path in sorted(people[2].iterdir())[1:]:
        path.unlink()
    (people[3] / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (people[3] / "notes.txt").write_text("no picture", encoding="utf-8")


if __name__ == "__main__":
    main()
