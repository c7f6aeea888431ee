from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_project.evaluation import predict_run
from ml_project.export.export import export_run
from ml_project.models.store import checkpoint_path
from ml_project.onnx_model import OnnxModel
from ml_project.runs import read_run
from ml_project.table import sha256_of
from ml_project.training.compare import compare_model
from ml_project.training.examples import forecasts_of
from ml_project.training.run import train_run
from ml_project.training.state import Progress, StateFile
from tests.conftest import Make, new_job, with_callback
from tests.made import MODELS, make_several
from tests.places import Made

TIMES = {"started_at", "seconds", "train_seconds", "peak_memory_mb"}
BASELINES = ("last_value", "seasonal_naive")


def trained(made: Made, folder: Path, *overrides: str) -> Path:
    settings = made.settings("trainer.epochs=1", *overrides)
    data = made.load(settings)
    train_run(new_job(settings, data, folder), data, folder)
    return folder


def options(name: str) -> list[str]:
    return [f"model.name={name}", *MODELS.get(name, [])]


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_run_leaves_its_evidence(mini: Made, tmp_path: Path) -> None:
    folder = trained(mini, tmp_path / "run")
    run = read_run(folder)
    assert run["checkpoint_sha256"] == sha256_of(checkpoint_path(folder))
    assert run["data_sha256"] == sha256_of(mini.folder / "data.csv")
    rows = lines(folder / "metrics.csv")
    assert [row["split"] for row in rows] == ["train", "valid"]
    assert all(np.isfinite(float(row["loss"])) for row in rows)
    found = lines(folder / "valid.csv")
    assert all(float(row["low"]) <= float(row["high"]) for row in found)
    mae = np.mean([abs(float(row["y_true"]) - float(row["y_pred"])) for row in found])
    assert run["metrics"]["valid"]["mae"] == pytest.approx(mae, rel=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_bytes(mini: Made, tmp_path: Path, name: str) -> None:
    folders = [trained(mini, tmp_path / part, *options(name)) for part in ("a", "b")]
    for file in (checkpoint_path(folders[0]).name, "valid.csv", "metrics.csv", "features.json"):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes(), file
    first, second = (read_run(folder) for folder in folders)
    assert {key for key in first if first[key] != second[key]} <= TIMES


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_a_reloaded_model_forecasts_the_same(mini: Made, tmp_path: Path, name: str) -> None:
    """Also with rows before, which are the same ones here: every line of valid.csv comes again."""
    folder = trained(mini, tmp_path / "run", *options(name))
    data = mini.load(mini.settings(*options(name)))
    again = predict_run(folder, replace(data, before=data.table))
    again.write(tmp_path / "again.csv", data.schema)
    every = {row["row_id"]: row for row in lines(tmp_path / "again.csv")}
    for row in lines(folder / "valid.csv"):
        assert float(every[row["row_id"]]["y_pred"]) == pytest.approx(
            float(row["y_pred"]), rel=1e-5
        )


def test_an_interrupted_training_ends_as_if_it_had_not_been(mini: Made, tmp_path: Path) -> None:
    overrides = ["trainer.epochs=3", "trainer.save_seconds=0"]
    whole = trained(mini, tmp_path / "whole", *overrides)
    settings = mini.settings(*overrides)
    data = mini.load(settings)
    folder = tmp_path / "broken"
    job = new_job(settings, data, folder)
    with pytest.raises(KeyboardInterrupt):
        train_run(with_callback(job, stop_after_two), data, folder)
    state = StateFile(folder, 0, resume=folder)
    train_run(replace(job, state=state), data, folder)
    for file in (checkpoint_path(whole).name, "valid.csv", "metrics.csv"):
        assert (folder / file).read_bytes() == (whole / file).read_bytes(), file


def stop_after_two(progress: Progress) -> None:
    if progress.epoch == 2:
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", [*BASELINES, *MODELS])
def test_the_export_answers_as_the_model(make: Make, tmp_path: Path, name: str) -> None:
    check_export(make("time_series_forecasting"), tmp_path, *options(name))


def test_the_shipped_sample_is_exported(mini: Made, tmp_path: Path) -> None:
    check_export(mini, tmp_path)


def test_several_series_are_exported(tmp_path: Path) -> None:
    check_export(make_several(tmp_path), tmp_path, *options("linear"))


def check_export(made: Made, tmp_path: Path, *overrides: str) -> None:
    folder = trained(made, tmp_path / "run", *overrides)
    data = made.load(made.settings())
    output = tmp_path / "models" / "current"
    parity = export_run(folder, data.schema, output)
    assert parity["passed"] and parity["batches"] == [1, 7, 64]
    model = OnnxModel(output)
    samples = json.loads((output / "samples.json").read_text(encoding="utf-8"))
    assert model.predict([sample["input"] for sample in samples]) == [
        sample["output"] for sample in samples
    ]
    expected = predict_run(folder, data).outputs
    exported = model.run(forecasts_of(model.features, data.table).x)
    assert np.allclose(exported, expected, rtol=1e-4, atol=max(1e-3, parity["tolerance"]))


def test_all_models_are_asked_for_the_same_forecasts(tmp_path: Path) -> None:
    made = make_several(tmp_path, late=40)
    asked = []
    for name in ("linear", "mlp"):
        settings = made.settings(*options(name), "trainer.epochs=1")
        data = made.load(settings)
        compare_model(new_job(settings, data), data, 3, tmp_path / name)
        with (tmp_path / name / "oof.csv").open(encoding="utf-8", newline="") as stream:
            asked.append([row["row_id"] for row in csv.DictReader(stream)])
    assert asked[0] == asked[1]
