from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from tabular_project.serving.check import agrees
from tabular_project.serving.service import create_app
from tabular_project.serving.settings import ServingSettings
from tests.conftest import ODD_NAMES
from tests.served import CLASSIFICATION, REGRESSION, predict, started

SIZE, COUNT, COLOR = ODD_NAMES
pytest_plugins = ["tests.served"]  # the fixtures models and client
NO_JSON = [b"NaN", b"-Infinity", b"1e999", b'"\\ud800"']


def test_it_answers_in_order_as_the_export_did(client: TestClient, models: dict[str, Path]) -> None:
    samples = json.loads((models[CLASSIFICATION] / "samples.json").read_text(encoding="utf-8"))[:5]
    answer = predict(client, *(sample["input"] for sample in samples))
    assert answer.status_code == 200
    assert agrees([sample["output"] for sample in samples], answer.json()["outputs"])
    info = json.loads((models[CLASSIFICATION] / "model.json").read_text(encoding="utf-8"))
    assert answer.json()["model"] == {"name": info["name"], "version": info["version"]}


def test_regression_answers_a_value_and_its_interval(models: dict[str, Path]) -> None:
    with TestClient(create_app(ServingSettings(models[REGRESSION], version="r7"))) as client:
        answer = predict(started(client), {SIZE: 1.5, COLOR: "red"}).json()
        low, high = answer["outputs"][0]["interval"]
        assert low <= answer["outputs"][0]["value"] <= high
        assert answer["model"]["version"] == "r7"
        assert 'prediction_value_count{slot="main",version="r7"} 1.0' in client.get("/metrics").text


def test_absent_null_and_unseen_are_allowed(client: TestClient) -> None:
    answer = predict(client, {}, {SIZE: None, COLOR: None}, {COLOR: "紫🍇", "day": "2024-02-29"})
    assert answer.status_code == 200
    outputs = answer.json()["outputs"]
    assert agrees(outputs[0], outputs[1])
    assert all(math.isclose(sum(o["probabilities"].values()), 1, abs_tol=1e-5) for o in outputs)


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ({SIZE: "12"}, f"inputs[1].{SIZE}", "a finite number"),
        ({SIZE: True}, f"inputs[1].{SIZE}", "a finite number"),
        ({COUNT: [1]}, f"inputs[1].{COUNT}", "a finite number"),
        ({COUNT: 1e39}, f"inputs[1].{COUNT}", "a finite number"),
        ({COLOR: 3}, f"inputs[1].{COLOR}", "text"),
        ({COLOR: {}}, f"inputs[1].{COLOR}", "text"),
        ({"flag": "maybe"}, "inputs[1].flag", "true or false"),
        ({"day": "yesterday"}, "inputs[1].day", "ISO 8601"),
        ({"day": ""}, "inputs[1].day", "ISO 8601"),
        ({"day": 20240101}, "inputs[1].day", "ISO 8601"),
        ({"remark": 1}, "inputs[1].remark", "text"),
        ({"weight": 1}, "inputs[1].weight", "no unknown column"),
        ({"answer": "low"}, "inputs[1].answer", "what the model predicts"),
        ("row", "inputs[1]", "an object"),
        (None, "inputs[1]", "an object"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, row: Any, field: str, expected: str) -> None:
    answer = predict(client, {}, row)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [field]
    assert expected in answer.json()["detail"][0]["expected"]


def test_a_number_beyond_the_arithmetic_is_refused_alone(client: TestClient) -> None:
    answer = predict(client, {}, {SIZE: 3.4e38})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == f"inputs[1].{SIZE}"


@pytest.mark.parametrize("rows", [[], [{}] * 9, {}, None, "rows", 5])
def test_inputs_must_be_a_list_within_the_limit(client: TestClient, rows: Any) -> None:
    answer = client.post("/predict", json={"inputs": rows})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "inputs"
    assert "1 to 8 objects" in answer.json()["detail"][0]["expected"]


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"rows": [{}]}', b'{"inputs": [{}], "x": 1}', b"1"]
)
def test_only_inputs_may_be_sent(client: TestClient, body: bytes) -> None:
    assert client.post("/predict", content=body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[" * 3000, *(b'{"inputs": [{"a": %s}]}' % value for value in NO_JSON)],
)
def test_what_is_not_json_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/predict", content=body)
    assert answer.status_code == 400
    assert "not valid JSON" in answer.json()["detail"]


def test_a_large_body_is_refused_with_and_without_its_length(client: TestClient) -> None:
    assert client.post("/predict", content=b" " * 4001).status_code == 413
    assert client.post("/predict", content=iter([b" " * 3000] * 2)).status_code == 413


def test_other_methods_and_paths(client: TestClient) -> None:
    answer = client.get("/predict")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert client.post("/health").status_code == 405
    assert client.get("/nothing").status_code == 404


def test_nothing_is_ready_without_a_model(tmp_path: Path) -> None:
    with TestClient(create_app(ServingSettings(tmp_path))) as client:
        while client.get("/ready").json()["status"] == "loading":
            time.sleep(0.01)
        assert "no such file" in client.get("/ready").json()["reason"]
        assert client.get("/health").status_code == 200
        for path in ("/ready", "/model/info", "/openapi.json"):
            assert client.get(path).status_code == 503
        assert predict(client, {}).status_code == 503
        assert client.get("/metrics").status_code == 200


def test_a_caller_who_leaves_gets_nothing(client: TestClient) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
    assert client.portal is not None
    client.portal.call(client.app, scope, receive, send)
    assert sent == []
