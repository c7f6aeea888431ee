"""The run folder: what a training leaves behind for people and for programs."""

from __future__ import annotations

import contextlib
import csv
import json
import platform
import re
import resource
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ml_project import frameworks
from ml_project.errors import UsageError
from ml_project.predictions import number

RUN_FILE = "run.json"
PACKAGES = ("numpy", "scikit-learn", "omegaconf", "joblib", "onnx", "onnxruntime")


def versions() -> dict[str, str]:
    names = (*frameworks.PACKAGES, *PACKAGES)
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def peak_memory_mb() -> float:
    """The most memory that this process has held, in units of 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return round(peak * unit / 1e6, 1)


def forget_peak() -> None:
    """From here on peak_since_mb counts anew, where the system can do that (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_since_mb() -> float:
    """As peak_memory_mb, but since forget_peak."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return peak_memory_mb()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return round(int(found[1]) * 1024 / 1e6, 1) if found else peak_memory_mb()


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_run(folder: Path) -> dict[str, Any]:
    path = folder / RUN_FILE
    if not path.is_file():
        raise UsageError(f"{path}: no such file; is {folder} the folder of a finished run?")
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return run


def write_history(path: Path, history: Sequence[dict[str, Any]]) -> None:
    """metrics.csv: one row per epoch and split; a metric that is not defined stays empty."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(history[0])
        for row in history:
            writer.writerow([_cell(value) for value in row.values()])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)
