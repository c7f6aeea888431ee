from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ml_project.onnx_model import OnnxModel
from ml_project.samples import from_records
from ml_project.serving.check import agrees
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from tests.forms import number, with_forms
from tests.made import KIND, PRICE, TIME, VALUE
from tests.served import predict, started

pytest_plugins = ["tests.served"]  # the fixtures models and client
ROWS = [
    {TIME: "2024-05-01", VALUE: 20.5, PRICE: 1, KIND: "red", "open": True},
    {TIME: "2024-05-02", VALUE: 28, PRICE: None, "remark": "x"},
    {TIME: "2024-05-04", VALUE: 23.25},
]
NOTHING = dict.fromkeys((PRICE, KIND, "open", "remark"))


def answers(client: TestClient, *inputs: Any) -> list[dict[str, Any]]:
    found = predict(client, *inputs)
    assert found.status_code == 200, found.text
    outputs: list[dict[str, Any]] = found.json()["outputs"]
    return outputs


def test_a_forecast_goes_on_after_the_last_row(client: TestClient) -> None:
    [found] = answers(client, {"history": ROWS})
    assert found["dates"] == ["2024-05-05", "2024-05-06", "2024-05-07"]
    assert all(
        low <= value <= high
        for low, value, high in zip(found["lower"], found["values"], found["upper"], strict=True)
    )


def test_the_order_of_rows_does_not_matter(client: TestClient) -> None:
    first, second = answers(client, {"history": ROWS}, {"history": ROWS[::-1]})
    assert first == second


def test_without_a_history_it_goes_on_from_the_last_known_rows(client: TestClient) -> None:
    found = answers(client, {}, {"history": None}, {"horizon": None})
    assert found[0] == found[1] == found[2]
    assert found[0]["dates"][0] == "2024-04-30"


def test_a_longer_horizon_goes_on_from_its_own_forecasts(client: TestClient) -> None:
    short, long = answers(client, {"horizon": 1}, {"horizon": 12})
    assert agrees(short["values"], long["values"][:1])
    assert len(long["dates"]) == len(long["values"]) == len(long["upper"]) == 12
    fed = [
        {TIME: date, VALUE: value}
        for date, value in zip(long["dates"][:3], long["values"][:3], strict=True)
    ]
    width = [high - low for low, high in zip(long["lower"], long["upper"], strict=True)]
    assert fed and width[11] > width[3] > width[2]


def test_every_forecasted_value_is_counted(models: dict[str, Path]) -> None:
    [folder] = models.values()
    with TestClient(create_app(ServingSettings(folder, version="r7"))) as client:
        answers(started(client), {}, {"horizon": 12})
        assert (
            'prediction_value_count{slot="main",version="r7"} 15.0' in client.get("/metrics").text
        )


