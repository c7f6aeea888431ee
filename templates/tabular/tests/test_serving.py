from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ml_project.errors import UsageError
from ml_project.family import TASKS
from ml_project.onnx_model import OnnxModel
from ml_project.samples import record_reader
from ml_project.serving.check import agrees
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from tests.forms import number, with_forms
from tests.made import ODD_NAMES
from tests.served import predict, started

CLASSIFICATION, REGRESSION = TASKS
SIZE, COUNT, COLOR = ODD_NAMES
pytest_plugins = ["tests.served"]  # the fixtures models and client


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


def test_the_description_has_the_data_s_own_columns(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    properties = api["components"]["schemas"]["Input"]["properties"]
    assert list(properties) == [*ODD_NAMES, "flag", "day", "remark"]


def test_fields_are_taken_as_the_data_wrote_them(models: dict[str, Path], tmp_path: Path) -> None:
    day = {"written": {"as": "date", "day_first": True, "example": "31.12.2023"}}
    forms = {SIZE: {"written": number("1,5"), "missing_as": ["k. a."]}, "day": day}
    folder = with_forms(models[REGRESSION], tmp_path / "model", forms)
    with TestClient(create_app(ServingSettings(folder))) as client:
        given = [{SIZE: "0,25", "day": "5.3.2023"}, {SIZE: "K. A."}, {SIZE: "1,5 apples"}]
        plain = [{SIZE: 0.25, "day": "2023-03-05"}, {SIZE: None}]
        written = predict(started(client), *given[:2]).json()["outputs"]
        assert agrees(written, predict(client, *plain).json()["outputs"])
        refused = predict(client, *given).json()["detail"]
        assert [fault["field"] for fault in refused] == [f"inputs[2].{SIZE}"]
        assert refused[0]["expected"].startswith("a finite number, or as in the data, such as")
        described = client.get("/openapi.json").json()["components"]["schemas"]["Input"]
        assert described["properties"][SIZE]["type"] == ["number", "null", "string"]


def test_a_record_is_read_and_what_cannot_be_used_is_told(
    models: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    read = record_reader(OnnxModel(models[REGRESSION]).info)
    record = {SIZE: "1.5", COUNT: "2", COLOR: "red", "flag": "yes", "day": "2023-01-02"}
    assert read({**record, "remark": "big", "answer": "9"})[SIZE] == "1.5"
    assert not caplog.records
    read({**record, SIZE: "1.5 apples", "day": ""})
    read({**record, SIZE: "2.5 apples", "day": "soon"})
    told = [found.getMessage() for found in caplog.records]
    assert told == [
        f"column {SIZE!r}: '1.5 apples' is no numeric value; such fields count as missing",
        "column 'remark': is not there; such fields count as missing",
        "column 'day': 'soon' is no datetime value; such fields count as missing",
    ]
    with pytest.raises(UsageError, match="no column of the model is there"):
        read({"other": "1"})
