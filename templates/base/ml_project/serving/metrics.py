"""Prometheus metrics, all with the labels version and slot."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ml_project.serving.answers import watched_values
from ml_project.serving.model import ServedModel
from ml_project.serving.process import LabelledProcess

EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PATHS = ("/predict", "/health", "/ready", "/metrics", "/model/info", "/docs", "/openapi.json")
COMMON = ("version", "slot")
disable_created_metrics()  # a time of birth for each series doubles the answer of /metrics


class Metrics:
    """One registry per service. Known only once the model is, the version labels everything."""

    def __init__(
        self, slot: str, latency_edges_ms: Sequence[float] = (), paths: Sequence[str] = PATHS
    ) -> None:
        self.registry = CollectorRegistry()
        self.paths = paths
        self.labels = ("loading", slot)
        edges = sorted({*EDGES, *(edge / 1000 for edge in latency_edges_ms)})
        self.requests = Counter(
            "requests", "Answered requests.", ("path", "status", *COMMON), registry=self.registry
        )
        self.seconds = Histogram(
            "request_seconds",
            "From the request to the end of its answer.",
            ("path", *COMMON),
            buckets=edges,
            registry=self.registry,
        )
        self.predictions: Counter | None = None
        self.values: Any = None
        self.children: dict[Any, Any] = {}

    def start(self, model: ServedModel) -> None:
        self.children.clear()
        self.labels = (model.info["version"], self.labels[1])
        labels = dict(zip(COMMON, self.labels, strict=True))
        self.registry.register(LabelledProcess(labels))
        about = Gauge(
            "model_info", "The served model.", ("name", "task", *COMMON), registry=self.registry
        )
        about.labels(name=model.info["name"], task=model.info["task"], **labels).set(1)
        quality = Gauge(
            "model_quality", "On the hold-out.", ("metric", *COMMON), registry=self.registry
        )
        for metric, value in (model.info.get("holdout") or {}).items():
            quality.labels(metric, *self.labels).set(value)
        self.predictions = Counter(
            "predictions", "Answers by label.", ("label", *COMMON), registry=self.registry
        )
        for name in model.info["classes"] or ():
            self.predictions.labels(name, *self.labels)
        if model.info["classes"] is None:
            self.values = value_histogram(model.reference, self.registry).labels(*self.labels)
        for status in (200, 500):
            self.observe("/predict", status, None)

    def count_predictions(self, answers: Sequence[dict[str, Any] | None]) -> None:
        """Of a whole batch at once; None is a row without an answer."""
        if self.values is not None:
            for answer in filter(None, answers):
                for value in watched_values(answer):
                    self.values.observe(value)
        elif self.predictions is not None:
            counts: dict[str, int] = {}
            for answer in filter(None, answers):
                counts[answer["label"]] = counts.get(answer["label"], 0) + 1
            for name, count in counts.items():
                self._child(self.predictions, name).inc(count)

    def observe(self, path: str, status: int, seconds: float | None) -> None:
        """Without seconds the series is only made: a rate needs a first value of zero."""
        known = next((one for one in self.paths if f"{path}/".startswith(f"{one}/")), "other")
        counter = self._child(self.requests, known, str(status))
        histogram = self._child(self.seconds, known)
        if seconds is not None:
            counter.inc()
            histogram.observe(seconds)

    def _child(self, metric: Any, *labels: str) -> Any:
        """The library's own look-up checks its labels each time, which costs more than counting."""
        key = (metric, labels)
        child = self.children.get(key)
        if child is None:
            child = self.children[key] = metric.labels(*labels, *self.labels)
        return child

    def render(self) -> bytes:
        return generate_latest(self.registry)


def value_histogram(reference: Any, registry: CollectorRegistry) -> Histogram:
    """Edges at the training predictions' quantiles: each holds about the same share at first."""
    quantiles = reference["prediction"]["quantiles"] if reference else [0.0]
    return Histogram(
        "prediction_value",
        "Predicted values.",
        COMMON,
        buckets=sorted(set(quantiles)) or [0.0],
        registry=registry,
    )


class Measured:
    """Counts and times each request; plain ASGI, since a framework's middleware halves the rate."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            self.metrics.observe(scope["path"], status, perf_counter() - started)
