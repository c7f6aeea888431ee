"""Exported models and running services for the tests of the service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ml_project.export.export import export_run
from ml_project.family import TASKS
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from ml_project.training.run import train_run
from tests.conftest import new_job
from tests.made import QUICK, make_data

BODY_LIMIT = 20_000


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An exported model for each task, trained in a moment."""
    made: dict[str, Path] = {}
    for task in TASKS:
        folder = tmp_path_factory.mktemp(task)
        data = make_data(folder, task)
        settings = data.settings(*QUICK)
        loaded = data.load(settings)
        train_run(new_job(settings, loaded, folder / "run"), loaded, folder / "run")
        export_run(folder / "run", loaded.schema, folder / "model")
        made[task] = folder / "model"
    return made


def started(client: TestClient) -> TestClient:
    deadline = time.monotonic() + 10
    while client.get("/ready").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    return client


@pytest.fixture(scope="session")
def client(models: dict[str, Path]) -> Iterator[TestClient]:
    settings = ServingSettings(models[TASKS[0]], slot="canary", max_inputs=8)
    with TestClient(create_app(replace(settings, max_body_bytes=BODY_LIMIT))) as client:
        yield started(client)


def predict(client: TestClient, *rows: Any) -> Any:
    return client.post("/predict", json={"inputs": rows})
