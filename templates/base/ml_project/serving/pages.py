"""All endpoints but /predict: probes, description, metrics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from ml_project.serving.metrics import Metrics
from ml_project.serving.model import ServedModel
from ml_project.serving.openapi import describe_predict

DOCS = Path(__file__).with_name("docs.html")


class Model(BaseModel):
    name: str
    version: str


class Status(BaseModel):
    status: str = Field(examples=["ok"])
    model: Model | None = None
    reason: str | None = None


class ModelInfo(BaseModel):
    """What the exporter wrote: see model.json."""

    name: str
    version: str
    task: str
    target: str
    classes: list[str] | None
    columns: list[dict[str, Any]]
    metrics: dict[str, float | None]
    created_at: str
    unit: str | None = None
    threshold: float | None = None
    interval: dict[str, float | list[float]] | None = None
    horizon: int | None = None
    season: int | None = None
    frequency: dict[str, str | int] | None = None
    device: str
    slot: str


@dataclass
class State:
    """Waiting, then either a model or the reason why there is none."""

    max_inputs: int
    metrics: Metrics
    model: ServedModel | None = None
    failure: str | None = None

    def loaded(self) -> ServedModel:
        if self.model is None:
            raise HTTPException(503, self.failure or "the model is being loaded")
        return self.model


def add_pages(pages: FastAPI, state: State) -> None:
    _add_probes(pages, state)
    _add_descriptions(pages, state)


def _add_probes(pages: FastAPI, state: State) -> None:
    @pages.get("/health", summary="The process is alive", response_model_exclude_none=True)
    async def health() -> Status:
        return Status(status="ok")

    unready: dict[int | str, dict[str, Any]] = {503: {"model": Status}}

    @pages.get("/ready", summary="A prediction was made", response_model=Status, responses=unready)
    async def ready() -> Response:
        if state.model is not None:
            return JSONResponse({"status": "ready", "model": state.model.label})
        reason = state.failure or "the model is being loaded"
        status = "failed" if state.failure else "loading"
        return JSONResponse({"status": status, "reason": reason}, 503)

    @pages.get("/metrics", summary="Prometheus metrics", response_class=Response)
    async def metrics() -> Response:
        return Response(state.metrics.render(), media_type=CONTENT_TYPE_LATEST)


def _add_descriptions(pages: FastAPI, state: State) -> None:
    described: dict[str, Any] = {}

    @pages.get("/model/info", summary="What is served", response_model_exclude_none=True)
    async def model_info() -> ModelInfo:
        model = state.loaded()
        return ModelInfo(**model.info, device=model.device, slot=state.metrics.labels[1])

    @pages.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        if not described:
            model = state.loaded()
            title = f"{model.info['target']}: {model.info['task'].replace('_', ' ')}"
            schema = get_openapi(title=title, version=model.label["version"], routes=pages.routes)
            described.update(describe_predict(schema, model, state.max_inputs))
        return JSONResponse(described)

    @pages.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(DOCS.read_text(encoding="utf-8"))
