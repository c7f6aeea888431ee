"""Size of everything that the service needs, in MB (10^6 bytes), as one JSON object.

    serving_footprint.py REQUIREMENTS FOLDER [FOLDER …]

The interpreter with its standard library, the packages of the requirements file with their dependencies, and the given
folders (code and model): what an image holds on top of its system.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(roots: list[str]) -> set[str]:
    seen: set[str] = set()
    queue = list(roots)
    while queue:
        name = queue.pop()
        if name in seen:
            continue
        try:
            requires = metadata.distribution(name).requires or []
        except metadata.PackageNotFoundError:
            continue
        seen.add(name)
        queue += [normalised(match[0]) for line in requires if "extra ==" not in line and (match := re.match(r"^[A-Za-z0-9._-]+", line))]
    return seen


def size(folder: Path, skipped: frozenset[str] = frozenset({"__pycache__"})) -> int:
    total = 0
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in skipped]
        total += sum(os.lstat(os.path.join(root, name)).st_size for name in files)
    return total


def package_size(name: str) -> int:
    distribution = metadata.distribution(name)
    base = str(distribution.locate_file(""))
    files = [os.path.join(base, str(file)) for file in distribution.files or [] if file.suffix != ".pyc"]
    return sum(os.lstat(file).st_size for file in files if os.path.exists(file))


def standard_library() -> int:
    skipped = {"site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib", "ensurepip"}
    return size(Path(sysconfig.get_path("stdlib")), frozenset(skipped))


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    roots = [normalised(match[0]) for line in lines if (match := re.match(r"^[A-Za-z0-9._-]+", line.strip()))]
    packages = sum(package_size(name) for name in needed(roots))
    own = sum(size(Path(folder)) for folder in sys.argv[2:])
    interpreter = Path(sys.executable).resolve().stat().st_size
    parts = {"packages": packages, "project": own, "interpreter": interpreter + standard_library()}
    json.dump({**{name: value / 1e6 for name, value in parts.items()}, "total": sum(parts.values()) / 1e6}, sys.stdout)


if __name__ == "__main__":
    main()
