from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from ml_project.family import TASKS
from ml_project.serving.gallery import Gallery
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from tests.made import draw, encoded
from tests.served import BODY_LIMIT, started

pytest_plugins = ["tests.served"]  # the fixture models


def image(person: int, number: int) -> str:
    return encoded(draw(person, random.Random(1000 * person + number)))


def start(models: dict[str, Path]) -> TestClient:
    settings = ServingSettings(models[TASKS[0]], max_body_bytes=BODY_LIMIT)
    return TestClient(create_app(settings))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEOPLE_DIR", str(tmp_path / "people"))
    return tmp_path / "people"


@pytest.fixture
def fresh(models: dict[str, Path], folder: Path) -> Iterator[TestClient]:
    """A service that knows nobody yet."""
    with start(models) as client:
        yield started(client)


def enroll(client: TestClient, name: str, *images: str) -> Any:
    return client.post("/enroll", json={"name": name, "images": images})


def identify(client: TestClient, text: str, **more: Any) -> Any:
    return client.post("/identify", json={"image": text, **more})


def names(client: TestClient) -> dict[str, int]:
    return {one["name"]: one["images"] for one in client.get("/people").json()["people"]}


def test_people_are_enrolled_found_and_forgotten(fresh: TestClient) -> None:
    assert identify(fresh, image(1, 9)).json()["name"] is None
    assert enroll(fresh, "安娜", image(1, 0), image(1, 1)).json()["images"] == 2
    assert enroll(fresh, "安娜", image(1, 2)).json()["images"] == 3
    enroll(fresh, "Bo/b", image(13, 0))
    assert names(fresh) == {"安娜": 3, "Bo/b": 1}
    found = identify(fresh, image(1, 0), top=1).json()
    assert found["name"] == "安娜" and [one["name"] for one in found["candidates"]] == ["安娜"]
    assert len(identify(fresh, image(1, 0)).json()["candidates"]) == 2
    assert fresh.delete("/people/Bo%2Fb").json()["images"] == 0
    assert names(fresh) == {"安娜": 3}
    gone = fresh.delete("/people/Bo%2Fb")
    assert gone.status_code == 404 and "Bo/b" in gone.json()["detail"]


def test_people_survive_a_restart(models: dict[str, Path], folder: Path) -> None:
    with start(models) as first:
        enroll(started(first), "Ada", image(2, 0))
    with start(models) as second:
        assert identify(started(second), image(2, 0)).json()["name"] == "Ada"
    stored = next(folder.glob("*.json"))
    assert stored.stat().st_mode & 0o077 == 0
    assert image(2, 0)[:40] not in stored.read_text(encoding="utf-8")


def test_two_services_of_one_model_see_each_other(models: dict[str, Path], folder: Path) -> None:
    with start(models) as one, start(models) as two:
        enroll(started(one), "Ada", image(2, 0))
        enroll(started(two), "Bob", image(13, 0))
        assert set(names(one)) == set(names(two)) == {"Ada", "Bob"}


def test_people_of_another_model_are_told_and_not_compared(
    models: dict[str, Path], folder: Path
) -> None:
    other = Gallery(folder, "0123456789ab")
    other.enroll("Ada", np.ones((1, 3), dtype=np.float32))
    with start(models) as client:
        assert identify(started(client), image(2, 0)).json()["candidates"] == []
        listed = client.get("/people").json()
    assert listed["people"] == []
    assert listed["other_versions"] == [{"version": "0123456789ab", "people": 1}]


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [
        ("/enroll", {"images": [image(1, 1)]}, "name"),
        ("/enroll", {"name": " ", "images": [image(1, 1)]}, "name"),
        ("/enroll", {"name": 5, "images": [image(1, 1)]}, "name"),
        ("/enroll", {"name": "x" * 201, "images": [image(1, 1)]}, "name"),
        ("/enroll", {"name": "x", "images": []}, "images"),
        ("/enroll", {"name": "x", "images": image(1, 1)}, "images"),
        ("/enroll", {"name": "x", "images": [image(1, 1), "no"]}, "images[1]"),
        ("/enroll", {"name": "x", "images": [image(1, 1)], "age": 3}, "age"),
        ("/identify", {}, "image"),
        ("/identify", {"image": None}, "image"),
        ("/identify", {"image": image(1, 1), "top": 0}, "top"),
        ("/identify", {"image": image(1, 1), "top": "all"}, "top"),
        ("/identify", {"image": image(1, 1), "top": True}, "top"),
        ("/identify", [1], ""),
    ],
)
def test_what_is_wrong_is_named(fresh: TestClient, path: str, content: Any, field: str) -> None:
    answer = fresh.post(path, json=content)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [field]
    assert names(fresh) == {}


@pytest.mark.parametrize("path", ["/enroll", "/identify"])
def test_bad_json_and_large_bodies_are_refused(fresh: TestClient, path: str) -> None:
    assert fresh.post(path, content=b"{").status_code == 400
    assert fresh.post(path, content=b"\xff").status_code == 400
    assert fresh.post(path, content=b" " * (BODY_LIMIT + 1)).status_code == 413
    assert fresh.get(path).status_code == 405


def test_a_folder_that_cannot_be_written_is_told(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("PEOPLE_DIR", str(tmp_path / "file" / "people"))
    with start(models) as client:
        answer = enroll(started(client), "Ada", image(2, 0))
        assert answer.status_code == 503 and "PEOPLE_DIR" in answer.json()["detail"]
        assert names(client) == {}


def test_a_broken_file_does_not_stop_the_rest(models: dict[str, Path], folder: Path) -> None:
    version = json.loads((models[TASKS[0]] / "model.json").read_text(encoding="utf-8"))["version"]
    folder.mkdir()
    (folder / f"{version}.json").write_text("{", encoding="utf-8")
    with start(models) as client:
        assert enroll(started(client), "Ada", image(2, 0)).status_code == 503
        assert client.get("/people").status_code == 503
        pair = {"a": image(1, 0), "b": image(1, 0)}
        assert client.post("/predict", json={"inputs": [pair]}).status_code == 200


def test_the_endpoints_are_described_and_counted(fresh: TestClient) -> None:
    api = fresh.get("/openapi.json").json()
    assert {"/enroll", "/identify", "/people", "/people/{name}"} <= set(api["paths"])
    body = api["paths"]["/enroll"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["schema"]["properties"]) == {"name", "images"}
    assert fresh.post("/enroll", json=body["example"]).json()["images"] == 2
    fresh.delete("/people/nobody"), identify(fresh, image(1, 1))
    text = fresh.get("/metrics").text
    assert 'path="/people"' in text and 'path="/identify"' in text and "nobody" not in text
