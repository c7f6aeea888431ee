"""Lists the images of a folder, as they can be read, for the engine.

    list_images.py FOLDER OUTPUT.csv sorted|all|prefix|suffix

Writes `image` (path below the folder), `width`, `height`, `channels` (1: no pixel has a colour), `pixels` (hash of
the unpacked pixels: copies have the same) and `folder` (the class: the name of the folder that holds the file).
`sorted`: only images in folders of their own are listed; `all`: those beside them as well, whose class a table tells;
`prefix`, `suffix`: the class is what stands before or behind the number in the image's own name.
Prints one JSON object {images, unreadable: [{file, problem}], bytes}.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
LARGEST = 64_000_000
NAMED = {"prefix": re.compile(r"(.*?)[ ._-]*\(?\d+\)?"), "suffix": re.compile(r"\(?\d+\)?[ ._-]+(.+)")}


def look(path: Path) -> tuple[int, int, int, str]:
    with Image.open(path) as image:
        if image.width * image.height > LARGEST:
            raise ValueError(f"{image.width} x {image.height} pixels are too many")
        image.load()
        pixels = np.asarray(image.convert("RGB"))
        grey = bool((np.ptp(pixels, axis=2) <= 2).all())
        digest = hashlib.sha256(f"{image.size}".encode() + pixels.tobytes()).hexdigest()
        return image.width, image.height, 1 if grey else 3, digest[:32]


def tried(path: Path) -> tuple[int, int, int, str] | str:
    try:
        return look(path)
    except Exception as error:  # noqa: BLE001 - whatever a broken file raises, it is told and left out
        return f"{type(error).__name__}: {error}"


def class_of(path: Path, depth: str) -> str:
    if depth not in NAMED:
        return path.parent.name
    found = NAMED[depth].fullmatch(path.stem)
    return found.group(1) if found else ""


def main() -> None:
    folder, output, depth = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and (depth != "sorted" or path.parent != folder)
        and path.is_file() and not path.is_symlink()
        and not any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts)
    )
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(tried, files))
    unreadable = []
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["image", "width", "height", "channels", "pixels", "folder"])
        for path, facts in zip(files, found, strict=True):
            name = path.relative_to(folder).as_posix()
            if isinstance(facts, str):
                unreadable.append({"file": name, "problem": facts[:200]})
                continue
            writer.writerow([name, *facts, class_of(path, depth)])
    total = sum(path.stat().st_size for path in files)
    json.dump({"images": len(files) - len(unreadable), "unreadable": unreadable, "bytes": total}, sys.stdout)


if __name__ == "__main__":
    main()
