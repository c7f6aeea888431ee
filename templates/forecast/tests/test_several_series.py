"""What the service answers where the data hold more than one series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ml_project.errors import DataError
from ml_project.export.export import export_run
from ml_project.names import check_names
from ml_project.onnx_model import OnnxModel
from ml_project.samples import from_records
from ml_project.serving.service import create_app
from ml_project.serving.settings import ServingSettings
from ml_project.training.run import train_run
from tests.conftest import new_job
from tests.made import make_pairs, make_several
from tests.places import Made
from tests.served import predict, started


def answers(client: TestClient, *inputs: Any) -> list[dict[str, Any]]:
    found = predict(client, *inputs)
    assert found.status_code == 200, found.text
    outputs: list[dict[str, Any]] = found.json()["outputs"]
    return outputs


def exported(folder: Path, made: Made) -> Path:
    settings = made.settings("model.name=linear")
    data = made.load(settings)
    train_run(new_job(settings, data, folder / "run"), data, folder / "run")
    export_run(folder / "run", data.schema, folder / "model")
    return folder / "model"


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("several")
    model = exported(folder, make_several(folder))
    with TestClient(create_app(ServingSettings(model, version="s1"))) as client:
        yield started(client)


def test_two_columns_may_tell_series_apart(tmp_path: Path) -> None:
    model = exported(tmp_path, make_pairs(tmp_path))
    known = OnnxModel(model)
    names = ["1 / rice", "1 / tea", "2 / rice", "2 / tea"]
    assert known.reader.last_known() == [{"series": name} for name in names]
    row = {"shop": 2, "article": "tea", "sales": 500}
    rows = [{"month": month, **row} for month in ("2019-01-01", "2019-02-01")]
    with TestClient(create_app(ServingSettings(model))) as client:
        found = answers(started(client), {"series": "2 / rice"}, {"history": rows})
        assert 3500 < found[0]["values"][0] < 6500 and 350 < found[1]["values"][0] < 650
        wrong = [*rows, {**rows[0], "month": "2019-03-01", "article": "rice"}]
        fault = predict(client, {"history": wrong}).json()["detail"][0]
        assert "each series is an input of its own" in fault["expected"]
        schema = client.get("/openapi.json").json()["components"]["schemas"]["Input"]
        assert schema["properties"]["series"]["description"].endswith(": shop / article.")
        unnamed = [{**row, "shop": None} for row in rows]
        bare = [{key: row[key] for key in ("month", "sales")} for row in rows]
        by_row, by_name = answers(
            client, {"history": unnamed}, {"history": bare, "series": " / tea"}
        )
        assert by_row == by_name
    records = [{key: str(cell) for key, cell in row.items()} for row in wrong]
    histories = from_records(records, known.info)
    assert [one["series"] for one in histories] == ["2 / tea", "2 / rice"]
    assert len(histories[0]["history"]) == 2


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


def test_series_of_one_name_are_refused() -> None:
    check_names([["a / b", "a", None], ["c", "b", "b"]])
    with pytest.raises(DataError, match="two series are called 'a / b / c'"):
        check_names([["a / b", "a"], ["c", "b / c"]])
