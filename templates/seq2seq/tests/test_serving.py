from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ml_project.family import TASKS
from tests.served import predict

pytest_plugins = ["tests.served"]  # the fixtures models and client


def test_a_text_gets_a_text(client: TestClient, models: dict[str, Path]) -> None:
    samples = json.loads((models[TASKS[0]] / "samples.json").read_text(encoding="utf-8"))
    outputs = predict(client, samples[0]["input"], " Ｑ\n ").json()["outputs"]
    assert outputs[0] == samples[0]["output"]
    assert [*outputs[1]] == ["text"] and isinstance(outputs[1]["text"], str)


@pytest.mark.parametrize("value", ["", "  \n", None, 5, True, ["text"], {"text": "a"}])
def test_what_is_no_text_is_refused_with_its_place(client: TestClient, value: Any) -> None:
    answer = predict(client, "fine", value)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == ["inputs[1]"]
    assert "not empty" in answer.json()["detail"][0]["expected"]


def test_a_text_may_have_only_so_many_characters(client: TestClient) -> None:
    column = client.get("/model/info").json()["columns"][0]
    limit = column["max_characters"]
    assert predict(client, "a" * limit).status_code == 200
    detail = predict(client, "b", "a" * (limit + 1)).json()["detail"]
    assert detail[0]["field"] == "inputs[1]"
    assert f"at most {limit}" in detail[0]["expected"]
    assert detail[0]["received"] == f"a text of {limit + 1} characters"


def test_the_description_names_the_limit(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert (
        schemas["Input"]["maxLength"]
        == client.get("/model/info").json()["columns"][0]["max_characters"]
    )
    assert [*schemas["Output"]["properties"]] == ["text"]


def test_lengths_of_answers_are_counted(client: TestClient) -> None:
    predict(client, "abc")
    assert "prediction_value_count{" in client.get("/metrics").text
