"""What the process uses and what it may use, with the labels of every other metric."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CGROUP = Path("/sys/fs/cgroup")


class LabelledProcess(Collector):
    """The library's process metrics know no labels; alerts compare versions by them."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = dict(labels)
        self.process = ProcessCollector(registry=None)

    def collect(self) -> Iterator[Metric]:
        for metric in self.process.collect():
            labelled = [s._replace(labels={**s.labels, **self.labels}) for s in metric.samples]
            metric.samples = labelled
            yield metric
        yield self._gauge("process_memory_limit_bytes", "Memory it may use.", memory_limit())
        yield self._gauge("process_cpu_limit_cores", "Processor cores it may use.", cpu_limit())

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(name, text, labels=list(self.labels))
        gauge.add_metric(list(self.labels.values()), value)
        return gauge


def memory_limit(root: Path = CGROUP) -> float:
    """The container's limit where there is one, the machine's memory otherwise."""
    machine = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _read(root / name)
        if text.isdecimal():
            return min(float(text), machine)
    return machine


def cpu_limit(root: Path = CGROUP) -> float:
    cores = float(os.cpu_count() or 1)
    quota, _, period = _read(root / "cpu.max").partition(" ")
    if not quota:
        quota = _read(root / "cpu/cpu.cfs_quota_us")
        period = _read(root / "cpu/cpu.cfs_period_us")
    if quota.isdecimal() and period.isdecimal():
        return min(int(quota) / int(period), cores)
    return cores


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""
