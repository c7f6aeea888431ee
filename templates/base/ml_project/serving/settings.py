"""What the surroundings may set. An unusable value stops the start and is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_project.errors import ConfigError
from ml_project.family import MAX_BODY_BYTES


@dataclass(frozen=True)
class ServingSettings:
    model_dir: Path = Path("models/current")
    slot: str = "main"
    version: str | None = None
    max_body_bytes: int = MAX_BODY_BYTES
    max_inputs: int = 1024
    latency_edges_ms: tuple[float, ...] = ()
    capture_file: Path | None = None
    capture_bytes: int = 50_000_000


def read_settings(environment: Mapping[str, str]) -> ServingSettings:
    """LATENCY_EDGES_MS, such as "50,120", adds the thresholds that matter to the histogram.

    CAPTURE_FILE keeps requests and predictions as JSON lines, up to CAPTURE_BYTES; off by default.
    """
    given = {name: value for name, value in environment.items() if value}
    base = ServingSettings()
    return ServingSettings(
        model_dir=Path(given.get("MODEL_DIR", base.model_dir)),
        slot=given.get("SLOT", base.slot),
        version=given.get("MODEL_VERSION"),
        max_body_bytes=_count(given, "MAX_BODY_BYTES", base.max_body_bytes),
        max_inputs=_count(given, "MAX_INPUTS", base.max_inputs),
        latency_edges_ms=_edges(given.get("LATENCY_EDGES_MS", "")),
        capture_file=Path(given["CAPTURE_FILE"]) if "CAPTURE_FILE" in given else None,
        capture_bytes=_count(given, "CAPTURE_BYTES", base.capture_bytes),
    )


def _count(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{name}={text!r}: expected a whole number of at least 1")
    return int(text)


def _edges(text: str) -> tuple[float, ...]:
    try:
        edges = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        edges = (0.0,)
    if not all(0 < edge < 1e9 for edge in edges):
        raise ConfigError(f"LATENCY_EDGES_MS={text!r}: expected milliseconds, such as 50,120")
    return edges