@pytest.mark.parametrize(
    ("given", "field", "expected"),
    [
        ({"no such key": 1}, "no such key", "history, horizon"),
        ({"series": "a"}, "series", "history, horizon"),
        ({"horizon": 0}, "horizon", "a whole number of 1 to 12"),
        ({"horizon": 13}, "horizon", "a whole number of 1 to 12"),
        ({"horizon": 2.0}, "horizon", "a whole number"),
        ({"horizon": True}, "horizon", "a whole number"),
        ({"history": []}, "history", "at least 1 row"),
        ({"history": {}}, "history", "at least 1 row"),
        ({"history": [ROWS[0], 5]}, "history[1]", "an object"),
        ({"history": [{VALUE: 1}]}, f"history[0].{TIME}", "in every row"),
        ({"history": [{TIME: "2024-01-01"}]}, f"history[0].{VALUE}", "in every row"),
        ({"history": [{**ROWS[0], VALUE: None}]}, f"history[0].{VALUE}", "a finite number"),
        ({"history": [{**ROWS[0], VALUE: "12"}]}, f"history[0].{VALUE}", "a finite number"),
        ({"history": [{**ROWS[0], VALUE: 1e39}]}, f"history[0].{VALUE}", "a finite number"),
        ({"history": [{**ROWS[0], TIME: "soon"}]}, f"history[0].{TIME}", "ISO 8601"),
        ({"history": [{**ROWS[0], TIME: 20240101}]}, f"history[0].{TIME}", "ISO 8601"),
        ({"history": [{**ROWS[0], PRICE: True}]}, f"history[0].{PRICE}", "a finite number"),
        ({"history": [{**ROWS[0], KIND: 3}]}, f"history[0].{KIND}", "text"),
        ({"history": [{**ROWS[0], "open": "maybe"}]}, "history[0].open", "true or false"),
        ({"history": [*ROWS, {**ROWS[0], "cost": 1}]}, "history[3].cost", "no unknown column"),
        ({"history": [*ROWS, ROWS[1]]}, f"history[3].{TIME}", "another time than"),
        ({"history": [{**ROWS[0], TIME: "0001-01-02"}]}, "history", "the years 1 to 9999"),
        ({"history": [{**ROWS[0], TIME: "9999-12-31"}]}, "history", "the years 1 to 9999"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, given: Any, field: str, expected: str) -> None:
    answer = predict(client, {}, given)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [f"inputs[1].{field}"]
    assert expected in answer.json()["detail"][0]["expected"]


@pytest.mark.parametrize("given", ["row", None, [], 5])
def test_an_input_is_an_object(client: TestClient, given: Any) -> None:
    answer = predict(client, {}, given)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "inputs[1]"


def test_the_description_has_the_data_s_own_columns(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    properties = api["components"]["schemas"]["Input"]["properties"]
    row = properties["history"]["items"]
    assert list(row["properties"]) == [TIME, VALUE, PRICE, KIND, "open", "remark"]
    assert row["required"] == [TIME, VALUE]
    assert properties["horizon"]["maximum"] == 12
    about = client.get("/model/info").json()
    assert (about["horizon"], about["season"]) == (3, 7)
    assert json.dumps(about["frequency"]) == '{"unit": "day", "count": 1}'


def test_fields_are_taken_as_the_data_wrote_them(models: dict[str, Path], tmp_path: Path) -> None:
    [model] = models.values()
    time = {"written": {"as": "date", "day_first": False, "example": "5/31/2024"}}
    forms = {TIME: time, VALUE: {"written": number("1.000,5"), "missing_as": ["-"]}}
    folder = with_forms(model, tmp_path / "model", forms)
    written = [{TIME: "5/1/2024", VALUE: "20,5"}, {TIME: "5/2/2024", VALUE: "28"}]
    plain = [{TIME: "2024-05-01", VALUE: 20.5}, {TIME: "2024-05-02", VALUE: 28}]
    with TestClient(create_app(ServingSettings(folder))) as client:
        first, second = answers(started(client), {"history": written}, {"history": plain})
        assert first == second and first["dates"][0] == "2024-05-03"
        wrong = {"history": [written[0], {TIME: "5/2/2024", VALUE: "-"}]}
        fault = predict(client, wrong).json()["detail"][0]
        assert fault["field"] == f"inputs[0].history[1].{VALUE}"
        assert "such as '1.000,5', in every row" in fault["expected"]


def test_a_file_is_taken_as_the_data_wrote_it(models: dict[str, Path], tmp_path: Path) -> None:
    [model] = models.values()
    time = {"written": {"as": "date", "day_first": False, "example": "5/31/2024"}}
    folder = with_forms(model, tmp_path / "model", {TIME: time, VALUE: {"written": number("1,5")}})
    served = OnnxModel(folder)
    records = [{TIME: "5/1/2024", VALUE: "0"}, {TIME: "5/2/2024", VALUE: "2,5"}, {TIME: "5/3/2024"}]
    assert from_records(records, served.info) == [
        {
            "history": [
                {TIME: "2024-05-01", VALUE: 0, **NOTHING},
                {TIME: "2024-05-02", VALUE: 2.5, **NOTHING},
            ]
        }
    ]
