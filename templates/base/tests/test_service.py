"""What the service answers whatever its model is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from ml_project.family import TASKS
from ml_project.serving.check import agrees, examine, largest
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from tests.made import GOOD
from tests.places import ROOT
from tests.served import BODY_LIMIT, predict

pytest_plugins = ["tests.served"]  # the fixtures models and client
NO_JSON = [b"NaN", b"-Infinity", b"1e999", b'"\\ud800"']


def test_it_answers_in_order_as_the_export_did(client: TestClient, models: dict[str, Path]) -> None:
    samples = json.loads((models[TASKS[0]] / "samples.json").read_text(encoding="utf-8"))[:5]
    answer = predict(client, *(sample["input"] for sample in samples))
    assert answer.status_code == 200
    assert agrees([sample["output"] for sample in samples], answer.json()["outputs"])
    info = json.loads((models[TASKS[0]] / "model.json").read_text(encoding="utf-8"))
    assert answer.json()["model"] == {"name": info["name"], "version": info["version"]}


def test_small_numbers_among_large_ones_may_differ_in_their_last_digits() -> None:
    assert agrees({"value": 5e6}, {"value": 5.1e6}, near=1e-4 * largest([{"value": 1e10}]))
    assert not agrees({"value": 1e10}, {"value": 1.01e10}, near=1e-4 * largest([{"value": 1e10}]))
    assert not agrees([0.5], [0.6]) and largest([{"label": "a"}]) == 0


@pytest.mark.parametrize("rows", [[], [GOOD] * 9, {}, None, "rows", 5])
def test_inputs_must_be_a_list_within_the_limit(client: TestClient, rows: Any) -> None:
    answer = client.post("/predict", json={"inputs": rows})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "inputs"
    assert "a list of 1 to 8" in answer.json()["detail"][0]["expected"]


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
    assert client.post("/predict", content=b" " * (BODY_LIMIT + 1)).status_code == 413
    assert client.post("/predict", content=iter([b" " * BODY_LIMIT] * 2)).status_code == 413


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
        assert predict(client, GOOD).status_code == 503
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


def test_metrics_carry_version_and_slot(client: TestClient) -> None:
    version = client.get("/model/info").json()["version"]
    predict(client, GOOD), client.post("/predict", json={"no": 1}), client.get("/secret/5")
    text = client.get("/metrics").text
    common = f'slot="canary",status="422",version="{version}"'
    assert f'requests_total{{path="/predict",{common}}}' in text
    assert 'path="other"' in text and "secret" not in text
    assert f'process_resident_memory_bytes{{slot="canary",version="{version}"}}' in text
    for edge in ("0.005", "0.05", "0.2", "2.5"):
        assert f'request_seconds_bucket{{le="{edge}",path="/predict"' in text


def test_the_description_has_an_example_that_works(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    content = api["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert client.post("/predict", json=content["example"]).status_code == 200


def test_the_page_needs_no_internet(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "openapi.json" in page and "http://" not in page and "https://" not in page


def test_the_check_reports_and_refuses(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_DIR", str(models[TASKS[-1]]))
    report, wrong = examine(expect_cuda=True, image=False)
    assert report["predictions of samples.json equal"] == "yes"
    assert any("CUDA" in reason for reason in wrong) or report["cuda_available"] == "true"
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    assert any("no such file" in reason for reason in examine(False, False)[1])


def test_the_service_loads_no_training_framework() -> None:
    program = (
        "import sys; from ml_project.serving import service, check;"
        "print(sorted({'torch', 'sklearn', 'onnx', 'omegaconf', 'scipy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
