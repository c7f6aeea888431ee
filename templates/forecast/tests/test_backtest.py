from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from ml_project.export.export import export_run
from ml_project.onnx_model import OnnxModel
from ml_project.training.compare import compare_model
from ml_project.training.data import split_data
from ml_project.training.run import train_run
from tests.conftest import Make, new_job


@pytest.mark.parametrize("name", ["last_value", "linear", "dlinear"])
def test_a_backtest_forecasts_the_last_rows_from_every_step(
    make: Make, tmp_path: Path, name: str
) -> None:
    made = make("time_series_forecasting")
    settings = made.settings(f"model.name={name}", "trainer.epochs=2")
    data = made.load(settings)
    result = compare_model(new_job(settings, data), data, 3, tmp_path)
    with (tmp_path / "oof.csv").open(encoding="utf-8") as stream:
        ids = [row["row_id"] for row in csv.DictReader(stream)]
    assert ids == [f"{row_id}:{step}" for row_id in range(84, 120) for step in (1, 2, 3)]
    assert result["folds"] == 3


def test_the_export_goes_on_from_the_rows_that_are_known(make: Make, tmp_path: Path) -> None:
    """Also from rows after those of training."""
    made = make("time_series_forecasting")
    settings = made.settings("model.name=linear")
    data = made.load(settings)
    earlier, _ = split_data(data, 0.2)
    folder = tmp_path / "run"
    train_run(new_job(settings, data, folder), replace(data, table=earlier), folder)
    export_run(folder, data.schema, tmp_path / "model", data.table)
    [answer] = OnnxModel(tmp_path / "model").predict([{"horizon": 4}])
    assert answer["dates"] == ["2024-04-30", "2024-05-01", "2024-05-02", "2024-05-03"]
