"""The whole service: /predict as plain ASGI, the rest in FastAPI, metrics around both."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from ml_project.serving.enrolment import Enrolment, add_enrolment
from ml_project.serving.metrics import PATHS, Measured, Metrics
from ml_project.serving.model import ServedModel
from ml_project.serving.pages import State, add_pages
from ml_project.serving.predict import PredictEndpoint
from ml_project.serving.settings import ServingSettings

OWN_PATHS = ("/enroll", "/identify", "/people")
logger = logging.getLogger(__name__)


class Service:
    """Answers /health while the model loads beside it; every other path waits for the model."""

    def __init__(self, settings: ServingSettings, at_end: Callable[[], None]) -> None:
        self.settings = settings
        self.at_end = at_end
        self.metrics = Metrics(settings.slot, settings.latency_edges_ms, (*PATHS, *OWN_PATHS))
        self.predict = PredictEndpoint(settings, self.metrics)
        self.state = State(settings.max_inputs, self.metrics)
        self.enrolment = Enrolment(self.state, settings.max_body_bytes)
        self.pages = FastAPI(
            docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._lifespan
        )
        add_pages(self.pages, self.state)
        add_enrolment(self.pages, self.enrolment)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/predict":
            await self.predict(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        load = asyncio.create_task(asyncio.to_thread(self._load))
        load.add_done_callback(self._loaded)
        yield
        load.cancel()
        self.at_end()

    def _load(self) -> ServedModel:
        model = ServedModel(Path(self.settings.model_dir), self.settings.version)
        self.enrolment.start(model)
        return model

    def _loaded(self, load: asyncio.Task[ServedModel]) -> None:
        if load.cancelled():
            return
        error = load.exception()
        if error is not None:
            self.state.failure = f"{type(error).__name__}: {error}"
            logger.error("the model could not be loaded: %s", error, exc_info=error)
            return
        model = load.result()
        self.metrics.start(model)
        self.predict.start(model)
        self.state.model = model
        logger.info("ready with %s %s on %s", model.label["name"], *self._where(model))

    def _where(self, model: ServedModel) -> tuple[str, str]:
        return model.label["version"], model.device


def create_app(settings: ServingSettings, at_end: Callable[[], None] = lambda: None) -> ASGIApp:
    service = Service(settings, at_end)
    return Measured(service, service.metrics)
