"""What is installed in this environment, and what of it was asked for, as one JSON object.

    inspect_environment.py REQUIREMENTS [REQUIREMENTS …]

`missing`: required, but absent or of another version. `foreign`: installed, but neither required nor a dependency of
what is (pip and setuptools come with the environment).
"""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib import metadata
from pathlib import Path

SEEDS = {"pip", "setuptools", "wheel"}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(files: list[str]) -> dict[str, str]:
    pins = {}
    for file in files:
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            match = re.match(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])?==(\S+)", line.strip())
            if match:
                pins[normalised(match[1])] = match[3]
    return pins


def reachable(roots: set[str], installed: dict[str, metadata.Distribution]) -> set[str]:
    """Names that the roots need, in any extra: an extra that nobody asked for would not be installed."""
    seen: set[str] = set()
    queue = list(roots)
    while queue:
        name = queue.pop()
        if name in seen or name not in installed:
            continue
        seen.add(name)
        for line in installed[name].requires or []:
            match = re.match(r"^[A-Za-z0-9._-]+", line)
            if match:
                queue.append(normalised(match[0]))
    return seen


def gpu() -> dict[str, object]:
    import torch

    available = bool(torch.cuda.is_available())
    return {
        "available": available,
        "name": torch.cuda.get_device_name(0) if available else None,
        "cuda": torch.version.cuda if available else None,
    }


def main() -> None:
    installed = {normalised(one.metadata["Name"]): one for one in metadata.distributions()}
    versions = {name: installed[name].version for name in sorted(installed)}
    pins = required(sys.argv[1:])
    # A local label (2.13.0+cpu) says which build it is, not which version.
    missing = [
        f"{name}=={version} (found {versions.get(name, 'none')})"
        for name, version in pins.items()
        if versions.get(name, "").split("+")[0] != version.split("+")[0]
    ]
    json.dump(
        {
            "python_version": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "gpu": gpu(),
            "packages_installed": versions,
            "required": pins,
            "missing": missing,
            "foreign": sorted(set(versions) - reachable(set(pins), installed) - SEEDS),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
