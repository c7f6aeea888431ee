from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ml_project.export.export import export_run
from ml_project.serving.check import agrees
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from ml_project.training.run import train_run
from tests.conftest import new_job
from tests.made import KIND, PRICE, TIME, VALUE, make_several
from tests.served import predict, started

pytest_plugins = ["tests.served"]  # the fixtures models and client
ROWS = [
    {TIME: "2024-05-01", VALUE: 20.5, PRICE: 1, KIND: "red", "open": True},
    {TIME: "2024-05-02", VALUE: 28, PRICE: None, "remark": "x"},
    {TIME: "2024-05-04", VALUE: 23.25},
]


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("several")
    made = make_several(folder)
    settings = made.settings("model.name=linear")
    data = made.load(settings)
    train_run(new_job(settings, data, folder / "run"), data, folder / "run")
    export_run(folder / "run", data.schema, folder / "model")
    with TestClient(create_app(ServingSettings(folder / "model", version="s1"))) as client:
        yield started(client)


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


def test_numbers_beyond_the_arithmetic_are_refused_alone(several: TestClient) -> None:
    rows = [{"month": "2024-01-31", "sales": 3e38}]
    answer = predict(several, {"series": "north"}, {"series": "north", "history": rows})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "inputs[1]"


def test_each_series_goes_on_for_itself(several: TestClient) -> None:
    small, large = answers(several, {"series": "north"}, {"series": "west"})
    assert small["dates"] == ["2020-01-31", "2020-02-29"]
    assert 3 < small["values"][0] < 7 and 3e4 < large["values"][0] < 7e4
    assert large["upper"][0] - large["lower"][0] > 1000 * (small["upper"][0] - small["lower"][0])


def test_a_series_that_training_did_not_have_is_measured_by_its_history(
    several: TestClient,
) -> None:
    rows = [{"month": f"2024-{i:02d}-01", "sales": 1e6 + i % 2, "shop": 7} for i in range(1, 13)]
    named, unnamed = answers(
        several, {"series": "7", "history": rows}, {"history": rows, "horizon": 1}
    )
    assert abs(named["values"][0] - 1e6) < 5 and len(unnamed["values"]) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "series"),
        ({"series": "east"}, "series"),
        ({"series": 1.5}, "series"),
        ({"series": "a", "history": [{"month": "2020-01", "sales": 1, "shop": "b"}]}, "history"),
    ],
)
def test_a_series_must_be_known_or_bring_its_history(
    several: TestClient, given: Any, field: str
) -> None:
    answer = predict(several, given)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == f"inputs[0].{field}"


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
