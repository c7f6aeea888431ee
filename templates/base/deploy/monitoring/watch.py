"""Watches the service where there is no Prometheus: health, latency and errors.

python deploy/monitoring/watch.py [--url URL] [--seconds 60] [--every 5]
Reads watch.json beside it; ends with 3 and the requirement's id when one is breached.
"""

from __future__ import annotations

import argparse
import json
import math
import operator
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
MEETS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "=": operator.eq,
}
SHARES = {"latency": 0.95, "latency_p50": 0.5, "latency_p95": 0.95, "latency_p99": 0.99}
WINDOW = 12
Reading = dict[str, Any]


def fetch(url: str) -> str | None:
    """The answer's text; None where nothing answers well, which is what is watched for."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            text: str = answer.read().decode("utf-8", "replace")
            return text
    except (urllib.error.URLError, OSError):
        return None


def reading_of(text: str, names: dict[str, Any]) -> Reading:
    """Counts of one reading of /metrics, all copies and labels together."""
    found: Reading = {"requests": 0.0, "failed": 0.0, "count": 0.0, "sum": 0.0, "buckets": {}}
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        labels = dict(LABEL.findall(match[2] or ""))
        if any(labels.get(name) != value for name, value in names["where"].items()):
            continue
        value = float(match[3])
        if math.isnan(value):
            continue
        if match[1] == names["requests"]:
            found["requests"] += value
            if labels.get(names["status"], "").startswith("5"):
                found["failed"] += value
        for part in ("count", "sum"):
            if match[1] == f"{names['seconds']}_{part}":
                found[part] += value
        if match[1] == f"{names['seconds']}_bucket":
            edge = float(labels["le"])
            found["buckets"][edge] = found["buckets"].get(edge, 0.0) + value
    return found


def quantile_ms(buckets: list[tuple[float, float]], share: float) -> float | None:
    """As Prometheus does it: linear within a bucket."""
    if not buckets or buckets[-1][1] <= 0:
        return None
    rank = share * buckets[-1][1]
    low, below = 0.0, 0.0
    for edge, count in buckets:
        if count >= rank:
            if edge == float("inf"):
                return low * 1000
            return (low + (edge - low) * (rank - below) / max(1e-12, count - below)) * 1000
        low, below = edge, count
    return None


def figures_of(before: Reading, now: Reading) -> dict[str, float | None]:
    """By subject: latencies in ms, shares of 1. Counters that went back mean a restart."""
    if now["requests"] < before["requests"]:
        before = {"requests": 0.0, "failed": 0.0, "count": 0.0, "sum": 0.0, "buckets": {}}
    requests = now["requests"] - before["requests"]
    count = now["count"] - before["count"]
    old = before["buckets"]
    buckets = [(edge, now["buckets"][edge] - old.get(edge, 0.0)) for edge in sorted(now["buckets"])]
    rate = (now["failed"] - before["failed"]) / requests if requests else None
    return {
        "requests": requests,
        "error_rate": rate,
        "availability": None if rate is None else 1 - rate,
        "latency_mean": (now["sum"] - before["sum"]) / count * 1000 if count else None,
        **{subject: quantile_ms(buckets, share) for subject, share in SHARES.items()},
    }


def breaches_of(plan: dict[str, Any], figures: dict[str, float | None], down: int) -> list[str]:
    """A line for each breached requirement, its id first."""
    found = []
    if down >= plan["failed_health_checks"]:
        rows = [row for row in plan["rows"] if row["subject"] == "availability"]
        name = rows[0]["requirement"] if rows else "default"
        found.append(f"{name}  {down} health checks in a row failed")
    if (figures.get("requests") or 0) < plan["fewest_requests"]:
        return found
    for row in plan["rows"]:
        measured = figures.get(row["subject"])
        if measured is not None and not MEETS[row["op"]](measured, row["value"]):
            asked = f"{row['op']} {row['value']:g}  ({row['words']})"
            found.append(f"{row['requirement']}  {row['subject']} {measured:.4g}, asked {asked}")
    return found


def watch(plan: dict[str, Any], seconds: float, every: float) -> int:
    end = time.monotonic() + seconds
    readings: list[Reading] = []
    down = 0
    while True:
        down = 0 if fetch(plan["url"] + plan["health"]) is not None else down + 1
        text = fetch(plan["url"] + plan["metrics"]["path"])
        if text is not None:
            readings = [*readings[-WINDOW:], reading_of(text, plan["metrics"])]
        figures = figures_of(readings[0], readings[-1]) if len(readings) > 1 else {}
        shown = "  ".join(f"{name} {value:.4g}" for name, value in figures.items() if value)
        sys.stdout.write(f"{'no health' if down else 'healthy'}  {shown}\n")
        breaches = breaches_of(plan, figures, down)
        if breaches or time.monotonic() + every > end:
            sys.stdout.writelines(f"{line}\n" for line in breaches)
            return 3 if breaches else 0
        time.sleep(every)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Watches the running service.")
    parser.add_argument("--url", help="where the service answers (default: as in watch.json)")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=float, default=5)
    given = parser.parse_args()
    chosen = json.loads(Path(__file__).with_name("watch.json").read_text(encoding="utf-8"))
    sys.exit(watch({**chosen, "url": given.url or chosen["url"]}, given.seconds, given.every))
